"""Results: one row per input row, with its verdict and all that is known of how it came to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.history import HISTORY, histories
from hubspot_pipeline.delivery.journal import Entry
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.delivery.writing import EXISTS
from hubspot_pipeline.privacy import short_hashes
from hubspot_pipeline.writes import RecordWrites

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.writes import Writes

_TIME = pa.timestamp("us", "UTC")

SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("row", pa.int64()),
        ("message_id", pa.string()),
        ("event_time", _TIME),
        ("record", pa.string()),
        ("verdict", pa.string()),
        ("field", pa.string()),
        ("reason", pa.string()),
        ("category", pa.string()),
        ("record_id", pa.string()),
        ("operation", pa.string()),
        ("outcome", pa.string()),
        ("superseded_by", pa.string()),
        ("carrier_verdict", pa.string()),
        ("attempts", pa.int64()),
        ("batch", pa.string()),
        ("correlation_id", pa.string()),
        ("sent_at", _TIME),
        ("answered_at", _TIME),
        ("history", HISTORY),
    ]
)
"""Columns of a results file.

``record`` is the value by which the record is found, such as the e-mail address; a hash of it where
it is private. ``field`` is the field that was rejected. ``operation`` is ``created`` or
``updated``, or null where a call went unanswered before and it cannot be known. ``outcome`` is JSON
text of what the steps besides the write did, null where there was none. A superseded row has the
``file:row`` of the row that carries its values in ``superseded_by``, that row's verdict in
``carrier_verdict``, and shares the rest with it. ``history`` has every call that carried the row's
write; see ``history.HISTORY``.
"""


def results_of_rejected(payloads: pa.Table) -> pa.Table:
    """Return the results of rows that are malformed or whose payload is not valid."""
    return _complete(
        {
            "file": payloads["file"],
            "row": payloads["row"],
            "message_id": payloads["message_id"],
            "event_time": payloads["event_time"],
            "verdict": _repeat(Verdict.REJECTED, payloads.num_rows),
            "field": payloads["error_field"],
            "reason": payloads["error_reason"],
            "attempts": pa.array([0], pa.int64()).take(pa.array([0] * payloads.num_rows)),
            "history": histories([()] * payloads.num_rows),
        },
        payloads.num_rows,
    )


def results_of_writes(writes: Writes, entries: Sequence[Entry]) -> pa.Table:
    """Return the results of the rows behind writes, whose entries come in the writes' order."""
    rows = writes.rows
    told, entry, carries = _told_of_rows(writes, entries)
    outcomes = _outcomes(told).take(entry)
    names = writes.ids if isinstance(writes, RecordWrites) else writes.keys
    record = (short_hashes(names) if writes.private.key else names).take(rows["write"])
    carriers = rows.filter(rows["carries"])
    carrier = pc.binary_join_element_wise(
        carriers["file"], pc.cast(carriers["row"], pa.string()), ":"
    ).take(rows["write"])
    verdicts = outcomes["verdict"]
    return _complete(
        {
            **{name: rows[name] for name in ("file", "row", "message_id", "event_time")},
            **{name: outcomes[name] for name in outcomes.column_names},
            "record": record,
            "verdict": pc.if_else(carries, verdicts, pa.scalar(Verdict.SUPERSEDED.value)),
            "superseded_by": pc.if_else(carries, pa.scalar(None, pa.string()), carrier),
            "carrier_verdict": pc.if_else(carries, pa.scalar(None, pa.string()), verdicts),
        },
        rows.num_rows,
    )


def _told_of_rows(
    writes: Writes, entries: Sequence[Entry]
) -> tuple[Sequence[Entry], pa.Array, pa.Array]:
    """Return entries, which of them tells of each row, and whether it is told of that row itself.

    Where a record may only be created, the row that created it did so without the later ones: by
    their time it was there, so they are skipped, as they are when they come another day.
    """
    entry, carries = writes.rows["write"].to_numpy(), writes.rows["carries"].to_numpy()
    if not isinstance(writes, RecordWrites) or not pc.any(pc.equal(writes.modes, "add")).as_py():
        return entries, pa.array(entry), pa.array(carries)
    is_there = np.array([each.verdict in _IS_THERE for each in entries])
    late = ~carries & (pc.equal(writes.modes, "add").to_numpy() & is_there)[entry]
    late_writes, which = np.unique(entry[late], return_inverse=True)
    skipped = [
        Entry(each.key, verdict=Verdict.SKIPPED, reason=EXISTS, record_id=each.record_id)
        for each in (entries[at] for at in late_writes)
    ]
    entry = entry.copy()
    entry[late] = len(entries) + which
    return [*entries, *skipped], pa.array(entry), pa.array(carries | late)


_IS_THERE = frozenset({Verdict.DELIVERED, Verdict.SKIPPED})
"""Verdicts of writes that may only create a record, which say that the record is there."""


def count_verdicts(results: pa.Table) -> dict[str, int]:
    """Return how many rows have each verdict."""
    counted = results["verdict"].value_counts().to_pylist()
    return {each["values"]: each["counts"] for each in counted}


def _outcomes(entries: Sequence[Entry]) -> pa.Table:
    def column(name: str, kind: pa.DataType) -> pa.Array:
        return pa.array([getattr(entry, name) for entry in entries], kind)

    verdicts = pa.array([entry.verdict or Verdict.UNDELIVERED for entry in entries], pa.string())
    columns = {
        field.name: column(field.name, field.type) for field in SCHEMA if field.name in _FROM_ENTRY
    }
    told = histories([entry.history for entry in entries])
    return pa.table({"verdict": verdicts, **columns, "history": told})


_FROM_ENTRY = frozenset(
    {
        "reason",
        "category",
        "record_id",
        "operation",
        "outcome",
        "attempts",
        "batch",
        "correlation_id",
        "sent_at",
        "answered_at",
    }
)


def _complete(columns: dict[str, Any], rows: int) -> pa.Table:
    return pa.table(
        [
            columns[field.name] if field.name in columns else pa.nulls(rows, field.type)
            for field in SCHEMA
        ],
        names=SCHEMA.names,
    ).cast(SCHEMA)


def _repeat(text: str, rows: int) -> pa.Array:
    return pa.array([text]).take(pa.array([0] * rows, pa.int64()))
