"""A chunk of writes held against what is remembered of their records, and remembered in its turn.

Truth outlives crashes because of three rules. Before a call, what it may change is put in doubt,
with the journal's intent. After it, what is written is remembered, with the journal's outcome. And
nothing is remembered of calls without an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.items import (
    ASSOCIATION,
    LIST,
    PROPERTY,
    Items,
    association_type,
    association_types,
    compare,
    in_doubt,
    items_of,
    learned,
)
from hubspot_pipeline.delivery.journal import LATER_STEPS
from hubspot_pipeline.delivery.later_steps import ListChange
from hubspot_pipeline.delivery.pending import WRITTEN, PendingWrite
from hubspot_pipeline.delivery.record_state import UNKNOWN
from hubspot_pipeline.delivery.states import (
    IN_DOUBT,
    NONE,
    Entries,
    overlaid,
    pack,
    places,
    unpack,
)
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import sqlalchemy as sa

    from hubspot_pipeline.delivery.identities import Identities
    from hubspot_pipeline.delivery.items import Compared
    from hubspot_pipeline.delivery.later_steps import Association
    from hubspot_pipeline.delivery.pending import Pending
    from hubspot_pipeline.delivery.record_state import RecordStates
    from hubspot_pipeline.delivery.states import Ints, Mask
    from hubspot_pipeline.writes import RecordWrites


@dataclass(slots=True)
class Memory:
    """What is remembered of the records of one chunk's writes.

    Attributes:
        states: Where it is kept.
        writes: The writes, merged.
        items: What they say.
        record_ids: The record of each write; ``UNKNOWN`` where it is not known.
        compared: How the items stand to what was remembered before the chunk, and to each other.
        redeliver: Whether all is sent, however it stands.
    """

    states: RecordStates
    writes: RecordWrites
    items: Items
    record_ids: Ints
    compared: Compared
    redeliver: bool = False
    _bounds: Ints = field(init=False)
    _keyed: Ints = field(init=False)
    _links: dict[int, Ints] = field(init=False)
    _upserted: dict[str, list[PendingWrite]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bounds = np.searchsorted(self.items.entries.of, np.arange(len(self.writes.keys) + 1))
        self._keyed = self.record_ids.copy()
        self._links = {
            kind: np.flatnonzero(self.items.kind == kind) for kind in (ASSOCIATION, LIST)
        }

    def settle(self, writes: Sequence[PendingWrite]) -> None:
        """Leave in the writes only what is to be sent, and say what became of the rest.

        A write of which nothing is left is ``stale`` where later events said otherwise, else
        ``unchanged``. What is the same is sent along where a property is sent at all, so that a
        record that is created anew has all its values. One that may only create is left as it is:
        HubSpot says whether there is such a record.
        """
        known = [
            write
            for write in writes
            if self.record_ids[write.place] != UNKNOWN and write.mode != "add"
        ]
        self.prefer_newest(write for write in known if write.is_open)
        if self.redeliver:
            return
        fresh = _counts(self._bounds, self.compared.fresh & (self.items.kind == PROPERTY))
        for write in known:
            self._settle(write, has_fresh=bool(fresh[write.place]))

    def settled(self) -> set[str]:
        """Return the keys of the writes of which nothing is to be sent."""
        fresh = _counts(self._bounds, self.compared.fresh) > 0
        adds = pc.equal(self.writes.modes, "add").to_numpy()
        done = (self.record_ids != UNKNOWN) & ~fresh & ~adds
        return set(self.writes.keys.filter(pa.array(done)).to_pylist())

    def prefer_newest(self, writes: Iterable[PendingWrite]) -> None:
        """Of writes to one record, leave each property only to that of the latest event.

        Two keys may be one record's, and whichever call comes last would overrule the others.
        """
        by_record: dict[int, list[PendingWrite]] = {}
        for write in _own(writes):
            by_record.setdefault(self._record_id(write), []).append(write)
        for same in by_record.values():
            if len(same) > 1:
                self._leave_to_newest(same)

    def _leave_to_newest(self, writes: Sequence[PendingWrite]) -> None:
        """Call stale what another of the writes says later; of one time, the later write counts."""
        entry = self.items.entries.entry
        newest: dict[int, tuple[int, int]] = {}
        by_time = sorted(writes, key=lambda write: write.event_time)
        said = [
            (int(entry["name"][item]), (int(entry["time"][item]), rank), item, write)
            for rank, write in enumerate(by_time)
            for item in self._items_of([write]).tolist()
            if self.items.kind[item] == PROPERTY and not self.compared.stale[item]
        ]
        for name, when, _, _ in said:
            newest[name] = max(when, newest.get(name, when))
        for name, when, item, write in said:
            if when < newest[name]:
                self.compared.stale[item] = True
                [property_] = self._names(np.array([item]))
                write.properties.pop(property_, None)
                write.outcome.setdefault("stale", []).append(property_)

    def recheck(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Take out what later events overrule of writes whose records were unknown until now."""
        new = [
            write
            for write in _own(writes)
            if self.record_ids[write.place] == UNKNOWN and self._record_id(write) != UNKNOWN
        ]
        if self.redeliver or not new:
            return
        for write in new:
            self.record_ids[write.place] = self._record_id(write)
        items = self._items_of(new)
        ids, said = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        found = compare(said, known)
        self.compared.same[items], self.compared.stale[items] = found.same, found.stale
        for write in new:
            self._drop_stale(write)

    def meet(self, write: PendingWrite) -> list[PendingWrite]:
        """Return the writes whose upserts were of the same record as this one's, if there are any.

        What became of them all is open again: nobody can tell which call came last.
        """
        if not write.properties or write.entry.record_id is None:
            return []
        same = self._upserted.setdefault(write.entry.record_id, [])
        before = list(same)
        same.append(write)
        for each in same if before else ():
            each.met, each.entry.verdict, each.entry.done = True, None, None
        return before

    def _settle(self, write: PendingWrite, *, has_fresh: bool) -> None:
        stale = self._drop_stale(write)
        fresh = self.compared.fresh
        write.spared = write.associations, write.lists
        write.associations = tuple(each for each in write.associations if fresh[self._item(each)])
        write.lists = tuple(each for each in write.lists if fresh[self._item(each)])
        if has_fresh and write.entry.done != WRITTEN:
            return
        write.entry.record_id = str(self.record_ids[write.place])
        if write.associations or write.lists:
            write.only_later_steps = write.entry.done != WRITTEN
            write.written()
            return
        if write.entry.done == WRITTEN:
            return  # its later steps are done; all that is left is to say so
        write.entry.verdict = (Verdict.STALE if stale else Verdict.UNCHANGED).value
        if stale:
            write.entry.reason = f"Later events said otherwise: {', '.join(stale)}."
            write.entry.outcome = orjson.dumps(write.outcome).decode()

    def _drop_stale(self, write: PendingWrite) -> list[str]:
        """Take out of a write what later events overrule; return what that is, in words."""
        items = self._items_of([write])
        stale = self._names(items[self.compared.stale[items]])
        for name in stale:
            write.properties.pop(name, None)
        write.associations = tuple(
            each for each in write.associations if not self.compared.stale[self._item(each)]
        )
        write.lists = tuple(
            each for each in write.lists if not self.compared.stale[self._item(each)]
        )
        if stale:
            write.outcome["stale"] = stale
        return stale

    def _names(self, items: Ints) -> list[str]:
        """Return what items are about, in words without a value."""
        names = []
        for item in items.tolist():
            kind, at = self.items.kind[item], int(self.items.at[item])
            if kind == PROPERTY:
                names.append(self.writes.properties.column_names[at])
            elif kind == ASSOCIATION:
                names.append(f"association with {self.writes.associations['to_type'][at]}")
            else:
                names.append("membership of a list")
        return list(dict.fromkeys(names))

    def advance(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Remember the later times of what is the same as before."""
        chosen = np.zeros(len(self.record_ids), bool)
        chosen[[write.place for write in writes if write.mode != "add"]] = True
        newer = np.flatnonzero(self.compared.newer & chosen[self.items.entries.of])
        self._learn(connection, newer)

    def doubt(self, connection: sa.Connection, *, step: str, writes: Sequence[Pending]) -> None:
        """Put in doubt what a call is about to change of known records."""
        own = [write for write in _own(writes) if self._record_id(write) != UNKNOWN]
        is_later = step in LATER_STEPS
        if is_later:
            self._doubt_other_ends(connection, own)
        items = self._items_of(own)
        items = items[(self.items.kind[items] != PROPERTY) == is_later]
        settles_stage = any(write.kept_stage for write in own)  # which is cleared on the way
        may_change = ~self.compared.stale if settles_stage else self.compared.fresh
        items = items[may_change[items]]
        if not len(items):
            return
        for write in own:
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
        met = [write for write in _own(writes) if write.met]
        self.doubt(connection, step="upsert", writes=met)

    def written(self, connection: sa.Connection, writes: Sequence[Pending]) -> None:
        """Remember the values of those of the writes whose records are as they should be."""
        done = [write for write in _own(writes) if write.is_written]
        if not done:
            return
        self._know(connection, done)
        items = self._items_of(done)
        items = items[(self.items.kind[items] == PROPERTY) & ~self.compared.stale[items]]
        self._learn(connection, items)

    def finished(self, connection: sa.Connection, writes: Sequence[Pending]) -> None:
        """Remember the associations and the lists that are as they should be."""
        items: list[int] = []
        for write in _own(writes):
            items += [self._item(each) for each in write.associations if each.done]
            items += [self._item(each) for each in write.lists if each.done]
        self._learn(connection, np.sort(np.array(items, np.int64)))
        self._forget(connection, [write for write in _own(writes) if write.only_later_steps])

    def _forget(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Forget the ids of records whose later steps failed: they may be gone.

        Their next row is sent whole, and makes them anew where they are.
        """
        places_ = [write.place for write in writes if write.entry.verdict == Verdict.FAILED]
        self._put_keys(connection, places_, [UNKNOWN] * len(places_))

    def knows(self, write: PendingWrite) -> bool:
        """Return whether the record of a write is known from an earlier delivery, or this one."""
        return bool(self.record_ids[write.place] != UNKNOWN)

    def delivered_before(
        self, connection: sa.Connection, record_ids: Sequence[str]
    ) -> frozenset[str]:
        """Return those of the records to which anything was ever delivered."""
        numbers = np.array([int(each) for each in record_ids], np.int64)
        states = self.states.load(connection, self.writes.object_type, numbers)
        return frozenset(
            each for each, state in zip(record_ids, states, strict=True) if state is not None
        )

    def _know(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Remember which records the writes' ids are of."""
        new = []
        for write in writes:
            record_id = self._record_id(write)
            if record_id != self._keyed[write.place]:
                self._keyed[write.place] = record_id
                new.append(write.place)
            self.record_ids[write.place] = record_id
        self._put_keys(connection, new, self.record_ids[new].tolist())

    def _put_keys(
        self, connection: sa.Connection, writes: Sequence[int], record_ids: Sequence[int]
    ) -> None:
        if not writes or self.writes.id_property == RECORD_ID:
            return
        ids = pc.take(self.writes.ids, pa.array(writes))
        keys = self.states.keys(self.writes.object_type, self.writes.id_property, ids)
        self.states.put_keys(connection, keys, record_ids)

    def _learn(self, connection: sa.Connection, items: Ints) -> None:
        """Remember items of records that are known."""
        items = items[self._ids_of(items) != UNKNOWN]
        if not len(items):
            return
        ids, new = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        self._store(connection, ids, learned(known, new), np.arange(len(ids)))

    def _by_record(self, items: Ints) -> tuple[Ints, Items]:
        """Return the records that items are of, in order, and the items by those places."""
        ids, of = np.unique(self._ids_of(items), return_inverse=True)
        some = self.items.only(items)
        return ids, Items(Entries(of, some.entries.entry), some.kind, some.at, some.takes_away)

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

    def _item(self, each: Association | ListChange) -> int:
        """Return which item says so."""
        kind = LIST if isinstance(each, ListChange) else ASSOCIATION
        return int(self._links[kind][each.row])

    def _ids_of(self, items: Ints) -> Ints:
        found: Ints = self.record_ids[self.items.entries.of[items]]
        return found

    def _items_of(self, writes: Iterable[PendingWrite]) -> Ints:
        """Return where the items of writes stand."""
        spans = [
            np.arange(self._bounds[write.place], self._bounds[write.place + 1]) for write in writes
        ]
        return np.concatenate(spans) if spans else np.zeros(0, np.int64)

    def _record_id(self, write: PendingWrite) -> int:
        """Return the record of a write, as HubSpot said last."""
        record_id = write.entry.record_id
        if record_id is not None and record_id.isdecimal():
            return int(record_id)
        return int(self.record_ids[write.place])


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
    known = unpack(states.load(connection, writes.object_type, record_ids))
    compared = compare(items, unpack([]) if redeliver else known)
    return Memory(states, writes, items, record_ids, compared, redeliver)


def _own(writes: Iterable[Pending]) -> list[PendingWrite]:
    """Return the chunk's own writes: records made at the other end of associations are not."""
    return [write for write in writes if isinstance(write, PendingWrite) and write.place >= 0]


def _counts(bounds: Ints, which: Mask) -> Ints:
    """Return how many items of each write are chosen."""
    total = np.concatenate([[0], np.cumsum(which)])
    counts: Ints = total[bounds[1:]] - total[bounds[:-1]]
    return counts
