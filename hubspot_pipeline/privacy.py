"""Private values taken out of what is told: one place for texts, one for columns."""

from __future__ import annotations

import hashlib
import html
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pyarrow as pa

from hubspot_pipeline.database import query

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "***"
"""What stands where a private value stood."""

_HASH_LETTERS = 12
_WORD = 4
"""A value shorter than this is taken for one only where it stands as a word of its own."""

_BEGINNING = 16
"""By so many letters a long value is known that was cut short."""


def redacted(text: str, values: Iterable[str]) -> str:
    """Return a text without the values, in whatever spelling an error message has them.

    In any case, escaped as JSON, Python, HTML or an address would, cut short, or the single members
    of ``A;B``. What HubSpot computes from a value is not known again.
    """
    folded = text.casefold()
    spelled = {
        each
        for value in values
        for each in _spellings(value)
        if each[:_BEGINNING].casefold() in folded
    }
    if not spelled:
        return text
    # Looked for everywhere, also within one that was found: two values may overlap.
    found = re.compile(f"(?=({'|'.join(map(_beginning, spelled))}))", re.IGNORECASE)
    kept, at = [], 0
    for match in found.finditer(text):
        if match.start() >= at:
            kept.append(text[at : match.start()])
        same = max(_same(text[match.start() :], each) for each in spelled)
        at = max(at, match.end(1), match.start() + same)
    return HIDDEN.join([*kept, text[at:]])


def without(told: Any, values: Iterable[str]) -> Any:
    """Return a JSON value without the values in its texts and keys."""
    hidden = list(values)
    if isinstance(told, str):
        return redacted(told, hidden)
    if isinstance(told, list):
        return [without(each, hidden) for each in told]
    if isinstance(told, dict):
        return {redacted(key, hidden): without(each, hidden) for key, each in told.items()}
    return told


def short_hashes(values: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Return ``#`` and the beginning of each text's SHA-256; null for null.

    The same value has the same hash everywhere. So whoever can guess a value can tell that it is
    this one; nobody can read it.
    """
    sql = f"SELECT '#' || sha256(text)[:{_HASH_LETTERS}] AS hash FROM rows"  # noqa: S608  # ours
    return query(sql, pa.table({"text": values}))["hash"]


def hashed_keys(keys: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Return keys with a SHA-256 in place of their last part; null for null.

    What stands before the last unit separator, such as the object type, is kept, and so is its
    order.
    """
    return query(_HASHED_KEYS, pa.table({"key": keys}))["key"]


_HASHED_KEYS = r"""
SELECT regexp_replace(key, '[^\x1f]*$', '') || sha256(regexp_extract(key, '[^\x1f]*$')) AS key
FROM rows
"""


def hashed(text: str) -> str:
    """Return what stands for a private text in a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def _spellings(value: str) -> Iterable[str]:
    for part in {value, *value.split(";")}:
        bare = part.strip()
        if bare:
            yield bare
            yield json.dumps(bare)[1:-1]
            yield json.dumps(bare, ensure_ascii=False)[1:-1]
            yield repr(bare)[1:-1]
            yield html.escape(bare)
            yield quote(bare)


def _beginning(spelling: str) -> str:
    """Match as much of a spelling as it is known by."""
    beginning = re.escape(spelling[:_BEGINNING])
    return rf"(?<!\w){beginning}(?!\w)" if len(spelling) < _WORD else beginning


def _same(text: str, other: str) -> int:
    """Return how many letters two texts begin alike with, whatever their case; 0 for too few."""
    pairs = zip(text, other, strict=False)
    end = min(len(text), len(other))
    same = next((at for at, (a, b) in enumerate(pairs) if a.lower() != b.lower()), end)
    return same if same >= min(_BEGINNING, len(other)) else 0
