"""What arrived: the request log and its evidence, for tests and people to query."""

from collections import defaultdict
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.control.speech import (
    BadRequest,
    Paths,
    answered,
    nothing,
    whole_number,
)
from hubspot_pipeline.simulator.evidence import Arrival, Wanted
from hubspot_pipeline.simulator.limits import BUCKETS

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

_CHOICES = {one.name for one in fields(Wanted)}


class Arrivals:
    """The endpoints about what arrived."""

    def __init__(self, simulator: "Simulator") -> None:
        self._simulator = simulator
        self.paths: Paths = {
            "/requests": {"GET": self.requests, "DELETE": self.forget},
            "/evidence": {"GET": self.evidence},
        }

    async def requests(self, request: Request) -> Response:
        """The latest calls that fit, `limit` (100) of them, and how many fit by route and status.

        `route` (a pattern), `status`, `app`, `bucket`, `key`, `trace_id`, `faulty`, and `since`
        and `until` (an instant as HubSpot writes it, or nanoseconds) choose.
        """
        query = dict(request.query_params)
        limit = whole_number(query.pop("limit", "100"), "limit")
        found = self._simulator.log.select(_wanted(query))
        by_route: defaultdict[str, int] = defaultdict(int)
        by_status: defaultdict[str, int] = defaultdict(int)
        for one in found:
            by_route[one.route] += 1
            by_status[str(one.status)] += 1
        shown = [_shown(one) for one in found[max(0, len(found) - limit) :]]
        return answered(
            {"total": len(found), "byRoute": by_route, "byStatus": by_status, "requests": shown}
        )

    async def forget(self, _request: Request) -> Response:
        """Empty the arrival log."""
        self._simulator.log.clear()
        return nothing()

    async def evidence(self, request: Request) -> Response:
        """Counts, peaks in any window of `seconds` (10), what came twice, calls per second.

        `perSecond` is of the last minute, or of as many seconds as `lately` says.
        """
        log = self._simulator.log
        seconds = whole_number(request.query_params.get("seconds", "10"), "seconds")
        lately = whole_number(request.query_params.get("lately", "60"), "lately")
        now = self._simulator.clock.now()
        peaks: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for (bucket, app), peak in log.peaks(seconds).items():
            peaks[bucket][app] = peak
        return answered(
            {
                "calls": len(log),
                "callsEver": log.total,
                "byRoute": log.calls_by_route(),
                "byApp": log.calls_by_app(),
                "byStatus": {str(status): n for status, n in log.calls_by_status().items()},
                "errorShare": log.error_share(),
                "peak": {name: log.peak_in_window(seconds, bucket=name) for name in BUCKETS},
                "peakByApp": peaks,
                "perSecond": {name: log.per_second(name, lately, until=now) for name in BUCKETS},
                **self._repeated(),
            }
        )

    def _repeated(self) -> dict[str, Any]:
        log = self._simulator.log
        return {
            "repeatedTraceIds": {
                trace_id: [call.number for call in calls]
                for trace_id, calls in log.repeated_trace_ids().items()
            },
            "repeatedInputs": [
                {"route": route, "key": key, "calls": [call.number for call in calls]}
                for (route, key), calls in log.repeated_inputs().items()
            ],
            "repeatedEvents": [
                {"eventName": name, "uuid": uuid}
                for name, uuid in self._simulator.account.events.repeated
            ],
        }


def _wanted(query: dict[str, str]) -> Wanted:
    unknown = query.keys() - _CHOICES
    if unknown:
        raise BadRequest(
            f"no choice by {', '.join(sorted(unknown))}: there is limit, {', '.join(_CHOICES)}"
        )
    chosen: dict[str, Any] = dict(query)
    if "status" in query:
        chosen["status"] = whole_number(query["status"], "status")
    if "faulty" in query:
        chosen["faulty"] = query["faulty"] == "true"
    for name in ("since", "until"):
        if name in query:
            chosen[name] = _instant(query[name], name)
    return Wanted(**chosen)


def _instant(text: str, name: str) -> int:
    if text.isdecimal():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest(f"{name} is an instant, not {text!r}") from None
    return round(moment.timestamp() * 1_000) * (NANOSECONDS // 1_000)


def _shown(arrival: Arrival) -> dict[str, Any]:
    return asdict(arrival) | {"at": iso(arrival.at), "at_ns": arrival.at}
