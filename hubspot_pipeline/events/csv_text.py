"""Reads CSV exports, as RFC 4180 writes them: commas, quotes doubled inside quotes, a header."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.errors import UnreadableExport
from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.identity import id_of_cells
from hubspot_pipeline.events.layout import LayoutError, check_names, needed_columns, to_columns
from hubspot_pipeline.events.lines import TOO_LONG, Block, read_blocks
from hubspot_pipeline.events.schema import (
    EventBatch,
    Selection,
    make_batch,
)

_ID = "messageId"

# A document may be long (Python's own limit is 128 KiB); an unclosed quote must not swallow a file.
csv.field_size_limit(1 << 20)

_Record = tuple[int, Sequence[str], str | None]
"""The line a record begins at, its cells, and what is wrong with it (then it has no cells)."""


def read_csv(
    connection: duckdb.DuckDBPyConnection, file: ExportFile, selection: Selection, batch_rows: int
) -> Iterator[EventBatch]:
    """Yield the events of a CSV file; a row's number is the line it begins at, the header's is 1.

    A cell is text, an empty cell is missing; a document is a column of JSON text, whose values
    keep their types, or columns with dots in their names, whose values are all text. A record
    that is not well quoted, not UTF-8, or not as wide as the header is rejected; if it spans
    several lines, only its first line is, and reading goes on at the second.

    Raises:
        UnreadableExport: The file cannot be read to its end, or its columns make no event.
    """
    batches = _read_batches(read_blocks(file), batch_rows)
    records = next(batches, [(1, (), "the file is empty")])
    line, header, wrong = records[0]
    if wrong:
        raise UnreadableExport(file.name, f"line {line}", f"no header of columns: {wrong}")
    names = [name.strip() for name in header]
    try:
        check_names(names)
        schema = pa.schema([(name, pa.string()) for name in dict.fromkeys(names)])
        wanted = needed_columns(schema, selection)
    except LayoutError as error:
        raise UnreadableExport(file.name, f"line {line}", str(error)) from error
    for batch in itertools.chain([records[1:]], batches):
        yield _to_events(connection, file.name, names, wanted, batch, selection)


def _read_batches(blocks: Iterator[Block], batch_rows: int) -> Iterator[list[_Record]]:
    """Yield the records of a file in batches; the header is the first one."""
    parser = _Parser()
    for block in itertools.chain(blocks, [None]):
        records = parser.add(block)
        for start in range(0, len(records), batch_rows):
            yield records[start : start + batch_rows]


class _Parser:
    """Parses lines into records; holds back the lines of a record that is not at its end yet."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._first_line = 1
        self._width = 0
        self._is_all_text = True

    def add(self, block: Block | None) -> list[_Record]:
        """Return the records that end in a block's lines; None says that no block follows."""
        if block is None:
            return list(self._parse(is_end=True))
        if block.too_long:
            records = list(self._parse(is_end=True))
            self._first_line += len(block.too_long)
            return [*records, *((line, (), TOO_LONG) for line in block.too_long)]
        content = b"".join(block.lines.to_pylist())
        try:
            text = content.decode()
        except UnicodeDecodeError:
            text = content.decode(errors="surrogateescape")
            self._is_all_text = False
        self._lines += io.StringIO(text, newline="\n")
        return list(self._parse(is_end=False))

    def _parse(self, *, is_end: bool) -> Iterator[_Record]:
        begin = 0
        while begin < len(self._lines):
            start = begin
            reader = csv.reader(self._lines[start:], strict=True)
            try:
                for cells in reader:
                    record = self._check(self._first_line + begin, cells)
                    if record:
                        yield record
                    if record and record[2] and start + reader.line_num > begin + 1:
                        begin += 1
                        break
                    begin = start + reader.line_num
            except csv.Error as error:
                if not is_end and begin and start + reader.line_num == len(self._lines):
                    break
                yield self._first_line + begin, (), f"malformed CSV ({error})"
                begin += 1
        self._first_line += begin
        self._lines = self._lines[begin:]

    def _check(self, line: int, cells: list[str]) -> _Record | None:
        """Hold a record to the header, which is the first one; a blank line is none."""
        if len(cells) <= 1 and not "".join(cells).strip():
            return None
        self._width = self._width or len(cells)
        if len(cells) != self._width:
            return line, (), f"has {len(cells)} cells where the header has {self._width}"
        if not self._is_all_text and not _is_text(cells):
            return line, (), "not UTF-8 text"
        return line, cells, None


def _is_text(cells: Sequence[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _to_events(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    names: Sequence[str],
    wanted: Sequence[str],
    records: Sequence[_Record],
    selection: Selection,
) -> EventBatch:
    nothing = [""] * len(names)
    rows = [cells or nothing for _, cells, _ in records]
    found = pa.RecordBatch.from_pydict({name: _cells(rows, names.index(name)) for name in wanted})
    if not wanted:
        found = pa.RecordBatch.from_pydict({_ID: pa.nulls(len(rows), pa.string())})
    columns = to_columns(connection, found, selection)
    ids = columns.fields[_ID].to_pylist()
    if columns.fields[_ID].null_count:
        ids = [id_ or _content_id(names, row) for id_, row in zip(ids, rows, strict=True)]
        columns.fields[_ID] = pa.array(ids, pa.string())
    wrong = pa.array([reason for _, _, reason in records], pa.string())
    numbers = pa.array([line for line, _, _ in records], pa.int64())
    return make_batch(file, numbers, columns.fields, pc.coalesce(wrong, columns.reasons))


def _cells(rows: Sequence[Sequence[str]], place: int) -> pa.Array:
    return pa.array([row[place] or None for row in rows], pa.string())


def _content_id(names: Sequence[str], row: Sequence[str]) -> str | None:
    cells = {name: cell for name, cell in zip(names, row, strict=True) if cell}
    return id_of_cells(cells) if cells else None
