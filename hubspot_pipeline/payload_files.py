"""Payload files, read back for delivery: rejected rows, and the valid ones in order of record."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from hubspot_pipeline.actions.merge import group_starts
from hubspot_pipeline.hubspot.records import BATCH_SIZE
from hubspot_pipeline.storage import stream
from hubspot_pipeline.writes import ROW_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow.parquet as pq

CHUNK_ROWS = 20_000
"""So many payloads are merged, sent and accounted for at a time; memory is bounded by it."""

SORT_MEMORY = "256MB"
"""What sorting a partition's payloads may take; beyond it, the sort goes to disk."""


def sorted_chunks(payloads: pq.ParquetFile, chunk_rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
    """Yield the valid payloads in order of record, event time and position.

    No record is in two chunks, and every chunk but the last has a multiple of a hundred records,
    so that batches are full. The sort spills to disk, so memory does not grow with the partition.
    """
    source = stream(payloads)  # noqa: F841  # DuckDB finds it by name
    with (
        tempfile.TemporaryDirectory(prefix="hubspot-pipeline-") as spill,
        duckdb.connect(config={"memory_limit": SORT_MEMORY, "temp_directory": spill}) as database,
    ):
        database.execute("SET enable_progress_bar = false")
        batches: pa.RecordBatchReader = database.sql(
            "SELECT * FROM source WHERE error_reason IS NULL "
            "ORDER BY record_key, event_time NULLS FIRST, position"
        ).to_arrow_reader(chunk_rows)
        held: list[pa.RecordBatch] = []
        for batch in batches:
            rows = pa.Table.from_batches([*held, batch])
            starts = group_starts(rows["record_key"])
            cut = int(starts[(len(starts) - 1) // BATCH_SIZE * BATCH_SIZE]) if len(starts) else 0
            if cut:
                yield rows.slice(0, cut)
            held = rows.slice(cut).to_batches()
        if held:
            yield pa.Table.from_batches(held)


def rejected_rows(payloads: pq.ParquetFile) -> Iterator[pa.Table]:
    """Yield the rows that are malformed or not valid, with what is wrong with them."""
    columns = [*ROW_COLUMNS, "error_field", "error_reason"]
    for batch in payloads.iter_batches(columns=columns):
        rejected = pa.table(batch).filter(batch["error_reason"].is_valid())
        if rejected.num_rows:
            yield rejected
