"""Summaries as Dagster metadata: small, and the same whether a partition succeeds or fails."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import yaml

from hubspot_pipeline.destination import MappingSpec

if TYPE_CHECKING:
    import pyarrow as pa

    from hubspot_pipeline.mapping.fields import Field
    from hubspot_pipeline.pipeline import DeliverySummary, PayloadsSummary

GO_ON_AT = "go_on_at"
"""When to deliver what is undelivered, as a run says it and the sensor reads it."""

MAX_WORST_ROWS = 20
MAX_TEXT = 300
BAR_WIDTH = 640

COLOURS = {
    "delivered": "#2e8b57",
    "unchanged": "#7fbf9a",
    "superseded": "#6b8fb3",
    "stale": "#a9b8c6",
    "skipped": "#cfd6dc",
    "rejected": "#e0a030",
    "failed": "#c0392b",
    "undelivered": "#6c3483",
}
"""A colour for each verdict, in the order in which people want to read them."""

RESULT_COLUMNS = dg.TableSchema(
    columns=[
        dg.TableColumn("file", "string", "The export's file that the row is from."),
        dg.TableColumn("row", "int64", "The row's number in its file, from 1."),
        dg.TableColumn("message_id", "string", "The event's message id."),
        dg.TableColumn("event_time", "timestamp[us, tz=UTC]", "When the event happened."),
        dg.TableColumn("record", "string", "The value by which HubSpot's record is found."),
        dg.TableColumn("verdict", "string", "The final status of the row."),
        dg.TableColumn("field", "string", "The field that was rejected."),
        dg.TableColumn("reason", "string", "Why the row was not delivered."),
        dg.TableColumn("category", "string", "HubSpot's category of the error."),
        dg.TableColumn("record_id", "string", "The record's id in HubSpot."),
        dg.TableColumn("operation", "string", "created or updated; null where that is not known."),
        dg.TableColumn("outcome", "string", "What associations, lists and stages came to (JSON)."),
        dg.TableColumn("superseded_by", "string", "The row (file:row) that carries its values."),
        dg.TableColumn("carrier_verdict", "string", "The verdict of the row that carries them."),
        dg.TableColumn("attempts", "int64", "How many calls the row was part of."),
        dg.TableColumn("batch", "string", "The last batch that it was sent in."),
        dg.TableColumn("correlation_id", "string", "HubSpot's id of the last call, for support."),
        dg.TableColumn("sent_at", "timestamp[us, tz=UTC]", "When it was last sent."),
        dg.TableColumn("answered_at", "timestamp[us, tz=UTC]", "When HubSpot last answered."),
        dg.TableColumn(
            "history",
            "list<element: struct<run: int64, step: string, batch: string, "
            "sent_at: timestamp[us, tz=UTC], answered_at: timestamp[us, tz=UTC], "
            "outcome: string, correlation_id: string>>",
            "Every call that carried the row, oldest first.",
        ),
    ]
)
"""The columns of a results file, with what they mean."""

WORST_ROW_COLUMNS = ("verdict", "field", "category", "reason", "file", "row", "message_id")
"""What is shown of the worst rows: enough to find them, and none of the person's own values."""


def describe_mapping(spec: MappingSpec) -> dict[str, Any]:
    """Return what there is to know of a mapping before it runs."""
    directives: Any = "each field's default directive"
    if spec.mapping != "default":
        text = yaml.safe_dump(spec.mapping, sort_keys=False, allow_unicode=True)
        directives = dg.MetadataValue.md(f"```yaml\n{text}```")
    return {
        "action": spec.action,
        "trigger": spec.trigger or "the action's own",
        "mapping": directives,
    }


def describe_payloads(
    summary: "PayloadsSummary", schema: "pa.Schema", fields: "Sequence[Field]"
) -> dict[str, Any]:
    """Return the metadata of a partition's payloads, given their columns and the action's fields.

    The columns come with the materialization, not with the definition: knowing an action's fields
    takes the libraries that loading definitions does without.
    """
    return {
        "rows_read": summary.rows_read,
        "filtered": summary.filtered,
        "mapped": summary.mapped,
        "rejected": summary.rejected,
        "rows_per_second": _rate(summary.rows_read, summary.seconds),
        "seconds": round(summary.seconds, 3),
        "dagster/row_count": summary.mapped + summary.rejected,
        "dagster/uri": _uri(summary.path),
        "dagster/column_schema": _payload_columns(schema, fields),
    }


