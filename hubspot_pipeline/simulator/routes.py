"""The one table of HubSpot's routes, in all versions (hubspot-api §1.2, §7.5)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from hubspot_pipeline.simulator import account_info, batches, objects, properties_api
from hubspot_pipeline.simulator.account import Account
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.oauth import OAuthEndpoints

Handler = Callable[[Account, Call], Answer]
DATED = ("2025-09", "2026-03", "2026-09")

_PREFIXES = {
    "objects": {"v3": "/crm/v3/objects"} | {date: f"/crm/objects/{date}" for date in DATED},
    "properties": {"v3": "/crm/v3/properties"}
    | {date: f"/crm/properties/{date}" for date in DATED},
    "account": {"v3": "/account-info/v3"} | {date: f"/account-info/{date}" for date in DATED},
    "oauth": {"v1": "/oauth/v1", "v3": "/oauth/v3"} | {date: f"/oauth/{date}" for date in DATED},
    "oauth v1": {"v1": "/oauth/v1"},
    "oauth later": {"v3": "/oauth/v3"} | {date: f"/oauth/{date}" for date in DATED},
    "plain": {"v1": ""},
}


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint in all its versions.

    Attributes:
        name: How the arrival log and the faults call it.
        area: Which prefixes it has.
        path: What follows the prefix; ``{…}`` stands for one segment.
        scopes: One of them is enough; ``{object}`` is the object type's scope. None: no token.
        bucket: The rate limit that its calls count in (§8.2).
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


_SCHEMA_READ = ("crm.schemas.{object}.read", "crm.objects.{object}.read")
_SCHEMA_WRITE = ("crm.schemas.{object}.write",)
_READ = ("crm.objects.{object}.read",)
_WRITE = ("crm.objects.{object}.write",)


def table(limits: RateLimits, oauth: OAuthEndpoints) -> tuple[Route, ...]:
    """All routes."""
    one, many = "/{object_type}", "/{object_type}/batch"
    record = "/{object_type}/{object_id}"
    usage = account_info.daily_usage(limits)
    return (
        Route("objects.list", "GET", "objects", one, objects.list_page, _READ),
        Route("objects.create", "POST", "objects", one, objects.create, _WRITE),
        Route("objects.read", "GET", "objects", record, objects.read, _READ),
        Route("objects.update", "PATCH", "objects", record, objects.update, _WRITE),
        Route("objects.archive", "DELETE", "objects", record, objects.archive, _WRITE),
        Route("objects.batch.create", "POST", "objects", f"{many}/create", batches.create, _WRITE),
        Route("objects.batch.read", "POST", "objects", f"{many}/read", batches.read, _READ),
        Route("objects.batch.update", "POST", "objects", f"{many}/update", batches.update, _WRITE),
        Route("objects.batch.upsert", "POST", "objects", f"{many}/upsert", batches.upsert, _WRITE),
        Route(
            "objects.batch.archive", "POST", "objects", f"{many}/archive", batches.archive, _WRITE
        ),
        *_property_routes(),
        Route("account.details", "GET", "account", "/details", account_info.details, ("oauth",)),
        Route(
            "account.usage", "GET", "account", "/api-usage/daily/private-apps", usage, ("oauth",)
        ),
        Route("account.me", "GET", "plain", "/integrations/v1/me", account_info.me, ("oauth",)),
        Route("oauth.token", "POST", "oauth", "/token", oauth.token, None, "token"),
        Route(
            "oauth.introspect", "POST", "oauth later", "/token/introspect", oauth.introspect, None,
            "token",
        ),
        Route(
            "oauth.revoke", "POST", "oauth later", "/token/revoke", oauth.revoke, None, "token"
        ),
        Route(
            "oauth.access_token", "GET", "oauth v1", "/access-tokens/{token}", oauth.access_token,
            None, "token",
        ),
        Route(
            "oauth.delete_refresh_token", "DELETE", "oauth v1", "/refresh-tokens/{token}",
            oauth.delete_refresh_token, None, "token",
        ),
        Route(
            "oauth.private_app", "POST", "plain",
            "/oauth/v2/private-apps/get/access-token-info", oauth.private_app, None, "token",
        ),
    )  # fmt: skip


def _property_routes() -> tuple[Route, ...]:
    area, many = "properties", "/{object_type}/batch"
    every, one, groups = "/{object_type}", "/{object_type}/{property_name}", "/{object_type}/groups"
    read, write, api = _SCHEMA_READ, _SCHEMA_WRITE, properties_api
    return (
        Route("properties.list", "GET", area, every, api.list_all, read),
        Route("properties.create", "POST", area, every, api.create, write),
        Route("properties.read", "GET", area, one, api.read, read),
        Route("properties.update", "PATCH", area, one, api.update, write),
        Route("properties.archive", "DELETE", area, one, api.archive, write),
        Route("properties.batch.create", "POST", area, f"{many}/create", api.batch_create, write),
        Route("properties.batch.read", "POST", area, f"{many}/read", api.batch_read, read),
        Route(
            "properties.batch.archive", "POST", area, f"{many}/archive", api.batch_archive, write
        ),
        Route("properties.groups.list", "GET", area, groups, api.list_groups, read),
        Route("properties.groups.create", "POST", area, groups, api.create_group, write),
    )


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
