"""Records written by the batch: upserts, creations and updates, and what their answers mean."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.pending import PendingWrite, let_go, problem_of, rounds
from hubspot_pipeline.delivery.sender import Sender, Step
from hubspot_pipeline.delivery.stages import keeps_another_stage
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.errors import ConflictRefused, NotFound, RefusedError
from hubspot_pipeline.hubspot.records import Accepted, RecordInput
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.records import Outcome

NO_SUCH_RECORD = "There is no such record, and this mapping only updates records."
EXISTS = "The record exists already, and this mapping only creates records."


@dataclass(frozen=True, slots=True)
class Writing:
    """Writes records of one object type.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches.
        object_type: The records' object type.
        id_property: The unique property that the writes' ids are values of.
    """

    client: HubSpotClient
    sender: Sender
    object_type: str
    id_property: str

    async def upsert(self, writes: Sequence[PendingWrite]) -> None:
        """Write records whether or not they exist."""
        step = Step(
            "upsert",
            partial(records.upsert, self.client, self.object_type, id_property=self.id_property),
            partial(self._verify, id_property=self.id_property),
            lambda write: (write.id, write.properties),
            self._upserted,
            self._refused,
        )
        await self.sender.send(step, writes)
        await self._write_again(writes)

    async def create(self, writes: Sequence[PendingWrite]) -> None:
        """Create records that are known not to exist."""
        step = Step(
            "create",
            partial(records.create, self.client, self.object_type, key_property=self.id_property),
            partial(self._verify, id_property=self.id_property),
            lambda write: (write.id, write.properties),
            self._written,
            self._refused,
        )
        await self.sender.send(step, writes)

    async def update(self, writes: Sequence[PendingWrite]) -> None:
        """Update by record id; writes that turn out to share a record go oldest event first."""
        step = Step(
            "update",
            partial(records.update, self.client, self.object_type),
            self._verify,
            self._update_of,
            self._written,
            self._not_updated,
        )
        if self.sender.memory:
            with self.sender.journal.transaction() as connection:
                self.sender.memory.recheck(connection, writes)
            self.sender.memory.prefer_newest(writes)
        for round_ in rounds(writes):
            await self.sender.send(step, round_)

    async def confirm(self, writes: Sequence[PendingWrite]) -> None:
        """Settle creations of records that exist by now: an unanswered call may have made them.

        So may one that a proxy made twice, and whose second answer says that they exist. Where
        HubSpot holds every value that was sent, it was that call; else somebody else did.
        """
        unsure = [write for write in writes if write.entry.uncertain or write.conflict]
        for write in writes:
            if not (write.entry.uncertain or write.conflict):
                write.skipped(EXISTS)
        await self.sender.each_batch(unsure, self._confirm)
        self.sender.record_told("read back", [write for write in unsure if write.is_written])

    async def _confirm(self, writes: Sequence[PendingWrite]) -> None:
        inputs = [
            RecordInput(str(at), write.id, write.properties) for at, write in enumerate(writes)
        ]
        outcomes = await self._verify(inputs, self.id_property)
        for write, outcome in zip(writes, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                self._written(write, outcome)
            else:
                write.skipped(EXISTS)

    async def _write_again(self, writes: Sequence[PendingWrite]) -> None:
        """Where upserts of several keys met in one record, let the newest values win after all."""
        by_record: dict[str, list[PendingWrite]] = {}
        for write in writes:
            entry = write.entry
            if entry.record_id and (write.is_written or write.kept_stage or write.met):
                by_record.setdefault(entry.record_id, []).append(write)
        met = [write for same in by_record.values() if len(same) > 1 for write in same]
        met = [write for write in met if write.properties]
        if self.sender.memory:
            self.sender.memory.prefer_newest(met)
        for write in met:
            write.entry.verdict, write.entry.done = None, None
            write.kept_stage = write.met = False
        overruled = [write for write in met if not write.properties]
        for write in overruled:
            write.written()
        self.sender.record_told("met", overruled)
        await self.update([write for write in met if write.properties])

    def _update_of(self, write: PendingWrite) -> tuple[str, dict[str, str]]:
        properties = write.properties
        if write.claims:
            properties = {**properties, self.id_property: write.id}
        return write.entry.record_id or "", properties

    async def _verify(
        self, inputs: Sequence[RecordInput], id_property: str | None = None
    ) -> Sequence[Outcome]:
        """Read whether writes are there, whatever the stage, which HubSpot may have kept."""
        kept = {
            LIFECYCLE_STAGE,
            id_property,
        }  # HubSpot may keep the stage, and the first of several keys
        without_stage = [
            replace(each, properties={k: v for k, v in each.properties.items() if k not in kept})
            for each in inputs
        ]
        return await records.verify(
            self.client, self.object_type, without_stage, id_property=id_property
        )

    def _upserted(self, write: PendingWrite, answer: Accepted) -> None:
        self._written(write, answer)
        if self.sender.memory:
            self.sender.reopened += self.sender.memory.meet(write)

    def _written(self, write: PendingWrite, answer: Accepted) -> None:
        entry = write.entry
        entry.record_id = answer.record_id
        if answer.created:
            entry.operation = "created"
            write.created_now = True
            if any(write.spared):
                write.associations, write.lists = write.spared
        elif entry.operation is None and not entry.uncertain:
            entry.operation = "updated"
        write.kept_stage = keeps_another_stage(write, answer)
        if not write.kept_stage:
            write.written()

    def _refused(self, write: PendingWrite, error: RefusedError) -> None:
        """Heal a conflict over the key; the owner of any other unique value is another record."""
        if (
            isinstance(error, ConflictRefused)
            and error.existing_id
            and error.is_about(self.id_property)
        ):
            write.conflict, write.claims = error, False
            write.entry.record_id = error.existing_id
        else:
            write.failed(problem_of(error, write.private))

    def _not_updated(self, write: PendingWrite, error: RefusedError) -> None:
        """Let go of a record that was found by search, and is gone or may not have the id."""
        if isinstance(error, NotFound) and write.mode == "update":
            write.skipped(NO_SUCH_RECORD)
        elif isinstance(error, NotFound) and write.claims:
            let_go(write)
        elif write.claims:
            self._refused(write, error)
        else:
            write.failed(problem_of(error, write.private))
