"""HubSpot's rate limits, exactly: rolling windows as logs of arrivals, and daily quotas."""

from collections import deque
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hubspot_pipeline.simulator.answers import Headers, Refusal
from hubspot_pipeline.simulator.calls import ANYONE, Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.settings import Behaviour, Limits


@dataclass(frozen=True, slots=True)
class Bucket:
    """A limit that calls count in: what its rolling window is, and how it refuses (§8.2, §8.4).

    Attributes:
        seconds: How long the window is.
        shared: The whole account has one; otherwise each app has its own.
        variant: Which body its 429 has.
    """

    seconds: int
    shared: bool
    variant: str


BUCKETS = {
    "burst": Bucket(10, shared=False, variant="burst"),
    "search": Bucket(1, shared=True, variant="secondly"),
    "associations": Bucket(10, shared=False, variant="burst"),
    "events": Bucket(1, shared=True, variant="secondly"),
    "token": Bucket(10, shared=True, variant="token"),
}


def limit_of(bucket: str, limits: Limits, *, oauth: bool) -> int:
    """How many calls a bucket's window may hold; 0 if there is no limit."""
    limit = {
        "burst": limits.oauth_burst if oauth else limits.burst,
        "search": limits.search_per_second,
        "associations": limits.associations,
        "events": limits.events_per_second,
        "token": limits.token_endpoint,
    }[bucket]
    return limit or 0


class RollingWindow:
    """At most `limit` calls within any `seconds`: a strict sliding log."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.length = round(seconds * NANOSECONDS)
        self._calls: deque[int] = deque()

    def count(self, now: int) -> int:
        """How many calls the window that ends now holds."""
        calls = self._calls
        while calls and calls[0] <= now - self.length:
            calls.popleft()
        return len(calls)

    def add(self, now: int) -> None:
        """Count a call."""
        self._calls.append(now)

    def seconds_until_free(self, now: int) -> float:
        """How long until the window takes another call."""
        surplus = self.count(now) - self.limit
        return 0 if surplus < 0 else (self._calls[surplus] + self.length - now) / NANOSECONDS


class DailyQuota:
    """At most `limit` calls between two midnights of the account's time zone.

    Attributes:
        used: How many calls this day has had.
        resets_at: The account's next midnight, in nanoseconds since 1970.
    """

    def __init__(self, limit: int, zone: ZoneInfo) -> None:
        self.limit = limit
        self.used = 0
        self.resets_at = 0
        self._zone = zone

    def count(self, now: int) -> int:
        """How many calls this day has had."""
        if now >= self.resets_at:
            self.used = 0
            self.resets_at = self._end_after(now)
        return self.used

    def add(self, count: int = 1) -> None:
        """Count calls."""
        self.used += count

    def _end_after(self, now: int) -> int:
        today = datetime.fromtimestamp(now // NANOSECONDS, UTC).astimezone(self._zone).date()
        midnight = datetime.combine(self._day_after(today), datetime.min.time(), tzinfo=self._zone)
        return int(midnight.timestamp()) * NANOSECONDS

    def _day_after(self, today: date) -> date:
        return today + timedelta(days=1)


class MonthlyQuota(DailyQuota):
    """At most `limit` occurrences in a calendar month of the account's time zone."""

    def _day_after(self, today: date) -> date:
        return (today.replace(day=1) + timedelta(days=31)).replace(day=1)


