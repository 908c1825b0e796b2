"""What writes say of their records, as entries that can be held against what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.states import (
    IN_DOUBT,
    NONE,
    SEPARATOR,
    Entries,
    digests,
    entries_of,
    hash_of,
    hashes,
    overlaid,
    places,
    together,
)
from hubspot_pipeline.object_types import folded_name, standard_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hubspot_pipeline.delivery.states import Hashes, Ints, Mask
    from hubspot_pipeline.writes import RecordWrites

PROPERTY, ASSOCIATION, LIST = 0, 1, 2

A_LABEL, OTHER_LABELS, ALL_LABELS = 1, 2, 3
"""What an association takes away: a label, all labels but those it sets, or all of a pair."""

_TYPE_AT, _PAIR_AT = np.uint64(52), np.uint64(20)
_OTHER_BITS, _LABEL_BITS = np.uint64(0xFFFF_FFFF), np.uint64(0xF_FFFF)
_TYPE_BITS = np.uint64(0xFFF)
_LONG_AGO = np.iinfo(np.int64).min


@dataclass(frozen=True, slots=True)
class Items:
    """What writes say, one thing each, in order of write.

    Attributes:
        entries: Of which write, and what it says.
        kind: ``PROPERTY``, ``ASSOCIATION`` or ``LIST`` (int8).
        at: The property's column, or the row of the association, or of the change to a list.
        takes: What it takes away of the associations of its pair of records: nothing (0),
            ``A_LABEL``, ``OTHER_LABELS`` or ``ALL_LABELS`` (int8).
    """

    entries: Entries
    kind: np.ndarray[tuple[int], np.dtype[np.int8]]
    at: Ints
    takes: np.ndarray[tuple[int], np.dtype[np.int8]]

    def __len__(self) -> int:
        return len(self.kind)

    def only(self, which: Mask | Ints) -> Items:
        """Return some of them."""
        return Items(self.entries.only(which), self.kind[which], self.at[which], self.takes[which])


def items_of(writes: RecordWrites, addresses: Mapping[str, str], unknown_time: int) -> Items:
    """Return what writes say.

    Args:
        writes: Writes, merged or one a row.
        addresses: The e-mail addresses of known users' contacts: whom an association means that
            names only a user.
        unknown_time: When events without a time count as having happened, in microseconds since
            1970 (UTC).
    """
    carried = writes.rows.filter(writes.rows["carries"])["event_time"].cast(pa.int64())
    of_write = _numbers(carried, unknown_time)
    parts = []
    for column, name in enumerate(writes.properties.column_names):
        values = writes.properties[name]
        given = np.flatnonzero(values.is_valid().to_numpy())
        time = of_write
        if writes.times is not None:
            time = _numbers(writes.times.properties[name], unknown_time)
        entries = entries_of(given, property_name(name), digests(values.drop_null()), time[given])
        parts.append(_items(entries, PROPERTY, np.full(len(given), column)))
    if writes.associations.num_rows:
        own = writes.times.associations if writes.times else None
        times = _times(own, writes.associations, of_write, unknown_time)
        parts.append(_associations(writes, addresses, times))
    if writes.lists.num_rows:
        own = writes.times.lists if writes.times else None
        parts.append(_lists(writes.lists, _times(own, writes.lists, of_write, unknown_time)))
    return _in_order(parts)


def property_name(name: str) -> int:
    """Return the name of a property's entry."""
    return hash_of("property", name.lower())


def _associations(writes: RecordWrites, addresses: Mapping[str, str], time: Ints) -> Items:
    """Return what associations say; of one that names only a user, also who that is now."""
    table = writes.associations
    adds = pc.if_else(table["remove"], "remove", "add")
    replaces = pc.if_else(table["replaces_labels"], "all", "")
    users = pc.if_else(table["id"].is_null(), table["user_id"], None)
    who = pa.array([addresses.get(user) for user in users.to_pylist()], pa.string())
    entries = entries_of(
        table["write"].to_numpy(),
        _association_names(table),
        digests(_joined(adds, replaces, who)),
        time,
    )
    removes = pc.if_else(table["label"].is_null(), ALL_LABELS, A_LABEL)
    takes = pc.if_else(
        table["remove"], removes, pc.if_else(table["replaces_labels"], OTHER_LABELS, 0)
    )
    return _items(entries, ASSOCIATION, np.arange(len(table)), takes.to_numpy().astype(np.int8))


