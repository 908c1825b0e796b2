"""The calls that arrived: the log with filters, page by page, and one call alone."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.requests import Request

from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.page.traffic import ANSWERS, kind_of
from hubspot_pipeline.simulator.page.views import NotHere, View, number_asked

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PAGE = 50
MOST_LOOKED_AT = 50_000
"""How many calls one page looks through at most; its link leads further back."""

FAULTS = {"any": "struck by a fault", "none": "not struck"}


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls to show; an empty text lets all through.

    Attributes:
        route: A route's name.
        status: A status, or one of the kinds of answer.
        fault: ``any`` or ``none``.
    """

    route: str = ""
    status: str = ""
    fault: str = ""

    def fits(self, arrival: Arrival) -> bool:
        """Whether a call is to be shown."""
        if self.route and arrival.route != self.route:
            return False
        if self.fault and bool(arrival.fault) != (self.fault == "any"):
            return False
        return self.status in ("", str(arrival.status), kind_of(arrival))

    def query(self, before: int) -> str:
        """The same filter from an earlier call on, as a query."""
        asked = {"route": self.route, "status": self.status, "fault": self.fault}
        return urlencode({name: text for name, text in asked.items() if text} | {"before": before})


def listed(simulator: "Simulator", request: Request) -> View:
    """The log, the latest call first."""
    query = request.query_params
    chosen = Filter(query.get("route", ""), query.get("status", ""), query.get("fault", ""))
    arrivals = simulator.log.arrivals
    before = number_asked(request, "before")
    end = _place(arrivals, before) if before else len(arrivals)
    found: list[Arrival] = []
    at = end
    while at > 0 and len(found) < PAGE and end - at < MOST_LOOKED_AT:
        at -= 1
        if chosen.fits(arrivals[at]):
            found.append(arrivals[at])
    values = {
        "calls": found,
        "chosen": chosen,
        "routes": sorted({route.name for route in simulator.router.routes}),
        "statuses": ANSWERS,
        "faults": FAULTS,
        "older": chosen.query(arrivals[at].number) if at else "",
        "newest": end == len(arrivals),
        "looked_at": end - at,
    }
    return View("calls.html", "Calls", values)


def one(simulator: "Simulator", request: Request) -> View:
    """One call: how it came and how it was answered."""
    number = request.path_params["number"]
    arrivals = simulator.log.arrivals
    at = _place(arrivals, number)
    if at == len(arrivals) or arrivals[at].number != number:
        raise NotHere(f"The log holds no call {number}.")
    values = {
        "call": arrivals[at],
        "earlier": arrivals[at - 1].number if at else None,
        "later": arrivals[at + 1].number if at + 1 < len(arrivals) else None,
    }
    return View("call.html", f"Call {number}", values)


def _place(arrivals: list[Arrival], number: int) -> int:
    return bisect_left(arrivals, number, key=lambda arrival: arrival.number)
