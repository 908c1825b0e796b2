"""The rows of a plan: what a rehearsed delivery does, write by write, and what that comes to."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.pending import given
from hubspot_pipeline.delivery.tally import Tally
from hubspot_pipeline.object_types import path_name
from hubspot_pipeline.privacy import HIDDEN, redacted
from hubspot_pipeline.rehearsal.changes import RecordChange, told_id, told_text
from hubspot_pipeline.writes import EventWrites, Private, RecordWrites

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow.parquet as pq

    from hubspot_pipeline.delivery.journal import Entry
    from hubspot_pipeline.rehearsal.changes import Changes
    from hubspot_pipeline.writes import Writes

_CHANGED_VALUE = pa.struct([("name", pa.string()), ("before", pa.string()), ("after", pa.string())])
_CHANGED_ASSOCIATION = pa.struct(
    [
        ("operation", pa.string()),
        ("to_type", pa.string()),
        ("label", pa.string()),
        ("other", pa.string()),
    ]
)
_CHANGED_LIST = pa.struct([("operation", pa.string()), ("name", pa.string())])

CHANGES = pa.schema(
    [
        ("object_type", pa.string()),
        ("record", pa.string()),
        ("operation", pa.string()),
        ("record_id", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("file", pa.string()),
        ("row", pa.int64()),
        ("properties", pa.list_(_CHANGED_VALUE)),
        ("associations", pa.list_(_CHANGED_ASSOCIATION)),
        ("lists", pa.list_(_CHANGED_LIST)),
    ]
)
"""The rows of a plan's file: one a write, one an input row that goes no further, and one a record
that is made to be associated with.

