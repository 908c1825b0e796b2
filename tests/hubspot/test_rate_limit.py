"""The limiter among the tasks of one process, and among several, in virtual time."""

import asyncio
from pathlib import Path

import pytest

from hubspot_pipeline.hubspot.rate_limit import (
    Limit,
    LimitStoreError,
    RateLimiter,
    open_rate_limiter,
)
from tests.hubspot.virtual_time import MemoryStore, VirtualTime

BURST = Limit("burst", 4, 10.0)
SEARCH = Limit("search", 2, 1.0)


@pytest.fixture
def virtual() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def store(virtual: VirtualTime) -> MemoryStore:
    return MemoryStore(virtual)


def limiter_on(store: MemoryStore, virtual: VirtualTime, *limits: Limit) -> RateLimiter:
    return RateLimiter(store, limits or (BURST, SEARCH), sleep=virtual.sleep)


@pytest.fixture
def limiter(store: MemoryStore, virtual: VirtualTime) -> RateLimiter:
    return limiter_on(store, virtual)


class Calls:
    """Calls made through limiters: who made them, and when."""

    def __init__(self, virtual: VirtualTime) -> None:
        self.virtual = virtual
        self.made: list[tuple[str, float]] = []

    async def make(self, limiter: RateLimiter, who: str, *limits: str) -> None:
        await limiter.acquire(limits or ("burst",))
        self.made.append((who, self.virtual.elapsed))

    @property
    def times(self) -> list[float]:
        return [round(at, 3) for _, at in self.made]


@pytest.fixture
def calls(virtual: VirtualTime) -> Calls:
    return Calls(virtual)


