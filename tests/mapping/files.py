"""Events written as real files of each format, and read back as a partition's are."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from hubspot_pipeline.events import find_files, read_events

DOCUMENTS = ("traits", "properties", "context")

Row = dict[str, bytes]
"""The cells of an event as text: of its text fields, and of its documents as JSON text."""


def json_lines(rows: list[Row]) -> bytes:
    """Each event as a line; a text field is quoted, a document stands as it is."""
    lines = []
    for row in rows:
        members = [
            b'"' + key.encode() + b'":' + (cell if key in DOCUMENTS else b'"' + cell + b'"')
            for key, cell in row.items()
        ]
        lines.append(b"{" + b",".join(members) + b"}\n")
    return b"".join(lines)


def zipped_json_lines(rows: list[Row]) -> bytes:
    return gzip.compress(json_lines(rows))


def csv_text(rows: list[Row]) -> bytes:
    """Each event as a record; what it lacks is an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["userId"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        cells = [row.get(name, b"") for name in names]
        writer.writerow([cell.decode(errors="surrogateescape") for cell in cells])
    return out.getvalue().encode(errors="surrogateescape")


def parquet_of_texts(rows: list[Row]) -> bytes:
    """Each event as a row of text columns, whatever bytes they hold."""
    names = list(dict.fromkeys(name for row in rows for name in row)) or ["userId"]
    columns = {}
    for name in names:
        cells = pa.array([row.get(name) for row in rows], pa.binary())
        columns[name] = pa.Array.from_buffers(
            pa.string(), len(cells), cells.buffers(), cells.null_count
        )
    return parquet(pa.table(columns))


def parquet(table: pa.Table, row_group: int | None = None) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=row_group)
    return out.getvalue()


TEXT_FORMATS: dict[str, Callable[[list[Row]], bytes]] = {
    "json lines": json_lines,
    "json lines, gz": zipped_json_lines,
    "csv": csv_text,
    "parquet, json text": parquet_of_texts,
}


def read(
    content: bytes, paths: Collection[tuple[str, ...]], batch_rows: int = 65_536
) -> tuple[pa.Table, list[dict[str, object]]]:
    """A file's events and its rejected rows, as a run would read them for these paths."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "day").mkdir()
        (Path(folder) / "day" / "events").write_bytes(content)
        files = find_files(f"{folder}/{{partition}}/*", "day")
        batches = list(read_events(files, paths=paths, batch_rows=batch_rows))
    events = [batch.events for batch in batches]
    rejected = [row for batch in batches for row in batch.rejected.to_pylist()]
    if len({table.schema for table in events}) > 1:
        raise ValueError("the batches of a file differ in their columns")
    return pa.concat_tables(events) if events else pa.table({}), rejected
