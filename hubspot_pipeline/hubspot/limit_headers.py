"""What HubSpot's response headers tell of the account's limits; any of them may be missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_WINDOW_MILLISECONDS = 10_000


@dataclass(frozen=True, slots=True)
class DailyQuota:
    """The account's calls a day, and those left; OAuth apps are not told (hubspot-api §8.3)."""

    limit: int | None
    remaining: int


@dataclass(frozen=True, slots=True)
class ToldLimits:
    """The limits that one answer tells.

    Attributes:
        daily: the account's daily quota.
        burst: the most calls in 10 s, whatever the interval that the answer counts in.
        counted: the calls that HubSpot counted in the last 10 s, this one included.
    """

    daily: DailyQuota | None
    burst: int | None
    counted: int | None = None


def read_limits(headers: Mapping[str, str]) -> ToldLimits:
    """The limits that these headers tell (hubspot-api §8.3)."""
    remaining = _number(headers.get("x-hubspot-ratelimit-daily-remaining"))
    limit = _number(headers.get("x-hubspot-ratelimit-daily"))
    maximum = _number(headers.get("x-hubspot-ratelimit-max"))
    interval = _number(headers.get("x-hubspot-ratelimit-interval-milliseconds"))
    left = _number(headers.get("x-hubspot-ratelimit-remaining"))
    interval = interval or _WINDOW_MILLISECONDS
    burst = (maximum or 0) * _WINDOW_MILLISECONDS // interval
    is_known = maximum and left is not None and interval == _WINDOW_MILLISECONDS
    return ToldLimits(
        daily=None if remaining is None else DailyQuota(limit, remaining),
        burst=burst or None,
        counted=max(0, (maximum or 0) - (left or 0)) if is_known else None,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() else None
