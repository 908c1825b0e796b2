"""Record writes through their steps: find → write → heal → settle the lifecycle stage."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from hubspot_pipeline.delivery.pending import PendingWrite
from hubspot_pipeline.delivery.sender import Sender, Step
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.errors import ConflictRefused, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.records import Accepted, Outcome, RecordInput

STAGE = "lifecyclestage"

Way = Literal["upsert", "read_then_write"]


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """Takes writes to records of one object type through their steps.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches.
        object_type: The records' object type.
        id_property: The unique property that the writes' keys are values of.
        way: One upsert that finds and writes, or a read and then creates and updates; both leave
            the account the same (hubspot-api §2.5.5).
    """

    client: HubSpotClient
    sender: Sender
    object_type: str
    id_property: str
    way: Way

    async def deliver(self, writes: Sequence[PendingWrite]) -> None:
        """Take writes through every step that they need; their entries then say what came of it.

        A step is skipped where no write needs it. An entry without a verdict is undelivered.
        """
        if self.way == "upsert":
            await self.sender.send(self._upsert(), writes)
            await self._write_again(writes)
        else:
            await self.sender.each_batch(writes, self._find)
            await self._update([write for write in writes if write.found])
            await self.sender.send(self._create(), [w for w in writes if w.found is False])
        await self._update([write for write in writes if write.conflict])
        for round_ in _rounds([write for write in writes if write.kept_stage]):
            await self.sender.each_batch(round_, self._settle)

    async def _find(self, writes: Sequence[PendingWrite]) -> None:
        """Look up a batch's records; a key of which HubSpot says nothing is left undelivered."""
        ids = [write.id for write in writes]
        try:
            answer = await records.read(
                self.client, self.object_type, ids, id_property=self.id_property
            )
        except RefusedError as error:
            if len(writes) == 1:
                _failed(writes[0], error)
                return
            middle = len(writes) // 2
            await self._find(writes[:middle])
            await self._find(writes[middle:])
            return
        for write in writes:
            found = answer.found.get(write.id)
            if found:
                write.found, write.entry.record_id = True, found.record_id
            elif write.id in answer.missing:
                write.found = False
            else:
                write.entry.reason = "HubSpot did not say whether this record exists."

    async def _update(self, writes: Sequence[PendingWrite]) -> None:
        """Update by record id; writes that turn out to share a record go oldest event first.

        Two keys may be one record's, as the first and a secondary e-mail address are, and a batch
        must not name a record twice (hubspot-api §2.5.1).
        """
        for round_ in _rounds(writes):
            await self.sender.send(self._update_step(), round_)

    async def _write_again(self, writes: Sequence[PendingWrite]) -> None:
        """Where upserts of several keys met in one record, let the newest values win after all."""
        by_record: dict[str, list[PendingWrite]] = {}
        for write in writes:
            if write.entry.verdict is not None or write.kept_stage:
                by_record.setdefault(write.entry.record_id or "", []).append(write)
        met = [write for same in by_record.values() if len(same) > 1 for write in same]
        met = [write for write in met if write.entry.verdict != Verdict.FAILED]
        for write in met:
            write.entry.verdict, write.kept_stage = None, False
        await self._update(met)

    async def _settle(self, writes: Sequence[PendingWrite]) -> None:
        """Move stages backward: HubSpot lets a stage go back only after it was cleared (§2.6).

        Batch by batch, so that stages are empty for as short as can be.
        """
        for write in writes:
            write.cleared = False
        await self.sender.send_batch(
            self._stage_step("clear stage", lambda _: "", _cleared), writes
        )
        cleared = [write for write in writes if write.cleared]
        if cleared:
            step = self._stage_step("set stage", lambda write: write.properties[STAGE], _stage_set)
            await self.sender.send_batch(step, cleared)

    def _upsert(self) -> Step:
        return Step(
            "upsert",
            partial(records.upsert, self.client, self.object_type, id_property=self.id_property),
            partial(self._verify, id_property=self.id_property),
            lambda write: (write.id, write.properties),
            self._written,
            self._refused,
        )

    def _create(self) -> Step:
        return Step(
            "create",
            partial(records.create, self.client, self.object_type, key_property=self.id_property),
            partial(self._verify, id_property=self.id_property),
            lambda write: (write.id, write.properties),
            self._written,
            self._refused,
        )

    def _update_step(self) -> Step:
        return Step(
            "update",
            partial(records.update, self.client, self.object_type),
            self._verify,
            lambda write: (write.entry.record_id or "", write.properties),
            self._written,
            _failed,
        )

    def _stage_step(
        self,
        name: str,
        stage: Callable[[PendingWrite], str],
        accepted: Callable[[PendingWrite, Accepted], None],
    ) -> Step:
        return Step(
            name,
            partial(records.update, self.client, self.object_type),
            partial(records.verify, self.client, self.object_type),
            lambda write: (write.entry.record_id or "", {STAGE: stage(write)}),
            accepted,
            _failed,
        )

    async def _verify(
        self, inputs: Sequence[RecordInput], id_property: str | None = None
    ) -> Sequence[Outcome]:
        """Read whether writes are there, whatever the stage, which HubSpot may have kept."""
        kept = {STAGE, id_property}  # HubSpot may keep the stage, and the first of several keys
        without_stage = [
            replace(each, properties={k: v for k, v in each.properties.items() if k not in kept})
            for each in inputs
        ]
        return await records.verify(
            self.client, self.object_type, without_stage, id_property=id_property
        )

    def _written(self, write: PendingWrite, answer: Accepted) -> None:
        entry = write.entry
        entry.record_id = answer.record_id
        if answer.created:
            entry.operation = "created"
        elif entry.operation is None and not entry.uncertain:
            entry.operation = "updated"
        wanted = write.properties.get(STAGE)
        write.kept_stage = bool(wanted) and not _same_stage(wanted, answer.properties.get(STAGE))
        if not write.kept_stage:
            _delivered(write)

    def _refused(self, write: PendingWrite, error: RefusedError) -> None:
        """Heal a conflict over the key; the owner of any other unique value is another record."""
        if (
            isinstance(error, ConflictRefused)
            and error.existing_id
            and error.is_about(self.id_property)
        ):
            write.conflict = error
            write.entry.record_id = error.existing_id
        else:
            _failed(write, error)


