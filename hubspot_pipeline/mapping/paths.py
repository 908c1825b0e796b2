"""Paths as the mapping language writes them, and the event fields they may begin with."""

from __future__ import annotations

import re

Path = tuple[str, ...]

EVENT_FIELDS = (
    "type", "event", "name", "userId", "anonymousId", "groupId", "messageId",
    "timestamp", "sentAt", "receivedAt", "traits", "properties", "context",
)  # fmt: skip
"""The keys of an event, as exports have them; a path that begins elsewhere finds nothing."""

WHOLE_EVENT: frozenset[Path] = frozenset((field,) for field in EVENT_FIELDS)

_SEPARATORS = re.compile(r"""\.|\[(?=[\d'"])|(?<=[\d'"])\]""", re.ASCII)
_QUOTES = str.maketrans("", "", "'\"")


def parse_path(text: str) -> Path:
    """The keys a path names; ``()`` is the whole payload (mappings §1, Paths).

    Splits on ``.``, on ``[`` before a digit or quote and on ``]`` after one; quotes are dropped, so
    a key that holds a dot cannot be reached, as in the original.
    """
    return tuple(part.translate(_QUOTES) for part in _SEPARATORS.split(text) if part)


def parse_rooted_path(text: str) -> Path:
    """A path as ``@path`` takes it: the first ``$.`` anywhere in it is dropped."""
    return parse_path(text.replace("$.", "", 1))
