"""The HTTP application: one call's way from arrival to answer."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.chance import draw_uuid, plain_state, set_state
from hubspot_pipeline.simulator.answers import Answer, Headers, Misread, Refusal, not_found
from hubspot_pipeline.simulator.authentication import Authentication, missing_scopes
from hubspot_pipeline.simulator.calls import ANYONE, Call, Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.control import PREFIX, control_app
from hubspot_pipeline.simulator.endpoints.oauth import OAuthEndpoints
from hubspot_pipeline.simulator.evidence import Arrival, ArrivalLog
from hubspot_pipeline.simulator.faults import Faults, Struck
from hubspot_pipeline.simulator.hostile import RawHeaders, hostile_headers
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.locks import Locks
from hubspot_pipeline.simulator.page.site import owns, page_app
from hubspot_pipeline.simulator.routes import table
from hubspot_pipeline.simulator.routing import Match, Route, Router
from hubspot_pipeline.simulator.scenarios import seed_records
from hubspot_pipeline.simulator.settings import SimulatorSettings
from hubspot_pipeline.simulator.striking import Connection, Strikes, gateway_page

OBJECT_TYPE_PARAMETERS = ("object_type", "from_type", "to_type")
"""The variable segments of a path that name an object type."""

CONNECTION = "hubspot_pipeline.simulator.connection"
"""The scope's extension that holds the caller's connection."""


class Simulator:
    """The account and everything around it, as one ASGI application for HubSpot's paths."""

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self.clock = clock
        self._date = (0, b"")
        self._controlled = 0
        self.begun = 0
        self.save: Callable[[], Awaitable[None]] | None = None
        self.begin(settings)
        self._control = control_app(self)
        self._page = page_app(self)

    def begin(self, settings: SimulatorSettings) -> None:
        """A new account, with nothing counted, logged or switched on; only the clock stays."""
        self.began_with = settings
        self.begun += 1
        settings = replace(settings, behaviour=replace(settings.behaviour))  # to be thrown here
        self.settings = settings
        self.account = Account(settings, self.clock)
        seed_records(self.account, settings.records)
        self.authentication = Authentication(settings, self.clock)
        self.limits = RateLimits(
            settings.limits, settings.behaviour, settings.portal_id, settings.time_zone
        )
        self.log = ArrivalLog(settings.keep_calls)
        oauth = OAuthEndpoints(self.authentication)
        self.router = Router(table(self.limits, oauth, settings.behaviour))
        self.faults = Faults(self.clock, settings.seed)
        self.faults.add(*settings.faults)
        self._strikes = Strikes(self.clock, self.authentication, settings.portal_id, self._refused)
        self._locks = Locks(settings.behaviour)
        self._ids = random.Random(settings.seed + 2)  # noqa: S311 - repeatable, not secret

    def begin_again(self) -> None:
        """The account as it was when it began."""
        self.begin(self.began_with)

    @property
    def touched(self) -> object:
        """Something that is another once anything may have changed."""
        return self.begun, self.log.total, self._controlled

    def saved(self) -> dict[str, Any]:
        """All that HubSpot would remember but the records, as plain data, by what it is."""
        return {
            **self.account.saved(),
            "authentication": self.authentication.saved(),
            "limits": self.limits.saved(),
            "calls": {"number": self.log.total, "random": plain_state(self._ids)},
            "now": self.clock.now(),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Go on from what `saved` gave, of the settings that this account began with."""
        self.clock.not_before(saved["now"])
        self.account.restore(saved)
        self.authentication.restore(saved["authentication"])
        self.limits.restore(saved["limits"])
        self.log = ArrivalLog(self.settings.keep_calls, after=saved["calls"]["number"])
        set_state(self._ids, saved["calls"]["random"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call: of the control endpoints, of the page, or to HubSpot."""
        path = scope["raw_path"].decode("ascii")
        if path.startswith(PREFIX):
            self._controlled += scope["method"] != "GET"
            await self._control(scope, receive, send)
        elif owns(path):
            await self._page(scope, receive, send)
        else:
            arrival = self.log.add(self.clock.now(), scope["method"], path)
            await self._answer(arrival, scope, receive, send)

    async def _answer(self, arrival: Arrival, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call as HubSpot does.

        Everything that depends on when it arrived is decided before its body is waited for:
        calls take their places in the limits in exactly the order in which they arrived.
        """
        headers = {name.decode(): value.decode("latin-1") for name, value in scope["headers"]}
        match: Match | None = None
        struck: Struck | None = None
        limit_headers: Headers = []
        try:
            if len(arrival.path) + len(scope["query_string"]) > self.settings.behaviour.longest_url:
                answer = gateway_page(414)
            else:
                match, caller, limit_headers = self._enter(arrival, headers)
                if len(self.faults):
                    struck = self.faults.strike(match.route.name, caller, arrival.at)
        except Refusal as refusal:
            answer = self._refused(refusal)
        body = await _body(receive)
        if body is None:
            return  # the caller hung up before all of it was here
        if match is not None and len(body) > self.settings.behaviour.largest_body:
            answer, match = gateway_page(413), None
        if match is not None:
            call = Call(
                match.version,
                match.parameters,
                scope["query_string"].decode("ascii"),
                body,
                headers,
                arrival.at,
                arrival,
                caller,
                self.settings.keep_inputs,
            )
            if struck is None:
                answer = self._handle(match, call)
            else:
                found = match
                answer = await self._strikes.answer(
                    call, struck, lambda: self._handle(found, call), _connection(scope), receive
                )
        arrival.status = answer.status
        if answer.status:
            raw = self._headers(answer, limit_headers)
            if struck is not None and struck.hostile is not None:
                raw = hostile_headers(raw, struck.hostile)
            await _send(send, answer, raw)
        if answer.truncated or not answer.status:
            _connection(scope).close()
            await receive()  # returns once the caller is gone; until then the call is not over

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
            return self._locks.carry_out(match, self.account, call)
        except Misread as misread:
            return self._refused(call.placed(misread))
        except Refusal as refusal:
            return self._refused(refusal)

    def _caller(self, route: Route, headers: dict[str, str], arrival: Arrival) -> Caller:
        if route.scopes is None:
            return ANYONE
        caller = self.authentication.identify(headers.get("authorization", ""), arrival.at)
        arrival.app = str(caller.app_id)
        return caller

    def _admit(self, route: Route, caller: Caller, arrival: Arrival) -> Headers:
        if not route.bucket:
            return []
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
        if "requestId" in body:
            body["requestId"] = self._correlation_id()
        return Answer(refusal.status, body, refusal.headers)

    def _headers(self, answer: Answer, limit_headers: Headers) -> RawHeaders:
        """All headers of an answer but its length (§8.3); a gateway's page has none of HubSpot's.

        The date is the simulator's: of the same calls at the same time, every byte is the same.
        """
        second = self.clock.now() // NANOSECONDS
        if second != self._date[0]:
            self._date = second, formatdate(second, usegmt=True).encode()
        raw = [
            (b"Date", self._date[1]),
            (b"Server", b"cloudflare"),
            (b"CF-Cache-Status", b"DYNAMIC"),
        ]
        headers = answer.headers
        if not answer.from_gateway:
            raw.append((b"X-HubSpot-Correlation-Id", self._correlation_id().encode()))
            headers = [*limit_headers, *headers]
        raw += [(name.encode(), value.encode()) for name, value in headers]
        if answer.body is not None and not isinstance(answer.body, str):
            raw.append((b"Content-Type", b"application/json;charset=utf-8"))
        return raw

    def _correlation_id(self) -> str:
        """A fresh id; an error's body and its header carry different ones (hubspot-api §8.3)."""
        return draw_uuid(self._ids)


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


async def _send(send: Send, answer: Answer, headers: RawHeaders) -> None:
    content = b"" if answer.body is None else _content(answer.body)
    if answer.status != 204:
        headers.append((b"Content-Length", str(len(content)).encode()))
    start: dict[str, Any] = {
        "type": "http.response.start",
        "status": answer.status,
        "headers": headers,
    }
    await send(start)
    sent = content[: len(content) // 2] if answer.truncated else content
    await send({"type": "http.response.body", "body": sent, "more_body": answer.truncated})


def _content(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else orjson.dumps(body)
