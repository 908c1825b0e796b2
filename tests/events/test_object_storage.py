"""Exports in object storage."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer

from hubspot_pipeline.events import MissingPartition, find_files, read_events


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    storage = fsspec.filesystem("s3", skip_instance_cache=True)
    storage.mkdir("exports")
    yield "s3://exports"
    server.stop()


@pytest.mark.slow
def test_a_partition_in_a_bucket_reads_as_one_on_disk(bucket: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"userId": ["2"]}), tmp_path / "b.parquet")
    for name, content in (
        ("a.jsonl.gz", gzip.compress(b'{"userId":"1"}\n')),
        ("b.parquet", (tmp_path / "b.parquet").read_bytes()),
        ("c/d.csv", b"userId\n3\n"),
        ("_SUCCESS", b""),
    ):
        with fsspec.open(f"{bucket}/date=2026-01-02/{name}", "wb") as out:
            out.write(content)
    files = find_files(f"{bucket}/date={{partition}}/", "2026-01-02")
    assert [file.name for file in files] == [
        f"{bucket}/date=2026-01-02/{name}" for name in ("a.jsonl.gz", "b.parquet", "c/d.csv")
    ]
    batches = list(read_events(files, paths=[("userId",)]))
    assert [batch.events["userId"].to_pylist() for batch in batches] == [["1"], ["2"], ["3"]]
    assert batches[0].events["file"][0].as_py() == f"{bucket}/date=2026-01-02/a.jsonl.gz"
    with pytest.raises(MissingPartition, match="2026-01-02"):
        find_files(f"{bucket}/date={{partition}}/", "2026-01-03")
