"""What keeps all of an account's processes from calling until a certain time, and that time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Cause: TypeAlias = Literal["day", "migration"]

COUNTED_BY_DAY = frozenset({"burst", "search"})
"""The limits whose calls the daily quota counts (hubspot-api §8.2)."""

_TRUSTED_SECONDS = 600.0
_LONGEST_SECONDS = 3_600.0


class Standstill(Exception):  # noqa: N818 - a state that passes, not an error
    """No call may be made now.

    Attributes:
        cause: The day's calls are used up, or the account is being moved.
        until: When that is over, in seconds since the epoch, if that is known.
        zone: The name of the time zone in which the account's day ends, if that is known.
    """

    def __init__(self, cause: Cause, until: float | None = None, zone: str | None = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.until = until
        self.zone = zone


@dataclass(frozen=True, slots=True)
class Day:
    """The account's calls of today that are left to its processes together.

    Attributes:
        left: So many.
        told_at: When an answer last told, in seconds since the epoch.
        until: When the day ends, in seconds since the epoch, if that is known.
        zone: The name of the time zone in which it does, if that is known.
    """

    left: int
    told_at: float
    until: float | None = None
    zone: str | None = None


def today(day: Day | None, now: float) -> Day | None:
    """The day, unless it is over, or was told too long ago and nobody knows when it ends."""
    if day is None:
        return None
    until = day.told_at + _LONGEST_SECONDS if day.until is None else day.until
    return day if now < until else None


def tell_day(day: Day | None, told: Day, later: int) -> Day:
    """The day as an answer tells it.

    Args:
        day: What was known.
        told: What the answer tells; an end that it does not know stays as it was known.
        later: Calls of ours that were made since that of the answer, and that it may not count.
    """
    known = today(day, told.told_at)
    if told.until is None and known is not None:
        told = replace(told, until=known.until, zone=known.zone)
    return replace(told, left=told.left - later)


def is_news(day: Day | None, told: Day, later: int) -> bool:
    """Whether telling this changes anything that matters: a thousandth of what is left."""
    known = today(day, told.told_at)
    if known is None or (told.until is not None and told.until != known.until):
        return True
    left = told.left - later
    is_spent = min(left, known.left) <= 0
    return is_spent or abs(left - known.left) > min(left, known.left) // 1_000


def spend(day: Day | None, now: float, calls: int) -> Day | None:
    """The day with so many calls less; 0 for a look ahead.

    What was told ten minutes ago is doubted: one call is let through, for its answer to tell anew.

    Raises:
        Standstill: There are none left.
    """
    day = today(day, now)
    if day is None:
        return None
    if day.left > 0:
        return replace(day, left=day.left - calls)
    if now < day.told_at + _TRUSTED_SECONDS:
        raise Standstill("day", day.until, day.zone)
    return replace(day, told_at=now) if calls else day
