"""Memory does not grow with the partition."""

from __future__ import annotations

import gzip
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hubspot_pipeline.events import find_files, read_events

MIB = 1 << 20


def peak_growth(folder: Path, paths: list[tuple[str, ...]]) -> tuple[int, int]:
    """Read a partition; return its rows, and by how many bytes the process grew at most."""
    process = psutil.Process()
    files = find_files(f"{folder}/{{partition}}/*", "day")
    start, peak, rows = process.memory_info().rss, 0, 0
    for batch in read_events(files, paths=paths):
        rows += batch.events.num_rows + batch.rejected.num_rows
        peak = max(peak, process.memory_info().rss)
    return rows, peak - start


@pytest.fixture
def day(tmp_path: Path) -> Path:
    (tmp_path / "day").mkdir()
    return tmp_path / "day"


LINE = '{"type":"track","messageId":"%d","properties":{"filler":"' + "x" * 900 + '"}}\n'


def test_a_large_gzip_file_streams(day: Path) -> None:
    """200 MiB of text, in a small file."""
    member = gzip.compress("".join(LINE % n for n in range(10_000)).encode(), 1)
    (day / "a.jsonl.gz").write_bytes(member * 20)
    rows, growth = peak_growth(day.parent, [("type",)])
    assert rows == 200_000
    assert growth < 220 * MIB


def test_a_row_group_larger_than_memory_should_hold_streams(day: Path) -> None:
    """One row group of 400 MiB."""
    block = pa.table(
        {
            "messageId": [str(n) for n in range(20_000)],
            "traits": [{"filler": f"{n}" + "x" * 1_000} for n in range(20_000)],
        }
    )
    with pq.ParquetWriter(day / "a.parquet", block.schema, use_dictionary=False) as writer:
        table = pa.concat_tables([block] * 20)
        writer.write_table(table, row_group_size=table.num_rows)
    del table, block
    pa.default_memory_pool().release_unused()
    before = pa.total_allocated_bytes()
    files = find_files(f"{day.parent}/{{partition}}/*", "day")
    rows, most = 0, 0
    for batch in read_events(files, paths=[("traits", "filler")]):
        rows += batch.events.num_rows
        most = max(most, pa.total_allocated_bytes() - before)
    assert rows == 400_000
    assert most < 160 * MIB


def test_a_file_without_line_ends_does_not_fill_memory(day: Path) -> None:
    """300 MiB in one line."""
    (day / "a.jsonl.gz").write_bytes(gzip.compress(b'{"type":"' + b"x" * (10 * MIB), 1))
    with (day / "a.jsonl.gz").open("ab") as out:
        member = gzip.compress(b"x" * (10 * MIB), 1)
        for _ in range(29):
            out.write(member)
    rows, growth = peak_growth(day.parent, [("type",)])
    assert rows == 1
    assert growth < 120 * MIB