class RateLimits:
    """All limits of one account: which a call counts in, and what the answer says of them.

    A call takes its place in all its limits or in none (hubspot-api §8).
    """

    def __init__(
        self, limits: Limits | None, behaviour: Behaviour, portal_id: int, time_zone: str
    ) -> None:
        self._behaviour = behaviour
        self._portal_id = portal_id
        self._zone = ZoneInfo(time_zone)
        self.set(limits)

    def set(self, limits: Limits | None) -> None:
        """Begin anew with these limits; what was counted is forgotten."""
        self.limits = limits or Limits(0, 0, 0, 0, 0, 0, 0, 0, 0)
        self._windows: dict[tuple[str, int], RollingWindow] = {}
        self._quotas: dict[str, DailyQuota] = {}

    def admit(self, bucket: str, caller: Caller, now: int) -> Headers:
        """Count a call and give the limit headers of its answer.

        Raises:
            Refusal: A limit is reached; the answer is 429.
        """
        window = self._window(bucket, caller)
        quota = self._quota(bucket, caller)
        over = window is not None and window.count(now) >= window.limit
        spent = quota is not None and quota.count(now) >= quota.limit
        if not (over or spent) or self._behaviour.rejected_calls_count:
            if window is not None:
                window.add(now)
            if quota is not None:
                quota.add()
        headers = self._headers(bucket, window, quota, now)
        if spent:
            raise Refusal(429, body_of_429("daily", caller, self._portal_id), headers)
        if over and window is not None:
            raise self._window_full(bucket, caller, window, headers, now)
        return headers

    def take_events(self, count: int, now: int) -> None:
        """Count occurrences of events; a call whose events are too many has none counted (§5.2).

        Raises:
            Refusal: The month has had its events; the answer is 429 (UNCONFIRMED, as is its body).
        """
        limit = self.limits.events_per_month
        if not limit:
            return
        quota = self._quotas.setdefault("events", MonthlyQuota(limit, self._zone))
        if quota.count(now) + count > limit:
            raise Refusal(429, body_of_429("monthly", ANYONE, self._portal_id))
        quota.add(count)

    def daily_usage(self, now: int) -> tuple[int, int, int]:
        """The private apps' daily quota: limit, used, and when it resets (nanoseconds)."""
        limit = self.limits.daily or 0
        quota = self._quotas.setdefault("daily", DailyQuota(limit, self._zone))
        return limit, quota.count(now), quota.resets_at

    def saved(self) -> Any:
        """How much of each day's or month's quota is used; windows of seconds are not kept."""
        return {name: [quota.used, quota.resets_at] for name, quota in self._quotas.items()}

    def restore(self, saved: Any) -> None:
        """Let this much of each quota be used."""
        own = self.limits
        quotas = {
            "daily": DailyQuota(own.daily or 0, self._zone),
            "associations": DailyQuota(own.associations_daily or 0, self._zone),
            "events": MonthlyQuota(own.events_per_month or 0, self._zone),
        }
        for name, (used, resets_at) in saved.items():
            quota = self._quotas[name] = quotas[name]
            quota.used, quota.resets_at = used, resets_at

    def _window(self, bucket: str, caller: Caller) -> RollingWindow | None:
        limit = limit_of(bucket, self.limits, oauth=caller.oauth)
        if not limit:
            return None
        app = 0 if BUCKETS[bucket].shared else caller.app_id
        window = self._windows.get((bucket, app))
        if window is None:
            window = RollingWindow(limit, BUCKETS[bucket].seconds)
            self._windows[bucket, app] = window
        return window

    def _quota(self, bucket: str, caller: Caller) -> DailyQuota | None:
        if caller.oauth or bucket in ("events", "token"):
            return None
        name = "associations" if bucket == "associations" else "daily"
        limit = self.limits.associations_daily if name == "associations" else self.limits.daily
        if not limit:
            return None
        if name not in self._quotas:
            self._quotas[name] = DailyQuota(limit, self._zone)
        return self._quotas[name]

    def _headers(
        self,
        bucket: str,
        window: RollingWindow | None,
        quota: DailyQuota | None,
        now: int,
    ) -> Headers:
        """§8.3: search, associations and events carry none; OAuth calls no daily ones."""
        headers: Headers = []
        if bucket != "burst":
            return headers
        if quota is not None:
            left = max(0, quota.limit - quota.used)
            headers += [
                ("X-HubSpot-RateLimit-Daily", str(quota.limit)),
                ("X-HubSpot-RateLimit-Daily-Remaining", str(left)),
            ]
        if window is not None:
            left = max(0, window.limit - window.count(now))
            headers += [
                ("X-HubSpot-RateLimit-Interval-Milliseconds", "10000"),
                ("X-HubSpot-RateLimit-Max", str(window.limit)),
                ("X-HubSpot-RateLimit-Remaining", str(left)),
                ("X-HubSpot-RateLimit-Secondly", str(window.limit // 10)),
                ("X-HubSpot-RateLimit-Secondly-Remaining", str(max(0, window.limit // 10 - 1))),
            ]
        return headers

    def _window_full(
        self, bucket: str, caller: Caller, window: RollingWindow, headers: Headers, now: int
    ) -> Refusal:
        """§8.4: a 429 has `errorType` or `category`, and may have no `policyName`."""
        seconds = str(max(1, -int(-window.seconds_until_free(now) // 1)))
        variant = BUCKETS[bucket].variant
        if variant == "token" or self._behaviour.retry_after_on_429:
            headers = [*headers, ("Retry-After", seconds)]
        return Refusal(429, body_of_429(variant, caller, self._portal_id), headers)


def body_of_429(variant: str, caller: Caller, portal_id: int) -> dict[str, Any]:
    """§8.4: burst, daily, secondly, monthly or token.

    Not all have `errorType`, `category` or `policyName`.
    """
    what = {"burst": "ten_secondly_rolling ", "token": "rate "}.get(variant, f"{variant} ")
    body: dict[str, Any] = {
        "status": "error",
        "message": f"You have reached your {what}limit.",
    }
    if variant in ("secondly", "monthly"):
        return body | {"category": "RATE_LIMITS"}
    if variant == "daily":
        return body | {"errorType": "RATE_LIMIT", "policyName": "DAILY", "requestId": ""}
    if variant == "burst":
        kind = "oauth-app" if caller.oauth else "private_app"
        group = f"publicapi:{kind}-api-calls-ten-secondly:{caller.app_id}:{portal_id}"
        named = {"policyName": "TEN_SECONDLY_ROLLING", "groupName": group}
        return body | {"errorType": "RATE_LIMIT", **named}
    return body
