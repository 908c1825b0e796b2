"""Where a pipeline's files live, and how they are written so that none is ever half there."""

from __future__ import annotations

import contextlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROW_GROUP_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Storage:
    """The files of a project: payloads and results under ``root``, keyed stores under ``state``.

    Attributes:
        root: A folder or an object storage URL (``s3://bucket/prefix``).
        state: A folder on a local disk, for the journal, locks and the limiter's file.
    """

    root: str
    state: Path

    def payloads(self, destination: str, mapping: str, partition: str) -> str:
        """Return the path of one partition's payloads."""
        return f"{self.root}/payloads/{destination}/{mapping}/{partition}.parquet"

    def results(self, destination: str, mapping: str, partition: str) -> str:
        """Return the path of one partition's results, one row per input row."""
        return f"{self.root}/results/{destination}/{mapping}/{partition}.parquet"

    def delivered_partitions(self, destination: str, mapping: str) -> list[str]:
        """Return the partitions of a mapping that have results, in order."""
        filesystem, folder = fsspec.core.url_to_fs(f"{self.root}/results/{destination}/{mapping}")
        filesystem.invalidate_cache()
        try:
            files = filesystem.ls(folder, detail=False)
        except FileNotFoundError:
            return []
        names = (file.rpartition("/")[2] for file in files)
        return sorted(
            name.removesuffix(".parquet")
            for name in names
            if name.endswith(".parquet") and not name.startswith(".")
        )

    def plans(self, destination: str, mapping: str, partition: str) -> str:
        """Return the path of one partition's plan, one row per write."""
        return f"{self.root}/plans/{destination}/{mapping}/{partition}.parquet"

    def state_file(self, name: str) -> Path:
        """Return the path of a keyed store's file, its folder made."""
        self.state.mkdir(parents=True, exist_ok=True)
        return self.state / name


def project_storage() -> Storage:
    """Return the project's storage, as the environment names it.

    ``HUBSPOT_PIPELINE_ROOT`` (by default ``data``) and ``HUBSPOT_PIPELINE_STATE`` (by default
    ``state`` below the root, or below ``data`` where the root is a URL).
    """
    root = os.environ.get("HUBSPOT_PIPELINE_ROOT") or "data"
    local = "data" if "://" in root else root
    return Storage(root, Path(os.environ.get("HUBSPOT_PIPELINE_STATE") or f"{local}/state"))


@contextlib.contextmanager
def write_parquet(path: str, schema: pa.Schema) -> Iterator[pq.ParquetWriter]:
    """Write a Parquet file that appears at ``path`` whole, or not at all.

    Rows go to a temporary name in the same folder, moved into place when the block ends without an
    error. Key-value metadata may be added until then with ``writer.add_key_value_metadata``.
    """
    filesystem, target = fsspec.core.url_to_fs(path)
    folder, _, name = target.rpartition("/")
    filesystem.makedirs(folder, exist_ok=True)
    temporary = f"{folder}/.{name}.{uuid.uuid4().hex}"
    try:
        with (
            filesystem.open(temporary, "wb") as file,
            # Most columns hold a different text in every row: without dictionaries the files are
            # half as large and written in half the time (measured).
            pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=False) as writer,
        ):
            yield writer
        filesystem.mv(temporary, target)
    finally:
        if filesystem.exists(temporary):
            filesystem.rm_file(temporary)


@contextlib.contextmanager
def open_parquet(path: str) -> Iterator[pq.ParquetFile]:
    """Open a Parquet file to be read batch by batch; ``FileNotFoundError`` where there is none."""
    filesystem, target = fsspec.core.url_to_fs(path)
    with filesystem.open(target, "rb") as file, pq.ParquetFile(file) as parquet:
        yield parquet


def metadata_of(parquet: pq.ParquetFile) -> Mapping[str, str]:
    """Return the key-value metadata that a file was written with, as text."""
    metadata: dict[bytes, bytes] = parquet.metadata.metadata or {}
    return {key.decode(): value.decode(errors="replace") for key, value in metadata.items()}


def stream(parquet: pq.ParquetFile, columns: list[str] | None = None) -> Any:
    """Return a ``RecordBatchReader`` over an open file, one row group in memory at a time."""
    schema = parquet.schema_arrow
    if columns is not None:
        schema = pa.schema([schema.field(name) for name in columns])
    return pa.RecordBatchReader.from_batches(
        schema, parquet.iter_batches(batch_size=ROW_GROUP_ROWS, columns=columns)
    )
