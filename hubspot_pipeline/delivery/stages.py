"""Lifecycle stages, which HubSpot moves forward by itself but backward only once they are clear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.later_steps import Problem
from hubspot_pipeline.delivery.pending import problem_of, rounds
from hubspot_pipeline.delivery.sender import Sender, Step
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.privacy import HIDDEN
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.errors import RefusedError
    from hubspot_pipeline.hubspot.records import Accepted


def keeps_another_stage(write: PendingWrite, answer: Accepted) -> bool:
    """Return whether HubSpot kept another stage than the one wanted, of a new record too (§2.6)."""
    wanted = write.properties.get(LIFECYCLE_STAGE)
    return bool(wanted) and not _same_stage(wanted, answer.properties.get(LIFECYCLE_STAGE))


@dataclass(frozen=True, slots=True)
class Stages:
    """Settles lifecycle stages of records of one object type."""

    client: HubSpotClient
    sender: Sender
    object_type: str

    async def settle(self, writes: Sequence[PendingWrite]) -> None:
        """Set the stages that HubSpot kept back: clear them, then set them (hubspot-api §2.6)."""
        for round_ in rounds(writes):
            await self.sender.each_batch(round_, self._settle)

    async def _settle(self, writes: Sequence[PendingWrite]) -> None:
        """Settle a batch to its end, so that stages are empty for as short as can be."""
        for write in writes:
            write.cleared = False
        await self.sender.send_batch(self._step("clear stage", lambda _: "", _cleared), writes)
        cleared = [write for write in writes if write.cleared]
        if cleared:
            step = self._step("set stage", lambda write: write.properties[LIFECYCLE_STAGE], _set)
            await self.sender.send_batch(step, cleared)

    def _step(
        self,
        name: str,
        stage: Callable[[PendingWrite], str],
        accepted: Callable[[PendingWrite, Accepted], None],
    ) -> Step:
        return Step(
            name,
            partial(records.update, self.client, self.object_type),
            partial(records.verify, self.client, self.object_type),
            lambda write: (write.entry.record_id or "", {LIFECYCLE_STAGE: stage(write)}),
            accepted,
            _failed,
        )


def _cleared(write: PendingWrite, _answer: Accepted) -> None:
    write.cleared = True


def _set(write: PendingWrite, answer: Accepted) -> None:
    kept = answer.properties.get(LIFECYCLE_STAGE)
    if kept is None:
        write.entry.reason = (
            "HubSpot's answer does not tell the lifecycle stage it was asked to set."
        )
    elif _same_stage(write.properties[LIFECYCLE_STAGE], kept):
        write.outcome["stage"] = "cleared and set"
        write.written()
    else:
        shown = HIDDEN if LIFECYCLE_STAGE in write.private.names else kept
        reason = (
            f"HubSpot kept the lifecycle stage '{shown}' although it was cleared first; "
            "the other properties are written."
        )
        write.failed(Problem(reason))


def _failed(write: PendingWrite, error: RefusedError) -> None:
    write.failed(problem_of(error, write.private))


def _same_stage(wanted: str | None, returned: str | None) -> bool:
    """Stages differ by more than case and the blanks around them (actions §15 W37)."""
    return (wanted or "").strip().casefold() == (returned or "").strip().casefold()
