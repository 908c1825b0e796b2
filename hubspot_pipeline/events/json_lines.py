"""Reads JSON lines: one event, a JSON object, a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

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


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines of a file.

    Attributes:
        texts: string; null where a line cannot be used.
        reasons: string; why it cannot, else null.
        numbers: int64, the number of each in the file.
    """

    texts: pa.Array
    reasons: pa.Array
    numbers: pa.Array

    def without(self, rows: pa.Array) -> _Lines:
        """Return the lines but for those of a mask, whose nulls count as false."""
        kept = pc.invert(pc.fill_null(rows, False))
        return _Lines(*(array.filter(kept) for array in (self.texts, self.reasons, self.numbers)))


def _read_lines(
    connection: duckdb.DuckDBPyConnection, file: str, block: Block, selection: Selection
) -> EventBatch:
    names = (*selection.fields, *selection.documents)
    lines = _as_texts(block)
    lines = _checked(connection, lines, pc.invert(_looks_like_object(lines.texts)))
    try:
        values = extract(connection, lines.texts, names)
    except duckdb.InvalidInputException:
        lines = _checked(connection, lines, pc.is_valid(lines.texts))
        values = extract(connection, lines.texts, names)
    columns: dict[str, pa.Array] = {}
    wrong = [lines.reasons]
    for name in selection.fields:
        columns[name] = as_text(connection, values[name])
        nested = is_nested(values[name])
        if nested.true_count:
            wrong.append(pc.if_else(nested, f"{name} is not text", None))
    for name in selection.documents:
        documents = objects(name, values[name])
        columns[name] = json_array(documents.texts)
        wrong.append(documents.reasons)
    columns["messageId"] = _ids(connection, columns["messageId"], lines.texts)
    return make_batch(file, lines.numbers, columns, pc.coalesce(*wrong))


def _ids(connection: duckdb.DuckDBPyConnection, ids: pa.Array, lines: pa.Array) -> pa.Array:
    """Make the ids that are missing, except of lines that are no JSON."""
    missing = pc.and_(pc.fill_null(pc.equal(ids, ""), True), lines.is_valid())
    if not missing.true_count:
        return ids
    return pc.replace_with_mask(ids, missing, ids_of_texts(connection, lines.filter(missing)))


def _looks_like_object(texts: pa.Array) -> pa.Array:
    """Return which lines begin and end as an object does (a null does not count as wrong)."""
    ends = (pc.ends_with(texts, end) for end in ("}\n", "}\r\n", "}"))
    return pc.fill_null(pc.and_(pc.starts_with(texts, "{"), reduce(pc.or_, ends)), True)


def _checked(connection: duckdb.DuckDBPyConnection, lines: _Lines, doubtful: pa.Array) -> _Lines:
    """Return the lines without those doubtful ones that are blank, and with what is wrong."""
    if not doubtful.true_count:
        return lines
    texts, reasons = without_malformed(connection, lines.texts.filter(doubtful))
    blank = is_blank(lines.texts.filter(doubtful))
    reasons = pc.coalesce(reasons, _not_an_object(texts))
    checked = _Lines(
        pc.replace_with_mask(lines.texts, doubtful, texts),
        pc.coalesce(lines.reasons, _at(doubtful, reasons)),
        lines.numbers,
    )
    return checked.without(_at(doubtful, blank)) if blank.true_count else checked


def _at(rows: pa.Array, values: pa.Array) -> pa.Array:
    """Return values put into the rows of a mask; null elsewhere."""
    return pc.replace_with_mask(pa.nulls(len(rows), values.type), rows, values)


def _not_an_object(lines: pa.Array) -> pa.Array:
    is_object = pc.fill_null(pc.match_substring_regex(lines, r"\A\s*\{"), True)
    return pc.if_else(is_object, None, "not a JSON object")


def _as_texts(block: Block) -> _Lines:
    """Return the lines as strings; those that are not UTF-8 are of no use."""
    texts = block.lines.view(pa.string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        checked = [_decode(line) for line in block.lines.to_pylist()]
        return _Lines(
            pa.array([text for text, _ in checked], pa.string()),
            pa.array([reason for _, reason in checked], pa.string()),
            block.numbers,
        )
    return _Lines(texts, pa.nulls(len(texts), pa.string()), block.numbers)


def _decode(line: bytes) -> tuple[str | None, str | None]:
    try:
        return line.decode(), None
    except UnicodeDecodeError as error:
        return None, f"not UTF-8 text at byte {error.start + 1}"
