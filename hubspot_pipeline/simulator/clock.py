"""The simulator's time: it passes like the machine's, and can be moved and stopped."""

import asyncio
import threading
import time
from datetime import UTC, datetime

NANOSECONDS = 1_000_000_000
_LATEST = int(datetime(9000, 1, 1, tzinfo=UTC).timestamp()) * NANOSECONDS
"""As far as time goes: instants have years of four digits, even some time later."""


class Clock:
    """Time in nanoseconds since 1970, UTC; never goes backward.

    It begins at the machine's time, or at `start`.
    """

    def __init__(self, start: int | None = None) -> None:
        self._origin = (time.time_ns() if start is None else start) - time.monotonic_ns()
        self._moved = 0
        self._frozen_at: int | None = None
        self._lock = threading.Lock()
        self._sleepers: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def now(self) -> int:
        """The present, in nanoseconds since 1970."""
        frozen = self._frozen_at
        if frozen is not None:
            return frozen
        return self._origin + self._moved + time.monotonic_ns()

    @property
    def frozen(self) -> bool:
        """Whether time stands still until it is moved."""
        return self._frozen_at is not None

    def advance(self, seconds: float) -> None:
        """Move time forward; whoever sleeps by this clock wakes when due."""
        if not seconds >= 0:
            raise ValueError(f"time goes forward only, not by {seconds} seconds")
        if seconds * NANOSECONDS > _LATEST - self.now():
            raise ValueError(f"time ends with the year 8999, before {seconds} seconds are over")
        with self._lock:
            if self._frozen_at is None:
                self._moved += round(seconds * NANOSECONDS)
            else:
                self._frozen_at += round(seconds * NANOSECONDS)
        self._wake()

    def not_before(self, instant: int) -> None:
        """Move on to an instant (nanoseconds since 1970), unless it has passed already."""
        self.advance(max(0, instant - self.now()) / NANOSECONDS)

    def freeze(self) -> None:
        """Stop time; from here on only `advance` moves it."""
        with self._lock:
            if self._frozen_at is None:
                self._frozen_at = self._origin + self._moved + time.monotonic_ns()
        self._wake()

    def resume(self) -> None:
        """Let time pass again, from where it stopped."""
        with self._lock:
            if self._frozen_at is not None:
                self._moved = self._frozen_at - self._origin - time.monotonic_ns()
                self._frozen_at = None
        self._wake()

    async def sleep_until(self, due: int) -> None:
        """Wait until this clock shows an instant, in nanoseconds since 1970."""
        sleeper = (asyncio.get_running_loop(), asyncio.Event())
        self._sleepers.add(sleeper)
        try:
            while (left := due - self.now()) > 0:
                sleeper[1].clear()
                wait = None if self._frozen_at is not None else left / NANOSECONDS
                try:
                    await asyncio.wait_for(sleeper[1].wait(), wait)
                except TimeoutError:
                    continue
        finally:
            self._sleepers.discard(sleeper)

    def _wake(self) -> None:
        for loop, event in tuple(self._sleepers):
            loop.call_soon_threadsafe(event.set)


def iso(instant: int) -> str:
    """Nanoseconds since 1970 as HubSpot writes an instant: ``2024-08-15T17:09:13.648Z``."""
    return iso_milliseconds(instant // 1_000_000)


def iso_milliseconds(milliseconds: int) -> str:
    """Milliseconds since 1970 as HubSpot writes an instant."""
    seconds, rest = divmod(milliseconds, 1_000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}Z"
