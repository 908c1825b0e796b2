"""Reads JSON lines: one event, a JSON object, a line."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.identity import ids_of_texts
from hubspot_pipeline.events.json_text import (
    as_text,
    extract,
    is_blank,
    is_nested,
    objects,
    without_malformed,
)
from hubspot_pipeline.events.lines import TOO_LONG, Block, read_blocks
from hubspot_pipeline.events.schema import (
    EventBatch,
    Selection,
    json_array,
    make_batch,
    rejected_batch,
)


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
    names = (*selection.fields, *selection.documents)
    try:
        values = extract(connection, texts, names)
    except duckdb.InvalidInputException:
        blank = is_blank(texts)
        if blank.true_count:
            is_row = pc.invert(blank)
            texts, reasons, numbers = (array.filter(is_row) for array in (texts, reasons, numbers))
        texts, malformed = without_malformed(connection, texts)
        reasons = pc.coalesce(reasons, malformed)
        values = extract(connection, texts, names)
    columns: dict[str, pa.Array] = {}
    wrong = [reasons, _not_an_object(texts)]
    for name in selection.fields:
        columns[name] = as_text(connection, values[name])
        nested = is_nested(values[name])
        if nested.true_count:
            wrong.append(pc.if_else(nested, f"{name} is not text", None))
    for name in selection.documents:
        documents = objects(name, values[name])
        columns[name] = json_array(documents.texts)
        wrong.append(documents.reasons)
    columns["messageId"] = _ids(connection, columns["messageId"], texts)
    return make_batch(file, numbers, columns, pc.coalesce(*wrong))


def _ids(connection: duckdb.DuckDBPyConnection, ids: pa.Array, lines: pa.Array) -> pa.Array:
    """Make the ids that are missing, except of lines that are no JSON."""
    missing = pc.and_(pc.fill_null(pc.equal(ids, ""), True), lines.is_valid())
    if not missing.true_count:
        return ids
    return pc.replace_with_mask(ids, missing, ids_of_texts(connection, lines.filter(missing)))


def _not_an_object(lines: pa.Array) -> pa.Array:
    is_object = pc.fill_null(pc.match_substring_regex(lines, r"\A\s*\{"), True)
    return pc.if_else(is_object, None, "not a JSON object")


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
