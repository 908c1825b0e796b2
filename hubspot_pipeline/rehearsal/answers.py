"""Which part of a rehearsed account answers a call: its path says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote

from hubspot_pipeline.rehearsal.association_calls import AssociationCalls
from hubspot_pipeline.rehearsal.definition_calls import DefinitionCalls
from hubspot_pipeline.rehearsal.list_calls import ListCalls
from hubspot_pipeline.rehearsal.looking import Looking
from hubspot_pipeline.rehearsal.record_calls import RecordCalls
from hubspot_pipeline.rehearsal.search_calls import search

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.account import RehearsedAccount
    from hubspot_pipeline.rehearsal.changes import Changes

_Body = dict[str, Any]
_Part: TypeAlias = "Callable[[Route, Sequence[str], Any], Awaitable[_Body]]"


class Answers:
    """Answers the calls of a delivery; those that cannot write anything, HubSpot does."""

    def __init__(
        self, reader: HubSpotClient, rehearsed: RehearsedAccount, changes: Changes
    ) -> None:
        """Answer for an account.

        Args:
            reader: Calls HubSpot; only to read.
            rehearsed: What rehearsals have written.
            changes: Where it is noted what the calls change.
        """
        self._reader = reader
        self._rehearsed = rehearsed
        self._changes = changes
        self._definitions = DefinitionCalls(reader, rehearsed, changes)
        self._lists = ListCalls(reader, rehearsed, changes)
        self._parts: dict[str, _Part] = {
            "objects": self._of_objects,
            "associations": self._of_associations,
            "properties": self._of_properties,
            "lists": self._of_lists,
            "event-definitions": self._of_event_definitions,
            "send": self._of_events,
        }

    async def answer(self, route: Route, body: Any) -> _Body:
        """Return the body of the answer to a call.

        Raises:
            HubSpotError: As HubSpot would.
            AssertionError: A call that writes, and that no part answers, must not be sent.
        """
        area, rest = _place(route)
        part = self._parts.get(area)
        if part is not None:
            return await part(route, rest, body)
        if route.method != "GET":
            raise AssertionError(f"A rehearsal does not know what {route.name} writes.")
        return await self._ask(route, body)

    async def _ask(self, route: Route, body: Any) -> _Body:
        return (await self._reader.call(route, body)).body

    async def _looking(self, object_type: str) -> Looking:
        return await Looking.at(self._reader, self._rehearsed, object_type)

    async def _of_objects(self, route: Route, rest: Sequence[str], body: Any) -> _Body:
        looking = await self._looking(rest[0])
        calls = RecordCalls(looking, self._changes)
        match rest[1:]:
            case ["search"]:
                return await search(looking, route, body)
            case ["batch", "read"]:
                return await calls.read(route, body)
            case ["batch", "upsert"]:
                return await calls.upsert(body["inputs"])
            case ["batch", "create"]:
                return await calls.create(body["inputs"])
            case ["batch", "update"]:
                return await calls.update(body["inputs"])
        raise AssertionError(f"A rehearsal does not know what {route.name} writes.")

    async def _of_associations(self, route: Route, rest: Sequence[str], body: Any) -> _Body:
        if route.method == "GET":
            return await self._ask(route, body)
        near, far = await self._looking(rest[0]), await self._looking(rest[1])
        calls = AssociationCalls(near, far, self._changes)
        match rest[2:]:
            case ["batch", "read"]:
                return await calls.read(route, body["inputs"])
            case ["batch", "archive"] | ["batch", "labels", "archive"]:
                return await calls.part(body["inputs"])
        return await calls.associate(body["inputs"])

    async def _of_properties(self, route: Route, rest: Sequence[str], body: Any) -> _Body:
        if route.method == "POST":
            return await self._definitions.create_properties(rest[0], body["inputs"])
        query = dict(parse_qsl(route.path.partition("?")[2]))
        sensitivity = query.get("dataSensitivity", "non_sensitive")
        return await self._definitions.list_properties(route, rest[0], sensitivity)

    async def _of_lists(self, route: Route, rest: Sequence[str], body: Any) -> _Body:
        match rest:
            case []:
                return await self._lists.create(body)
            case ["object-type-id", type_id, "name", name]:
                return await self._lists.find(route, type_id, name)
            case _:
                return await self._lists.change_members(rest[0], body)

    async def _of_event_definitions(self, route: Route, rest: Sequence[str], body: Any) -> _Body:
        match route.method, rest:
            case "GET", []:
                return await self._definitions.list_events(route)
            case "GET", [name]:
                return await self._definitions.read_event(route, name)
            case _, []:
                return await self._definitions.create_event(body)
            case _:
                return await self._definitions.create_event_property(rest[0], body)

    async def _of_events(self, _route: Route, _rest: Sequence[str], _body: Any) -> _Body:
        """Accept occurrences: of none does HubSpot say more (hubspot-api §5.1)."""
        return {}


def _place(route: Route) -> tuple[str, list[str]]:
    """Return the area of the API that a path leads to, and what follows it (hubspot-api §1.2)."""
    parts = [unquote(part) for part in route.path.partition("?")[0].split("/")[1:]]
    if parts[0] == "crm":
        is_undated = parts[1] in {"v3", "v4"}
        return (parts[2] if is_undated else parts[1]), parts[3:]
    for area in ("event-definitions", "send"):
        if parts[0] == "events" and area in parts:
            return area, parts[parts.index(area) + 1 :]
    return parts[0], parts[1:]
