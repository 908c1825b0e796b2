"""The limiter where others make calls in the same window, in virtual time."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from hubspot_pipeline.hubspot.rate_limit import Limit, RateLimiter
from hubspot_pipeline.hubspot.rolling_windows import (
    OTHERS_REMEMBERED_SECONDS,
    Place,
    State,
    see_others,
)
from tests.hubspot.virtual_time import MemoryStore, VirtualTime

MAXIMUM = 100
BURST = Limit("burst", MAXIMUM, 10.1)
SETTLED = 20.0
END = 80.0


class Portal:
    """HubSpot's side of a window: a strict log, in which refused calls count as well."""

    def __init__(self, virtual: VirtualTime) -> None:
        self._virtual = virtual
        self._window: deque[float] = deque()
        self.answers: list[tuple[str, float, bool]] = []

    def take(self, who: str) -> tuple[bool, int]:
        """Whether a call is accepted, and how many calls the window holds with it."""
        now = self._virtual.elapsed
        while self._window and self._window[0] <= now - 10:
            self._window.popleft()
        accepted = len(self._window) < MAXIMUM
        self._window.append(now)
        self.answers.append((who, now, accepted))
        return accepted, min(MAXIMUM, len(self._window))

    def refused(self, since: float) -> int:
        """How many calls were refused."""
        return sum(not accepted for _, at, accepted in self.answers if at >= since)

    def calls_in_10_seconds(self) -> Counter[str]:
        """How many calls each made in any 10 seconds, on average, once all had settled."""
        settled = Counter(who for who, at, _ in self.answers if SETTLED <= at < END)
        return Counter({who: round(n * 10 / (END - SETTLED)) for who, n in settled.items()})


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def store(virtual: VirtualTime) -> MemoryStore:
    return MemoryStore(virtual)


@pytest.fixture
def portal(virtual: VirtualTime) -> Portal:
    return Portal(virtual)


class Ours:
    """A process that makes as many calls as it may, several at a time."""

    def __init__(self, store: MemoryStore, virtual: VirtualTime, portal: Portal) -> None:
        self._limiter = RateLimiter(store, [BURST], sleep=virtual.sleep)
        self._virtual = virtual
        self._portal = portal
        self._chance = random.Random(7)

    async def work(self, tasks: int = 8) -> None:
        await asyncio.gather(*(self._calls() for _ in range(tasks)))

    async def _calls(self) -> None:
        while self._virtual.elapsed < END:
            place = await self._limiter.acquire(["burst"])
            await self._virtual.sleep(self._chance.uniform(0.02, 0.06))
            accepted, counted = self._portal.take("ours")
            await self._virtual.sleep(self._chance.uniform(0.1, 1.0))
            await self._limiter.count("burst", place, counted)
            if not accepted:
                await self._limiter.pause(["burst"], 10)


async def steadily(virtual: VirtualTime, portal: Portal, calls: int) -> None:
    """Others make so many calls in 10 seconds, evenly."""
    while virtual.elapsed < END:
        await virtual.sleep(10 / calls)
        portal.take("others")


async def at_once(virtual: VirtualTime, portal: Portal, calls: int) -> None:
    """Others make so many calls in 10 seconds, all at the same time."""
    while virtual.elapsed < END:
        await virtual.sleep(10)
        for _ in range(calls):
            portal.take("others")


@pytest.mark.parametrize(
    ("habit", "calls", "processes"),
    [(steadily, 30, 1), (steadily, 60, 3), (at_once, 10, 3), (at_once, 50, 1)],
)
async def test_others_and_we_use_nearly_all_of_the_limit_and_nobody_is_refused(
    virtual: VirtualTime,
    store: MemoryStore,
    portal: Portal,
    habit: Callable[..., Coroutine[Any, Any, None]],
    calls: int,
    processes: int,
) -> None:
    ours = [Ours(store, virtual, portal).work() for _ in range(processes)]
    await virtual.run(*ours, habit(virtual, portal, calls))
    assert portal.refused(since=SETTLED) == 0
    used = portal.calls_in_10_seconds()
    assert used["others"] == calls
    assert used.total() >= 0.9 * MAXIMUM


