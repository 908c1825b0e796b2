"""One call to HubSpot: a place in the rate limits, a token, an answer; again where that helps."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Hashable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import anyio.lowlevel
import httpx
import orjson
import stamina

from hubspot_pipeline.hubspot.authentication import (
    Credentials,
    PrivateApp,
    TokenSource,
    token_source,
)
from hubspot_pipeline.hubspot.connections import (
    Connections,
    Timeouts,
    checked_base_url,
    open_connections,
)
from hubspot_pipeline.hubspot.daily_quota import UNKNOWN_SECONDS, Today
from hubspot_pipeline.hubspot.error_answers import parse_object
from hubspot_pipeline.hubspot.errors import (
    DailyLimitReached,
    HubSpotError,
    MigrationInProgress,
    TryLaterError,
    Unavailable,
)
from hubspot_pipeline.hubspot.limit_headers import read_limits
from hubspot_pipeline.hubspot.limiter import RateLimiter
from hubspot_pipeline.hubspot.retries import (
    Patience,
    RetrySettings,
    TryAgain,
    attempts_of,
    failure_from_answer,
)
from hubspot_pipeline.hubspot.rolling_windows import Place
from hubspot_pipeline.hubspot.routes import DEFAULT_VERSION, Route, Routes
from hubspot_pipeline.hubspot.single_flight import SingleFlight
from hubspot_pipeline.hubspot.standstill import Standstill
from hubspot_pipeline.hubspot.write_locks import WriteLocks

T = TypeVar("T")

_JSON = "application/json"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """How to reach one portal.

    Attributes:
        credentials: who we are.
        base_url: where HubSpot is.
        version: the API version, as `Routes` takes it.
        timeouts: of each attempt.
        retries: how long a call is tried.
        connections: the most connections open at once, and so the most calls.
        percent_for_others: this much of the daily quota is left to other apps.
        transport: replaces the network, for tests.
        now: a clock in seconds that never goes back.
        wall_clock: the time of day, in UTC.
        sleep: waits for so many seconds.
    """

    credentials: Credentials
    base_url: str = "https://api.hubapi.com"
    version: str = DEFAULT_VERSION
    timeouts: Timeouts = field(default_factory=Timeouts)
    retries: RetrySettings = field(default_factory=RetrySettings)
    connections: int = 32
    percent_for_others: int = 0
    transport: httpx.AsyncBaseTransport | None = field(default=None, repr=False)
    now: Callable[[], float] = field(default=time.monotonic, repr=False)
    wall_clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), repr=False)
    sleep: Callable[[float], Awaitable[object]] = field(default=asyncio.sleep, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A 2xx answer.

    Attributes:
        status: its HTTP status.
        body: its JSON object; empty where the body was.
        correlation_id: HubSpot's id of the call.
        attempts: how often the call was sent, this time included.
        maybe_applied_before: whether an attempt that got no answer may have been applied already.
    """

    status: int
    body: dict[str, Any]
    correlation_id: str | None
    attempts: int
    maybe_applied_before: bool = False


@asynccontextmanager
async def connect(
    settings: ConnectionSettings, limiter: RateLimiter
) -> AsyncIterator[HubSpotClient]:
    """Opens the connections to one portal, and closes them at the end."""
    # Loads what the first call needs now, not between its place in the limit and its sending.
    await anyio.lowlevel.checkpoint()
    async with open_connections(
        settings.connections, settings.timeouts, settings.transport
    ) as connections:
        client = HubSpotClient(settings, limiter, connections)
        try:
            yield client
        finally:
            await client.close()


