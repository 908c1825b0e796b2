"""Object types that HubSpot locks while too much is written to them: fewer writes at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class WriteLocks:
    """Lets one client's calls that write records of one type take turns, once it was locked.

    After a lock (a 423, hubspot-api §8.5, §9.3) only half as many of them are under way at once,
    and none before the lock is over. Each time that so many have been accepted, one more may be,
    until there are as many as before.

    Args:
        now: a clock in seconds that never goes back.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, now: Callable[[], float], sleep: Callable[[float], Awaitable[object]]
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._types: dict[str, _Writes] = {}

    @asynccontextmanager
    async def turn(self, object_type: str | None) -> AsyncIterator[None]:
        """Waits for a call's turn to write records of this type; None for a call that does not."""
        if object_type is None:
            yield
            return
        writes = self._types.setdefault(object_type, _Writes())
        async with writes.changed:
            await writes.changed.wait_for(writes.has_room)
            writes.under_way += 1
        try:
            if (left := writes.locked_until - self._now()) > 0:
                await self._sleep(left)
            yield
        finally:
            async with writes.changed:
                writes.under_way -= 1
                writes.changed.notify_all()

    def lock(self, object_type: str, seconds: float) -> None:
        """HubSpot has locked this type for so long; calls that met the same lock count as one."""
        writes = self._types.setdefault(object_type, _Writes())
        if self._now() >= writes.locked_until:
            writes.before = writes.before or writes.under_way
            writes.most, writes.accepted = max(1, writes.under_way // 2), 0
        writes.locked_until = max(writes.locked_until, self._now() + seconds)

    def accept(self, object_type: str) -> None:
        """HubSpot has accepted a call that writes records of this type."""
        writes = self._types.setdefault(object_type, _Writes())
        if writes.most is None:
            return
        writes.accepted += 1
        if writes.accepted >= writes.most:
            writes.most, writes.accepted = writes.most + 1, 0
        if writes.most >= writes.before:
            writes.most, writes.before = None, 0


@dataclass(slots=True)
class _Writes:
    """The calls that write records of one type.

    Attributes:
        under_way: How many there are.
        most: How many there may be; None for any number.
        before: How many there were when the type was locked first.
        accepted: How many were accepted since the most of them changed.
        locked_until: When the last lock is over.
        changed: Told when one of them ends.
    """

    under_way: int = 0
    most: int | None = None
    before: int = 0
    accepted: int = 0
    locked_until: float = 0.0
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def has_room(self) -> bool:
        return self.most is None or self.under_way < self.most