``object_type`` is the record's, or for an occurrence of an event the event's name; null in rows
that go no further. ``record`` is the value by which the record is found, such as its e-mail
address, as results tell it, else the write's key. ``operation`` is ``create``, ``update``, ``send``
(an occurrence) or ``none``. ``record_id`` is HubSpot's, or ``new-1`` and so on for one that does
not exist yet; null where there is none. ``verdict`` and ``reason`` are those that the delivery
would give; null for records that are made to be associated with. ``file`` and ``row`` name the
input row, of several merged into one write the one that carries it. ``properties`` are the values
that would change, sorted by name; ``before`` is null where the record has no value or does not
exist, ``after`` where the value is cleared; private values are ``***``. ``associations`` have the
``operation`` ``add`` or ``remove``, the other record's type and id, and ``label`` as
``CATEGORY:typeId``. ``lists`` have the ``operation`` ``join`` or ``leave``. Lists of changes are
never null: no change is no item.
"""

_Row = dict[str, Any]


class PlanRows:
    """Stands where a delivery stores its results: writes the rows of a plan, and counts.

    Attributes:
        tally: Rows of the export by verdict, and why some are undelivered.
        creates: Records created, by object type.
        updates: Records of which something changes, by object type.
        cleared_values: Values that are cleared.
        associations: Added and removed, by the two object types.
        list_moves: Who joins and who leaves, by list; private names are ``***``.
    """

    def __init__(self, changes: Changes, writer: pq.ParquetWriter) -> None:
        """Tell changes as rows of a file with the columns of ``CHANGES``."""
        self.tally = Tally()
        self.creates: Counter[str] = Counter()
        self.updates: Counter[str] = Counter()
        self.cleared_values = 0
        self.associations: dict[str, Counter[str]] = {}
        self.list_moves: dict[str, Counter[str]] = {}
        self._changes = changes
        self._writer = writer
        self._writes: Writes | None = None
        self._private_lists: set[str] = set()

    @property
    def definitions(self) -> tuple[str, ...]:
        """What is made first, in words, without the private names of lists."""
        return tuple(redacted(each, self._private_lists) for each in self._changes.definitions)

    def told(self, writes: Writes, _: Sequence[Entry]) -> None:
        """Take note of the writes whose results come next."""
        self._writes = writes
        if isinstance(writes, RecordWrites) and writes.private.others:
            self._private_lists |= set(writes.lists["name"].unique().to_pylist())

    def store(self, results: pa.Table) -> None:
        """Write the rows of results, of which no two carry the same write."""
        self.tally.count(results)
        writes, self._writes = self._writes, None
        carriers = results.filter(pc.is_null(results["superseded_by"]))
        told = carriers.select(["record", "record_id", "verdict", "reason", "file", "row"])
        rows = told.to_pylist()
        if writes is None:
            rows = [row | _nothing() for row in rows]
        elif isinstance(writes, EventWrites):
            rows = list(_occurrences(writes, rows))
        else:
            rows = [
                self._record(path_name(writes.object_type), row, writes.private) for row in rows
            ]
            rows += self._others(writes.private)
        self._writer.write_table(pa.Table.from_pylist(rows, CHANGES))

    def _record(self, object_type: str, row: _Row, private: Private) -> _Row:
        change = self._changes.records.pop((object_type, row["record_id"]), None) or RecordChange()
        self._count(object_type, change)
        return {
            **row,
            "object_type": object_type,
            "operation": _operation(change),
            "record_id": told_id(row["record_id"]),
            "reason": told_text(row["reason"]),
            **_told(change, private),
        }

    def _others(self, private: Private) -> list[_Row]:
        """Return rows for records that are not written for themselves.

        Where others are private, so is every value of theirs.
        """
        others = Private(others=private.others)
        rows = []
        for (object_type, record_id), change in self._changes.records.items():
            self._count(object_type, change)
            if _operation(change) != "none":
                told = {"object_type": object_type, "operation": _operation(change)}
                rows.append(_nothing() | told | {"record_id": told_id(record_id)})
                rows[-1] |= _told(change, others, hides_values=private.others)
        self._changes.records.clear()
        return rows

    def _count(self, object_type: str, change: RecordChange) -> None:
        operation = _operation(change)
        self.creates[object_type] += operation == "create"
        self.updates[object_type] += operation == "update"
        self.cleared_values += sum(not after for _, after in change.real_values.values())
        for association, to_type, _, _ in change.associations:
            self.associations.setdefault(f"{object_type}/{to_type}", Counter())[association] += 1
        for move, name in change.lists:
            shown = HIDDEN if name in self._private_lists else name
            self.list_moves.setdefault(shown, Counter())[move] += 1


def _operation(change: RecordChange) -> str:
    if change.created:
        return "create"
    return "update" if change.real_values or change.associations or change.lists else "none"


def _told(change: RecordChange, private: Private, *, hides_values: bool = False) -> _Row:
    def shown(name: str, value: str) -> str | None:
        is_private = hides_values or name in private.names
        return HIDDEN if value and is_private else value or None

    return {
        "properties": [
            {"name": name, "before": shown(name, before), "after": shown(name, after)}
            for name, (before, after) in change.real_values.items()
        ],
        "associations": [
            {"operation": operation, "to_type": to_type, "label": label, "other": told_id(other)}
            for operation, to_type, label, other in change.associations
        ],
        "lists": [
            {"operation": operation, "name": HIDDEN if private.others else name}
            for operation, name in change.lists
        ],
    }


def _occurrences(writes: EventWrites, rows: Sequence[_Row]) -> Iterator[_Row]:
    """Yield the rows of occurrences, of which each is carried by a row of its own."""
    places = writes.rows.filter(writes.rows["carries"])["write"].to_pylist()
    names = writes.names.to_pylist()
    properties = list(given(writes.properties, len(names)))
    for place, row in zip(places, rows, strict=True):
        change = RecordChange(values={name: ("", v) for name, v in properties[place].items()})
        is_sent = row["verdict"] == "delivered"
        told = _told(change if is_sent else RecordChange(), writes.private)
        yield row | {
            "object_type": names[place],
            "operation": "send" if is_sent else "none",
            **told,
        }


def _nothing() -> _Row:
    return {"operation": "none", "properties": [], "associations": [], "lists": []}
