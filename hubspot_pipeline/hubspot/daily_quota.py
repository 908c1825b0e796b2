"""The account's daily quota: how much of it is ours, and when it begins anew."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import (
    DailyLimitReached,
    HubSpotError,
    MigrationInProgress,
    TryLaterError,
)
from hubspot_pipeline.hubspot.limit_headers import DailyQuota
from hubspot_pipeline.hubspot.limiter import RateLimiter
from hubspot_pipeline.hubspot.rolling_windows import Place
from hubspot_pipeline.hubspot.routes import Route
from hubspot_pipeline.hubspot.single_flight import SingleFlight
from hubspot_pipeline.hubspot.standstill import COUNTED_BY_DAY, Day, Standstill
from hubspot_pipeline.hubspot.time_zones import next_day, zone_named, zone_of

logger = logging.getLogger(__name__)

UNTOLD_CALLS = 1_000
"""After so many answers without a word of the daily quota the account is asked for it."""

UNKNOWN_SECONDS = 3_600.0
"""How long to wait for what nobody says the end of."""

_NEAR = 50
"""The time zone is asked for when less than one in so many of the day's calls is left to us,"""

_NEAR_CALLS = 10
"""or fewer than so many."""


class Today:
    """What one client knows of the account's day; what matters it tells to all processes.

    Attributes:
        quota: the day's calls, once an answer told them.
        zone: the account's time zone, once its details have been read.

    Args:
        limiter: which the processes share.
        percent_for_others: this much of the daily quota is left to other apps.
        details: the endpoint of the account's details.
        usage: the endpoint of the day's usage; None for an app that has no daily quota.
        ask: calls an endpoint.
        wall_clock: the time of day.
    """

    def __init__(
        self,
        limiter: RateLimiter,
        percent_for_others: int,
        details: Route,
        usage: Route | None,
        ask: Callable[[Route], Coroutine[Any, Any, Mapping[str, Any]]],
        wall_clock: Callable[[], datetime],
    ) -> None:
        self.quota: DailyQuota | None = None
        self.zone: tzinfo | None = None
        self._limiter = limiter
        self._percent = percent_for_others
        self._details = details
        self._usage = usage
        self._ask = ask
        self._wall_clock = wall_clock
        self._untold = 0
        self._asking = SingleFlight()
        self._has_asked = False

    async def note(self, route: Route, told: DailyQuota | None, place: Place | None) -> None:
        """Take note of what an answer tells, and ask for it where answers tell nothing."""
        if told is not None:
            self._untold = 0
            await self._tell(told, place, ask=route != self._details)
        elif "burst" in route.limits and self._usage is not None and route != self._usage:
            self._untold += 1
            if self._untold >= UNTOLD_CALLS:
                self._untold = 0
                await self._ask_usage(self._usage)

    async def used_up(self, error: DailyLimitReached, route: Route, place: Place | None) -> None:
        """Tell everybody that HubSpot refuses more calls today, and the error when to go on.

        Where a limit has a daily quota of its own, only the error is told (hubspot-api §4.2).
        """
        now = self._wall_clock()
        ends_at = next_day(now, self.zone) if self.zone else None
        if error.retry_after is not None and ends_at is None:
            ends_at = now + timedelta(seconds=error.retry_after)
        if not COUNTED_BY_DAY.isdisjoint(route.limits):
            day = await self._limiter.budget(_day(0, ends_at), place)
            ends_at = ends_at or _end(day.until, day.zone)
        error.go_on_at = ends_at or now + timedelta(seconds=UNKNOWN_SECONDS)

    async def close(self) -> None:
        """Ends what is still under way."""
        await self._asking.close()

    def error(self, standstill: Standstill) -> TryLaterError:
        """What to say of a call that was not made."""
        error: TryLaterError
        if standstill.cause == "migration":
            error = MigrationInProgress("HubSpot is moving the account to another data centre.")
        else:
            error = DailyLimitReached(self._spent())
        later = self._wall_clock() + timedelta(seconds=UNKNOWN_SECONDS)
        error.go_on_at = _end(standstill.until, standstill.zone) or later
        return error

    def _spent(self) -> str:
        if not self._percent:
            return "The account's calls of today are used up."
        return (
            f"The account's calls of today are used up, but for the {self._percent} % that are "
            "kept for other apps."
        )

    async def _tell(self, told: DailyQuota, place: Place | None, *, ask: bool) -> None:
        self.quota = told
        limit = told.limit or 0
        left = told.remaining - limit * self._percent // 100
        is_near = told.remaining > 0 and left < max(limit // _NEAR, _NEAR_CALLS)
        if is_near and ask and self.zone is None and not self._has_asked:
            await self._asking.do("zone", self._ask_zone)
        ends_at = next_day(self._wall_clock(), self.zone) if self.zone else None
        await self._limiter.budget(_day(left, ends_at), place)

    async def _ask_zone(self) -> None:
        """Ask once for the account's time zone, while there are calls left to ask with."""
        try:
            self.zone = zone_of(await self._ask(self._details))
        except HubSpotError as error:
            logger.warning("The account does not tell its time zone: %s", error)
        self._has_asked = True

    async def _ask_usage(self, usage: Route) -> None:
        """Ask for the day's usage; what makes no sense tells nothing."""
        try:
            body = await self._ask(usage)
        except HubSpotError as error:
            logger.warning("The account does not tell its daily usage: %s", error)
            return
        for result in objects(body.get("results")):
            limit, used = result.get("usageLimit"), result.get("currentUsage")
            if isinstance(limit, int) and isinstance(used, int) and limit > 0:
                await self._tell(DailyQuota(limit, max(0, limit - used)), None, ask=True)
                return


def _day(left: int, ends_at: datetime | None) -> Day:
    if ends_at is None:
        return Day(left, 0.0)
    return Day(left, 0.0, ends_at.timestamp(), str(ends_at.tzinfo))


def _end(until: float | None, zone: str | None) -> datetime | None:
    if until is None:
        return None
    return datetime.fromtimestamp(until, zone_named(zone or "") or UTC)