class TestAcquire:
    async def test_calls_beyond_the_limit_wait_for_the_window_to_roll(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "") for _ in range(10)))
        assert calls.times == [0, 0.25, 0.5, 0.75, 10, 10.25, 10.5, 10.75, 20, 20.25]

    async def test_tasks_of_a_process_are_served_in_order(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, str(number)) for number in range(10)))
        assert [who for who, _ in calls.made] == [str(number) for number in range(10)]

    async def test_a_call_in_two_limits_waits_for_both_at_once(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "", "burst", "search") for _ in range(5)))
        assert calls.times == [0, 0.25, 1, 1.25, 10]

    async def test_a_limit_named_twice_counts_once(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "", "burst", "burst") for _ in range(4)))
        assert calls.times == [0, 0.25, 0.5, 0.75]

    async def test_calls_of_another_limit_do_not_wait_in_the_same_line(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        bursts = [calls.make(limiter, "burst") for _ in range(5)]
        await virtual.run(*bursts, calls.make(limiter, "search", "search"))
        assert dict(calls.made)["search"] == pytest.approx(0, abs=0.01)

    @pytest.mark.parametrize("maximum", [0, None])
    async def test_an_unlimited_limit_costs_nothing(
        self, store: MemoryStore, virtual: VirtualTime, maximum: int | None
    ) -> None:
        limiter = limiter_on(store, virtual, Limit("burst", maximum, 10.0))
        await limiter.acquire(["burst"])
        await limiter.acquire([])
        await limiter.pause(["burst"], 5)
        await limiter.lower("burst", 5)
        assert store.calls == 0

    async def test_an_unknown_limit_is_named_beside_the_known_ones(
        self, limiter: RateLimiter
    ) -> None:
        with pytest.raises(ValueError, match=r"unknown limit 'bursts'.* burst, search"):
            await limiter.acquire(["bursts"])

    async def test_a_lost_swap_is_tried_again_and_takes_one_place_only(
        self, limiter: RateLimiter, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        store.swaps_to_lose = 3
        await virtual.run(*(calls.make(limiter, "") for _ in range(8)))
        assert calls.times[-1] == pytest.approx(10.75, abs=0.1)


class TestProcesses:
    async def test_take_turns_however_many_tasks_each_has_waiting(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        async def many(who: str, tasks: int) -> None:
            limiter = limiter_on(store, virtual)

            async def work() -> None:
                while virtual.elapsed < 100:
                    await calls.make(limiter, who)

            await asyncio.gather(*(work() for _ in range(tasks)))

        await virtual.run(many("one task", 1), many("thirty tasks", 30))
        before = [who for who, at in calls.made if at < 100]
        assert before.count("one task") == pytest.approx(before.count("thirty tasks"), abs=2)

    async def test_share_one_window(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        work = [calls.make(limiter_on(store, virtual), str(number)) for number in range(5)]
        await virtual.run(*work)
        assert calls.times[3] < 10 <= calls.times[4]

    async def test_one_that_dies_takes_one_place_with_it_at_most(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        dying = limiter_on(store, virtual)
        doomed = [asyncio.ensure_future(calls.make(dying, "dying")) for _ in range(20)]
        await virtual.settle()
        while len(calls.made) < 4:
            await virtual.pass_to_next()
        for task in doomed:  # as by SIGKILL: nothing of it runs any more, nothing is given back
            task.cancel()
        await virtual.settle()
        survivor = limiter_on(store, virtual)
        await virtual.run(*(calls.make(survivor, "survivor") for _ in range(4)))
        assert calls.times[4:] == [10.25, 10.5, 10.75, 20]


class TestPause:
    async def test_reaches_those_who_already_wait_for_a_place(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        limiter, other = limiter_on(store, virtual), limiter_on(store, virtual)

        async def pause() -> None:
            await virtual.sleep(5)
            await other.pause(["burst"], 20)

        await virtual.run(*(calls.make(limiter, "") for _ in range(6)), pause())
        assert calls.times == [0, 0.25, 0.5, 0.75, 25, 25.25]

    async def test_of_one_limit_leaves_the_others_alone(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await limiter.pause(["burst"], 20)
        await virtual.run(calls.make(limiter, "", "search"), calls.make(limiter, ""))
        assert calls.times == [0, 20]

    async def test_is_not_cut_short_by_a_shorter_one(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await limiter.pause(["burst"], 20)
        await limiter.pause(["burst"], 1)
        await virtual.run(calls.make(limiter, ""))
        assert calls.times == [20]


class TestLower:
    async def test_reaches_those_who_already_wait_for_a_place(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        limiter, other = limiter_on(store, virtual), limiter_on(store, virtual)

        async def lower() -> None:
            await virtual.sleep(5)
            await other.lower("burst", 1)

        await virtual.run(*(calls.make(limiter, "") for _ in range(6)), lower())
        assert calls.times == [0, 0.25, 0.5, 0.75, 10.75, 20.75]

    async def test_lasts_for_processes_that_come_later(
        self, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        await limiter_on(store, virtual).lower("burst", 1)
        late = limiter_on(store, virtual)
        await virtual.run(*(calls.make(late, "") for _ in range(2)))
        assert calls.times == [0, 10]

    async def test_never_raises_a_limit_above_what_is_configured(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await limiter.lower("burst", 1)
        await limiter.lower("burst", 1000)
        await virtual.run(*(calls.make(limiter, "") for _ in range(5)))
        assert calls.times == [0, 0.25, 0.5, 0.75, 10]

    async def test_saying_the_same_again_costs_nothing(
        self, limiter: RateLimiter, store: MemoryStore
    ) -> None:
        await limiter.lower("burst", 3)
        once = store.calls
        await limiter.lower("burst", 3)
        assert store.calls == once

    async def test_to_nothing_is_a_mistake(self, limiter: RateLimiter) -> None:
        with pytest.raises(ValueError, match="at least 1"):
            await limiter.lower("burst", 0)


class TestCancelling:
    async def test_a_waiting_call_leaves_its_place_to_the_next(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "") for _ in range(4)))
        impatient = asyncio.ensure_future(calls.make(limiter, "impatient"))
        patient = asyncio.ensure_future(calls.make(limiter, "patient"))
        await virtual.settle()
        impatient.cancel()
        while not patient.done():
            await virtual.settle()
            await virtual.pass_to_next()
        assert calls.made[-1] == ("patient", 10)
        assert impatient.cancelled()

    async def test_a_place_that_nobody_inherits_is_used_by_the_next_call_there_is(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "") for _ in range(4)))
        impatient = asyncio.ensure_future(calls.make(limiter, "impatient"))
        await virtual.settle()
        impatient.cancel()
        await virtual.settle()
        await virtual.run(*(calls.make(limiter, "") for _ in range(4)))
        assert calls.times[4:] == [10, 10.25, 10.5, 10.75]


class TestStore:
    async def test_that_is_busy_for_a_while_only_delays(
        self, limiter: RateLimiter, store: MemoryStore, virtual: VirtualTime, calls: Calls
    ) -> None:
        async def recover() -> None:
            await virtual.sleep(20)
            store.is_busy = False

        store.is_busy = True
        await virtual.run(calls.make(limiter, ""), recover())
        assert calls.times[0] == pytest.approx(20, abs=0.1)

    async def test_that_stays_busy_is_given_up_with_its_reason(
        self, limiter: RateLimiter, store: MemoryStore, virtual: VirtualTime
    ) -> None:
        store.is_busy = True
        with pytest.raises(LimitStoreError, match=r"waited 30 s .* the disk is asleep"):
            await virtual.run(limiter.acquire(["burst"]))

    async def test_margin_makes_every_window_longer(
        self, tmp_path: Path, virtual: VirtualTime, calls: Calls
    ) -> None:
        async with open_rate_limiter(
            f"sqlite:///{tmp_path}/limits.db",
            "portal",
            [Limit("burst", 2, 10.0)],
            margin_seconds=0.25,
            clock=virtual.clock,
            sleep=virtual.sleep,
        ) as limiter:
            await virtual.run(*(calls.make(limiter, "") for _ in range(3)))
        assert calls.times[-1] == 10.25

    async def test_clock_set_back_by_an_hour_keeps_nobody_waiting_for_it(
        self, limiter: RateLimiter, virtual: VirtualTime, calls: Calls
    ) -> None:
        await virtual.run(*(calls.make(limiter, "") for _ in range(4)))
        waiting = asyncio.ensure_future(calls.make(limiter, "waiting"))
        await virtual.settle()
        virtual.set_back = 3600
        await virtual.run(calls.make(limiter, "late"))
        assert waiting.done()
        assert calls.times[-1] < 2 * BURST.window_seconds
