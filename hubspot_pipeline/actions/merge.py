"""Merge the rows of one record into one write: the latest value of each property wins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.writes import (
    EVENT_COLUMNS,
    ROW,
    EventWrites,
    RecordWrites,
    Times,
    Writes,
)

_Indexes = np.ndarray[tuple[int], np.dtype[np.int64]]


def merge_writes(writes: Writes) -> Writes:
    """Merge writes that share a key.

    Args:
        writes: One write a row, equal keys side by side, each record's rows oldest first; changes
            to associations and lists in order of write.

    Returns:
        One write for each key. Of a record: for each property the latest value that is not null
        (the empty text counts as a value: it clears); of each association and list the latest
        change (HubSpot knows labels and lists in any case); the id and the row that carries the
        write are those of the latest row; it may create the record if one of its rows may; the
        search fields are those of the oldest row that settles which record it is, as one that
        searches for it does, or creates it. A write that may only create is the oldest row's
        alone: by the time of the later ones, the record is there. Each thing that a write says
        keeps the time of the row that it comes from. Of an occurrence: the first row.
    """
    count = len(writes.keys)
    starts = group_starts(writes.keys) if count else np.zeros(0, np.int64)
    if len(starts) == count and not _has_changes(writes):
        return writes
    if isinstance(writes, EventWrites):
        return _take_events(writes, starts)
    return _merge_records(writes, starts)


def _has_changes(writes: Writes) -> bool:
    """Return whether a single row may say two things about one association or list."""
    return isinstance(writes, RecordWrites) and bool(len(writes.associations) + len(writes.lists))


def group_starts(keys: pa.ChunkedArray) -> _Indexes:
    """Return the index at which each run of equal keys begins."""
    flat = keys.combine_chunks()
    differs = pc.not_equal(flat[1:], flat[:-1]).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.flatnonzero(differs) + 1]).astype(np.int64)


def _merge_records(writes: RecordWrites, starts: _Indexes) -> RecordWrites:
    count = len(writes.keys)
    sizes = np.diff(np.append(starts, count))
    adds = pc.equal(writes.modes, "add").to_numpy()[starts]
    creates = pc.not_equal(writes.modes, "update").to_numpy()
    carriers = np.where(adds, starts, starts + sizes - 1)
    write = np.repeat(np.arange(len(starts)), sizes)
    only_first = np.repeat(adds, sizes) & (np.arange(count) != starts[write])
    at = pa.array(carriers)
    of_row = writes.rows["event_time"].cast(pa.int64())
    values = {
        name: _latest(writes.properties[name], starts, only_first)
        for name in writes.properties.column_names
    }
    associations = _latest_of(writes.associations, write, only_first, _ASSOCIATION)
    lists = _latest_of(writes.lists, write, only_first, _LIST)
    return replace(
        writes,
        keys=writes.keys.take(at),
        ids=writes.ids.take(at),
        modes=writes.modes.take(_first(creates, starts)),
        properties=_taken(writes.properties, values),
        search=writes.search and writes.search.take(_settling(writes.search, creates, starts)),
        rows=_rows_of(writes.rows, write, carriers),
        associations=_renumbered(writes.associations, associations, write),
        lists=_renumbered(writes.lists, lists, write),
        times=Times(
            pa.table({name: of_row.take(places) for name, places in values.items()}),
            of_row.take(writes.associations["write"].take(associations)),
            of_row.take(writes.lists["write"].take(lists)),
        ),
    )


def _take_events(writes: EventWrites, starts: _Indexes) -> EventWrites:
    at = pa.array(starts)
    write = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(writes.keys))))
    return replace(
        writes,
        **{name: getattr(writes, name).take(at) for name in EVENT_COLUMNS},
        rows=_rows_of(writes.rows, write, starts),
    )


def _rows_of(rows: pa.Table, write: _Indexes, carriers: _Indexes) -> pa.Table:
    """Return the input rows with the write that each went into; they come one a write."""
    carries = np.zeros(len(write), dtype=bool)
    carries[carriers] = True
    return (
        rows.drop_columns(["write", "carries"])
        .append_column("write", pa.array(write))
        .append_column("carries", pa.array(carries))
    )


def _taken(values: pa.Table, places: dict[str, pa.Array]) -> pa.Table:
    return pa.table({name: values[name].take(at) for name, at in places.items()})


def _settling(search: pa.Table, creates: np.ndarray, starts: _Indexes) -> pa.Array:
    """Return which row of each record settles which one it is; its first where none does.

    Later rows find that record by its id, whatever else they search for.
    """
    settles = creates
    for column in search.columns:
        settles = settles | column.is_valid().to_numpy()
    return _first(settles, starts)


def _first(mask: np.ndarray, starts: _Indexes) -> pa.Array:
    """Return which row of each run is the first that a mask holds for; its first without one."""
    count = len(mask)
    oldest = np.minimum.reduceat(np.where(mask, np.arange(count), count), starts)
    return pa.array(np.where(oldest < count, oldest, starts))


def _latest(values: pa.ChunkedArray, starts: _Indexes, left_out: np.ndarray) -> pa.Array:
    """Return where each run of rows has its last value that is not null, null where it has none."""
    given = values.is_valid().to_numpy() & ~left_out
    last_given = np.maximum.reduceat(np.where(given, np.arange(len(given)), -1), starts)
    return pa.array(last_given, mask=last_given < 0)


def _latest_of(
    changes: pa.Table, write: _Indexes, left_out: np.ndarray, identity: frozenset[str]
) -> pa.Array:
    """Return where the latest of the changes that are about the same thing stand, in order."""
    if not changes.num_rows:
        return pa.array([], pa.int64())
    of_row = changes["write"].to_numpy()
    kept = (
        _renumbered(changes, None, write)
        .append_column("at", pa.array(np.arange(len(of_row))))
        .filter(pa.array(~left_out[of_row]))
    )
    for name in identity & _IN_ANY_CASE:
        lower = pc.utf8_lower(kept[name])
        kept = kept.set_column(kept.column_names.index(name), name, lower)
    last = kept.group_by(["write", *identity]).aggregate([("at", "max")])["at_max"]
    return last.combine_chunks().sort()


def _renumbered(changes: pa.Table, at: pa.Array | None, write: _Indexes) -> pa.Table:
    """Return some of the changes, or all, by the merged writes that their rows went into."""
    some = changes if at is None else changes.take(at)
    return some.set_column(0, "write", pa.array(write[some["write"].to_numpy()], pa.int64()))


_ASSOCIATION = frozenset({"to_type", "label", "id_property", "id", "user_id"})
"""What tells one association of a record from another."""

_LIST = frozenset({"name"})
_IN_ANY_CASE = frozenset({"label", "name"})


def one_a_row(payloads: pa.Table) -> pa.Table:
    """Return the ``rows`` of writes that are made one a row."""
    count = payloads.num_rows
    return (
        payloads.select(ROW.names)
        .append_column("write", pa.array(range(count), pa.int64()))
        .append_column("carries", pa.repeat(pa.scalar(True), count))
    )
