"""Find the records of writes by what they have: many searches a call, and claims settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.pending import let_go, problem_of
from hubspot_pipeline.delivery.searches import SEARCHES_AT_A_TIME, find_matches, not_unique
from hubspot_pipeline.hubspot import records, search
from hubspot_pipeline.hubspot.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.records import Found


@dataclass(frozen=True, slots=True)
class Matching:
    """Finds records of one object type.

    Attributes:
        client: Calls HubSpot.
        sender: Bounds how many calls are under way.
        object_type: The records' object type.
        id_property: The property that the writes' ids are values of; None while the account has
            no such property, or where it says nothing of whose a record is.
    """

    client: HubSpotClient
    sender: Sender
    object_type: str
    id_property: str | None

    async def find(self, writes: Sequence[PendingWrite]) -> None:
        """Set ``found`` and the record id of those that one record matches in all search fields.

        Writes that several records match have failed.
        """

        async def settle(part: Sequence[PendingWrite]) -> None:
            for write, hits in await self._search(part):
                _take(write, hits)

        await self.sender.each_batch(writes, settle, SEARCHES_AT_A_TIME)

    async def find_to_claim(self, writes: Sequence[PendingWrite]) -> None:
        """Find by search, as ``find``, records that are to have the writes' ids from now on.

        A record that has another id already is somebody else's and no match; one that has the
        write's own is the one. What the search says of that may be seconds old (hubspot-api §2.9),
        so it is read of records to which something was delivered before. Of several writes that
        match the same record, that of the earliest event claims it; for the others there is none.
        """

        async def settle(part: Sequence[PendingWrite]) -> None:
            for write, hits in await self._search(part):
                is_whole = len(hits) < search.MOST_HITS  # else more may match, and be free
                own = [hit for hit in hits if self._has_id(write, hit)]
                free = [hit for hit in hits if not is_whole or self._may_claim(write, hit)]
                _take(write, own or free)
            doubtful = self._maybe_taken([write for write in part if write.found])
            for start in range(0, len(doubtful), records.BATCH_SIZE):
                await self._drop_taken(doubtful[start : start + records.BATCH_SIZE])

        await self.sender.each_batch(writes, settle, SEARCHES_AT_A_TIME)
        claimed: set[str | None] = set()
        for write in sorted(writes, key=lambda write: write.event_time):
            if write.found and write.entry.record_id in claimed:
                let_go(write)
            elif write.found:
                claimed.add(write.entry.record_id)
                write.claims = True

    async def _search(
        self, writes: Sequence[PendingWrite]
    ) -> list[tuple[PendingWrite, Sequence[Found]]]:
        """Return the records that match each write; one that cannot be searched for has failed."""
        wanted = [write.search or {} for write in writes]
        answer = await find_matches(self.client, self.object_type, wanted, self._properties)
        hits: list[tuple[PendingWrite, Sequence[Found]]] = []
        for write, found in zip(writes, answer, strict=True):
            if isinstance(found, RefusedError):
                write.failed(problem_of(found))
            else:
                hits.append((write, found))
        return hits

    def _maybe_taken(self, writes: Sequence[PendingWrite]) -> list[PendingWrite]:
        """Return the writes whose record a delivery may have given an id since it was indexed."""
        memory = self.sender.memory
        if memory is None or not writes:
            return list(writes)
        with self.sender.journal.transaction() as connection:
            known = memory.delivered_before(connection, [w.entry.record_id or "" for w in writes])
        return [write for write in writes if write.entry.record_id in known]

    async def _drop_taken(self, writes: Sequence[PendingWrite]) -> None:
        """Let go of records that are gone, or have another id by now."""
        ids = [write.entry.record_id or "" for write in writes]
        answer = await records.read(self.client, self.object_type, ids, properties=self._properties)
        for write, record_id in zip(writes, ids, strict=True):
            held = answer.found.get(record_id)
            if record_id in answer.unanswered:
                write.found = None
                write.entry.reason = f"HubSpot did not say whether record {record_id} exists."
            elif held is None or not self._may_claim(write, held):
                let_go(write)

    @property
    def _properties(self) -> tuple[str, ...]:
        return (self.id_property,) if self.id_property else ()

    def _has_id(self, write: PendingWrite, hit: Found) -> bool:
        return any(hit.properties.get(name) == write.id for name in self._properties)

    def _may_claim(self, write: PendingWrite, hit: Found) -> bool:
        held = [hit.properties.get(name) for name in self._properties]
        return all(value in {None, "", write.id} for value in held)


def _take(write: PendingWrite, hits: Sequence[Found]) -> None:
    write.found = bool(hits)
    if len(hits) == 1:
        write.entry.record_id = hits[0].record_id
    elif hits:
        ids = [hit.record_id for hit in hits]
        write.found = None
        write.failed(not_unique("records", write.search or {}, ids))
