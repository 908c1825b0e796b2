"""Private values taken out of what is told: one place for texts, one for columns."""

from __future__ import annotations

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
    spelled = {each for value in values for each in _spellings(value)}
    for spelling in sorted(spelled, key=len, reverse=True):
        if spelling.casefold()[:_BEGINNING] in folded:
            text = re.sub(_pattern(spelling), HIDDEN, text, flags=re.IGNORECASE)
    return text


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


def _pattern(spelling: str) -> str:
    """Match a spelling; of a long one also its beginning, with all up to where it is cut."""
    whole = re.escape(spelling)
    if len(spelling) < _WORD:
        return rf"(?<!\w){whole}(?!\w)"
    if len(spelling) > _BEGINNING:
        return rf"{whole}|{re.escape(spelling[:_BEGINNING])}[^'\"…]*…?"
    return whole
