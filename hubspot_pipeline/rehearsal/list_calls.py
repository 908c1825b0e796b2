"""Lists of a rehearsed account: found, made, joined and left (hubspot-api §6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot import lists
from hubspot_pipeline.object_types import path_name
from hubspot_pipeline.rehearsal.account import KnownList, type_name_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.account import RehearsedAccount
    from hubspot_pipeline.rehearsal.changes import Changes

_Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ListCalls:
    """Answers calls about lists.

    Attributes:
        reader: Calls HubSpot; only to read.
        rehearsed: What the rehearsal has written.
        changes: Where it is noted what they change.
    """

    reader: HubSpotClient
    rehearsed: RehearsedAccount
    changes: Changes

    async def find(self, route: Route, type_id: str, name: str) -> _Body:
        """Answer with the list of this name and object type."""
        made = self.rehearsed.lists.get(name.lower())
        if made is not None and made.object_type_id == type_id:
            return _shown(made)
        body = (await self.reader.call(route)).body
        told = body.get("list")
        if isinstance(told, dict):
            found = KnownList(str(told.get("listId")), str(told.get("name")), type_id)
            self.rehearsed.names_of_lists[found.id] = found
        return body

    async def create(self, body: Mapping[str, Any]) -> _Body:
        """Make a list."""
        name, type_id = str(body["name"]), str(body["objectTypeId"])
        made = KnownList(f"new-{len(self.rehearsed.lists) + 1}", name, type_id)
        self.rehearsed.lists[name.lower()] = made
        self.rehearsed.names_of_lists[made.id] = made
        self.rehearsed.members[made.id] = set()
        told = await type_name_of(self.reader, type_id)
        self.changes.definitions.append(f"list {name} ({path_name(told)})")
        return _shown(made)

    async def change_members(self, list_id: str, body: Mapping[str, Any]) -> _Body:
        """Let records join and leave; those that did already stay as they are."""
        members = self.rehearsed.members.get(list_id)
        if members is None:
            members = self.rehearsed.members[list_id] = await lists.members(self.reader, list_id)
        changed = self.rehearsed.names_of_lists[list_id]
        object_type = await type_name_of(self.reader, changed.object_type_id)
        for record_id in body["recordIdsToAdd"]:
            if record_id not in members:
                members.add(record_id)
                self.changes.of((object_type, record_id)).move("join", changed.name)
        for record_id in body["recordIdsToRemove"]:
            if record_id in members:
                members.remove(record_id)
                self.changes.of((object_type, record_id)).move("leave", changed.name)
        return {"recordIdsMissing": []}


def _shown(made: KnownList) -> _Body:
    return {
        "list": {
            "listId": made.id,
            "name": made.name,
            "objectTypeId": made.object_type_id,
            "processingType": "MANUAL",
        }
    }
