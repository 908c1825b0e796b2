"""What the page's charts are drawn from: calls by second, and the exact windows of each limit."""

import random

from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.evidence import Arrival, ArrivalLog
from hubspot_pipeline.simulator.page.charts import chart
from hubspot_pipeline.simulator.page.traffic import SHOWN_SECONDS, Recent
from hubspot_pipeline.simulator.settings import Limits

START = 1_800_000_000


def arrivals(*instants: float, app: str = "1", bucket: str = "burst") -> list[Arrival]:
    """Calls so many seconds after the start, all answered with 200."""
    return [
        Arrival(number, round(at * NANOSECONDS), "GET", "/", app=app, bucket=bucket, status=200)
        for number, at in enumerate((START + one for one in sorted(instants)), 1)
    ]


def recent(calls: list[Arrival], now: float) -> Recent:
    return Recent(calls, round((START + now) * NANOSECONDS))


class TestTraffic:
    def test_has_the_exact_peak_of_any_window(self) -> None:
        chance = random.Random(5)
        for _ in range(20):
            calls = arrivals(*(chance.uniform(0, 170) for _ in range(400)))
            log = ArrivalLog()
            log.arrivals = calls

            found = recent(calls, 175).of("burst", Limits(), ())

            assert found.peak == log.peak_in_window(10)

    def test_counts_what_came_shortly_before_the_first_second(self) -> None:
        calls = arrivals(0.5, 4.5, 9.5)

        found = recent(calls, SHOWN_SECONDS + 4).of("burst", Limits(), ())

        assert found.calls == 1  # only the last one is shown
        assert found.held[0] == 2  # the first two are in the window that ends there
        assert found.peak == 3

    def test_lets_a_call_count_for_precisely_the_windows_length(self) -> None:
        found = recent(arrivals(0, 10), 20).of("burst", Limits(), ())

        assert found.peak == 1

    def test_shows_the_app_that_came_nearest_to_its_limit(self) -> None:
        calls = sorted(
            [*arrivals(*range(5), app="private"), *arrivals(*range(8), app="oauth")],
            key=lambda one: one.at,
        )

        found = recent(calls, 20).of("burst", Limits(burst=5, oauth_burst=100), ["oauth"])

        assert (found.app, found.limit, found.peak) == ("private", 5, 5)
        assert found.calls == 13

    def test_leaves_refused_calls_out_of_the_window_where_they_do_not_count(self) -> None:
        calls = arrivals(1, 2, 3)
        calls[2].status, calls[2].over_limit = 429, True
        now = (START + 10) * NANOSECONDS

        assert Recent(calls, now).of("burst", Limits(), ()).peak == 3
        spared = Recent(calls, now, refused_calls_count=False).of("burst", Limits(), ())
        assert spared.peak == 2
        assert sum(counts["limited"] for counts in spared.answers) == 1

    def test_ends_with_the_last_call_if_that_is_long_ago(self) -> None:
        found = recent(arrivals(1), 10_000)

        assert found.first_second + SHOWN_SECONDS == START + 2
        assert found.idle_seconds == 9_999


class TestChart:
    def test_stacks_a_seconds_answers_in_one_order(self) -> None:
        calls = arrivals(1, 1.1, 1.2, 1.3)
        for call, status in zip(calls, (429, 200, 500, 207), strict=True):
            call.status = status

        drawn = chart(recent(calls, 5).of("burst", Limits(), ()), 760, (150, 84))

        (bar,) = drawn.bars
        assert [part.kind for part in bar.parts] == ["ok", "mixed", "limited", "failed"]
        tops = [part.y for part in bar.parts]
        assert tops == sorted(tops, reverse=True)

    def test_leaves_out_a_limit_that_is_far_above_all_values(self) -> None:
        few = chart(recent(arrivals(1), 5).of("burst", Limits(burst=100), ()), 760, (150, 84))
        near = chart(recent(arrivals(1), 5).of("burst", Limits(burst=4), ()), 760, (150, 84))

        assert few.window.limit is None
        assert near.window.limit is not None

    def test_is_empty_without_calls(self) -> None:
        drawn = chart(recent([], 5).of("search", Limits(), ()), 760, (150, 84))

        assert not drawn.bars
        assert drawn.words.startswith("0 calls in 3 minutes")
