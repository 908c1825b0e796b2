"""What a chunk of writes leaves to be remembered of their records, call by call.

Truth outlives crashes because of three rules. Before a call, what it may change is put in doubt,
with the journal's intent. After it, what is written is remembered, with the journal's outcome. And
nothing is remembered of calls without an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from hubspot_pipeline.delivery.items import (
    PROPERTY,
    association_type,
    association_types,
    compare,
    in_doubt,
    items_of,
    learned,
)
from hubspot_pipeline.delivery.journal import LATER_STEPS
from hubspot_pipeline.delivery.judging import Judged, own
from hubspot_pipeline.delivery.pending import PendingWrite
from hubspot_pipeline.delivery.record_state import UNKNOWN
from hubspot_pipeline.delivery.states import (
    ENTRY,
    IN_DOUBT,
    NONE,
    Entries,
    overlaid,
    pack,
    places,
    unpack,
)
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.writes import LIFECYCLE_STAGE, RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import sqlalchemy as sa

    from hubspot_pipeline.delivery.identities import Identities
    from hubspot_pipeline.delivery.pending import Pending
    from hubspot_pipeline.delivery.record_state import Keys, RecordStates
    from hubspot_pipeline.delivery.states import Ints
    from hubspot_pipeline.writes import RecordWrites


@dataclass(slots=True)
class Memory(Judged):
    """What is remembered of the records of one chunk's writes, kept up as they are written.

    Attributes:
        overruled: By record and property, what it had of later events before an older one was
            written over it: nobody knew that its key is that record's. Where that only may have
            been, as the call was lost, what the older one said comes after it.
    """

    overruled: dict[int, dict[str, bytes]] = field(default_factory=dict)
    _keys: Keys | None = None

    def advance(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Remember the later times of what is the same as before."""
        chosen = np.zeros(len(self.record_ids), bool)
        chosen[[write.place for write in writes if write.mode != "add"]] = True
        newer = np.flatnonzero(self.compared.newer & chosen[self.items.entries.of])
        self._learn(connection, newer)

    def doubt(self, connection: sa.Connection, *, step: str, writes: Sequence[Pending]) -> None:
        """Put in doubt what a call is about to change of known records."""
        known_ones = [write for write in own(writes) if self._record_id(write) != UNKNOWN]
        is_later = step in LATER_STEPS
        if is_later:
            self._doubt_other_ends(connection, known_ones)
        items = self._items_of(known_ones)
        items = items[(self.items.kind[items] != PROPERTY) == is_later]
        settles_stage = any(write.kept_stage for write in known_ones)  # which is cleared on the way
        may_change = ~self.compared.stale if settles_stage else self.compared.fresh
        items = items[may_change[items]]
        if not len(items):
            return
        for write in known_ones:
            self.record_ids[write.place] = self._record_id(write)
        ids, of = np.unique(self._ids_of(items), return_inverse=True)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        new = overlaid(NONE, Entries(of, self.items.entries.entry[items]))
        about = places(known, new) >= 0
        changed = np.unique(known.of[about & (known.entry["digest"] != IN_DOUBT)])
        self._store(connection, ids, in_doubt(known, about), changed)

    def _doubt_other_ends(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Put in doubt what the records at the other ends remember of records of this type.

        An association is of both its records, and either may be written to by a mapping.
        """
        own_type = association_type(self.writes.object_type)
        ends: dict[str, set[int]] = {}
        for write in writes:
            for each in write.associations:
                if each.other and each.other.record_id and each.other.record_id.isdecimal():
                    ends.setdefault(each.to_type, set()).add(int(each.other.record_id))
        for object_type, numbers in ends.items():
            ids = np.array(sorted(numbers), np.int64)
            known = unpack(self.states.load(connection, object_type, ids))
            about = association_types(known) == own_type
            changed = np.unique(known.of[about & (known.entry["digest"] != IN_DOUBT)])
            self._store(connection, ids, in_doubt(known, about), changed, object_type)

    def doubt_met(self, connection: sa.Connection, writes: Sequence[Pending]) -> None:
        """Put in doubt what the upserts of several writes may have left in one record."""
        met = [write for write in own(writes) if write.met]
        self._notice_overruled(connection, self._know(connection, met))
        self.doubt(connection, step="upsert", writes=met)

    def written(self, connection: sa.Connection, writes: Sequence[Pending]) -> None:
        """Remember the values of those of the writes whose records are as they should be."""
        done = [write for write in own(writes) if write.is_written]
        but_stage = [write for write in own(writes) if write.kept_stage and not write.is_written]
        if not done and not but_stage:
            return
        new = self._know(connection, [*done, *but_stage])
        self._notice_overruled(connection, new)
        self.doubt(connection, step="upsert", writes=but_stage)  # until the stage is settled
        items = self._items_of(done)
        items = items[(self.items.kind[items] == PROPERTY) & ~self.compared.stale[items]]
        self._learn(connection, items)

    def finished(self, connection: sa.Connection, writes: Sequence[Pending]) -> None:
        """Remember the associations and the lists that are as they should be."""
        items: list[int] = []
        for write in own(writes):
            items += [self._item(each) for each in write.associations if each.done]
            items += [self._item(each) for each in write.lists if each.done]
        self._learn(connection, np.sort(np.array(items, np.int64)))
        self._doubt_whole(connection, [each for each in own(writes) if each.only_later_steps])

    def _doubt_whole(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Put all in doubt of records whose later steps failed: they may be gone.

        Their next row is sent whole, and makes them anew where they are.
        """
        failed = [self._record_id(each) for each in writes if each.entry.verdict == Verdict.FAILED]
        ids = np.unique(np.array(failed, np.int64))
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        doubted = in_doubt(known, np.ones(len(known), bool))
        self._store(connection, ids, doubted, np.unique(known.of))

    def delivered_before(
        self, connection: sa.Connection, record_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return those of the records to which anything was ever delivered."""
        numbers = np.array([int(each) for each in record_ids], np.int64)
        states = self.states.load(connection, self.writes.object_type, numbers)
        return frozenset(
            each for each, state in zip(record_ids, states, strict=True) if state is not None
        )

    def notice_lost(self, connection: sa.Connection, writes: Iterable[PendingWrite]) -> None:
        """Note what calls without an answer may have done to later values of their records.

        Whose record a write's key is may be known only since: from another delivery.
        """
        lost = [write for write in writes if write.entry.uncertain and write.mode != "add"]
        items = self._items_of(write for write in lost if self.knows(write))
        items = items[(self.items.kind[items] == PROPERTY) & self.compared.stale[items]]
        self._keep_overruled(connection, items, lost=True)

    def _notice_overruled(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Note what writes under new keys did to later values of their records."""
        if self.redeliver or not writes:
            return
        items = self._items_of(writes)
        items = items[(self.items.kind[items] == PROPERTY) & ~self.compared.stale[items]]
        ids, said = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        stale = items[compare(said, known).stale]
        self.compared.stale[stale] = True
        self._keep_overruled(connection, stale)

    def _keep_overruled(
        self, connection: sa.Connection, items: Ints, *, lost: bool = False
    ) -> None:
        """Keep what later events than these items gave their records, until it is put back.

        It is in doubt until then; see ``Restoring``. What was in doubt before cannot be put back,
        and is kept to be told. Of calls that were lost, what they said is kept as well: only that
        tells whether they overruled anything.
        """
        if not len(items):
            return
        ids, said = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        at = places(said.entries, known)
        wanted = (known.entry["digest"][at] != IN_DOUBT) | (not lost)
        items, at = items[wanted], at[wanted]
        names = self.writes.properties.column_names
        for item, entry in zip(items.tolist(), at.tolist(), strict=True):
            record_id, name = int(ids[known.of[entry]]), names[self.items.at[item]]
            kept = self.overruled.setdefault(record_id, {})
            # A stage may have been cleared on the way back, and so be what no call said.
            is_told = lost and name != LIFECYCLE_STAGE
            told = self.items.entries.entry[item].tobytes() if is_told else b""
            if name not in kept:
                kept[name] = known.entry[entry].tobytes() + told
            elif told != kept[name][ENTRY.itemsize :]:  # what is kept is in doubt since
                kept[name] = kept[name][: ENTRY.itemsize]
            self.states.put_overruled(connection, self.writes.object_type, record_id, kept)
        about = np.zeros(len(known), bool)
        about[at] = True
        self._store(connection, ids, in_doubt(known, about), np.unique(known.of[about]))

    def owed(self, writes: Iterable[PendingWrite]) -> dict[int, PendingWrite]:
        """Return the records to which something is to be put back, each with a write to it."""
        found: dict[int, PendingWrite] = {}
        if self.overruled:  # as it seldom is
            for write in sorted(own(writes), key=lambda write: write.event_time):
                record_id = self._record_id(write)
                if record_id in self.overruled:
                    found.setdefault(record_id, write)
        return found

    def restored(self, connection: sa.Connection, restored: Sequence[PendingWrite]) -> None:
        """Remember what is back, which is what is left in these writes, as it was.

        The rest that was to be put back to their records stays in doubt.
        """
        for write in restored:
            was = self.overruled.pop(int(write.id))
            back = unpack([b"".join(was[name][: ENTRY.itemsize] for name in write.properties)])
            ids = np.array([int(write.id)], np.int64)
            known = unpack(self.states.load(connection, self.writes.object_type, ids))
            self._store(connection, ids, overlaid(known, back), np.array([0]))
            self.states.drop_overruled(
                connection, self.writes.object_type, int(write.id), list(was)
            )

    def _written_since(self, connection: sa.Connection, items: Ints) -> None:
        """Leave it be to put back values that are written since."""
        if not self.overruled:
            return
        names = self.writes.properties.column_names
        about = np.isin(self._ids_of(items), list(self.overruled))
        for item in items[about & (self.items.kind[items] == PROPERTY)].tolist():
            record_id, name = int(self._ids_of(np.array([item]))[0]), names[self.items.at[item]]
            if self.overruled.get(record_id, {}).pop(name, None) is not None:
                if not self.overruled[record_id]:
                    del self.overruled[record_id]
                self.states.drop_overruled(connection, self.writes.object_type, record_id, [name])

    def _know(
        self, connection: sa.Connection, writes: Sequence[PendingWrite]
    ) -> list[PendingWrite]:
        """Remember which records the writes' ids are of; return those of which nobody knew."""
        new = []
        for write in writes:
            record_id = self._record_id(write)
            if record_id != self._keyed[write.place]:
                self._keyed[write.place] = record_id
                new.append(write)
            self.record_ids[write.place] = record_id
        at = [write.place for write in new]
        self._put_keys(connection, at, self.record_ids[at].tolist())
        return new

    def _put_keys(
        self, connection: sa.Connection, writes: Sequence[int], record_ids: Sequence[int]
    ) -> None:
        if not writes or self.writes.id_property == RECORD_ID:
            return
        if self._keys is None:  # of the whole chunk at once, as hashing a few costs almost as much
            self._keys = self.states.keys(
                self.writes.object_type, self.writes.id_property, self.writes.ids
            )
        self.states.put_keys(connection, self._keys.only(writes), record_ids)

    def _learn(self, connection: sa.Connection, items: Ints) -> None:
        """Remember items of records that are known."""
        items = items[self._ids_of(items) != UNKNOWN]
        if not len(items):
            return
        ids, new = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        self._store(connection, ids, learned(known, new), np.arange(len(ids)))
        self._written_since(connection, items)

    def _store(
        self,
        connection: sa.Connection,
        ids: Ints,
        entries: Entries,
        changed: Ints,
        object_type: str | None = None,
    ) -> None:
        states = pack(entries, len(ids))
        self.states.put_states(
            connection,
            object_type or self.writes.object_type,
            {int(ids[at]): states[at] for at in changed.tolist()},
        )


def recall(
    connection: sa.Connection,
    states: RecordStates,
    writes: RecordWrites,
    identities: Identities | None,
    unknown_time: int,
    *,
    redeliver: bool,
) -> Memory:
    """Return what is remembered of the records of writes, and how these stand to it."""
    users = writes.associations["user_id"].unique().drop_null().to_pylist()
    known_users = identities.find(users) if identities and users else {}
    addresses = {user: each.email for user, each in known_users.items()}
    items = items_of(writes, addresses, unknown_time)
    record_ids = states.record_ids(connection, writes.object_type, writes.id_property, writes.ids)
    loaded = states.load(connection, writes.object_type, record_ids)
    if writes.id_property == RECORD_ID:  # which is taken at its word once it was delivered to
        record_ids[[state is None for state in loaded]] = UNKNOWN
    compared = compare(items, unpack([] if redeliver else loaded))
    overruled = states.overruled(connection, writes.object_type)
    return Memory(states, writes, items, record_ids, compared, redeliver, overruled=overruled)
