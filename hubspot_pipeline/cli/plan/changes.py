"""A plan's changes, read for people: the largest, the rows left out, what changes most."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.verdicts import WORST_FIRST
from hubspot_pipeline.rehearsal.rehearsal import CHANGES
from hubspot_pipeline.storage import open_parquet, stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

Row = dict[str, Any]

TAKES, OVERWRITES, ADDS = "takes", "overwrites", "adds"
"""What a change does to a value: takes it away, puts another in its place, gives one."""

_NAMES = ("name", "dealname", "subject", "hs_title", "title")
"""The properties that name records of HubSpot's own types, and most of others."""

_KEY = re.compile(r"[0-9a-f]{64}")
"""A key that was made of several values."""

_DIGITS = 1 << 20
"""A write changes fewer values than this, so three counts fit side by side into one number."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a person reads of a plan's changes.

    Attributes:
        shown: The largest changes, as rows of ``CHANGES``: first what takes most away, then what
            overwrites most, then what adds most.
        total: How many writes change anything.
        refused: The first rows that would not be delivered, in the file's order.
        refused_total: How many there are.
        events: How many occurrences of events would be sent.
        properties: Of how many records each property's value is taken away, overwritten or added,
            by the property's name.
    """

    shown: list[Row]
    total: int
    refused: list[Row]
    refused_total: int
    events: int = 0
    properties: dict[str, Counter[str]] = field(default_factory=dict)


def read_changes(path: str, *, most: int, most_refused: int) -> Changes:
    """Read a plan's file once, with no more in memory than what is returned and a row group.

    Records that exist and records that do not get half of ``most`` each, and what the other half
    leaves: thousands of new records never hide what becomes of those that are there.

    Args:
        path: The plan's file.
        most: How many changes to return.
        most_refused: How many rows that would not be delivered to return.
    """
    largest_new, largest_old = _Largest(most), _Largest(most)
    refused, totals = CHANGES.empty_table(), Counter[str]()
    properties: dict[str, Counter[str]] = {}
    for batch in _tables(path):
        sizes = _sizes(batch)
        is_new = pc.is_in(batch["operation"], pa.array(["create", "send"]))
        largest_new.add(batch, sizes, np.asarray(is_new) & (sizes > 0))
        largest_old.add(batch, sizes, np.asarray(pc.invert(is_new)) & (sizes > 0))
        totals["changes"] += int((sizes > 0).sum())
        totals["events"] += pc.sum(pc.equal(batch["operation"], "send")).as_py() or 0
        not_delivered = batch.filter(pc.is_in(batch["verdict"], pa.array(list(WORST_FIRST))))
        totals["refused"] += not_delivered.num_rows
        room = max(0, most_refused - refused.num_rows)
        refused = pa.concat_tables([refused, not_delivered.slice(0, room)])
        _count_properties(batch, properties)
    kept_old = max(most // 2, most - len(largest_new))
    kept_new = most - min(kept_old, len(largest_old))
    together = _Largest(most)
    for part, kept in ((largest_old, kept_old), (largest_new, kept_new)):
        together.add(part.rows.slice(0, kept), part.sizes[:kept], part.sizes[:kept] > 0)
    return Changes(
        together.rows.to_pylist(),
        totals["changes"],
        refused.to_pylist(),
        totals["refused"],
        totals["events"],
        properties,
    )


def every_change(path: str) -> Iterator[Row]:
    """Yield every row of a plan's file, in its order."""
    for batch in _tables(path):
        yield from batch.to_pylist()


def name_of(change: Row) -> str:
    """Return what a person calls the record, or the event, that a change is of.

    The value by which it is found; or its name, where it is found by a match of several values,
    and its key says nothing to anyone; else its id.
    """
    record: str | None = change["record"]
    if record is not None and not _KEY.fullmatch(record):
        return record
    values = {value["name"]: value["after"] or value["before"] for value in change["properties"]}
    names = (values[name] for name in _NAMES if name in values)
    return str(next(names, change["record_id"] or record or ""))


def kind_of(value: Row) -> str:
    """Return what one changed value of a property does: takes, overwrites or adds."""
    if value["before"] is None:
        return ADDS
    return TAKES if value["after"] is None else OVERWRITES


def _tables(path: str) -> Iterator[pa.Table]:
    with open_parquet(path) as parquet:
        for batch in stream(parquet):
            yield pa.Table.from_batches([batch])


class _Largest:
    """The largest rows that were added, largest first; of the same size, the earlier first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.rows = CHANGES.empty_table()
        self.sizes: npt.NDArray[np.int64] = np.empty(0, np.int64)

    def __len__(self) -> int:
        return len(self.sizes)

    def add(
        self, rows: pa.Table, sizes: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_]
    ) -> None:
        """Take in the wanted ones of some rows, whose sizes are given."""
        if 0 < self._most == len(self.sizes):  # a row that is no larger comes too late
            wanted = wanted & (sizes > self.sizes[-1])
        rows = pa.concat_tables([self.rows, rows.filter(pa.array(wanted))])
        sizes = np.concatenate([self.sizes, sizes[wanted]])
        order = np.argsort(-sizes, kind="stable")[: self._most]
        self.rows, self.sizes = rows.take(pa.array(order)), sizes[order]


def _sizes(changes: pa.Table) -> npt.NDArray[np.int64]:
    """Return how much each row changes; 0 where it changes nothing.

    What it takes away counts before all that it overwrites, and that before all that it adds.
    """
    values = changes["properties"].combine_chunks()
    kinds = _kinds(pc.list_flatten(values))
    sizes = np.zeros(changes.num_rows, np.int64)
    for kind, weight in ((TAKES, _DIGITS * _DIGITS), (OVERWRITES, _DIGITS), (ADDS, 1)):
        sizes += weight * _times(values, pc.equal(kinds, kind))
    for column, takes, adds in (("associations", "remove", "add"), ("lists", "leave", "join")):
        items = changes[column].combine_chunks()
        operations = pc.struct_field(pc.list_flatten(items), "operation")
        sizes += _DIGITS * _DIGITS * _times(items, pc.equal(operations, takes))
        sizes += _times(items, pc.equal(operations, adds))
    # An occurrence of an event is a change by itself, with or without properties.
    return sizes + np.asarray(pc.equal(changes["operation"], "send"), dtype=np.int64)


def _kinds(values: pa.StructArray) -> pa.StringArray:
    """Return what each changed value does; ``kind_of``, column-wise."""
    return pc.case_when(
        pc.make_struct(
            pc.is_null(pc.struct_field(values, "before")),
            pc.is_null(pc.struct_field(values, "after")),
        ),
        pa.scalar(ADDS),
        pa.scalar(TAKES),
        pa.scalar(OVERWRITES),
    )


def _times(lists: pa.ListArray, chosen: pa.BooleanArray) -> npt.NDArray[np.int64]:
    """Return how many chosen items each row's list has."""
    parents = pc.list_parent_indices(lists).filter(chosen)
    return np.bincount(np.asarray(parents), minlength=len(lists)).astype(np.int64)


def _count_properties(changes: pa.Table, properties: dict[str, Counter[str]]) -> None:
    """Count the properties of records that exist, or would; events' are the event's own."""
    records = changes.filter(pc.not_equal(changes["operation"], "send"))
    values = pc.list_flatten(records["properties"].combine_chunks())
    table = pa.table({"name": pc.struct_field(values, "name"), "kind": _kinds(values)})
    for group in table.group_by(["name", "kind"]).aggregate([([], "count_all")]).to_pylist():
        properties.setdefault(group["name"], Counter())[group["kind"]] += group["count_all"]
