"""The events: their definitions, and what happened of one, the latest first."""

from heapq import nlargest
from operator import attrgetter
from typing import TYPE_CHECKING

from starlette.requests import Request

from hubspot_pipeline.simulator.page.views import NotHere, View

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

LATEST = 100


def listed(simulator: "Simulator", _request: Request) -> View:
    """Every definition, and how often it happened."""
    events = simulator.account.events
    types = simulator.account.types
    rows = [
        (one, types.by_id(one.kind), events.counts[one.full_name])
        for one in sorted(events.definitions.all.values(), key=lambda one: one.name)
    ]
    values = {
        "rows": rows,
        "pending": len(events.pending),
        "unmatched": len(events.unmatched),
        "repeated": len(events.repeated),
    }
    return View("events.html", "Events", values)


def one(simulator: "Simulator", request: Request) -> View:
    """One definition, and what happened of it last."""
    events = simulator.account.events
    found = events.definitions.all.get(request.path_params["name"])
    if found is None:
        raise NotHere(f"There is no event “{request.path_params['name']}”.")
    happened = (one for one in events if one.definition == found.full_name)
    values = {
        "found": found,
        "kind": simulator.account.types.by_id(found.kind),
        "count": events.counts[found.full_name],
        "own": [one for one in found.properties.values() if not one.hubspot_defined],
        "latest": nlargest(LATEST, happened, key=attrgetter("occurred")),
    }
    return View("event.html", found.label, values)
