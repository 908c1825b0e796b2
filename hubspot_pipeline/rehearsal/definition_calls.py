"""Definitions of properties and events, listed and made in a rehearsed account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot import account as hubspot_account
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.pages import next_cursor
from hubspot_pipeline.rehearsal.looking import Looking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.account import RehearsedAccount
    from hubspot_pipeline.rehearsal.changes import Changes

_Body = dict[str, Any]
_ACCOUNT = re.compile(r"^pe\d+_")


@dataclass(frozen=True, slots=True)
class DefinitionCalls:
    """Answers calls about definitions.

    Attributes:
        reader: Calls HubSpot; only to read.
        rehearsed: What the rehearsal has written.
        changes: Where it is noted what is made.
    """

    reader: HubSpotClient
    rehearsed: RehearsedAccount
    changes: Changes

    async def list_properties(self, route: Route, object_type: str, sensitivity: str) -> _Body:
        """Answer with an object type's properties that are as sensitive as this."""
        body = (await self.reader.call(route)).body
        looking = await Looking.at(self.reader, self.rehearsed, object_type)
        new = self.rehearsed.properties.get(looking.object_type, {}).values()
        shown = [one for one in new if one.get("dataSensitivity", "non_sensitive") == sensitivity]
        return {**body, "results": [*objects(body.get("results")), *shown]}

    async def create_properties(self, object_type: str, inputs: Sequence[_Body]) -> _Body:
        """Make the properties that are missing (hubspot-api §3.4)."""
        looking = await Looking.at(self.reader, self.rehearsed, object_type)
        known = await looking.properties([str(each["name"]) for each in inputs])
        new = self.rehearsed.properties.setdefault(looking.object_type, {})
        results, errors = [], []
        for each in inputs:
            name = str(each["name"])
            if name in known:
                errors.append(
                    {
                        "category": "OBJECT_ALREADY_EXISTS",
                        "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
                        "message": f"A property named '{name}' already exists.",
                        "context": {"name": [name]},
                    }
                )
                continue
            new[name] = each
            results.append(each)
            self.changes.definitions.append(
                f"property {looking.object_type}.{name} ({each['type']})"
            )
        return {"status": "COMPLETE", "results": results, "errors": errors}

    async def read_event(self, route: Route, name: str) -> _Body:
        """Answer with the definition of an event."""
        made = self.rehearsed.events.get(_short(name))
        return made if made is not None else (await self.reader.call(route)).body

    async def list_events(self, route: Route) -> _Body:
        """Answer with a page of all definitions; the new ones are on the last."""
        body = (await self.reader.call(route)).body
        if next_cursor(body) is not None:
            return body
        listed = objects(body.get("results"))
        names = {each.get("name") for each in listed}
        new = [each for name, each in self.rehearsed.events.items() if name not in names]
        return {**body, "results": [*listed, *new]}

    async def create_event(self, body: Mapping[str, Any]) -> _Body:
        """Define an event, and remember its definition as HubSpot would show it."""
        name, primary = str(body["name"]), str(body["primaryObject"])
        kind = await hubspot_account.object_type(self.reader, primary)
        portal = (await hubspot_account.details(self.reader)).portal_id
        made = {
            "name": name,
            "fullyQualifiedName": f"pe{portal}_{name}",
            "primaryObjectId": kind.id if kind else primary,
            "archived": False,
            "properties": list(body["propertyDefinitions"]),
        }
        self.rehearsed.events[name] = made
        self.changes.definitions.append(f"event {name} ({kind.name if kind else primary})")
        for each in objects(made["properties"]):
            self._note_property(name, each)
        return made

    async def create_event_property(self, name: str, body: Mapping[str, Any]) -> _Body:
        """Add a property to an event's definition."""
        short = _short(name)
        if short not in self.rehearsed.events:
            route = self.reader.routes.event_definition(name)
            self.rehearsed.events[short] = (await self.reader.call(route)).body
        held = self.rehearsed.events[short]
        self.rehearsed.events[short] = {
            **held,
            "properties": [*objects(held.get("properties")), dict(body)],
        }
        self._note_property(short, body)
        return dict(body)

    def _note_property(self, event: str, body: Mapping[str, Any]) -> None:
        self.changes.definitions.append(f"event property {event}.{body['name']} ({body['type']})")


def _short(name: str) -> str:
    """Return an event's name without the account that its full name begins with."""
    return _ACCOUNT.sub("", name)
