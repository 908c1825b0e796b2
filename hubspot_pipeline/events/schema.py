"""The one event schema that every export becomes, and the batches events travel in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

Path = tuple[str, ...]
"""A place in an event: `("traits", "address", "city")`."""

TEXT_FIELDS = (
    "type",
    "event",
    "name",
    "userId",
    "anonymousId",
    "groupId",
    "messageId",
    "timestamp",
    "sentAt",
    "receivedAt",
)
DOCUMENTS = ("traits", "properties", "context")

JSON = pa.json_(pa.utf8())
"""The type of a column of mixed JSON values: each cell is the JSON text of one value."""

REJECTED_SCHEMA = pa.schema(
    {"file": pa.string(), "row": pa.int64(), "messageId": pa.string(), "reason": pa.string()}
)
_NO_EVENTS = pa.schema(
    {
        "file": pa.string(),
        "row": pa.int64(),
        **dict.fromkeys((*TEXT_FIELDS, *DOCUMENTS), pa.string()),
    }
)


@dataclass(frozen=True, slots=True)
class EventBatch:
    """Some consecutive rows of one export file.

    Attributes:
        events: The good rows, in file order: `file` (string), `row` (int64, from 1: the line in
            JSON lines, else the record), `messageId` and `timestamp` (string; `messageId` is never
            null), and each event field that was asked for. Text fields are strings, null where
            missing. Documents are struct columns (null where missing) or `arrow.json` columns
            (null where missing; the text is always that of an object); a document that the file
            does not have is an all-null string column.
        rejected: The rows set aside, in file order: `file`, `row`, `messageId` (null where it
            could not be read), `reason`.
    """

    events: pa.Table
    rejected: pa.Table


@dataclass(frozen=True, slots=True)
class Selection:
    """What of an event is to be read.

    Attributes:
        fields: The text fields, in the schema's order; always with `messageId` and `timestamp`.
        documents: For each document, the paths inside it; the empty path is all of it.
    """

    fields: tuple[str, ...]
    documents: Mapping[str, frozenset[Path]]


def select(paths: Collection[Path]) -> Selection:
    """Return what `paths` need of an event; paths outside the schema add nothing."""
    asked = {path[0] for path in paths if path} | {"messageId", "timestamp"}
    documents = {
        name: _outermost({path[1:] for path in paths if path and path[0] == name})
        for name in DOCUMENTS
        if name in asked
    }
    return Selection(tuple(name for name in TEXT_FIELDS if name in asked), documents)


def make_batch(
    file: str, rows: pa.Array, columns: Mapping[str, pa.Array], reasons: pa.Array
) -> EventBatch:
    """Split rows into the good ones and the rejected ones.

    Args:
        file: The file's name.
        rows: int64, the number of each row.
        columns: The event fields, `messageId` among them, each as long as `rows`.
        reasons: string; why a row is rejected, null for a good row.
    """
    table = pa.table(
        {"file": pa.repeat(pa.scalar(file, pa.string()), len(rows)), "row": rows, **columns}
    )
    if reasons.null_count == len(reasons):
        return EventBatch(table, REJECTED_SCHEMA.empty_table())
    good = pc.is_null(reasons)
    rejected = table.select(["file", "row", "messageId"]).append_column("reason", reasons)
    return EventBatch(table.filter(good), rejected.filter(pc.invert(good)))


def rejected_batch(file: str, rows: Sequence[int], reason: str) -> EventBatch:
    """Return a batch without events, of rows that are rejected for one reason."""
    table = pa.table(
        {
            "file": pa.repeat(pa.scalar(file), len(rows)),
            "row": pa.array(rows, pa.int64()),
            "messageId": pa.nulls(len(rows), pa.string()),
            "reason": pa.repeat(pa.scalar(reason), len(rows)),
        },
        schema=REJECTED_SCHEMA,
    )
    return EventBatch(_NO_EVENTS.empty_table(), table)


def json_array(texts: pa.Array) -> pa.Array:
    """Return JSON texts (string) as an `arrow.json` array."""
    return pa.ExtensionArray.from_storage(JSON, texts)


def _outermost(paths: set[Path]) -> frozenset[Path]:
    """Drop the paths that lie inside another one of `paths`."""
    return frozenset(
        path for path in paths if not any(path[:end] in paths for end in range(len(path)))
    )
