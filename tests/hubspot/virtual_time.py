"""Time that passes only when every task waits for it, so that no test has to."""

import asyncio
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any

from hubspot_pipeline.hubspot.limit_stores import LimitStoreBusy

START = 1_760_000_000.0
_SETTLING_ROUNDS = 20


class VirtualTime:
    """A clock and a sleep for the code under test, and the one who moves them."""

    def __init__(self) -> None:
        self.now = START
        self.set_back = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    @property
    def elapsed(self) -> float:
        return self.now - START

    def clock(self) -> float:
        """What the clock on the wall shows, right or wrong."""
        return self.now - self.set_back

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken

    async def settle(self) -> None:
        """Let every task run until it waits for time to pass, or is done."""
        for _ in range(_SETTLING_ROUNDS):
            await asyncio.sleep(0)

    async def run(self, *work: Coroutine[Any, Any, Any]) -> None:
        """Run the work to its end, however long it sleeps."""
        tasks = [asyncio.ensure_future(one) for one in work]
        await self.settle()
        while not all(task.done() for task in tasks):
            await self.pass_to_next()
        for task in tasks:
            task.result()

    async def pass_to_next(self) -> None:
        """Move time to the next one who wakes."""
        at, _, woken = heapq.heappop(self._sleepers)
        self.now = max(self.now, at)
        if not woken.done():
            woken.set_result(None)
        await self.settle()


class MemoryStore:
    """A store that several limiters of a test share, and that can be made to fail."""

    def __init__(self, time: VirtualTime) -> None:
        self.text = ""
        self.calls = 0
        self.is_busy = False
        self.swaps_to_lose = 0
        self._time = time

    async def read(self) -> tuple[str, float]:
        self.calls += 1
        if self.is_busy:
            raise LimitStoreBusy("the disk is asleep")
        return self.text, self._time.clock()

    async def swap(self, old: str, new: str) -> bool:
        await asyncio.sleep(0)  # a server's answer takes a while: others may come first
        if self.swaps_to_lose:
            self.swaps_to_lose -= 1
            return False
        if self.text != old:
            return False
        self.text = new
        return True

    async def aclose(self) -> None:
        pass
