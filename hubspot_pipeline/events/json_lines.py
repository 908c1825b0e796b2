"""Reads JSON lines: one event, a JSON object, a line."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.identity import PREFIX
from hubspot_pipeline.events.json_text import is_blank, objects, run, what_is_wrong
from hubspot_pipeline.events.lines import TOO_LONG, Block, read_blocks
from hubspot_pipeline.events.schema import (
    EventBatch,
    Selection,
    json_array,
    make_batch,
    rejected_batch,
)

_SPACE = r"E' \t\r\n'"


def read_json_lines(
    connection: duckdb.DuckDBPyConnection, file: ExportFile, selection: Selection, batch_rows: int
) -> Iterator[EventBatch]:
    """Yield the events of a JSON lines file.

    Text fields keep a number or a boolean as its JSON text; documents are `arrow.json` columns.
    A line that is not a JSON object, or one of whose asked-for fields is of a wrong kind, is
    rejected. Blank lines are no rows.

    Raises:
        UnreadableExport: The file cannot be read to its end.
    """
    for block in read_blocks(file):
        for start in range(0, len(block.lines), batch_rows):
            part = block.slice(start, batch_rows)
            yield _read_lines(connection, file.name, part, selection)
        if block.too_long:
            yield rejected_batch(file.name, block.too_long, TOO_LONG)


def _read_lines(
    connection: duckdb.DuckDBPyConnection, file: str, block: Block, selection: Selection
) -> EventBatch:
    texts, reasons = _as_texts(block.lines)
    numbers = block.numbers
    found = _extract(connection, texts, selection)
    if found["is_json"].false_count:
        is_row = pc.invert(is_blank(texts))
        found = {name: values.filter(is_row) for name, values in found.items()}
        texts, reasons, numbers = (array.filter(is_row) for array in (texts, reasons, numbers))
        reasons = pc.coalesce(reasons, what_is_wrong(texts, found["is_json"]))
    columns = {name: found[name] for name in selection.fields}
    wrong = [found["reason"]]
    for name in selection.documents:
        documents = objects(name, found[name])
        columns[name] = json_array(documents.texts)
        wrong.append(documents.reasons)
    return make_batch(file, numbers, columns, pc.coalesce(reasons, *wrong))


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
        return None, f"not UTF-8 text at byte {error.start + 1}"


def _extract(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array, selection: Selection
) -> dict[str, pa.Array]:
    """Return the asked-for fields of lines, null where a line is not JSON.

    Returns:
        The fields, all string (a document as its JSON text); `is_json` (bool, null for a null
        line); `reason`, why a line of JSON is not an event, null if it is one.
    """
    names = (*selection.fields, *selection.documents)
    pointers = ", ".join(f"'/{name}'" for name in names)
    values = {name: f"found[{position}]" for position, name in enumerate(names, 1)}
    columns = [
        _text_field(name, value) if name in selection.fields else f'{value}::VARCHAR AS "{name}"'
        for name, value in values.items()
    ]
    reasons = [
        f"CASE WHEN {_first_byte(values[name])} IN ('{{', '[') THEN '{name} is not text' END"
        for name in selection.fields
    ]
    query = f"""
        SELECT is_json, {", ".join(columns)},
            CASE WHEN NOT is_json THEN NULL
                WHEN NOT starts_with(ltrim(line, {_SPACE}), '{{') THEN 'not a JSON object'
                ELSE nullif(concat_ws('; ', {", ".join(reasons)}), '') END AS reason
        FROM (
            SELECT line, is_json, CASE WHEN is_json THEN json_extract(line, [{pointers}]) END found
            FROM (SELECT line, json_valid(line) AS is_json FROM cells)
        )
    """  # noqa: S608 — names of our own schema
    return run(connection, query, line=texts)


def _text_field(name: str, value: str) -> str:
    """Return the SQL for a text field: a string without its quotes, another value as it is."""
    text = (
        f"CASE WHEN {_first_byte(value)} = '\"' THEN {value} ->> '' "
        f"ELSE nullif({value}::VARCHAR, 'null') END"
    )
    if name == "messageId":
        content = f"'{PREFIX}' || md5(trim(line, {_SPACE}))"
        text = f"CASE WHEN is_json THEN coalesce(nullif({text}, ''), {content}) END"
    return f'{text} AS "{name}"'


def _first_byte(value: str) -> str:
    """Return the SQL for the first byte of a JSON text, which tells what kind of value it is."""
    return f"left({value}::VARCHAR, 1)"
