"""The day's calls as all processes know them: no more than are left, nor fewer for long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.standstill import Day, Standstill, is_news, spend, tell_day, today

NOW = 1_760_000_000.0
ENDS = NOW + 50_000


@given(st.integers(-5, 30), st.integers(0, 5))
def test_so_many_calls_are_let_through_as_are_left_after_those_that_came_later(
    left: int, later: int
) -> None:
    day: Day | None = tell_day(None, Day(left, NOW, ENDS), later)
    for _ in range(max(0, left - later)):
        day = spend(day, NOW + 1, 1)
    with pytest.raises(Standstill) as stopped:
        spend(day, NOW + 1, 1)
    assert (stopped.value.cause, stopped.value.until) == ("day", ENDS)


def test_a_look_ahead_costs_nothing_but_is_refused_as_well() -> None:
    day = Day(1, NOW, ENDS)
    assert spend(day, NOW, 0) == day
    with pytest.raises(Standstill):
        spend(Day(0, NOW, ENDS), NOW, 0)


def test_what_was_told_ten_minutes_ago_lets_one_call_through() -> None:
    day: Day | None = Day(0, NOW, ENDS)
    assert spend(day, NOW + 600, 0) == day
    day = spend(day, NOW + 600, 1)
    with pytest.raises(Standstill):
        spend(day, NOW + 601, 1)


@pytest.mark.parametrize(
    ("day", "seconds"), [(Day(0, NOW, NOW + 10), 10), (Day(0, NOW, None), 3_600)]
)
def test_a_day_that_is_over_or_was_told_too_long_ago_stops_nobody(day: Day, seconds: float) -> None:
    assert today(day, NOW + seconds - 1) == day
    assert today(day, NOW + seconds) is None
    assert spend(day, NOW + seconds, 1) is None


def test_an_end_that_an_answer_does_not_know_stays_as_it_was_known() -> None:
    known = Day(9, NOW, ENDS, "US/Eastern")
    assert tell_day(known, Day(5, NOW + 1), 0) == Day(5, NOW + 1, ENDS, "US/Eastern")
    assert tell_day(known, Day(5, ENDS), 0) == Day(5, ENDS)


@pytest.mark.parametrize(
    ("known", "told", "later", "news"),
    [
        (None, Day(5, NOW), 0, True),
        (Day(5, NOW), Day(5, NOW), 0, False),
        (Day(5, NOW), Day(6, NOW), 1, False),
        (Day(5, NOW), Day(4, NOW), 0, True),
        (Day(5, NOW), Day(6, NOW), 0, True),
        (Day(0, NOW), Day(0, NOW), 0, True),
        (Day(5, NOW), Day(5, NOW, ENDS), 0, True),
        (Day(5, NOW, ENDS), Day(5, NOW, None), 0, False),
        (Day(100_000, NOW), Day(99_900, NOW), 0, True),
        (Day(100_000, NOW), Day(99_950, NOW), 0, False),
    ],
)
def test_what_is_news_is_what_changes_more_than_a_thousandth(
    known: Day | None, told: Day, later: int, news: bool
) -> None:
    assert is_news(known, told, later) is news
