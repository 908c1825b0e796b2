"""What a client asks of the rate limits that it shares with others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hubspot_pipeline.hubspot.rolling_windows import Place
from hubspot_pipeline.hubspot.standstill import Day


class RateLimiter(Protocol):
    """Hands out places in rate limits, shared by all processes of the account."""

    async def acquire(self, limits: Sequence[str]) -> Place | None:
        """Waits for a place in each of these limits, taken together or not at all.

        Raises:
            Standstill: No call may be made now, and waiting would take too long.
        """

    async def pause(self, limits: Sequence[str], seconds: float) -> None:
        """Keeps everyone off these limits for so long."""

    async def lower(self, limit: str, maximum: int) -> None:
        """Holds a limit to at most so many calls a window; every answer says it anew."""

    async def count(self, limit: str, place: Place | None, calls: int) -> None:
        """Takes note of how many calls HubSpot counted in a window when one came to its place."""

    async def budget(self, day: Day, place: Place | None) -> Day:
        """Lets everyone make no more than so many calls of today; the day as all told it."""

    async def close(self, seconds: float) -> None:
        """Keeps everyone from calling for so long."""
