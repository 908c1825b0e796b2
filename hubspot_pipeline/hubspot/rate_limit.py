"""One rate limit for all processes of an account: strict rolling windows on a shared store."""

import asyncio
import random
import time
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self, TypeVar

from hubspot_pipeline.hubspot.limit_stores import (
    LimitStore,
    LimitStoreBusy,
    LimitStoreError,
    open_limit_store,
)
from hubspot_pipeline.hubspot.rolling_windows import (
    Limit,
    Place,
    State,
    Window,
    calls_of_others,
    is_news,
    pause,
    place_of,
    reserve,
    see_others,
    see_refusal,
    tell,
)
from hubspot_pipeline.hubspot.standstill import COUNTED_BY_DAY, Day, Standstill, spend, tell_day
from hubspot_pipeline.hubspot.standstill import is_news as is_budget_news

__all__ = [
    "MARGIN_SECONDS",
    "Day",
    "Limit",
    "LimitStoreError",
    "Place",
    "RateLimiter",
    "Standstill",
    "open_rate_limiter",
]

MARGIN_SECONDS = 0.1
"""How much longer than HubSpot's the windows here are: calls reach HubSpot unevenly delayed.

It costs 1 % of ten seconds. On a busy machine, without a network, jitter took up to 40 ms of it
(`benchmarks/rate_limit.py`)."""

_PATIENCE_SECONDS = 30.0
_LONGEST_RETRY_SECONDS = 0.05

_Result = TypeVar("_Result")


def open_rate_limiter(
    url: str,
    account: str,
    limits: Sequence[Limit],
    *,
    margin_seconds: float = MARGIN_SECONDS,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
) -> "RateLimiter":
    """The limiter that this process shares with all others of the account (hubspot-api §8).

    Args:
        url: Where they meet: `sqlite:///path/to/file` on one machine, else `redis://host:port/0`
            or `postgresql+psycopg://user@host/database`.
        account: Whose limits these are. HubSpot counts calls by app and account, so two apps in
            one portal are two names here.
        limits: The account's limits; the same in all its processes.
        margin_seconds: By how much the windows are longer than the limits'.
        clock: The wall clock; only for an SQLite file, servers give their own time.
        sleep: Waits for so many seconds.

    Raises:
        LimitStoreError: The store's URL cannot be understood, or its file cannot be used.
    """
    store = open_limit_store(url, account, clock)
    widened = [
        replace(limit, window_seconds=limit.window_seconds + margin_seconds) for limit in limits
    ]
    return RateLimiter(store, widened, sleep=sleep)


