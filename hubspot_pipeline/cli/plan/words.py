"""How plans say numbers, times and what would be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUTE, HOUR = 60, 3_600


def duration(seconds: float) -> str:
    """Return a time as people say it, such as ``< 1 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if not seconds:
        return "–"
    if seconds < 1:
        return "< 1 s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        minutes, rest = divmod(whole, MINUTE)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(whole // MINUTE, MINUTE)
    return f"{hours:,} h {rest} min" if rest else f"{hours:,} h"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a number with what it counts: ``1 record``, ``1,200 records``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """Return words as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def intention(creates: int, updates: int, events: int) -> str:
    """Return what delivering would do, after ``would``."""
    parts = [
        f"{verb} {counted(count, what)}"
        for count, verb, what in (
            (creates, "create", "record"),
            (updates, "change", "record"),
            (events, "send", "event"),
        )
        if count
    ]
    return listed(parts) or "change nothing"
