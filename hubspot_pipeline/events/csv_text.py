"""Reads CSV exports, as RFC 4180 writes them: commas, quotes doubled inside quotes, a header."""

from __future__ import annotations

import csv
import io
from collections import deque
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
    rejected_batch,
)

_BATCH_CHARACTERS = 16 << 20
_ID = "messageId"

_Record = tuple[int, Sequence[str], str | None]
"""The line a record begins at, its cells, and what is wrong with it (then it has no cells)."""


def read_csv(file: ExportFile, selection: Selection, batch_rows: int) -> Iterator[EventBatch]:
    """Yield the events of a CSV file; a row's number is the line it begins at, the header's is 1.

    A cell is text, an empty cell is missing; a document is a column of JSON text, whose values
    keep their types, or columns with dots in their names, whose values are all text. A record
    that is not well quoted, not UTF-8, or not as wide as the header is rejected; if it spans
    several lines, only its first line is, and reading goes on at the second.

    Raises:
        UnreadableExport: The file cannot be read to its end, or its columns make no event.
    """
    lines = _Lines(read_blocks(file))
    records = _read_records(lines)
    line, header, wrong = next(records, (1, (), "it has no header"))
    if wrong:
        raise UnreadableExport(file.name, f"line {line}", f"no header of columns: {wrong}")
    names = [name.strip() for name in header]
    try:
        check_names(names)
        schema = pa.schema([(name, pa.string()) for name in dict.fromkeys(names)])
        wanted = needed_columns(schema, selection)
    except LayoutError as error:
        raise UnreadableExport(file.name, f"line {line}", str(error)) from error
    with duckdb.connect() as connection:
        for batch in _in_batches(records, lines, batch_rows):
            if isinstance(batch, int):
                yield rejected_batch(file.name, [batch], TOO_LONG)
            else:
                yield _to_events(connection, file.name, names, wanted, batch, selection)


class _Lines:
    """The lines of a file as text; remembers those of the current record, to give them again."""

    def __init__(self, blocks: Iterator[Block]) -> None:
        self.characters = 0
        self.too_long: list[int] = []
        self.has_broken_text = False
        self.record: list[tuple[int, str]] = []
        self._again: deque[tuple[int, str]] = deque()
        self._fresh = self._read(blocks)

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._fresh)
        self.record.append(line)
        self.characters += len(line[1])
        return line[1]

    def put_back_all_but_first(self) -> None:
        """Give the current record's lines again, from its second on."""
        self._again.extendleft(reversed(self.record[1:]))

    def _read(self, blocks: Iterator[Block]) -> Iterator[tuple[int, str]]:
        for block in blocks:
            self.too_long += block.too_long
            content = b"".join(block.lines.to_pylist())
            try:
                text = content.decode()
            except UnicodeDecodeError:
                text = content.decode(errors="surrogateescape")
                self.has_broken_text = True
            first = block.numbers[0].as_py() if len(block.numbers) else 0
            yield from enumerate(io.StringIO(text, newline="\n"), first)


def _read_records(lines: _Lines) -> Iterator[_Record]:
    """Yield the records, the header first; the header says how many cells each must have."""
    reader = csv.reader(lines, strict=True)
    width = 0
    while True:
        lines.record.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield lines.record[0][0], (), f"malformed CSV ({error})"
            lines.put_back_all_but_first()
            continue
        line = lines.record[0][0]
        if not "".join(cells).strip() and len(cells) <= 1:
            continue
        width = width or len(cells)
        if len(cells) != width:
            yield line, (), f"has {len(cells)} cells where the header has {width}"
            lines.put_back_all_but_first()
        elif lines.has_broken_text and not _is_text(cells):
            yield line, (), "not UTF-8 text"
        else:
            yield line, cells, None


def _is_text(cells: Sequence[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def _in_batches(
    records: Iterator[_Record], lines: _Lines, batch_rows: int
) -> Iterator[list[_Record] | int]:
    """Yield the records in batches bounded in rows and text, and the numbers of too long lines."""
    batch: list[_Record] = []
    for record in records:
        batch.append(record)
        if len(batch) >= batch_rows or lines.characters >= _BATCH_CHARACTERS:
            yield batch
            batch, lines.characters = [], 0
        while lines.too_long:
            yield lines.too_long.pop()
    if batch:
        yield batch
    yield from lines.too_long


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