@pytest.mark.parametrize("processes", [1, 3])
async def test_alone_we_use_all_of_the_limit(
    virtual: VirtualTime, store: MemoryStore, portal: Portal, processes: int
) -> None:
    ours = [Ours(store, virtual, portal).work() for _ in range(processes)]
    await virtual.run(*ours)
    assert portal.refused(since=0) == 0
    assert portal.calls_in_10_seconds()["ours"] >= 0.98 * MAXIMUM


async def test_when_others_are_gone_their_room_is_used_again(
    virtual: VirtualTime, store: MemoryStore, portal: Portal
) -> None:
    async def for_a_while() -> None:
        for _ in range(30):
            await virtual.sleep(0.3)
            portal.take("others")

    await virtual.run(Ours(store, virtual, portal).work(), for_a_while())
    late = [at for who, at, _ in portal.answers if who == "ours" and END - 20 <= at < END]
    assert len(late) >= 0.98 * 2 * MAXIMUM


async def test_two_who_share_nothing_but_the_app_both_go_on(
    virtual: VirtualTime, portal: Portal
) -> None:
    apart = [Ours(MemoryStore(virtual), virtual, portal) for _ in range(2)]
    await virtual.run(apart[0].work(), apart[1].work())
    assert portal.refused(since=40) == 0
    assert portal.calls_in_10_seconds()["ours"] >= 0.9 * MAXIMUM


async def test_a_count_that_is_all_ours_costs_nothing(
    virtual: VirtualTime, store: MemoryStore
) -> None:
    limiter = RateLimiter(store, [BURST], sleep=virtual.sleep)
    place = await limiter.acquire(["burst"])
    before = store.calls
    await limiter.count("burst", place, 1)
    assert store.calls == before


async def test_a_call_that_nothing_limits_tells_of_nobody(
    virtual: VirtualTime, store: MemoryStore
) -> None:
    limiter = RateLimiter(store, [Limit("burst", 0, 10.0)], sleep=virtual.sleep)
    place = await limiter.acquire(["burst"])
    await limiter.count("burst", place, 90)
    assert (place, store.calls) == (None, 0)


async def test_calls_of_another_of_our_processes_are_not_others(
    virtual: VirtualTime, store: MemoryStore
) -> None:
    one, two = (RateLimiter(store, [BURST], sleep=virtual.sleep) for _ in range(2))
    await virtual.run(*(two.acquire(["burst"]) for _ in range(5)), virtual.sleep(1))
    place = await one.acquire(["burst"])
    assert place == Place(virtual.now, {"burst": 6})
    await one.count("burst", place, 6)
    assert State.from_json(store.text).windows["burst"].others == 0
    await one.count("burst", place, 46)
    assert State.from_json(store.text).windows["burst"].others == 40


async def test_a_refused_search_tells_how_many_others_search(
    virtual: VirtualTime, store: MemoryStore
) -> None:
    search = Limit("search", 5, 1.1)
    limiter = RateLimiter(store, [search], sleep=virtual.sleep)
    made: list[float] = []

    async def searches() -> None:
        for _ in range(4):
            await limiter.acquire(["search"])
            made.append(round(virtual.elapsed, 2))

    await virtual.run(searches())
    await limiter.pause(["search"], 1.0)  # HubSpot counts five or more, and four are ours
    assert State.from_json(store.text).windows["search"].others == 1
    made.clear()
    await virtual.run(searches())
    assert made[3] - made[0] == pytest.approx(1.1), "two of the five places are kept free"


def test_the_most_of_late_is_remembered_and_then_forgotten() -> None:
    state = see_others(State(), BURST, 1_000.0, 30)
    state = see_others(state, BURST, 1_005.0, 10)
    assert state.windows["burst"].others == 30
    state = see_others(state, BURST, 1_000 + OTHERS_REMEMBERED_SECONDS, 10)
    window = state.windows["burst"]
    assert (window.others, window.others_before) == (10, 30)
    state = see_others(state, BURST, 1_000 + 2 * OTHERS_REMEMBERED_SECONDS, 0)
    assert state.windows["burst"].others_before == 10