def _rounds(writes: Sequence[PendingWrite]) -> Iterator[list[PendingWrite]]:
    """Yield the writes so that no round names a record twice, oldest events first."""
    by_record: dict[str | None, list[PendingWrite]] = {}
    for write in sorted(writes, key=lambda write: write.event_time):
        by_record.setdefault(write.entry.record_id, []).append(write)
    for round_ in zip_longest(*by_record.values()):
        yield [write for write in round_ if write is not None]


def _cleared(write: PendingWrite, _answer: Accepted) -> None:
    write.cleared = True


def _stage_set(write: PendingWrite, answer: Accepted) -> None:
    kept = answer.properties.get(STAGE)
    if kept is None:
        write.entry.reason = (
            "HubSpot's answer does not tell the lifecycle stage it was asked to set."
        )
    elif _same_stage(write.properties[STAGE], kept):
        _delivered(write)
    else:
        write.entry.verdict = Verdict.FAILED.value
        write.entry.reason = (
            f"HubSpot kept the lifecycle stage '{kept}' although it was cleared first; "
            "the other properties are written."
        )


def _same_stage(wanted: str | None, returned: str | None) -> bool:
    return (wanted or "").casefold() == (returned or "").casefold()


def _delivered(write: PendingWrite) -> None:
    write.entry.verdict = Verdict.DELIVERED.value
    write.entry.reason = write.entry.category = None


def _failed(write: PendingWrite, error: RefusedError) -> None:
    write.entry.verdict = Verdict.FAILED.value
    told = dict.fromkeys(problem.message for problem in error.problems if problem.message)
    write.entry.reason = "; ".join(told) or error.message
    write.entry.category = error.category
    write.entry.correlation_id = error.correlation_id or write.entry.correlation_id
