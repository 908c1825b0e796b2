"""Reads JSON lines: one event, a JSON object, a line."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.lines import read_blocks
from hubspot_pipeline.events.schema import (
    EventBatch,
    Selection,
    json_array,
    make_batch,
)

_PARALLEL_ROWS = 8_192
_SPACE = r"E' \t\r\n'"


def read_json_lines(
    file: ExportFile, selection: Selection, batch_rows: int
) -> Iterator[EventBatch]:
    """Yield the events of a JSON lines file.

    Text fields keep a number or a boolean as its JSON text; documents are `arrow.json` columns.
    A line that is not a JSON object, or one of whose asked-for fields is of a wrong kind, is
    rejected. Blank lines are no rows.

    Raises:
        UnreadableExport: The file cannot be read to its end.
    """
    connection = duckdb.connect()
    for block in read_blocks(file):
        for start in range(0, len(block.lines), batch_rows):
            yield _read_lines(
                connection,
                file.name,
                block.lines.slice(start, batch_rows),
                block.numbers.slice(start, batch_rows),
                selection,
            )


def _read_lines(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    lines: pa.Array,
    numbers: pa.Array,
    selection: Selection,
) -> EventBatch:
    texts, reasons = _as_texts(lines)
    try:
        found = _extract(connection, texts, selection)
    except duckdb.InvalidInputException:
        texts, reasons = _without_malformed(connection, texts, reasons)
        found = _extract(connection, texts, selection)
    columns = {
        name: json_array(found[name]) if name in selection.documents else found[name]
        for name in (*selection.fields, *selection.documents)
    }
    return make_batch(file, numbers, columns, pc.coalesce(reasons, found["reason"]))


def _as_texts(lines: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return the lines as strings, null where they are not UTF-8, and the reasons for the nulls."""
    texts = lines.view(pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        checked = [_decode(line) for line in lines.to_pylist()]
        return (
            pa.array([text for text, _ in checked], pa.string()),
            pa.array([reason for _, reason in checked], pa.string()),
        )
    return texts, pa.nulls(len(texts), pa.string())


def _decode(line: bytes) -> tuple[str | None, str | None]:
    try:
        return line.decode(), None
    except UnicodeDecodeError as error:
        return None, f"not UTF-8 text at byte {error.start + 1} of the line"


def _without_malformed(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array, reasons: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Set the lines that are not JSON to null, and give their reasons."""
    connection.register("lines", pa.table({"line": texts}))
    valid = connection.sql("SELECT json_valid(line) AS valid FROM lines").to_arrow_table()["valid"]
    malformed = pc.invert(pc.fill_null(valid.combine_chunks(), True))
    why = iter([_what_is_wrong(text) for text in texts.filter(malformed).to_pylist()])
    new = pa.array([next(why) if bad else None for bad in malformed.to_pylist()], pa.string())
    return pc.if_else(malformed, None, texts), pc.coalesce(reasons, new)


def _what_is_wrong(line: str) -> str:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return f"not valid JSON at character {error.pos + 1} of the line ({error.msg})"
    return "not valid JSON"


def _extract(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array, selection: Selection
) -> dict[str, pa.Array]:
    """Return the asked-for fields of valid JSON lines, and a reason for each row to reject."""
    names = (*selection.fields, *selection.documents)
    pointers = ", ".join(f"'/{name}'" for name in names)
    values = {name: f"found[{position}]" for position, name in enumerate(names, 1)}
    fields = [
        _text_field(name, value) for name, value in values.items() if name in selection.fields
    ]
    documents = [
        f"nullif({value}::VARCHAR, 'null') AS \"{name}\""
        for name, value in values.items()
        if name in selection.documents
    ]
    reasons = [
        f"CASE WHEN {_kind(value)} IN ('{{', '[') THEN '{name} is not text' END"
        if name in selection.fields
        else f"CASE WHEN {_kind(value)} NOT IN ('{{', 'n') THEN '{name} is not an object' END"
        for name, value in values.items()
    ]
    table = pa.table({"line": texts})
    connection.register("lines", pa.Table.from_batches(table.to_batches(_PARALLEL_ROWS)))
    query = f"""
        SELECT {", ".join([*fields, *documents])},
            CASE WHEN NOT starts_with(ltrim(line, {_SPACE}), '{{') THEN 'not a JSON object'
                ELSE nullif(concat_ws('; ', {", ".join(reasons)}), '') END AS reason
        FROM (SELECT line, json_extract(line, [{pointers}]) AS found FROM lines)
    """  # noqa: S608 — names of our own schema
    found = connection.sql(query).to_arrow_table()
    return {name: found[name].combine_chunks() for name in found.column_names}


def _text_field(name: str, value: str) -> str:
    text = f"{value} ->> ''"
    if name == "messageId":
        text = f"coalesce(nullif({text}, ''), 'content-' || md5(trim(line, {_SPACE})))"
    return f'{text} AS "{name}"'


def _kind(value: str) -> str:
    """Return the first byte of a JSON text, which tells its kind."""
    return f"left({value}::VARCHAR, 1)"
