"""Reads the files of a partition as batches of events."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.json_lines import read_json_lines
from hubspot_pipeline.events.parquet import read_parquet
from hubspot_pipeline.events.schema import EventBatch, Path, select


def read_events(
    files: Sequence[ExportFile], *, paths: Collection[Path], batch_rows: int = 65_536
) -> Iterator[EventBatch]:
    """Yield the events of a partition's files, file by file, in order.

    Args:
        files: What `find_files` found.
        paths: The event paths that will be evaluated; nothing else is read.
        batch_rows: The most rows a batch may have.

    Raises:
        UnreadableExport: A file cannot be read to its end; batches before that were good.
    """
    selection = select(paths)
    for file in files:
        read = read_parquet if ".parquet" in file.name else read_json_lines
        yield from read(file, selection, batch_rows)
