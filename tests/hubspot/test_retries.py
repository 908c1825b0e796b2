"""Which failures are tried again, and after how long."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from hubspot_pipeline.hubspot.errors import (
    DailyLimitReached,
    HubSpotError,
    MigrationInProgress,
    Unavailable,
)
from hubspot_pipeline.hubspot.retries import (
    Patience,
    RetrySettings,
    TryAgain,
    failure_from_answer,
    retry_after_seconds,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BURST = {
    "status": "error",
    "message": "You have reached your ten_secondly_rolling limit.",
    "errorType": "RATE_LIMIT",
    "policyName": "TEN_SECONDLY_ROLLING",
}
DAILY = {
    "status": "error",
    "message": "You have reached your daily limit.",
    "errorType": "RATE_LIMIT",
    "policyName": "DAILY",
}
SECONDLY = {
    "status": "error",
    "message": "You have reached your secondly limit.",
    "category": "RATE_LIMITS",
}


def failure(status: int, body: Any = None, **headers: str) -> HubSpotError | TryAgain:
    content = b"<html>busy</html>" if body is None else orjson.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure_from_answer(status, content, named, wall_clock=lambda: NOW)


def again(status: int, body: Any = None, **headers: str) -> TryAgain:
    got = failure(status, body, **headers)
    assert isinstance(got, TryAgain)
    return got


class TestStatuses:
    @pytest.mark.parametrize("status", [408, 500, 502, 503, 504, *range(520, 528), 530])
    def test_an_outage_is_tried_again_and_may_have_been_applied(self, status: int) -> None:
        got = again(status)
        assert got.wait is None
        assert got.error.maybe_applied

    def test_an_outage_waits_as_long_as_it_is_asked_to(self) -> None:
        assert again(503, retry_after="7").wait == 7

    def test_a_lock_waits_two_seconds_and_was_not_applied(self) -> None:
        got = again(423, {"message": "locked"})
        assert got.wait == 2
        assert not got.error.maybe_applied

    def test_a_migration_says_when_to_come_back(self) -> None:
        got = failure(477, {"message": "migrating"}, retry_after="86400")
        assert isinstance(got, MigrationInProgress)
        assert got.retry_after == 86_400

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 414, 415])
    def test_a_final_answer_is_not_tried_again(self, status: int) -> None:
        assert isinstance(failure(status, {"message": "no"}), HubSpotError)


class TestRateLimits:
    @pytest.mark.parametrize("body", [BURST, {**BURST, "policyName": None}, {"message": "?"}, None])
    def test_a_burst_holds_everyone_back_for_the_window(self, body: Any) -> None:
        got = again(429, body)
        assert (got.wait, got.everyone) == (10, True)

    def test_the_window_is_the_one_that_the_headers_tell(self) -> None:
        assert again(429, BURST, x_hubspot_ratelimit_interval_milliseconds="4000").wait == 4

    def test_retry_after_goes_before_the_window(self) -> None:
        assert again(429, BURST, retry_after="3").wait == 3

    @pytest.mark.parametrize("body", [SECONDLY, {"policyName": "SECONDLY"}])
    def test_a_secondly_limit_holds_back_for_one_second(self, body: Any) -> None:
        assert again(429, body).wait == 1

    @pytest.mark.parametrize("body", [DAILY, {"message": DAILY["message"]}])
    def test_the_daily_limit_is_not_waited_for(self, body: Any) -> None:
        assert isinstance(failure(429, body), DailyLimitReached)

    def test_a_limited_call_was_not_applied(self) -> None:
        assert not again(429, BURST).error.maybe_applied


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("5", 5),
            ("0.5", 0.5),
            ("-3", 0),
            ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
            ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
            ("Sun, 01 Mar 2026 12:00:30 -0000", 30),
            ("soon", None),
            ("nan", None),
            ("inf", None),
            ("", None),
            (None, None),
        ],
    )
    def test_is_seconds_or_a_date(self, header: str | None, seconds: float | None) -> None:
        assert retry_after_seconds(header, NOW) == seconds


class TestPatience:
    settings = RetrySettings(total_seconds=60, jitter_seconds=0.5)

    def at(self, *times: float) -> Patience:
        clock = iter(times)
        return Patience("contacts/batch/upsert", self.settings, lambda: next(clock))

    def test_an_outage_waits_the_usual_growing_time(self) -> None:
        assert self.at(0).decide(TryAgain(Unavailable("busy"))) is True

    def test_a_known_wait_is_kept_and_spread(self) -> None:
        wait = self.at(0).decide(TryAgain(Unavailable("busy"), wait=7))
        assert 7 <= wait <= 7.5

    def test_the_time_runs_from_the_first_failure(self) -> None:
        patience = self.at(1_000, 1_060, 1_061)
        assert patience.decide(TryAgain(Unavailable("busy"))) is True
        assert patience.decide(TryAgain(Unavailable("busy"))) is True
        assert patience.decide(TryAgain(Unavailable("busy"))) is False

    def test_a_wait_longer_than_the_time_left_is_not_begun(self) -> None:
        assert self.at(0).decide(TryAgain(Unavailable("busy"), wait=61)) is False

    def test_a_final_error_ends_it(self) -> None:
        assert self.at(0).decide(HubSpotError("no")) is False
