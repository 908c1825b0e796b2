"""The simulator's own endpoints under ``/_simulator``: faults, arrivals, account, clock, limits."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.settings import Limits

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PREFIX = "/_simulator"
BUCKETS = ("burst", "search", "associations", "events", "token")
Endpoint = Callable[[Request], Awaitable[Response]]


class _BadRequest(Exception):  # noqa: N818 - an answer, not a program's error
    """A control call that makes no sense; its text says why."""


def control_app(simulator: "Simulator") -> Starlette:
    """The control endpoints of a simulator."""
    control = _Control(simulator)
    paths: dict[str, dict[str, Endpoint]] = {
        "": {"GET": control.overview},
        "/requests": {"GET": control.requests, "DELETE": control.forget_requests},
        "/evidence": {"GET": control.evidence},
        "/faults": {
            "GET": control.faults, "POST": control.add_faults, "DELETE": control.clear_faults,
        },
        "/account/reset": {"POST": control.reset},
        "/account/seed": {"POST": control.seed},
        "/account/{object_type}/{object_id}": {"GET": control.record},
        "/clock": {"GET": control.clock, "POST": control.move_clock},
        "/limits": {"GET": control.limits, "POST": control.set_limits},
    }  # fmt: skip
    routes = [
        Route(PREFIX + path, endpoint, methods=[method])
        for path, endpoints in paths.items()
        for method, endpoint in endpoints.items()
    ]
    return Starlette(routes=routes, exception_handlers={_BadRequest: _bad_request})


class _Control:
    """The endpoints, over one simulator."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator

    async def overview(self, _request: Request) -> Response:
        """The account in a few numbers."""
        simulator = self._simulator
        records = {
            kind.name: len(simulator.account.records(kind))
            for kind in simulator.account.types.all
            if len(simulator.account.records(kind))
        }
        return _json(
            {
                "portalId": simulator.settings.portal_id,
                "now": iso(simulator.clock.now()),
                "records": records,
                "requests": len(simulator.log),
                "faults": len(simulator.faults),
            }
        )

    async def requests(self, request: Request) -> Response:
        """The latest calls; `route` and `status` choose, `limit` (100) bounds."""
        route, status = request.query_params.get("route"), request.query_params.get("status")
        limit = _number(request.query_params.get("limit", "100"), "limit")
        found = [
            arrival
            for arrival in self._simulator.log
            if (route is None or arrival.route == route)
            and (status is None or str(arrival.status) == status)
        ]
        return _json({"total": len(found), "requests": [_shown(one) for one in found[-limit:]]})

    async def forget_requests(self, _request: Request) -> Response:
        """Empty the arrival log."""
        self._simulator.log.clear()
        return Response(status_code=204)

    async def evidence(self, request: Request) -> Response:
        """Counts, the peak of each limit in any window of `seconds` (10), what came twice."""
        log = self._simulator.log
        seconds = _number(request.query_params.get("seconds", "10"), "seconds")
        repeated = log.repeated_trace_ids()
        return _json(
            {
                "calls": len(log),
                "byRoute": log.calls_by_route(),
                "byApp": log.calls_by_app(),
                "byStatus": {str(status): n for status, n in log.calls_by_status().items()},
                "peak": {name: log.peak_in_window(seconds, bucket=name) for name in BUCKETS},
                "repeatedTraceIds": {
                    trace_id: [call.number for call in calls]
                    for trace_id, calls in repeated.items()
                },
            }
        )

    async def faults(self, _request: Request) -> Response:
        """The faults that are on."""
        return _json({"faults": [asdict(fault) for fault in self._simulator.faults.listed]})

    async def add_faults(self, request: Request) -> Response:
        """Switch on one fault, or a list of them."""
        body = await _body(request)
        try:
            faults = [Fault(**one) for one in (body if isinstance(body, list) else [body])]
        except (TypeError, ValueError) as error:
            raise _BadRequest(str(error)) from None
        self._simulator.faults.add(*faults)
        return await self.faults(request)

    async def clear_faults(self, _request: Request) -> Response:
        """Switch all faults off."""
        self._simulator.faults.clear()
        return Response(status_code=204)

    async def reset(self, _request: Request) -> Response:
        """The account as it was at the start; tokens, limits, arrivals and faults anew as well."""
        self._simulator.begin(self._simulator.settings)
        return Response(status_code=204)

    async def seed(self, request: Request) -> Response:
        """Add made-up contacts: ``{"contacts": 1000}``."""
        body = await _body(request)
        count = body.get("contacts") if isinstance(body, dict) else None
        if type(count) is not int:
            raise _BadRequest('say how many contacts: {"contacts": 1000}')
        self._simulator.account.seed_contacts(count)
        return _json({"contacts": len(self._simulator.account.contacts)})

    async def record(self, request: Request) -> Response:
        """A record with all it holds, by id or, of a contact, by e-mail."""
        account = self._simulator.account
        records = account.records(request.path_params["object_type"])
        key = request.path_params["object_id"]
        record = records.find(key, None)
        if record is None and records.has_emails:
            record = records.find(key, "email")
        if record is None:
            return _json({"error": f"no {records.kind.singular} {key}"}, 404)
        shown = account.visible_values(records, record)
        return _json({"id": record.id, "writes": record.writes, "properties": shown})

    async def clock(self, _request: Request) -> Response:
        """The simulator's time."""
        return _json({"now": iso(self._simulator.clock.now())})

    async def move_clock(self, request: Request) -> Response:
        """``{"advance": seconds}``, ``{"freeze": true}`` or ``{"freeze": false}``."""
        body = await _body(request)
        if not isinstance(body, dict) or not body.keys() <= {"advance", "freeze"}:
            raise _BadRequest('say {"advance": seconds} or {"freeze": true or false}')
        clock = self._simulator.clock
        if "freeze" in body:
            (clock.freeze if body["freeze"] else clock.resume)()
        try:
            clock.advance(float(body.get("advance", 0)))
        except (TypeError, ValueError) as error:
            raise _BadRequest(str(error)) from None
        return await self.clock(request)

    async def limits(self, _request: Request) -> Response:
        """The limits in force."""
        return _json(asdict(self._simulator.limits.limits))

    async def set_limits(self, request: Request) -> Response:
        """Other limits, and empty windows; ``null`` lifts all."""
        body = await _body(request)
        try:
            self._simulator.limits.set(None if body is None else Limits(**body))
        except TypeError as error:
            raise _BadRequest(str(error)) from None
        return await self.limits(request)


def _shown(arrival: Arrival) -> dict[str, Any]:
    return asdict(arrival) | {"at": iso(arrival.at), "at_ns": arrival.at}


async def _body(request: Request) -> Any:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise _BadRequest(f"the body is no JSON: {error}") from None


def _number(text: str, name: str) -> int:
    if not text.isdecimal():
        raise _BadRequest(f"{name} is a whole number, not {text!r}")
    return int(text)


async def _bad_request(_request: Request, error: Exception) -> Response:
    return _json({"error": str(error)}, 400)


def _json(body: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
