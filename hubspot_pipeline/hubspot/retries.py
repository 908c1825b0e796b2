"""Which failed calls are worth another try, how long to wait first, and when to stop trying."""

from __future__ import annotations

import logging
import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

import stamina.instrumentation

from hubspot_pipeline.hubspot.error_answers import error_from_answer, parse_object
from hubspot_pipeline.hubspot.errors import (
    DailyLimitReached,
    HubSpotError,
    MigrationInProgress,
    Unavailable,
)

logger = logging.getLogger(__name__)
# Retries are told here, through logging; by default the library would print them as well.
stamina.instrumentation.set_on_retry_hooks(())

_WINDOW_SECONDS = 10.0
_LOCK_SECONDS = 2.0
_PERIOD = re.compile(r"(daily|ten_secondly_rolling|secondly) limit", re.IGNORECASE)
Period = Literal["daily", "secondly", "window"]


@dataclass(frozen=True, slots=True)
class RetrySettings:
    """How long one call is tried.

    Attributes:
        attempts: the most times that one call is sent, the first time included.
        total_seconds: no attempt starts later than this after the first failure.
        first_wait_seconds: the wait after the first failure; it doubles each time.
        longest_wait_seconds: what the doubled wait does not exceed.
        jitter_seconds: up to this much is added to each wait, at random.
    """

    attempts: int = 8
    total_seconds: float = 180.0
    first_wait_seconds: float = 1.0
    longest_wait_seconds: float = 30.0
    jitter_seconds: float = 1.0


_most_attempts: ContextVar[int | None] = ContextVar("most_attempts", default=None)


@contextmanager
def fewer_attempts(most: int) -> Iterator[None]:
    """Within it, a call is sent no more often than this, whatever the settings say."""
    before = _most_attempts.set(most)
    try:
        yield
    finally:
        _most_attempts.reset(before)


def attempts_of(settings: RetrySettings) -> int:
    """The most times that a call of here and now is sent."""
    most = _most_attempts.get()
    return settings.attempts if most is None else min(most, settings.attempts)


class TryAgain(Exception):  # noqa: N818 - an instruction, caught where it is raised
    """One attempt failed in a way that another may not.

    Attributes:
        error: what to raise if there is no other attempt.
        wait: seconds to wait before the next; None for the usual growing wait.
        everyone: whether all calls under the same rate limits must wait as long.
    """

    def __init__(
        self, error: Unavailable, *, wait: float | None = None, everyone: bool = False
    ) -> None:
        super().__init__(f"HTTP {error.status}" if error.status else "no answer")
        self.error = error
        self.wait = wait
        self.everyone = everyone


class Patience:
    """Decides for one call, failure by failure, whether there is time for another attempt.

    Args:
        route: the name of what is called, for the log.
        settings: the bounds.
        now: a clock in seconds that never goes back.
    """

    def __init__(self, route: str, settings: RetrySettings, now: Callable[[], float]) -> None:
        self._route = route
        self._settings = settings
        self._now = now
        self._first_failure: float | None = None

    def decide(self, failure: Exception) -> bool | float:
        """False to give up, True for the usual growing wait, or the seconds to wait."""
        if not isinstance(failure, TryAgain):
            return False
        now = self._now()
        if self._first_failure is None:
            self._first_failure = now
        wait = failure.wait
        if now - self._first_failure + (wait or 0.0) > self._settings.total_seconds:
            logger.info("%s: %s; no time is left to try again", self._route, failure)
            return False
        logger.info("%s: %s; tried again if attempts are left", self._route, failure)
        if wait is None:
            return True
        return wait + random.uniform(0, self._settings.jitter_seconds)  # noqa: S311 - no secret


def failure_from_answer(
    status: int,
    content: bytes,
    headers: Mapping[str, str],
    *,
    wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> HubSpotError | TryAgain:
    """What an answer outside 2xx means: a final error, or another try (hubspot-api §8.5, §9.3)."""
    error = error_from_answer(status, content, headers)
    asked = retry_after_seconds(headers.get("retry-after"), wall_clock())
    if status == 429:
        return _rate_limited(error, content, headers, asked)
    if status == 423:
        return TryAgain(
            Unavailable(error.message, error.facts, retry_after=asked, maybe_applied=False),
            wait=max(asked or 0.0, _LOCK_SECONDS),
        )
    if status == 477:
        return MigrationInProgress(error.message, error.facts, retry_after=asked)
    if status == 408 or status >= 500:
        return TryAgain(Unavailable(error.message, error.facts, retry_after=asked), wait=asked)
    return error


def retry_after_seconds(header: str | None, now: datetime) -> float | None:
    """The wait that a `Retry-After` header asks for, given as seconds or as an HTTP date."""
    if not header:
        return None
    seconds = _seconds(header)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _rate_limited(
    error: HubSpotError, content: bytes, headers: Mapping[str, str], asked: float | None
) -> HubSpotError | TryAgain:
    period = _period(content)
    if period == "daily":
        return DailyLimitReached(error.message, error.facts, retry_after=asked)
    usual = 1.0 if period == "secondly" else _window_seconds(headers)
    return TryAgain(
        Unavailable(error.message, error.facts, retry_after=asked, maybe_applied=False),
        wait=usual if asked is None else asked,
        everyone=True,
    )


def _period(content: bytes) -> Period:
    """Which limit a 429 speaks of: by its policy, else by its message (hubspot-api §8.4)."""
    body = parse_object(content) or {}
    policy = str(body.get("policyName") or "").lower()
    if policy not in {"daily", "secondly", "ten_secondly_rolling"}:
        named = _PERIOD.search(str(body.get("message") or ""))
        policy = named[1].lower() if named else ""
    if policy == "daily":
        return "daily"
    return "secondly" if policy == "secondly" else "window"


def _window_seconds(headers: Mapping[str, str]) -> float:
    interval = _seconds(headers.get("x-hubspot-ratelimit-interval-milliseconds"))
    return interval / 1_000 if interval else _WINDOW_SECONDS


def _seconds(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None