class RateLimiter:
    """Gives each call its place in the account's rolling windows.

    Waiting calls stand in line within their process, and only the first of a line holds a place
    in the store. So processes take turns however many calls each has waiting, a call cancelled
    while it waits leaves its place to the next, and a process that is killed takes one place with
    it at most.
    """

    def __init__(
        self,
        store: LimitStore,
        limits: Sequence[Limit],
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._limits = {limit.name: limit for limit in limits}
        self._sleep = sleep
        self._lines: dict[tuple[Limit, ...], _Line] = {}
        self._told: dict[str, int] = {}
        self._last_seen = State()

    async def acquire(self, limits: Sequence[str]) -> Place | None:
        """Wait for a place in each of the named limits, taken together or not at all.

        Make the call right after: the place counts from now. None where nothing limits the call.

        Raises:
            Standstill: No call may be made now, whoever makes it, and waiting would take too long.
        """
        wanted = self._limited(limits)
        counted_by_day = not COUNTED_BY_DAY.isdisjoint(limits)
        if not wanted and not (counted_by_day and self._last_seen.day):
            return None
        line = self._lines.setdefault(wanted, _Line())
        async with line.turn:
            while True:
                now, line.held, place = await self._reserve(wanted, line.held, counted_by_day)
                if place is not None:
                    line.held = None
                    return place
                await self._sleep(line.held - now)

    async def pause(self, limits: Sequence[str], seconds: float) -> None:
        """Give nobody on the account a place in the named limits for so many seconds (a 429).

        Calls that already wait for a place wait on; unlimited limits do not pause.
        """
        refused = self._limited(limits)
        if not refused:
            return

        def change(state: State, now: float) -> tuple[None, State]:
            for limit in refused:
                state = see_refusal(state, limit, now)
            return None, pause(state, [limit.name for limit in refused], now, seconds)

        await self._change(change)

    async def lower(self, limit: str, maximum: int) -> None:
        """Keep everybody on the account to the maximum that HubSpot's headers tell.

        The latest word counts, but never above the configured maximum. Saying the same again
        costs nothing, so every response may be passed on.
        """
        if maximum < 1:
            raise ValueError(f"limit {limit!r} cannot be lowered to {maximum}: must be at least 1")
        if not self._limited([limit]) or self._told.get(limit) == maximum:
            return
        await self._change(lambda state, now: (None, tell(state, limit, now, maximum)))
        self._told[limit] = maximum

    async def count(self, limit: str, place: Place | None, calls: int) -> None:
        """Make room for others, where HubSpot counts more calls in a window than are ours.

        Every response may be passed on: while nobody else calls, this costs nothing.

        Args:
            limit: Whose window it is.
            place: That of the call that was answered.
            calls: How many HubSpot counts, that one included.
        """
        if place is None or limit not in place.taken:
            return
        known = self._limits[limit]
        # What this process last saw has no more of our calls than there are now: others that it
        # does not see are none.
        window, then = self._last_seen.windows.get(limit, Window()), self._last_seen.seen
        if not is_news(window, known, then, calls_of_others(window, known, then, place, calls)):
            return

        def change(state: State, now: float) -> tuple[None, State]:
            window = state.windows.get(limit, Window())
            others = calls_of_others(window, known, now, place, calls)
            return None, see_others(state, known, now, others)

        await self._change(change)

    async def budget(self, day: Day, place: Place | None) -> Day:
        """Let everybody on the account make no more than so many calls of today.

        While nobody else calls, and many are left, this costs nothing.

        Args:
            day: What an answer tells of it.
            place: That of the call that was answered.

        Returns:
            The day as all that was told until now makes it.
        """
        known = self._last_seen
        told = replace(day, told_at=known.seen)
        if known.day and not is_budget_news(known.day, told, _later(known, place)):
            return known.day

        def change(state: State, now: float) -> tuple[Day, State]:
            told = tell_day(state.day, replace(day, told_at=now), _later(state, place))
            return told, replace(state, day=told)

        return await self._change(change)

    async def close(self, seconds: float) -> None:
        """Keep everybody on the account from calling for so long (a 477)."""
        await self._change(
            lambda state, now: (
                None,
                replace(state, closed_until=max(state.closed_until, now + seconds)),
            )
        )

    async def aclose(self) -> None:
        """Close the store's connection; the account's state stays."""
        await self._store.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _limited(self, names: Sequence[str]) -> tuple[Limit, ...]:
        unknown = [name for name in names if name not in self._limits]
        if unknown:
            known = ", ".join(self._limits) or "none"
            raise ValueError(f"unknown limit {unknown[0]!r}: this limiter has {known}")
        return tuple(
            self._limits[name] for name in sorted(set(names)) if self._limits[name].maximum
        )

    async def _reserve(
        self, wanted: Sequence[Limit], held: float | None, counted_by_day: bool
    ) -> tuple[float, float, Place | None]:
        """The time now, the place reserved instead of `held`, and that place if it is due."""

        def change(state: State, now: float) -> tuple[tuple[float, float, Place | None], State]:
            if now < state.closed_until:
                raise Standstill("migration", state.closed_until)
            at, state = reserve(state, wanted, now, held) if wanted else (now, state)
            is_due = at <= now
            if counted_by_day:  # once a call, though its place is reserved again when it is due
                state = replace(state, day=spend(state.day, now, 1 if is_due else 0))
            return (now, at, place_of(state, wanted, at) if is_due else None), state

        return await self._change(change)

    async def _change(self, change: Callable[[State, float], tuple[_Result, State]]) -> _Result:
        """Change the account's state; again from the start while other processes are quicker."""
        waited, delay = 0.0, 0.001
        while True:
            try:
                old, now = await self._store.read()
                result, new = change(State.from_json(old), now)
                if await self._store.swap(old, new.to_json()):
                    self._last_seen = new
                    return result
                reason = "other processes keep changing it"
            except LimitStoreBusy as busy:
                reason = str(busy)
            if waited > _PATIENCE_SECONDS:
                raise LimitStoreError(
                    f"The rate limiter waited {waited:.0f} s for its store: {reason}. Check that"
                    " the store is up and that nothing holds it locked, then run again."
                )
            pause_seconds = random.uniform(delay / 2, delay)  # noqa: S311 -- spreads retries, no secret
            await self._sleep(pause_seconds)
            waited, delay = waited + pause_seconds, min(delay * 2, _LONGEST_RETRY_SECONDS)


def _later(state: State, place: Place | None) -> int:
    """How many calls that the day counts have had their place since this one."""
    if place is None:
        return 0
    windows = [state.windows[name] for name in COUNTED_BY_DAY if name in state.windows]
    return sum(
        bisect_right(window.taken, state.seen) - bisect_right(window.taken, place.at)
        for window in windows
    )


@dataclass(slots=True)
class _Line:
    """The calls of this process that wait for the same limits, and the place of the first."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    held: float | None = None
