"""Payload files, read back for delivery: rejected rows, and the valid ones in order of record."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from hubspot_pipeline.actions.merge import group_starts
from hubspot_pipeline.database import open_database
from hubspot_pipeline.hubspot import event_sends
from hubspot_pipeline.hubspot.records import BATCH_SIZE
from hubspot_pipeline.storage import stream
from hubspot_pipeline.writes import REJECTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pyarrow.parquet as pq

CHUNK_ROWS = 20_000
"""So many payloads are merged, sent and accounted for at a time; memory is bounded by it."""

CHUNK_BYTES = 64 << 20
"""The same in bytes, for payloads with long values."""

SORT_BYTES = 256 << 20
"""What sorting a partition's payloads may take, long values apart; the rest goes to disk."""

SORT_ROWS_IN_MEMORY = 40_000
"""So many rows the sort holds at the least, however long they are; with fewer it may not end."""


def sorted_chunks(payloads: pq.ParquetFile, chunk_rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
    """Yield the valid payloads in order of record, event time and position.

    No record is in two chunks, and every chunk has a multiple of five hundred records, or else of a
    hundred, so that batches are full; but for the last one, and for records with so many rows that
    a hundred would not fit.
    The sort spills to disk, so memory does not grow with the partition.
    """
    row_bytes = _row_bytes(payloads)
    chunk_rows = max(min(chunk_rows, CHUNK_BYTES // row_bytes), 1)
    with (
        tempfile.TemporaryDirectory(prefix="hubspot-pipeline-") as spill,
        open_database(
            memory_limit=f"{SORT_BYTES + SORT_ROWS_IN_MEMORY * row_bytes}B",
            threads=1,  # each thread needs memory of its own, and more are not faster (measured)
            temp_directory=spill,
        ) as database,
    ):
        database.register("source", stream(payloads))
        batches: pa.RecordBatchReader = database.sql(
            "SELECT * FROM source WHERE error_reason IS NULL "
            "ORDER BY record_key, event_time NULLS FIRST, position"
        ).to_arrow_reader(chunk_rows)
        held: list[pa.RecordBatch] = []
        for batch, is_last in _and_whether_last(batches):
            rows = pa.Table.from_batches([*held, batch])
            starts = group_starts(rows["record_key"])
            cut = rows.num_rows if is_last else _cut(starts, rows.num_rows, chunk_rows)
            if cut:
                yield rows.slice(0, cut)
            held = rows.slice(cut).to_batches()


def _and_whether_last(
    batches: Iterable[pa.RecordBatch],
) -> Iterator[tuple[pa.RecordBatch, bool]]:
    """Yield batches, each with whether no other follows."""
    before: pa.RecordBatch | None = None
    for batch in batches:
        if before is not None:
            yield before, False
        before = batch
    if before is not None:
        yield before, True


def _cut(starts: np.ndarray[tuple[int], np.dtype[np.int64]], rows: int, chunk_rows: int) -> int:
    """Return how many rows make a chunk: full batches, or at least whole records; 0 for none yet.

    The last record may go on in the rows to come, so it always stays.
    """
    size = event_sends.BATCH_SIZE if len(starts) > event_sends.BATCH_SIZE else BATCH_SIZE
    full = int(starts[(len(starts) - 1) // size * size]) if len(starts) else 0
    return full if full or rows <= chunk_rows else int(starts[-1])


def _row_bytes(payloads: pq.ParquetFile) -> int:
    """Return about how many bytes a row of a file has, at least one."""
    groups = [payloads.metadata.row_group(at) for at in range(payloads.num_row_groups)]
    return (
        max(sum(group.total_byte_size for group in groups), 1) // max(payloads.metadata.num_rows, 1)
        or 1
    )


def valid_rows(payloads: pq.ParquetFile) -> Iterator[pa.Table]:
    """Yield the valid payloads, in the order of the file."""
    for batch in stream(payloads):
        valid = pa.table(batch).filter(batch["error_reason"].is_null())
        if valid.num_rows:
            yield valid


def rejected_rows(payloads: pq.ParquetFile) -> Iterator[pa.Table]:
    """Yield the rows that are malformed or not valid, with what is wrong with them."""
    for batch in payloads.iter_batches(columns=REJECTED.names):
        rejected = pa.table(batch).filter(batch["error_reason"].is_valid())
        if rejected.num_rows:
            yield rejected
