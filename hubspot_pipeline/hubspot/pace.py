"""How long calls take under the account's limits, without waiting for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot.rate_limit import MARGIN_SECONDS
from hubspot_pipeline.hubspot.rolling_windows import Limit, State, reserve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Pace:
    """Gives calls their places in the limits' rolling windows, as the limiter would, in no time.

    Each call asks for its place when the one before it has got its own, and no call takes any time
    itself; nobody else calls.

    Attributes:
        seconds: When the last call got its place, counted from the first one's.
    """

    def __init__(self, limits: Iterable[Limit]) -> None:
        """Start with windows in which nothing is taken."""
        self.seconds = 0.0
        self._state = State()
        self._limits = {
            limit.name: replace(limit, window_seconds=limit.window_seconds + MARGIN_SECONDS)
            for limit in limits
            if limit.maximum
        }

    def take(self, limits: Sequence[str]) -> None:
        """Take the next place in each of these limits."""
        wanted = [self._limits[name] for name in sorted(set(limits)) if name in self._limits]
        if not wanted:
            return
        at, self._state = reserve(self._state, wanted, self.seconds)
        if at > self.seconds:
            at, self._state = reserve(self._state, wanted, at, at)
        self.seconds = at
