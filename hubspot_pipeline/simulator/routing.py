"""How a path finds its route: the routes' shape, the prefixes of each version, and the lookup."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import Call

Handler = Callable[[Account, Call], Answer]
DATED = ("2025-09", "2026-03", "2026-09")

_OAUTH_LATER = {version: f"/oauth/{version}" for version in ("v3", "2026-03", "2026-09")}

_PREFIXES = {
    "objects": {"v3": "/crm/v3/objects"} | {date: f"/crm/objects/{date}" for date in DATED},
    "properties": {"v3": "/crm/v3/properties"}
    | {date: f"/crm/properties/{date}" for date in DATED},
    "property validations": {"v3": "/crm/v3/property-validations"}
    | {date: f"/crm/property-validations/{date}" for date in DATED},
    "pipelines": {"v3": "/crm/v3/pipelines"} | {date: f"/crm/pipelines/{date}" for date in DATED},
    "owners": {"v3": "/crm/v3/owners"} | {date: f"/crm/owners/{date}" for date in DATED},
    "account": {"v3": "/account-info/v3"} | {date: f"/account-info/{date}" for date in DATED},
    "oauth": {"v1": "/oauth/v1"} | _OAUTH_LATER,
    "oauth v1": {"v1": "/oauth/v1"},
    "oauth later": _OAUTH_LATER,
    "limits": {"v3": "/crm/v3/limits"} | {date: f"/crm/limits/{date}" for date in DATED},
    "events": {"v3": "/events/v3"} | {date: f"/events/custom/{date}" for date in DATED},
    "events but 2026-03": {
        "v3": "/events/v3",
        "2025-09": "/events/custom/2025-09",
        "2026-09": "/events/custom/2026-09",
    },
    "events custom 2026-03": {"2026-03": "/events/custom/2026-03"},
    "events plain 2026-03": {"2026-03": "/events/2026-03"},
    "occurrences": {
        "v3": "/events/v3/events",
        "2026-03": "/events/event-occurrences/2026-03",
        "2026-09": "/events/event-occurrences/2026-09",
    },
    "lists": {"v3": "/crm/v3/lists"} | {date: f"/crm/lists/{date}" for date in DATED},
    "schemas": {"v3": "/crm-object-schemas/v3/schemas"}
    | {date: f"/crm-object-schemas/{date}/schemas" for date in DATED},
    "schemas short": {"v3": "/crm/v3/schemas"},
    "associations": {"v4": "/crm/v4/associations"}
    | {date: f"/crm/associations/{date}" for date in DATED},
    "associations later v4": {"v4": "/crm/associations/v4"},
    "associations v3": {"v3": "/crm/v3/associations"},
    "associated": {"v4": "/crm/v4/objects"} | {date: f"/crm/objects/{date}" for date in DATED},
    "associated v3": {"v3": "/crm/v3/objects"},
    "plain": {"v1": ""},
}


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint in all its versions.

    Attributes:
        name: How the arrival log and the faults call it.
        area: Which prefixes it has.
        path: What follows the prefix; ``{…}`` stands for one segment.
        scopes: One of them is enough; ``{object_type}`` stands for the scope of the path's object
            type, ``{from_type}`` and ``{to_type}`` likewise. None: no token.
        bucket: The rate limit that its calls count in (§8.2); empty: in none.
    """

    name: str
    method: str
    area: str
    path: str
    handler: Handler
    scopes: tuple[str, ...] | None
    bucket: str = "burst"

    def paths(self) -> Iterator[tuple[str, str]]:
        """Every version with the whole path it has there."""
        for version, prefix in _PREFIXES[self.area].items():
            yield version, prefix + self.path


@dataclass(frozen=True, slots=True)
class Match:
    """The route that a path leads to."""

    route: Route
    version: str
    parameters: dict[str, str]


_Leaf = dict[str, tuple[Route, str, tuple[str, ...]]]


class _Node:
    """One segment's place in the tree of paths."""

    __slots__ = ("fixed", "leaf", "variable")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.variable: _Node | None = None
        self.leaf: _Leaf = {}


class Router:
    """Finds the route of a path, segment by segment; a fixed segment goes before a variable one."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        self.routes = routes
        self._root = _Node()
        self._known: dict[tuple[str, str], Match] = {}
        for route in routes:
            for version, path in route.paths():
                self._add(route, version, path)

    def find(self, method: str, path: str) -> Match | None:
        """The route of a raw path, still percent-encoded; None if there is none."""
        known = self._known.get((method, path))
        if known is not None:
            return known
        segments = [unquote(segment) for segment in path.strip("/").split("/")]
        found = self._descend(self._root, segments, (), method)
        if found is not None and len(self._known) < 10_000:
            self._known[method, path] = found
        return found

    def _add(self, route: Route, version: str, path: str) -> None:
        node, names = self._root, []
        for segment in path.strip("/").split("/"):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(segment, _Node())
        node.leaf[route.method] = (route, version, tuple(names))

    def _descend(
        self, node: _Node, segments: list[str], values: tuple[str, ...], method: str
    ) -> Match | None:
        if not segments:
            leaf = node.leaf.get(method)
            if leaf is None:
                return None
            route, version, names = leaf
            return Match(route, version, dict(zip(names, values, strict=True)))
        first, rest = segments[0], segments[1:]
        if first in node.fixed:
            found = self._descend(node.fixed[first], rest, values, method)
            if found is not None:
                return found
        if node.variable is None or not first:
            return None
        return self._descend(node.variable, rest, (*values, first), method)
