"""Payload columns as actions are handed them, made from plain payloads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hubspot_pipeline.actions import MappingSettings, merge_writes
from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.validation import validate
from hubspot_pipeline.writes import RecordWrites

if TYPE_CHECKING:
    from hubspot_pipeline.actions import Action

Payload = dict[str, Any]
"""Fields by key; beside them the row's ``user_id``, ``message_id`` and ``event_time`` (seconds)."""


def payload_rows(action: Action, payloads: list[Payload]) -> pa.Table:
    """The columns of payloads that are all valid, in their order."""
    rows = len(payloads)
    columns = {
        field.key: Column.of_json(
            pa.array(
                [
                    _json(payload[field.key]) if field.key in payload else None
                    for payload in payloads
                ],
                pa.string(),
            )
        )
        for field in action.fields
    }
    clears = {
        key: Column(column.values, column.kind, pa.repeat(True, rows))
        for key, column in columns.items()
    }
    validated = validate(action.fields, clears, rows)
    assert validated.errors.to_pylist() == []
    table = validated.payloads
    for name, values in {
        "position": pa.array(range(rows), pa.int64()),
        "file": pa.array(["f"] * rows, pa.string()),
        "row": pa.array(range(1, rows + 1), pa.int64()),
        "message_id": pa.array(
            [payload.get("message_id", f"m{at}") for at, payload in enumerate(payloads)],
            pa.string(),
        ),
        "event_time": pa.array(
            [payload.get("event_time", 0) * 10**6 for payload in payloads],
            pa.timestamp("us", "UTC"),
        ),
        "user_id": pa.array([payload.get("user_id") for payload in payloads], pa.string()),
    }.items():
        table = table.append_column(name, values)
    return table


def sorted_rows(action: Action, payloads: list[Payload]) -> pa.Table:
    """The columns with the record keys, in the order that writes are made in."""
    table = payload_rows(action, payloads)
    return table.append_column("record_key", action.record_key(table)).sort_by(
        [("record_key", "ascending"), ("event_time", "ascending"), ("position", "ascending")]
    )


def writes_of(
    action: Action, *payloads: Payload, settings: MappingSettings | None = None, merged: bool = True
) -> list[RecordWrites]:
    """The record writes of payloads, one a record, or one a row."""
    found = action.to_writes(sorted_rows(action, list(payloads)), settings or MappingSettings())
    made = []
    for writes in found:
        one = merge_writes(writes) if merged else writes
        assert isinstance(one, RecordWrites)
        made.append(one)
    return made


def problems_of(
    action: Action, *payloads: Payload, settings: MappingSettings | None = None
) -> list[tuple[int, str, str]]:
    """The row, the field and the reason of each row that the action refuses."""
    assert action.problems is not None
    table = payload_rows(action, list(payloads))
    found = action.problems(table, settings or MappingSettings()).to_pylist()
    return [(each["index"], each["field"], each["reason"]) for each in found]


def said(table: pa.Table) -> list[dict[str, Any]]:
    """Rows without what is null in them."""
    if not table.num_columns:
        return [{} for _ in range(table.num_rows)]
    return [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
