"""A client whose reading calls go to HubSpot and whose writing calls are answered here."""

from __future__ import annotations

from collections import Counter
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.errors import TryLaterError
from hubspot_pipeline.rehearsal.looking import Looking
from hubspot_pipeline.rehearsal.record_calls import RecordCalls

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
        """Make a call, and note whom it is for."""
        own = _OWN_CALL.get()
        if own == [route.name]:
            own.clear()
        else:
            self.for_plan[route.name] += 1
        return await super().call(route, body)


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
        self._changes = changes
        self._reader = _Reader(settings, limiter, connections)
        self._rehearsed = rehearsed
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
            return await self._answer(route, body)
        except TryLaterError as error:
            self.go_on_at = error.go_on_at or self.go_on_at
            raise
        finally:
            _OWN_CALL.reset(own)

    async def close(self) -> None:
        """End what is still under way."""
        await self._reader.close()
        await super().close()

    async def _answer(self, route: Route, body: Any) -> Answer:
        path = [unquote(part) for part in route.path.partition("?")[0].split("/")]
        match path[-2:]:
            case ["batch", operation] if route.name.count("/") == 2:
                return _ok(await self._batch(path[-3], operation, body))
        return await self._reader.call(route, body)

    async def _batch(self, object_type: str, operation: str, body: Any) -> dict[str, Any]:
        looking = await Looking.at(self._reader, self._rehearsed, object_type)
        calls = RecordCalls(looking, self._changes)
        if operation == "read":
            return await calls.read(body)
        return await {"upsert": calls.upsert, "create": calls.create, "update": calls.update}[
            operation
        ](body["inputs"])


def _ok(body: dict[str, Any]) -> Answer:
    return Answer(200, body, correlation_id=None, attempts=1)
