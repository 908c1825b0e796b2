"""The site itself: its paths, how its pages are drawn, and what happens to any other call."""

from collections.abc import Awaitable, Callable
from functools import cache, partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.page import calls, definitions, events, lists, overview, records
from hubspot_pipeline.simulator.page.traffic import ANSWERS, kind_of
from hubspot_pipeline.simulator.page.views import PREFIX, NotHere, View, kinds_in_use

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.app import Simulator

_STATIC = {
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; "
    "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
Draw = Callable[["Simulator", Request], View | Response]
Endpoint = Callable[[Request], Awaitable[Response]]


def owns(path: str) -> bool:
    """Whether a path is the site's; HubSpot has no such paths."""
    return path in ("/", PREFIX) or path.startswith(f"{PREFIX}/")


def page_app(simulator: "Simulator") -> Starlette:
    """The site over a simulator; it only looks, and takes nothing but GET and HEAD."""
    pages: dict[str, Draw] = {
        "/": overview.overview,
        PREFIX: overview.overview,
        f"{PREFIX}/live": overview.live,
        f"{PREFIX}/calls": calls.listed,
        f"{PREFIX}/calls/{{number:int}}": calls.one,
        f"{PREFIX}/lists": lists.listed,
        f"{PREFIX}/lists/{{list_id}}": lists.one,
        f"{PREFIX}/events": events.listed,
        f"{PREFIX}/events/{{name}}": events.one,
        f"{PREFIX}/objects": records.kinds,
        f"{PREFIX}/objects/{{object_type}}": records.listed,
        f"{PREFIX}/objects/{{object_type}}/properties": definitions.properties,
        f"{PREFIX}/objects/{{object_type}}/associations": definitions.associations,
        f"{PREFIX}/objects/{{object_type}}/{{object_id}}": records.one,
    }
    return Starlette(
        routes=[
            *(Route(path, _endpoint(simulator, draw)) for path, draw in pages.items()),
            Route(f"{PREFIX}/static/{{name}}", _static),
        ],
        exception_handlers={
            NotHere: partial(_not_here, simulator),
            HTTPException: partial(_refused, simulator),
        },
    )


def _endpoint(simulator: "Simulator", draw: Draw) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        simulator.account.settle(simulator.clock.now())  # what is due by now is to be seen
        view = draw(simulator, request)
        return view if isinstance(view, Response) else _drawn(simulator, request, view)

    return endpoint


async def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404)
    content = files(__package__).joinpath("static", name).read_bytes()
    return Response(content, media_type=_STATIC[name], headers={"Cache-Control": "no-cache"})


async def _not_here(simulator: "Simulator", request: Request, error: Exception) -> Response:
    view = View("problem.html", "Not here", {"problem": str(error)})
    return _drawn(simulator, request, view, 404)


async def _refused(simulator: "Simulator", request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - for the type checker: no other comes here
    problem = "There is no such page." if error.status_code == 404 else "This site only shows."
    view = View("problem.html", error.detail, {"problem": problem})
    answer = _drawn(simulator, request, view, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _drawn(simulator: "Simulator", request: Request, view: View, status: int = 200) -> Response:
    now = iso(simulator.clock.now())
    frame: dict[str, Any] = {
        "title": view.title,
        "path": request.url.path,
        "address": str(request.base_url).rstrip("/"),
        "settings": simulator.settings,
        "now": now,
        "frozen": simulator.clock.frozen,
        "kinds": kinds_in_use(simulator),
        "call_count": simulator.log.total,
        "list_count": len(simulator.account.lists.live()),
        "event_count": simulator.account.events.counts.total(),
    }
    headers = {**_HEADERS, "X-Simulator-Time": now}
    text = _templates().get_template(view.template).render(frame | view.values)
    return HTMLResponse(text, status, headers)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader(__package__ or __name__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["number"] = lambda number: f"{number:,}"
    templates.filters["iso"] = iso
    templates.filters["answer_kind"] = kind_of
    templates.globals.update(prefix=PREFIX, answers=ANSWERS)
    return templates