def _association_names(table: pa.Table) -> Hashes:
    """Return names that begin with the other side's type, then tell the record, then the label."""
    types = table["to_type"]
    known = {name: association_type(name) for name in types.unique().to_pylist()}
    of_type = np.array([known[name] for name in types.to_pylist()], np.uint64)
    is_email = pc.fill_null(pc.equal(table["id_property"], "email"), False)
    ids = pc.if_else(is_email, pc.utf8_lower(table["id"]), table["id"])
    other = hashes(_joined(table["id_property"], ids, table["user_id"])) & _OTHER_BITS
    label = hashes(pc.fill_null(pc.utf8_lower(table["label"]), "")) & _LABEL_BITS
    label = np.minimum(label, _LABEL_BITS - np.uint64(1))
    names: Hashes = (of_type << _TYPE_AT) | (other << _PAIR_AT) | label
    return names


def association_type(object_type: str) -> np.uint64:
    """Return with what the names of all associations with records of a type begin."""
    known = standard_type(object_type)
    return np.uint64(hash_of(known.id if known else folded_name(object_type))) & _TYPE_BITS


def association_types(entries: Entries) -> Hashes:
    """Return with what entries' names begin: the type, where they are of associations."""
    types: Hashes = entries.entry["name"] >> _TYPE_AT
    return types


def _lists(table: pa.Table, time: Ints) -> Items:
    names = hashes(_joined(pa.array(["list"] * len(table)), pc.utf8_lower(table["name"])))
    adds = digests(pc.if_else(table["add"], "add", "remove"))
    entries = entries_of(table["write"].to_numpy(), names, adds, time)
    return _items(entries, LIST, np.arange(len(table)))


@dataclass(frozen=True, slots=True)
class Compared:
    """How each item stands to what is remembered.

    Attributes:
        same: Whether the record has it already.
        stale: Whether a later event said otherwise.
        newer: Whether it is the same, and of a later event than what is remembered.
        outlived: Whether it takes away associations, some of which are of later events.
    """

    same: Mask
    stale: Mask
    newer: Mask
    outlived: Mask

    @property
    def fresh(self) -> Mask:
        """Whether it is to be sent: of two events at one time, the one delivered later counts."""
        return ~(self.same | self.stale)


def compare(items: Items, known: Entries) -> Compared:
    """Hold items against what is known, whose records' places are those of the items' writes."""
    said = items.entries
    at = places(said, known)
    entry = known.entry[at] if len(known) else np.zeros(len(at), known.entry.dtype)
    time = np.where(at >= 0, entry["time"], _LONG_AGO)
    same = (at >= 0) & (entry["digest"] == said.entry["digest"])
    newest = _newest_of_pairs(items, known)
    same &= newest <= time
    newer = same & (said.entry["time"] > time)
    outlived = newest > said.entry["time"]
    taken = places(_marks(said), known)
    is_taken = (taken >= 0) & (items.kind == ASSOCIATION)
    if is_taken.any():
        time = np.where(is_taken, np.maximum(time, known.entry["time"][taken]), time)
    later = (time > said.entry["time"]) | (outlived & (items.takes == ALL_LABELS))
    return Compared(same, ~same & later, newer, outlived & ~same)


def _newest_of_pairs(items: Items, known: Entries) -> Ints:
    """Return when what an association takes away was last added, for those that take others."""
    newest = np.full(len(items), _LONG_AGO)
    if not len(known) or not (items.takes >= OTHER_LABELS).any():
        return newest
    is_mark = known.entry["name"] & _LABEL_BITS == _LABEL_BITS
    there = overlaid(NONE, _marks(known.only(~is_mark & (known.entry["digest"] != _REMOVED))))
    at = places(_marks(items.entries), there)
    found = (at >= 0) & (items.takes >= OTHER_LABELS)
    newest[found] = there.entry["time"][at[found]]
    return newest


