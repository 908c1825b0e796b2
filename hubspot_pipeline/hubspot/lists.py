"""Lists of records: found by name, made, and their members changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.error_answers import error_from_item, objects, texts
from hubspot_pipeline.hubspot.errors import (
    ConflictRefused,
    NotFound,
    RefusedError,
    Unavailable,
    ValidationRefused,
)
from hubspot_pipeline.hubspot.pages import every_page

MOST_IDS = 10_000
"""The most record ids in one call; HubSpot publishes no number (hubspot-api §6)."""

_TAKES_MEMBERS = {"MANUAL", "SNAPSHOT"}
_NAME_EXISTS = "ILS.DUPLICATE_LIST_NAMES"


@dataclass(frozen=True, slots=True)
class List:
    """A list, or segment, of records of one type (hubspot-api §6).

    Attributes:
        id: its id.
        name: as the account spells it; no two lists have names that differ in case only.
        object_type_id: such as `0-1`.
        processing_type: `MANUAL`, `SNAPSHOT` or `DYNAMIC`.
    """

    id: str
    name: str
    object_type_id: str
    processing_type: str

    @property
    def takes_members(self) -> bool:
        """Whether calls can change its members; those of a dynamic list follow from its filters."""
        return self.processing_type in _TAKES_MEMBERS


async def find(client: HubSpotClient, object_type_id: str, name: str) -> List | None:
    """The list of this name, in any case; None where HubSpot says that there is none.

    A list that was found is remembered; one that was not is asked for anew, as it may have been
    made meanwhile. A list of another object type is not found, though it has the name.

    Args:
        client: the portal.
        object_type_id: such as `0-1`; lists do not take an object type's name.
        name: the list's name.

    Raises:
        RefusedError: there can be no list of that name.
        TryLaterError, ConfigurationError: HubSpot did not say whether there is one.
    """
    if name in {"", ".", ".."}:
        raise ValidationRefused(f"HubSpot cannot be asked for a list named '{name}'.")

    async def ask() -> List:
        answer = await client.call(client.routes.list_by_name(object_type_id, name))
        return _list(answer)

    try:
        return await client.remember(("list", object_type_id, name.lower()), ask)
    except NotFound:
        return None


async def create(client: HubSpotClient, object_type_id: str, name: str) -> List:
    """Makes a list whose members calls can change; where it has been made meanwhile, that one.

    Args:
        client: the portal.
        object_type_id: such as `0-1`.
        name: the list's name.

    Raises:
        RefusedError: HubSpot does not make it; a `ConflictRefused` where the name is taken by a
            list that `find` does not find: of another object type, or deleted not long ago.
        TryLaterError: HubSpot gave no final answer; `Unavailable` may have been applied, and a
            repetition finds what was made.
        ConfigurationError: no call of this kind can pass.
    """
    body = {"name": name, "objectTypeId": object_type_id, "processingType": "MANUAL"}
    try:
        return _list(await client.call(client.routes.create_list(), body))
    except RefusedError as error:
        found = await find(client, object_type_id, name)
        if found is not None:
            return found
        if error.sub_category != _NAME_EXISTS:
            raise
        raise ConflictRefused(
            f"The name '{name}' is taken by a list of other records than these, or by one that "
            f"was deleted less than 90 days ago. HubSpot says: {error.message}",
            error.facts,
        ) from None


async def change_members(
    client: HubSpotClient, list_id: str, add: Sequence[str], remove: Sequence[str]
) -> frozenset[str]:
    """Lets records join a list and others leave it; those that did already stay as they are.

    Nothing is sent where there is nothing to change; else up to 10,000 records go in one call.

    Args:
        client: the portal.
        list_id: the list's id.
        add: ids of records that join.
        remove: ids of records that leave; none that joins.

    Returns:
        The ids of which HubSpot says that there is no such record.

    Raises:
        RefusedError: HubSpot refused to change the list, which may be gone.
        TryLaterError, ConfigurationError: as for `create`; it may be repeated.
        ValueError: a record is to join and to leave.
    """
    joining, leaving = dict.fromkeys(add, True), dict.fromkeys(remove, False)
    if not joining.keys().isdisjoint(leaving):
        raise ValueError("A record cannot join a list and leave it in one change.")
    changes = list((joining | leaving).items())
    missing: set[str] = set()
    for start in range(0, len(changes), MOST_IDS):
        part = changes[start : start + MOST_IDS]
        body = {
            "recordIdsToAdd": [record for record, joins in part if joins],
            "recordIdsToRemove": [record for record, joins in part if not joins],
        }
        answer = await client.call(client.routes.list_members(list_id), body)
        for error in objects(answer.body.get("errors")):
            raise error_from_item(error, answer.correlation_id)
        missing.update(texts(answer.body.get("recordIdsMissing")))
    return frozenset(missing)


async def members(client: HubSpotClient, list_id: str) -> set[str]:
    """The ids of all records in a list, 250 a call.

    Raises:
        RefusedError: there is no such list.
        TryLaterError, ConfigurationError: HubSpot did not tell all of them.
    """
    listed = await every_page(client, lambda after: client.routes.members_of_list(list_id, after))
    return {str(each["recordId"]) for each in listed if each.get("recordId") is not None}


def _list(answer: Answer) -> List:
    told = answer.body.get("list")
    if not isinstance(told, dict) or not told.get("listId"):
        raise Unavailable("HubSpot's answer about a list tells no list.")
    return List(
        id=str(told["listId"]),
        name=str(told.get("name") or ""),
        object_type_id=str(told.get("objectTypeId") or ""),
        processing_type=str(told.get("processingType") or ""),
    )
