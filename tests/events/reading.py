"""Reads exports that tests write, as plain Python rows."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from hubspot_pipeline.events import find_files, read_events
from hubspot_pipeline.events.schema import DOCUMENTS, TEXT_FIELDS

EVERYTHING = [(name,) for name in (*TEXT_FIELDS, *DOCUMENTS)]


@dataclass
class Read:
    events: list[dict[str, Any]]
    rejected: list[dict[str, Any]]
    batches: int
    types: dict[str, pa.DataType]

    @property
    def reasons(self) -> dict[int, str]:
        return {row["row"]: row["reason"] for row in self.rejected}

    def column(self, name: str) -> list[Any]:
        return [event[name] for event in self.events]


def read_file(
    path: Path, paths: Collection[tuple[str, ...]] = EVERYTHING, batch_rows: int = 65_536
) -> Read:
    """Read one export file; documents come as Python objects without their missing values."""
    found = find_files(f"{path.parent.parent}/{{partition}}/{path.name}", path.parent.name)
    batches = list(read_events(found, paths=paths, batch_rows=batch_rows))
    for batch in batches:
        batch.events.validate(full=True)
        batch.rejected.validate(full=True)
    return Read(
        [
            {name: plain(row[name], batch.events.schema.field(name).type) for name in row}
            for batch in batches
            for row in batch.events.to_pylist()
        ],
        [row for batch in batches for row in batch.rejected.to_pylist()],
        len(batches),
        {field.name: field.type for batch in batches[:1] for field in batch.events.schema},
    )


def read_bytes(
    folder: Path, name: str, content: bytes, paths: Collection[tuple[str, ...]] = EVERYTHING
) -> Read:
    return read_file(written(folder, name, content), paths)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / "2026-01-02" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def plain(value: Any, type_: pa.DataType) -> Any:
    """Return a cell as JSON knows it, whatever column it comes from."""
    if value is None:
        return None
    return json.loads(value) if isinstance(type_, pa.JsonType) else without_missing(value)


def without_missing(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_missing(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_missing(item) for item in value]
    return value
