"""Telling formats apart."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hubspot_pipeline.events import UnreadableExport, find_files, read_events
from tests.events.reading import read_bytes, read_file, written


def parquet_bytes() -> bytes:
    out = pa.BufferOutputStream()
    pq.write_table(pa.table({"userId": ["1"]}), out)
    return bytes(out.getvalue())


@pytest.mark.parametrize("name", ["a.parquet", "a.json", "a.csv", "a.jsonl.gz", "part-0"])
def test_parquet_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    assert read_bytes(tmp_path, name, parquet_bytes()).column("userId") == ["1"]


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.parquet", "a.txt", "part-0"])
def test_csv_is_known_by_its_header(tmp_path: Path, name: str) -> None:
    content = b'"userId",traits.email\r\n1,a@b.c\r\n'
    assert read_bytes(tmp_path, name, content).column("userId") == ["1"]
    assert read_bytes(tmp_path, name, gzip.compress(content)).column("userId") == ["1"]


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_a_file_without_content_has_no_rows(tmp_path: Path, name: str, content: bytes) -> None:
    read = read_bytes(tmp_path, name, content)
    assert (read.events, read.rejected) == ([], [])


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.parquet", b"", "is empty; a Parquet file never is"),
        ("a.csv.gz", b"", "is empty; a gzip file never is"),
        ("a.parquet", b"PARE....", "encrypted"),
        ("a.parquet.gz", gzip.compress(parquet_bytes(), mtime=0), "Parquet inside gzip"),
        ("a.jsonl.zst", b"\x28\xb5\x2f\xfd....", "zstd"),
        ("a.jsonl.bz2", b"BZh91AY&SY", "bzip2"),
        ("a.zip", b"PK\x03\x04....", "zip archive"),
        ("a.csv", "userId\n1".encode("utf-16"), "UTF-16"),
        ("a.jsonl", b"\0\1\2\3", "neither Parquet, gzip nor text"),
        ("a.txt", b"hello\n", "neither Parquet, CSV"),
        ("a.csv", b"foo,bar\n1,2\n", "none of the event's columns"),
        ("a.csv", b"userId;type\n1;2\n", "none of the event's columns"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    with pytest.raises(UnreadableExport, match=reason) as caught:
        read_bytes(tmp_path, name, content)
    assert caught.value.file.endswith(name)


def test_a_partition_may_mix_formats(tmp_path: Path) -> None:
    written(tmp_path, "a.parquet", parquet_bytes())
    written(tmp_path, "b.jsonl.gz", gzip.compress(b'{"userId":"2"}\n'))
    written(tmp_path, "c.csv", b"userId\n3\n")
    written(tmp_path, "d.jsonl", b"")
    files = find_files(f"{tmp_path}/{{partition}}/*", "2026-01-02")
    batches = list(read_events(files, paths=[("userId",)]))
    assert [batch.events["userId"].to_pylist() for batch in batches] == [["1"], ["2"], ["3"]]


def test_a_json_file_with_a_bad_first_line_is_still_json_lines(tmp_path: Path) -> None:
    read = read_file(written(tmp_path, "a.json", b'type\n[1]\n{"userId":"3"}\n'))
    assert read.column("userId") == ["3"]
    assert list(read.reasons) == [1, 2]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.csv"])
def test_a_file_that_is_gone_is_refused_by_name(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, b"{}")
    files = find_files(f"{tmp_path}/{{partition}}/*", "2026-01-02")
    path.unlink()
    with pytest.raises(UnreadableExport, match="cannot be opened"):
        list(read_events(files, paths=[]))
