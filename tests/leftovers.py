"""Every byte that runs leave below a folder, as texts in which words can be searched."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow.parquet as pq


def texts_in(folder: Path, besides: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the texts of all files below a folder by name, compressed ones unpacked.

    Args:
        folder: The folder.
        besides: What the names of files begin with that are left out.
    """
    texts = {}
    for file in folder.rglob("*"):
        name = str(file.relative_to(folder))
        if file.is_file() and not name.startswith(besides):
            texts[name] = _text(file)
    return texts


def found(texts: Mapping[str, str], words: Iterable[str]) -> list[str]:
    """Return where words are, in any case, with what stands around them."""
    return [
        f"{name}: …{text[max(0, at - 100) : at + 100]}…"
        for name, text in texts.items()
        for word in words
        if (at := text.lower().find(word.lower())) >= 0
    ]


def _text(file: Path) -> str:
    if file.suffix == ".parquet":
        with pq.ParquetFile(file) as parquet:
            return json.dumps(
                [parquet.read().to_pylist(), str(parquet.metadata.metadata)], default=str
            )
    content = file.read_bytes()
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    return content.decode(errors="replace")
