"""The HTTP application: one call's way from arrival to answer."""

import random
from typing import Any, Protocol

import orjson
from starlette.types import Receive, Scope, Send

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, Headers, Refusal, not_found
from hubspot_pipeline.simulator.authentication import Authentication, missing_scopes
from hubspot_pipeline.simulator.calls import ANYONE, Call, Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.control import PREFIX, control_app
from hubspot_pipeline.simulator.endpoints.oauth import OAuthEndpoints
from hubspot_pipeline.simulator.evidence import Arrival, ArrivalLog
from hubspot_pipeline.simulator.faults import Fault, Faults, Struck, without_optional_fields
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.routes import table
from hubspot_pipeline.simulator.routing import Match, Route, Router
from hubspot_pipeline.simulator.settings import SimulatorSettings

OBJECT_TYPE_PARAMETERS = ("object_type", "from_type", "to_type")
"""The variable segments of a path that name an object type."""

CONNECTION = "hubspot_pipeline.simulator.connection"
"""The scope's extension that holds the caller's connection."""


class Connection(Protocol):
    """The caller's connection, which a fault can cut."""

    def reset(self) -> None:
        """Cut it at once, without an answer."""

    def close(self) -> None:
        """Close it after what was already sent."""


class Simulator:
    """The account and everything around it, as one ASGI application for HubSpot's paths."""

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self.clock = clock
        self.begin(settings)
        self._control = control_app(self)

    def begin(self, settings: SimulatorSettings) -> None:
        """A new account, with nothing counted, logged or switched on; only the clock stays."""
        self.settings = settings
        self.account = Account(settings, self.clock)
        self.authentication = Authentication(settings)
        self.limits = RateLimits(
            settings.limits, settings.behaviour, settings.portal_id, settings.time_zone
        )
        self.log = ArrivalLog()
        self.router = Router(table(self.limits, OAuthEndpoints(self.authentication)))
        self.faults = Faults()
        self._ids = random.Random(settings.seed + 2)  # noqa: S311 - repeatable, not secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call.

        Everything that depends on when it arrived is decided before its body is waited for:
        calls take their places in the limits in exactly the order in which they arrived.
        """
        now = self.clock.now()
        path = scope["raw_path"].decode("ascii")
        if path.startswith(PREFIX):
            await self._control(scope, receive, send)
            return
        arrival = self.log.add(now, scope["method"], path)
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        match: Match | None = None
        limit_headers: Headers = []
        try:
            match, caller, limit_headers = self._enter(arrival, headers)
        except Refusal as refusal:
            answer = self._refused(refusal)
        body = await _body(receive)
        if body is None:
            return  # the caller hung up before all of it was here
        if match is not None:
            call = Call(
                match.version,
                match.parameters,
                scope["query_string"].decode("ascii"),
                body,
                headers,
                now,
                arrival,
                caller,
                self.settings.keep_inputs,
            )
            struck = self.faults.strike(match.route.name) if len(self.faults) else None
            if struck is None:
                answer = self._handle(match, call)
            else:
                answer = await self._handle_struck(match, call, struck, _connection(scope))
        arrival.status = answer.status
        if answer.status:
            headers_sent = [*limit_headers, *answer.headers]
            await _send(send, answer, headers_sent, self._correlation_id())
        if answer.truncated or not answer.status:
            _connection(scope).close()
            await receive()  # returns once the caller is gone; until then the call is not over

    async def _handle_struck(
        self, match: Match, call: Call, struck: Struck, connection: Connection
    ) -> Answer:
        """Answer a call that faults strike, before it takes effect or after."""
        call.arrival.fault = struck.words
        answer: Answer | None = None
        for fault in struck.before:
            answer = await self._suffer(fault, answer, connection, call.now)
        if answer is None:
            answer = self._handle(match, call)
            for fault in struck.after:
                answer = await self._suffer(fault, answer, connection, call.now) or answer
        if struck.hostile is not None:
            answer = without_optional_fields(answer, struck.hostile)
        return answer

    async def _suffer(
        self, fault: Fault, answer: Answer | None, connection: Connection, arrived: int
    ) -> Answer | None:
        if fault.kind == "latency":
            await self.clock.sleep_until(arrived + round(fault.seconds * NANOSECONDS))
        elif fault.kind == "status":
            answer = fault.answer()
            if isinstance(answer.body, dict):
                answer.body["correlationId"] = self._correlation_id()
        elif fault.kind == "reset":
            connection.reset()
            answer = Answer(0)
        elif answer is not None:
            answer.truncated = True
        return answer

    def _enter(self, arrival: Arrival, headers: dict[str, str]) -> tuple[Match, Caller, Headers]:
        """Find the route, the caller, and a place in the limits."""
        match = self.router.find(arrival.method, arrival.path)
        if match is None:
            raise not_found(category=False)
        route = match.route
        arrival.route, arrival.version, arrival.bucket = route.name, match.version, route.bucket
        caller = self._caller(route, headers, arrival)
        return match, caller, self._admit(route, caller, arrival)

    def _handle(self, match: Match, call: Call) -> Answer:
        try:
            self._check_scopes(match, call.caller)
            self.account.settle(call.now)
            return match.route.handler(self.account, call)
        except Refusal as refusal:
            return self._refused(refusal)

    def _caller(self, route: Route, headers: dict[str, str], arrival: Arrival) -> Caller:
        if route.scopes is None:
            return ANYONE
        caller = self.authentication.identify(headers.get("authorization", ""), arrival.at)
        arrival.app = str(caller.app_id)
        return caller

    def _admit(self, route: Route, caller: Caller, arrival: Arrival) -> Headers:
        try:
            return self.limits.admit(route.bucket, caller, arrival.at)
        except Refusal:
            arrival.over_limit = True
            raise

    def _check_scopes(self, match: Match, caller: Caller) -> None:
        if match.route.scopes is None:
            return
        kinds = {
            f"{{{name}}}": self.account.types.find(named).scope
            for name, named in match.parameters.items()
            if name in OBJECT_TYPE_PARAMETERS
        }
        wanted = tuple(_scope_of(scope, kinds) for scope in match.route.scopes)
        if not caller.scopes.intersection(wanted):
            older = self.settings.behaviour.missing_scopes_in_context
            raise missing_scopes(wanted, in_context=older)

    def _refused(self, refusal: Refusal) -> Answer:
        body = {**refusal.body, "correlationId": self._correlation_id()}
        return Answer(refusal.status, body, refusal.headers)

    def _correlation_id(self) -> str:
        """A fresh id; an error's body and its header carry different ones (hubspot-api §8.3)."""
        text = f"{self._ids.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _scope_of(scope: str, kinds: dict[str, str]) -> str:
    """A route's scope with the path's object type in it; all of tickets is one scope (§7.5)."""
    for placeholder, kind in kinds.items():
        if placeholder in scope:
            return "tickets" if kind == "tickets" else scope.replace(placeholder, kind)
    return scope


def _connection(scope: Scope) -> Connection:
    connection: Connection = scope["extensions"][CONNECTION]["cut"]
    return connection


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None if the caller hung up."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


async def _send(send: Send, answer: Answer, headers: Headers, correlation_id: str) -> None:
    json = not isinstance(answer.body, str)
    content = b"" if answer.body is None else _content(answer.body)
    raw = [
        (b"X-HubSpot-Correlation-Id", correlation_id.encode()),
        (b"Server", b"cloudflare"),
        (b"CF-Cache-Status", b"DYNAMIC"),
        *[(name.encode(), value.encode()) for name, value in headers],
    ]
    if answer.body is not None and json:
        raw.append((b"Content-Type", b"application/json;charset=utf-8"))
    if answer.status != 204:
        raw.append((b"Content-Length", str(len(content)).encode()))
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": raw,
    }
    await send(start)
    sent = content[: len(content) // 2] if answer.truncated else content
    await send({"type": "http.response.body", "body": sent, "more_body": answer.truncated})


def _content(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else orjson.dumps(body)