def describe_deliveries(summary: "DeliverySummary") -> dict[str, Any]:
    """Return the metadata of a partition's deliveries, whether they succeed or fail.

    Whole numbers are named as the command line reads them: ``rows_read``, ``filtered``, ``calls``,
    and one for each verdict that any row has.
    """
    verdicts = {name: summary.verdicts[name] for name in COLOURS if summary.verdicts.get(name)}
    metadata: dict[str, Any] = {
        "verdicts": dg.MetadataValue.md(draw_verdicts(verdicts)),
        "rows_read": summary.rows_read,
        "filtered": summary.filtered,
        **verdicts,
        "calls": sum(summary.calls.values()),
        "calls_by_route": dg.MetadataValue.md(_calls_table(summary.calls)),
        "rows_per_second": _rate(sum(verdicts.values()), summary.seconds),
        "seconds": round(summary.seconds, 3),
        "dagster/row_count": sum(verdicts.values()),
        "dagster/uri": _uri(summary.path),
    }
    if summary.undelivered_reason:
        metadata["undelivered_reason"] = summary.undelivered_reason
    if summary.go_on_at:
        metadata[GO_ON_AT] = dg.MetadataValue.timestamp(summary.go_on_at)
    if summary.worst_rows:
        metadata["worst_rows"] = _worst_rows(summary.worst_rows)
    return metadata


def draw_verdicts(verdicts: Mapping[str, int]) -> str:
    """Draw the rows by verdict as a bar with its legend, in Markdown that Dagster's UI shows."""
    rows = sum(verdicts.values())
    if not rows:
        return "No rows."
    parts, left = [], 0.0
    for verdict, count in verdicts.items():
        width = max(2.0, BAR_WIDTH * count / rows)
        parts.append(_box(left, 0, width, 18, COLOURS[verdict]))
        left += width
    x, y = 0, 40
    for verdict, count in verdicts.items():
        label = f"{verdict} {count:,}"
        width = 28 + 7 * len(label)
        if x + width > BAR_WIDTH:
            x, y = 0, y + 20
        parts.append(_box(x, y - 10, 10, 10, COLOURS[verdict]))
        parts.append(f'<text x="{x + 15}" y="{y}">{label}</text>')
        x += width
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {max(left, BAR_WIDTH):.0f} {y + 6}" '
        f'width="{BAR_WIDTH}" font-family="sans-serif" font-size="12" fill="#7d8896">'
        f"{''.join(parts)}</svg>"
    )
    return f"![verdicts](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"


def _box(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}" fill="{colour}"/>'


def _calls_table(calls: Mapping[str, int]) -> str:
    if not calls:
        return "No calls: nothing was left to send."
    lines = [f"| {route} | {count:,} |" for route, count in sorted(calls.items())]
    return "\n".join(["| route | calls |", "|---|---:|", *lines])


def _worst_rows(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Show rows that a person should look at; their values stay in the results file."""
    return dg.MetadataValue.table(
        records=[
            dg.TableRecord({name: _short(row.get(name)) for name in WORST_ROW_COLUMNS})
            for row in rows[:MAX_WORST_ROWS]
        ],
        schema=dg.TableSchema(columns=[dg.TableColumn(name) for name in WORST_ROW_COLUMNS]),
    )


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"


def _payload_columns(schema: "pa.Schema", fields: "Sequence[Field]") -> dg.TableSchema:
    meanings = _PAYLOAD_COLUMNS | {
        field.key: ". ".join(filter(None, (field.label, field.description))) for field in fields
    }
    return dg.TableSchema(
        columns=[
            dg.TableColumn(column.name, str(column.type), meanings.get(column.name))
            for column in schema
        ]
    )


_PAYLOAD_COLUMNS = {
    "position": "The row's place in the partition, from 0.",
    "file": "The export's file that the row is from.",
    "row": "The row's number in its file, from 1.",
    "message_id": "The event's message id.",
    "event_time": "When the event happened.",
    "user_id": "Whose event it is: the user id, else the anonymous id.",
    "error_field": "The field that is not valid; null where all are.",
    "error_reason": "Why the row is rejected; null where it is not.",
    "record_key": "What tells one record from another; rows that share it become one write.",
}


def _rate(rows: int, seconds: float) -> int:
    return round(rows / seconds) if seconds else 0


def _uri(path: str) -> str:
    return path if "://" in path else Path(path).resolve().as_uri()
