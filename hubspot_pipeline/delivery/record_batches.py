"""Record writes through their steps: find → write → settle the stage → later steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from hubspot_pipeline.delivery.associating import Associating, settle_required
from hubspot_pipeline.delivery.find import find_by_id
from hubspot_pipeline.delivery.later_steps import Problem, is_required
from hubspot_pipeline.delivery.list_changes import ListChanges
from hubspot_pipeline.delivery.matches import Matching
from hubspot_pipeline.delivery.prepare import make_id_property
from hubspot_pipeline.delivery.stages import Stages
from hubspot_pipeline.delivery.writing import NO_SUCH_RECORD, Writing
from hubspot_pipeline.hubspot import account
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.delivery.other_sides import OtherSides
    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient

Way = Literal["upsert", "read_then_write"]

_NOTHING_TO_FIND_BY = (
    "No search field says which record is meant, and this mapping only updates records."
)


@dataclass(frozen=True, slots=True)
class RecordDelivery:
    """Takes writes to records of one object type through their steps.

    Attributes:
        client: Calls HubSpot.
        sender: Sends and journals the batches.
        others: Looks for the records at the other end of associations.
        object_type: The records' object type.
        id_property: The unique property that the writes' ids are values of.
        way: One upsert that finds and writes, or a read and then creates and updates; both leave
            the account the same (hubspot-api §2.5.5).
        id_is_given: As of ``RecordWrites``.
        makes_id_property: As of ``RecordWrites``.
    """

    client: HubSpotClient
    sender: Sender
    others: OtherSides
    object_type: str
    id_property: str
    way: Way = "upsert"
    id_is_given: bool = True
    makes_id_property: bool = False

    async def deliver(self, writes: Sequence[PendingWrite]) -> None:
        """Take writes through every step that they need; their entries then say what came of it.

        A step is skipped where no write needs it. An entry without a verdict is undelivered.
        """
        await self.others.find([write for write in writes if write.is_open], is_required)
        for write in writes:
            settle_required(write)
        await self._write([write for write in writes if write.is_open and not write.waits])
        await self._go_on([write for write in writes if write.has_later_steps])

    async def _go_on(self, writes: Sequence[PendingWrite]) -> None:
        """Take records that are written through the steps that are left; then all is said."""
        if not writes:
            return
        if self.sender.memory:
            with self.sender.journal.transaction() as connection:
                self.sender.memory.hold_links(connection, writes)
        associating = Associating(self.client, self.sender, self.object_type, self.others)
        await associating.remove_first(writes)
        await associating.add(writes)
        await associating.remove(writes)
        await ListChanges(self.client, self.sender, self.object_type).change(writes)
        for write in writes:
            write.finish()
        self.sender.record_finished(writes)

    async def _write(self, writes: Sequence[PendingWrite]) -> None:
        """Make each record as its write wants it, or settle why it is not."""
        unsought = [write for write in writes if self._needs_no_finding(write)]
        sought = [write for write in writes if not self._needs_no_finding(write)]
        await self._find(sought)
        there = [write for write in sought if write.found and write.is_open]
        absent = [write for write in sought if write.found is False and write.is_open]
        for write in absent:
            if write.mode == "update":
                write.skipped(NO_SUCH_RECORD)
        upserts = unsought + [write for write in absent if self._may_upsert(write)]
        creations = [write for write in absent if write.is_open and not self._may_upsert(write)]
        marked = [*upserts, *creations, *(write for write in there if write.claims)]
        if marked and not await self._has_id_property(marked, make=True):
            upserts, creations = [], []
            there = [write for write in there if not write.claims]
        await self._send(upserts, creations, there)

    async def _send(
        self,
        upserts: Sequence[PendingWrite],
        creations: Sequence[PendingWrite],
        there: Sequence[PendingWrite],
    ) -> None:
        """Write records, and then those whose key turned out to be another record's."""
        writing = Writing(self.client, self.sender, self.object_type, self.id_property)
        await writing.upsert(upserts)
        await writing.create(creations)
        await writing.update([write for write in there if write.mode != "add"])
        gone = [write for write in there if write.found is False and write.is_open]
        await writing.upsert([write for write in gone if write.mode == "upsert"])
        met = [w for w in (*upserts, *creations, *there) if w.conflict and w.is_open]
        await writing.update([write for write in met if write.mode != "add"])
        await writing.confirm([write for write in (*there, *met) if write.mode == "add"])
        written = (*upserts, *creations, *there)
        kept = [write for write in written if write.kept_stage]
        await Stages(self.client, self.sender, self.object_type).settle(kept)

    def _needs_no_finding(self, write: PendingWrite) -> bool:
        """Whether one upsert finds and writes the record."""
        return (
            write.mode == "upsert"
            and self.way == "upsert"
            and not write.search
            and self.id_property != RECORD_ID
        )

    def _may_upsert(self, write: PendingWrite) -> bool:
        """Whether a record that was not found is upserted all the same, lest a race be lost."""
        return write.mode == "upsert" and (self.way == "upsert" or bool(write.search))

    async def _find(self, writes: Sequence[PendingWrite]) -> None:
        """Set ``found`` of the writes, or settle why nothing can be found."""
        if self.id_property == RECORD_ID:
            await self._find_by_record_id(writes)
            return
        by_search = [write for write in writes if write.search]
        if not self.id_is_given:
            await Matching(self.client, self.sender, self.object_type, None).find(by_search)
            writes = [write for write in writes if not write.search]
            for write in writes:
                if write.mode == "update":
                    write.skipped(_NOTHING_TO_FIND_BY)
            writes = [write for write in writes if write.is_open]
        has_ids = bool(writes) and await self._has_id_property(writes)
        if has_ids is None:
            return
        if self.id_is_given:
            await self._find_to_claim(writes, by_search, has_ids=has_ids)
        else:
            await self._find_by_id(writes, has_ids=has_ids)

    async def _find_to_claim(
        self, writes: Sequence[PendingWrite], by_search: Sequence[PendingWrite], *, has_ids: bool
    ) -> None:
        """Find records by their ids; those that were never delivered to, by search at first.

        So the first delivery to a record costs no more calls than later ones: what a search does
        not find is upserted by its id, or read by it where nothing may be created.
        """
        memory = self.sender.memory
        new = [write for write in by_search if memory is not None and not memory.knows(write)]
        is_new = {write.place for write in new}
        await self._find_by_id([w for w in writes if w.place not in is_new], has_ids=has_ids)
        named = self.id_property if has_ids else None
        unknown = [write for write in by_search if not write.found and write.is_open]
        unknown = [w for w in unknown if w.found is False or w.place in is_new]
        await Matching(self.client, self.sender, self.object_type, named).find_to_claim(unknown)
        left = [w for w in new if w.found is False and w.is_open and not self._may_upsert(w)]
        await self._find_by_id(left, has_ids=has_ids)

    async def _find_by_id(self, writes: Sequence[PendingWrite], *, has_ids: bool) -> None:
        if has_ids:
            await find_by_id(self.client, self.sender, self.object_type, self.id_property, writes)
            return
        for write in writes:
            write.found = False

    async def _find_by_record_id(self, writes: Sequence[PendingWrite]) -> None:
        """Take ids at their word where they can be ids, as an update says whether it is one."""
        for write in writes:
            if not write.id.isdecimal():
                write.found = False
            elif write.mode != "add":
                write.found, write.entry.record_id = True, write.id
            if write.found is False and write.mode == "upsert":
                write.failed(Problem(f"There is no record with the id '{write.id}'."))
        unknown = [write for write in writes if write.found is None]
        await find_by_id(self.client, self.sender, self.object_type, RECORD_ID, unknown)

    async def _has_id_property(
        self, writes: Sequence[PendingWrite], *, make: bool = False
    ) -> bool | None:
        """Whether the records have the id property; None where HubSpot does not tell.

        It is read, and made, once a run; only a property of our own making may be missing.
        """
        if not self.makes_id_property:
            return True
        known: list[bool] = []

        async def ask() -> None:
            if make:
                await make_id_property(self.client, self.object_type, self.id_property)
            properties = await account.properties(self.client, self.object_type)
            known.append(self.id_property in properties)

        await self.sender.all_of([(writes, ask)])
        return known[0] if known else None
