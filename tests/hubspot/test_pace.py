"""How long calls take is what the limiter itself would make them wait."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.pace import Pace
from hubspot_pipeline.hubspot.rate_limit import MARGIN_SECONDS, Limit, RateLimiter
from tests.hubspot.virtual_time import MemoryStore, VirtualTime

LIMITS = (
    Limit("burst", 5, 10.0),
    Limit("search", 2, 1.0),
    Limit("associations", 3, 10.0),
    Limit("events", 0, 1.0),
)
KINDS = st.sampled_from([("burst",), ("search",), ("associations",), ("events",)])


@given(calls=st.lists(KINDS, min_size=1, max_size=25))
def test_the_limiter_lets_calls_through_in_just_that_time(calls: list[tuple[str, ...]]) -> None:
    pace = Pace(LIMITS)
    for limits in calls:
        pace.take(limits)
    time = VirtualTime()
    widened = [
        replace(limit, window_seconds=limit.window_seconds + MARGIN_SECONDS) for limit in LIMITS
    ]
    limiter = RateLimiter(MemoryStore(time), widened, sleep=time.sleep)

    async def one_after_the_other() -> None:
        for limits in calls:
            await limiter.acquire(limits)

    asyncio.run(time.run(one_after_the_other()))
    assert pace.seconds == pytest.approx(time.elapsed, abs=1e-3)


def test_a_window_full_of_calls_takes_less_than_a_window() -> None:
    pace = Pace(LIMITS)
    for _ in range(5):
        pace.take(("burst",))
    assert pace.seconds < 10


def test_calls_beyond_a_window_wait_for_the_next() -> None:
    pace = Pace(LIMITS)
    for _ in range(11):
        pace.take(("burst",))
    assert 20 <= pace.seconds < 23


def test_calls_that_no_limit_counts_take_no_time() -> None:
    pace = Pace(LIMITS)
    for _ in range(1_000):
        pace.take(("events",))
    assert pace.seconds == 0
