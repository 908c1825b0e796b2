"""Reads JSON lines: one event, a JSON object, a line."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.identity import PREFIX
from hubspot_pipeline.events.json_text import check, objects, run
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
    file: ExportFile, selection: Selection, batch_rows: int
) -> Iterator[EventBatch]:
    """Yield the events of a JSON lines file.

    Text fields keep a number or a boolean as its JSON text; documents are `arrow.json` columns.
    A line that is not a JSON object, or one of whose asked-for fields is of a wrong kind, is
    rejected. Blank lines are no rows.

    Raises:
        UnreadableExport: The file cannot be read to its end.
    """
    with duckdb.connect() as connection:
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
    try:
        found = _extract(connection, texts, selection)
    except duckdb.InvalidInputException:
        is_row = pc.invert(pc.equal(pc.ascii_trim_whitespace(pc.fill_null(texts, "-")), ""))
        texts, reasons, numbers = (array.filter(is_row) for array in (texts, reasons, numbers))
        checked = check(connection, texts)
        texts, reasons = checked.texts, pc.coalesce(reasons, checked.reasons)
        found = _extract(connection, texts, selection)
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
    """Return the asked-for fields of lines of JSON, and why a line is not an event of text fields.

    Raises:
        duckdb.InvalidInputException: A line is not JSON.
    """
    names = (*selection.fields, *selection.documents)
    pointers = ", ".join(f"'/{name}'" for name in names)
    values = {name: f"found[{position}]" for position, name in enumerate(names, 1)}
    columns = [
        _text_field(name, value) if name in selection.fields else f'{value}::VARCHAR AS "{name}"'
        for name, value in values.items()
    ]
    reasons = [
        f"CASE WHEN left({values[name]}::VARCHAR, 1) IN ('{{', '[') THEN '{name} is not text' END"
        for name in selection.fields
    ]
    query = f"""
        SELECT {", ".join(columns)},
            CASE WHEN NOT starts_with(ltrim(line, {_SPACE}), '{{') THEN 'not a JSON object'
                ELSE nullif(concat_ws('; ', {", ".join(reasons)}), '') END AS reason
        FROM (SELECT line, json_extract(line, [{pointers}]) AS found FROM cells)
    """  # noqa: S608 — names of our own schema
    found = run(connection, query, line=texts)
    return {name: found[name].combine_chunks() for name in found.column_names}


def _text_field(name: str, value: str) -> str:
    text = f"{value} ->> ''"
    if name == "messageId":
        text = f"coalesce(nullif({text}, ''), '{PREFIX}' || md5(trim(line, {_SPACE})))"
    return f'{text} AS "{name}"'
