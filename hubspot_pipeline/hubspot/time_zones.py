"""The account's time zone, in which its days begin, and moments told in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_AFTER_MIDNIGHT = timedelta(minutes=2)


def zone_of(details: Mapping[str, Any]) -> tzinfo:
    """The zone that account details tell (hubspot-api §7.6).

    By name; by its present offset where this machine does not know the name.
    """
    zone = zone_named(str(details.get("timeZone") or ""))
    if zone is not None:
        return zone
    offset = details.get("utcOffsetMilliseconds")
    milliseconds = offset if isinstance(offset, int) else 0
    return timezone(timedelta(milliseconds=milliseconds))


def zone_named(name: str) -> tzinfo | None:
    """The zone of this name, if this machine knows it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def next_day(now: datetime, zone: tzinfo) -> datetime:
    """When the account's next day has begun, and its daily quota with it (hubspot-api §8.1).

    Two minutes after midnight: neither a clock that is a little ahead of HubSpot's, nor an answer
    given just before the day's end, may make it a day later.
    """
    tomorrow = (now.astimezone(zone) - _AFTER_MIDNIGHT).date() + timedelta(days=1)
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone) + _AFTER_MIDNIGHT


def tell(moment: datetime) -> str:
    """A moment in UTC, and where it was given in another zone in that, too."""
    in_utc = f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    if moment.tzinfo is UTC:
        return in_utc
    return f"{in_utc} ({moment:%Y-%m-%d %H:%M} {moment.tzinfo})"