def learned(known: Entries, new: Items) -> Entries:
    """Return what is known of records once they have what writes say.

    ``new`` is by the records' places. An association that takes others away casts doubt on what
    was known of the others with records of that type; and where it takes all of them, it leaves a
    mark by which older ones are told to be stale.
    """
    at = places(new.entries, known)
    entry = new.entries.entry.copy()
    if len(known):
        before = known.entry[at]
        same = (at >= 0) & (before["digest"] == entry["digest"])
        entry["time"] = np.where(same, np.maximum(entry["time"], before["time"]), entry["time"])
    said = Entries(new.entries.of, entry)
    if not new.takes.any():
        return overlaid(known, said)
    doubted = in_doubt(known, _of_same_type(known, said.only(new.takes > 0)))
    marks = overlaid(NONE, _marks(said.only(new.takes >= OTHER_LABELS)))
    if not len(marks):
        return overlaid(doubted, said)
    at = places(_marks(said), marks)
    lost = (at >= 0) & (new.kind == ASSOCIATION) & (marks.entry["time"][at] > entry["time"])
    return overlaid(overlaid(doubted, in_doubt(said, lost)), marks)


def in_doubt(known: Entries, which: Mask) -> Entries:
    """Return what is known, with some of it in doubt."""
    entry = known.entry.copy()
    entry["digest"][which] = IN_DOUBT
    return Entries(known.of, entry)


def _of_same_type(known: Entries, taking: Entries) -> Mask:
    """Return which entries may be associations with the type of one that takes others away."""

    def typed(entries: Entries) -> Entries:
        types = association_types(entries)
        return entries_of(entries.of, types, types, entries.entry["time"])

    return places(typed(known), overlaid(NONE, typed(taking))) >= 0


def pair_of(name: int) -> int:
    """Return what tells the pair of records that an association of this name is of."""
    return name | int(_LABEL_BITS)


def _marks(associations: Entries) -> Entries:
    """Return the marks of the pairs of records that associations are of."""
    names = associations.entry["name"] | _LABEL_BITS
    return entries_of(
        associations.of, names, np.ones(len(names), np.uint64), associations.entry["time"]
    )


def _joined(*texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.binary_join_element_wise(
        *texts, SEPARATOR, null_handling="replace", null_replacement=""
    )


def _times(own: pa.ChunkedArray | None, table: pa.Table, of_write: Ints, unknown: int) -> Ints:
    if own is not None:
        return _numbers(own, unknown)
    found: Ints = of_write[table["write"].to_numpy()]
    return found


def _numbers(times: pa.ChunkedArray, unknown: int) -> Ints:
    numbers: Ints = pc.fill_null(times, unknown).to_numpy()
    return numbers


def _items(
    entries: Entries,
    kind: int,
    at: Ints,
    takes: np.ndarray[tuple[int], np.dtype[np.int8]] | None = None,
) -> Items:
    count = len(entries)
    nothing = np.zeros(count, np.int8)
    return Items(entries, np.full(count, kind, np.int8), at, nothing if takes is None else takes)


def _in_order(parts: list[Items]) -> Items:
    """Return items of all kinds, in order of write."""
    entries = together([part.entries for part in parts])
    if not parts:
        return _items(entries, PROPERTY, np.zeros(0, np.int64))
    items = Items(
        entries,
        np.concatenate([part.kind for part in parts]),
        np.concatenate([part.at for part in parts]),
        np.concatenate([part.takes for part in parts]),
    )
    return items.only(np.argsort(entries.of, kind="stable"))


_REMOVED = digests(_joined(pa.array(["remove"]), pa.array([""]), pa.array([""])))[0]
"""The digest of an association that is removed, where it does not depend on who a user is."""
