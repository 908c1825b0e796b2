"""Reads the files of a partition as batches of events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hubspot_pipeline.database import open_database
from hubspot_pipeline.events.csv_text import read_csv
from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.formats import Format, detect_format
from hubspot_pipeline.events.json_lines import read_json_lines
from hubspot_pipeline.events.parquet import read_parquet
from hubspot_pipeline.events.schema import EventBatch, Path, select

_READERS = {
    Format.PARQUET: read_parquet,
    Format.CSV: read_csv,
    Format.JSON_LINES: read_json_lines,
}


def read_events(
    files: Sequence[ExportFile], *, paths: Collection[Path], batch_rows: int = 65_536
) -> Iterator[EventBatch]:
    """Yield the events of a partition's files, file by file, in order.

    Each file may be of another format; its content says which. Files without rows give no batch.

    Args:
        files: What `find_files` found.
        paths: The event paths that will be evaluated; nothing else is read.
        batch_rows: The most rows a batch may have; large rows make smaller batches.

    Raises:
        UnreadableExport: A file is in no known format, has no event columns, or cannot be read
            to its end (the batches before that are good).
    """
    selection = select(paths)
    with open_database() as connection:
        for file in files:
            format_ = detect_format(file)
            if format_ is Format.EMPTY:
                continue
            for batch in _READERS[format_](connection, file, selection, batch_rows):
                if batch.events.num_rows or batch.rejected.num_rows:
                    yield batch
