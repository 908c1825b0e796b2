"""The simulator's own endpoints under ``/_simulator``, for tests and people."""

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.control.arrivals import Arrivals
from hubspot_pipeline.simulator.control.records import AccountReads, NotHere, not_here
from hubspot_pipeline.simulator.control.speech import BadRequest, Paths, answered, refused
from hubspot_pipeline.simulator.control.switches import Switches

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

PREFIX = "/_simulator"


def control_app(simulator: "Simulator") -> Starlette:
    """The control endpoints of a simulator."""

    async def overview(_request: Request) -> Response:
        return answered(_overview(simulator))

    paths: Paths = {
        "": {"GET": overview},
        **Arrivals(simulator).paths,
        **AccountReads(simulator).paths,
        **Switches(simulator).paths,
    }
    routes = [
        Route(PREFIX + path, endpoint, methods=[method])
        for path, endpoints in paths.items()
        for method, endpoint in endpoints.items()
    ]
    return Starlette(routes=routes, exception_handlers={BadRequest: refused, NotHere: not_here})


def _overview(simulator: "Simulator") -> dict[str, object]:
    """The account in a few numbers."""
    account = simulator.account
    records = {
        kind.name: len(account.records(kind))
        for kind in account.types.all
        if len(account.records(kind))
    }
    return {
        "portalId": simulator.settings.portal_id,
        "now": iso(simulator.clock.now()),
        "records": records,
        "requests": len(simulator.log),
        "faults": len(simulator.faults),
    }
