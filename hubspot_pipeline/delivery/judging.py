"""A chunk of writes held against what is remembered of their records, and against each other."""

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
    compare,
    pair_of,
)
from hubspot_pipeline.delivery.later_steps import ListChange
from hubspot_pipeline.delivery.links import Link, overruled_links, without
from hubspot_pipeline.delivery.pending import WRITTEN, PendingWrite
from hubspot_pipeline.delivery.record_state import UNKNOWN
from hubspot_pipeline.delivery.states import (
    Entries,
    unpack,
)
from hubspot_pipeline.delivery.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import sqlalchemy as sa

    from hubspot_pipeline.delivery.items import Compared
    from hubspot_pipeline.delivery.later_steps import Association
    from hubspot_pipeline.delivery.pending import Pending
    from hubspot_pipeline.delivery.record_state import RecordStates
    from hubspot_pipeline.delivery.states import Ints, Mask
    from hubspot_pipeline.writes import RecordWrites


@dataclass(slots=True)
class Judged:
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
    _recalled: Ints = field(init=False)
    _keyed: Ints = field(init=False)
    _links: dict[int, Ints] = field(init=False)
    _upserted: dict[str, list[PendingWrite]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bounds = np.searchsorted(self.items.entries.of, np.arange(len(self.writes.keys) + 1))
        self._recalled = self.record_ids.copy()
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
        self._prefer_newest_links([write for write in known if write.links])
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
        for write in own(writes):
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
            if self.items.kind[item] == PROPERTY
        ]
        for name, when, item, _ in said:
            if not self.compared.stale[item]:
                newest[name] = max(when, newest.get(name, when))
        for name, when, item, write in said:
            self.compared.stale[item] |= when < newest.get(name, when)
            [property_] = self._names(np.array([item]))
            if self.compared.stale[item] and write.properties.pop(property_, None) is not None:
                write.outcome.setdefault("stale", []).append(property_)

    def recheck(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Take out what later events overrule of writes whose records were unknown until now."""
        new = [
            write
            for write in own(writes)
            if self.record_ids[write.place] == UNKNOWN and self._record_id(write) != UNKNOWN
        ]
        if self.redeliver or not new:
            return
        for write in new:
            self.record_ids[write.place] = self._record_id(write)
        self._compare_anew(connection, self._items_of(new))
        for write in new:
            self._drop_stale(write)

    def hold_links(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Leave in written records' writes the associations and lists that still count.

        Not those that later events overrule, of writes whose records were unknown before they were
        written; nor, of writes to one record, those that another's later event overrules.
        """
        linked = [write for write in own(writes) if write.links]
        if not self.redeliver:
            self._recheck_links(connection, linked)
        self._prefer_newest_links(linked)

    def _prefer_newest_links(self, linked: Sequence[PendingWrite]) -> None:
        by_record: dict[int, list[tuple[PendingWrite, Association | ListChange]]] = {}
        for write in sorted(linked, key=lambda write: write.event_time):
            of_record = by_record.setdefault(self._record_id(write), [])
            of_record += [(write, each) for each in write.links]
        for links in by_record.values():
            if len(links) > 1:
                overruled = overruled_links([self._link(*each) for each in links])
                self._drop_links([(link.write, link.each) for link in overruled])

    def _recheck_links(self, connection: sa.Connection, writes: Sequence[PendingWrite]) -> None:
        """Take out what later events overrule of records that nobody knew at first."""
        late = [
            write
            for write in writes
            if self._record_id(write) != self._recalled[write.place] and not write.created_now
        ]
        for write in late:
            self.record_ids[write.place] = self._record_id(write)
        items = self._items_of(late)
        self._compare_anew(connection, items[self.items.kind[items] != PROPERTY])
        for write in late:
            stale = [(write, each) for each in write.links if self.compared.stale[self._item(each)]]
            self._drop_links(stale)
            self._keep_outlived(write)

    def _compare_anew(self, connection: sa.Connection, items: Ints) -> None:
        """Hold items against what is remembered by now."""
        if not len(items):
            return
        ids, said = self._by_record(items)
        known = unpack(self.states.load(connection, self.writes.object_type, ids))
        found = compare(said, known)
        self.compared.same[items], self.compared.stale[items] = found.same, found.stale
        self.compared.outlived[items] = found.outlived

    def _drop_links(self, links: Sequence[tuple[PendingWrite, Association | ListChange]]) -> None:
        for write, each in links:
            item = self._item(each)
            self.compared.stale[item] = True
            without(write, [each])
            said = write.outcome.setdefault("stale", [])
            said += [name for name in self._names(np.array([item])) if name not in said]

    def _keep_outlived(self, write: PendingWrite) -> None:
        """Let associations replace no labels where some of these are of later events."""
        for each in write.associations:
            if self.compared.outlived[self._item(each)]:
                each.replaces_labels = False

    def _link(self, write: PendingWrite, each: Association | ListChange) -> Link:
        item = self._item(each)
        name, _, time = self.items.entries.entry[item].tolist()
        return Link(name, pair_of(name), time, int(self.items.takes[item]), write, each)

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
        self._keep_outlived(write)
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

    def knows(self, write: PendingWrite) -> bool:
        """Return whether the record of a write is known from an earlier delivery, or this one."""
        return bool(self.record_ids[write.place] != UNKNOWN)

    def _by_record(self, items: Ints) -> tuple[Ints, Items]:
        """Return the records that items are of, in order, and the items by those places."""
        ids, of = np.unique(self._ids_of(items), return_inverse=True)
        some = self.items.only(items)
        return ids, Items(Entries(of, some.entries.entry), some.kind, some.at, some.takes)

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


def own(writes: Iterable[Pending]) -> list[PendingWrite]:
    """Return the chunk's own writes: records made at the other end of associations are not."""
    return [write for write in writes if isinstance(write, PendingWrite) and write.place >= 0]


def _counts(bounds: Ints, which: Mask) -> Ints:
    """Return how many items of each write are chosen."""
    total = np.concatenate([[0], np.cumsum(which)])
    counts: Ints = total[bounds[1:]] - total[bounds[:-1]]
    return counts
