"""A client whose reading calls go to HubSpot and whose writing calls are answered here."""

from __future__ import annotations

from collections import Counter
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.errors import TryLaterError
from hubspot_pipeline.rehearsal.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hubspot_pipeline.hubspot.client import ConnectionSettings
    from hubspot_pipeline.hubspot.connections import Connections
    from hubspot_pipeline.hubspot.rate_limit import RateLimiter
    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.account import RehearsedAccount
    from hubspot_pipeline.rehearsal.changes import Changes


_OWN_CALL: ContextVar[list[str] | None] = ContextVar("own_call", default=None)
"""The call of the delivery that is being answered, until it has been made."""


class _Reader(HubSpotClient):
    """Makes calls that read.

    Attributes:
        for_plan: Those that the delivery would not make, by route name.
    """

    def __init__(
        self, settings: ConnectionSettings, limiter: RateLimiter, connections: Connections
    ) -> None:
        super().__init__(settings, limiter, connections)
        self.for_plan: Counter[str] = Counter()

    async def call(self, route: Route, body: Any = None) -> Answer:
        """Make a call, and note whom it is for.

        Raises:
            AssertionError: It may write; then nothing is sent.
        """
        if not _only_reads(route):
            raise AssertionError(f"A rehearsal was about to make a call that writes: {route.name}")
        own = _OWN_CALL.get()
        if own == [route.name]:
            own.clear()
        else:
            self.for_plan[route.name] += 1
        return await super().call(route, body)


def _only_reads(route: Route) -> bool:
    """Whether a call changes nothing (hubspot-api §2.5, §2.9)."""
    return route.method == "GET" or route.path.endswith(("/batch/read", "/search"))


class RehearsalClient(HubSpotClient):
    """Stands in for a client where a delivery is rehearsed.

    Attributes:
        calls: The calls that the delivery would make, by route name.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        limiter: RateLimiter,
        connections: Connections,
        rehearsed: RehearsedAccount,
        changes: Changes,
        take_place: Callable[[Sequence[str]], None],
    ) -> None:
        """Rehearse in an account what other rehearsals may have written to before.

        Args:
            settings: How to reach the portal.
            limiter: The portal's limits, for the calls that read.
            connections: Open ones.
            rehearsed: What rehearsals have written.
            changes: Where it is noted what this one changes.
            take_place: Told the limits that each of the delivery's calls needs a place in.
        """
        super().__init__(settings, limiter, connections)
        self._reader = _Reader(settings, limiter, connections)
        self._answers = Answers(self._reader, rehearsed, changes)
        self._take_place = take_place

    @property
    def reads_for_plan(self) -> dict[str, int]:
        """The calls that were made and that the delivery would not make, by route name."""
        return dict(self._reader.for_plan)

    async def call(self, route: Route, body: Any = None) -> Answer:
        """Answer one call of the delivery.

        Raises:
            HubSpotError: As HubSpot would.
        """
        self.calls[route.name] += 1
        self._take_place(route.limits)
        own = _OWN_CALL.set([route.name])
        try:
            answer = await self._answers.answer(route, body)
            return Answer(200, answer, correlation_id=None, attempts=1)
        except TryLaterError as error:
            self.go_on_at = error.go_on_at or self.go_on_at
            raise
        finally:
            _OWN_CALL.reset(own)

    async def close(self) -> None:
        """End what is still under way."""
        await self._reader.close()
        await super().close()