class HubSpotClient:
    """Calls to one portal, from any number of tasks of one event loop.

    Attributes:
        routes: the endpoints, in the version that the settings name.
        calls: how many calls were sent, by route name; each attempt counts.
        today: how many of the account's daily calls are left, and when its day ends.
        go_on_at: when to go on, once calls are refused for longer than can be waited for.
    """

    def __init__(
        self, settings: ConnectionSettings, limiter: RateLimiter, connections: Connections
    ) -> None:
        self.routes = Routes(settings.version)
        self.calls: Counter[str] = Counter()
        self.go_on_at: datetime | None = None
        self._settings = settings
        self._limiter = limiter
        self._connections = connections
        self._base_url = checked_base_url(settings.base_url)
        self._tokens: TokenSource = token_source(
            settings.credentials, self._exchange_token, settings.now
        )
        has_quota = isinstance(settings.credentials, PrivateApp)  # others have none (§8.1)
        self.today = Today(
            limiter,
            settings.percent_for_others,
            details=self.routes.account_details(),
            usage=self.routes.daily_usage() if has_quota else None,
            ask=self._ask,
            wall_clock=settings.wall_clock,
        )
        self._locks = WriteLocks(settings.now, settings.sleep)
        self._known: dict[Hashable, Any] = {}
        self._forgotten: Counter[Hashable] = Counter()
        self._asking = SingleFlight()

    async def call(self, route: Route, body: Any = None) -> Answer:
        """Sends one call until it has a final answer.

        Args:
            route: the endpoint.
            body: anything that JSON can hold; None for no body.

        Raises:
            HubSpotError: the leaf says what the caller should do.
        """
        content = b"" if body is None else orjson.dumps(body)
        return await self._call(_Call(route, content, _JSON))

    async def remember(self, key: Hashable, ask: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What `ask` answers, asked once until it is forgotten; errors are not kept."""
        times_forgotten = self._forgotten[key]

        async def ask_and_keep() -> T:
            answer = await ask()
            if self._forgotten[key] == times_forgotten:
                self._known[key] = answer
            return answer

        if key in self._known:
            known: T = self._known[key]
            return known
        return await self._asking.do((key, times_forgotten), ask_and_keep)

    def forget(self, key: Hashable) -> None:
        """Lets what is remembered be asked anew: what was asked before now may be outdated.

        That holds for questions still under way, too: whoever asks from now on does not share
        their answers.
        """
        self._forgotten[key] += 1
        self._known.pop(key, None)

    async def close(self) -> None:
        """Ends what is still under way."""
        await self._asking.close()
        await self.today.close()
        await self._tokens.close()

    def __repr__(self) -> str:
        return f"HubSpotClient({self._settings.base_url!r}, {self.routes.version!r})"

    async def _call(self, call: _Call) -> Answer:
        retries = self._settings.retries
        patience = Patience(call.route.name, retries, self._settings.now)
        try:
            async for attempt in stamina.retry_context(
                on=patience.decide,
                attempts=attempts_of(retries),
                timeout=None,  # patience counts from the first failure, not from the queue
                wait_initial=retries.first_wait_seconds,
                wait_max=retries.longest_wait_seconds,
                wait_jitter=retries.jitter_seconds,
            ):
                with attempt:
                    return await self._attempt(call)
        except TryAgain as failure:
            self.go_on_at = failure.error.go_on_at or self.go_on_at
            raise _given_up(failure.error, call) from None
        except HubSpotError as error:
            if isinstance(error, TryLaterError):
                self.go_on_at = error.go_on_at or self.go_on_at
            if error.route is None:  # else it is the renewal of the token that failed
                error.route, error.attempts = call.route.name, call.sent
                error.maybe_applied = call.maybe_applied
            raise
        raise AssertionError("a retry loop ends by returning or raising")

    async def _attempt(self, call: _Call) -> Answer:
        """Sends the call once; a second time only if its token had to be renewed."""
        async with self._locks.turn(call.route.writes):
            response = await self._send(call)
            if _says_expired(response) and await self._tokens.renew(call.token):
                response = await self._send(call)
        if response.is_success:
            if call.route.writes:
                self._locks.accept(call.route.writes)
            return _decode(response, call)
        failure = failure_from_answer(
            response.status_code,
            self._without_secrets(response.content),
            response.headers,
            wall_clock=self._settings.wall_clock,
        )
        await self._react(failure, call)
        raise failure

    async def _send(self, call: _Call) -> httpx.Response:
        route = call.route
        if call.authenticated:
            await self._tokens.token()  # renewed now if it must be, not while holding a place
        try:
            call.place = await self._limiter.acquire(route.limits)
        except Standstill as standstill:
            raise self.today.error(standstill) from None
        if call.authenticated:
            call.token = await self._tokens.token()  # the wait for a place may have outlived it
        request = self._request(call)
        self.calls[route.name] += 1
        call.sent += 1
        try:
            response = await self._connections.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise TryAgain(
                Unavailable(f"HubSpot cannot be reached: {_words(error)}", maybe_applied=False)
            ) from None
        except httpx.RequestError as error:
            call.maybe_applied = True
            raise TryAgain(Unavailable(f"The connection failed: {_words(error)}")) from None
        await self._note_limits(route, response.headers, call.place)
        return response

    def _request(self, call: _Call) -> httpx.Request:
        headers = {}
        if call.content:
            headers["Content-Type"] = call.content_type
        if call.authenticated:
            headers["Authorization"] = f"Bearer {call.token}"
        url = self._base_url + call.route.path
        return self._connections.request(call.route.method, url, call.content, headers)

    async def _react(self, failure: HubSpotError | TryAgain, call: _Call) -> None:
        if isinstance(failure, TryAgain):
            call.maybe_applied |= failure.error.maybe_applied
            wait = failure.wait or 0.0
            if wait > self._settings.retries.total_seconds:
                failure.error.go_on_at = self._in(wait)
            elif failure.everyone:
                await self._limiter.pause(call.route.limits, wait)
            elif failure.error.status == 423 and call.route.writes:
                self._locks.lock(call.route.writes, wait)
        elif isinstance(failure, DailyLimitReached):
            await self.today.used_up(failure, call.route, call.place)
        elif isinstance(failure, MigrationInProgress):
            wait = UNKNOWN_SECONDS if failure.retry_after is None else failure.retry_after
            failure.go_on_at = self._in(wait)
            await self._limiter.close(wait)

    def _in(self, seconds: float) -> datetime:
        return self._settings.wall_clock() + timedelta(seconds=seconds)

    async def _note_limits(
        self, route: Route, headers: Mapping[str, str], place: Place | None
    ) -> None:
        told = read_limits(headers)
        await self.today.note(route, told.daily, place)
        if told.burst is not None and "burst" in route.limits:
            await self._limiter.lower("burst", told.burst)
            if told.counted is not None:
                await self._limiter.count("burst", place, told.counted)

    async def _ask(self, route: Route) -> Mapping[str, Any]:
        return (await self._call(_Call(route, b"", _JSON))).body

    async def _exchange_token(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        content = urlencode(form).encode()
        answer = await self._call(
            _Call(self.routes.oauth_token(), content, _FORM, authenticated=False)
        )
        return answer.body

    def _without_secrets(self, content: bytes) -> bytes:
        for secret in self._tokens.secrets():
            content = content.replace(secret.encode(), b"***")
        return content


@dataclass(slots=True)
class _Call:
    """One call on its way: what is sent, and what became of it so far."""

    route: Route
    content: bytes = field(repr=False)
    content_type: str
    authenticated: bool = True
    token: str = field(default="", repr=False)
    place: Place | None = None
    sent: int = 0
    maybe_applied: bool = False


def _given_up(error: Unavailable, call: _Call) -> Unavailable:
    given_up = Unavailable(
        f"gave up after {call.sent} attempts; the last: {error.message}",
        error.facts,
        retry_after=error.retry_after,
        maybe_applied=call.maybe_applied,
    )
    given_up.go_on_at = error.go_on_at
    given_up.route, given_up.attempts = call.route.name, call.sent
    return given_up


def _decode(response: httpx.Response, call: _Call) -> Answer:
    content = response.content
    body = parse_object(content) if content else {}
    if body is None:
        call.maybe_applied = True
        raise TryAgain(
            Unavailable(f"HTTP {response.status_code} with a body that is not a JSON object.")
        )
    return Answer(
        status=response.status_code,
        body=body,
        correlation_id=response.headers.get("x-hubspot-correlation-id"),
        attempts=call.sent,
        maybe_applied_before=call.maybe_applied,
    )


def _says_expired(response: httpx.Response) -> bool:
    if response.status_code != 401:
        return False
    body = parse_object(response.content) or {}
    category = body.get("category")
    return category == "EXPIRED_AUTHENTICATION" or (
        category is None and "expired" in str(body.get("message"))
    )


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
