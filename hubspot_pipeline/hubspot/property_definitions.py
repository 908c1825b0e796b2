"""New properties of an object type, made where the account lacks them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.batches import NOT_FINAL
from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.definition_lag import says_it_exists, until_seen
from hubspot_pipeline.hubspot.error_answers import error_from_item, objects
from hubspot_pipeline.hubspot.errors import RefusedError, Unavailable
from hubspot_pipeline.hubspot.properties import Option, Property, forget_properties, properties
from hubspot_pipeline.object_types import path_name

BATCH_SIZE = 100
"""The most new properties in one call; HubSpot tells no number (hubspot-api §3.1)."""


@dataclass(frozen=True, slots=True)
class NewProperty:
    """A property to be made (hubspot-api §3.2).

    Attributes:
        name: its internal name: lower-case letters, digits and underscores, a letter first.
        type: such as `string`, `number`, `enumeration`.
        field_type: how it is entered; it must go with the type.
        group: the internal name of the property group that it is in, which must exist.
        label: what people see.
        sensitive: whether its values are sensitive data.
        options: an enumeration's choices.
        unique: whether no two records may have the same value.
        hidden: whether people do not see it.
        description: what people read about it.
    """

    name: str
    type: str
    field_type: str
    group: str
    label: str
    sensitive: bool = False
    options: tuple[Option, ...] = ()
    unique: bool = False
    hidden: bool = False
    description: str = ""


async def create(
    client: HubSpotClient, object_type: str, new: Sequence[NewProperty]
) -> Mapping[str, RefusedError]:
    """Makes properties, and waits until the account's list of properties shows them.

    A property that exists stays as it is, and is no refusal. What was known of the object type's
    properties is forgotten.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        new: any number of properties; their names are distinct.

    Returns:
        The properties that HubSpot refused, by name, with its reason.

    Raises:
        TryLaterError: HubSpot gave no final answer, or does not show the properties yet.
        ConfigurationError: no call of this kind can pass.
    """
    if not new:
        return {}
    name = path_name(object_type)
    refused: dict[str, RefusedError] = {}
    existing: set[str] = set()
    for start in range(0, len(new), BATCH_SIZE):
        for each, error in await _create(client, name, new[start : start + BATCH_SIZE]):
            if says_it_exists(error):
                existing.add(each)
            else:
                refused[each] = error
    forget_properties(client, name)
    made = {each.name for each in new} - refused.keys()
    if not made:
        return refused
    # One that exists may be of another sensitivity than the new one was to be.
    sensitive = bool(existing) or any(each.sensitive for each in new)
    await _wait_for(client, name, made, sensitive=sensitive)
    return refused


async def _create(
    client: HubSpotClient, object_type: str, new: Sequence[NewProperty]
) -> Iterator[tuple[str, RefusedError]]:
    """The errors by name; a batch that is refused as a whole is halved until one stands alone."""
    try:
        answer = await client.call(
            client.routes.create_properties(object_type), {"inputs": [_body(each) for each in new]}
        )
    except RefusedError as error:
        if len(new) == 1:
            return iter([(new[0].name, error)])
        middle = len(new) // 2
        halves = [await _create(client, object_type, half) for half in (new[:middle], new[middle:])]
        return (each for half in halves for each in half)
    return iter(_errors([each.name for each in new], answer).items())


def _errors(names: Collection[str], answer: Answer) -> dict[str, RefusedError]:
    """Each name's error, from a 2xx answer: as its context names it, else its message.

    An error that names none of them speaks of those of which nothing else is said.
    """
    said = {str(each.get("name")) for each in objects(answer.body.get("results"))}
    found: dict[str, RefusedError] = {}
    nameless: list[RefusedError] = []
    for item in objects(answer.body.get("errors")):
        error = error_from_item(item, answer.correlation_id)
        if error.category in NOT_FINAL:
            continue
        named = [each for each in names if _is_about(error, each)]
        found.update((each, error) for each in named if each not in said)
        nameless += [] if named else [error]
    if nameless:
        found.update((each, nameless[0]) for each in names if each not in said | found.keys())
    return found


def _is_about(error: RefusedError, name: str) -> bool:
    told = error.context.get("name", ())
    return name in told if told else f"'{name}'" in error.message


async def _wait_for(
    client: HubSpotClient, object_type: str, names: set[str], *, sensitive: bool
) -> None:
    """Returns once the list of properties, asked anew, shows all of these."""

    async def look() -> Mapping[str, Property] | None:
        forget_properties(client, object_type)
        known = await properties(client, object_type, sensitive=sensitive)
        return known if names <= known.keys() else None

    if await until_seen(look) is None:
        known = await properties(client, object_type, sensitive=sensitive)
        absent = ", ".join(sorted(names - known.keys()))
        raise Unavailable(
            f"HubSpot does not show the new properties of {object_type} yet: {absent}"
        )


def _body(new: NewProperty) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": new.name,
        "label": new.label,
        "type": new.type,
        "fieldType": new.field_type,
        "groupName": new.group,
        "description": new.description,
        "hasUniqueValue": new.unique,
        "hidden": new.hidden,
        "formField": False,
    }
    if new.options:
        body["options"] = options_body(new.options)
    if new.sensitive:  # only some subscriptions know the word (hubspot-api §3.5)
        body["dataSensitivity"] = "sensitive"
    return body


def options_body(options: Sequence[Option]) -> list[dict[str, Any]]:
    """The choices of a new enumeration as HubSpot takes them, of records as of events."""
    return [
        {"label": each.label, "value": each.value, "displayOrder": order, "hidden": False}
        for order, each in enumerate(options)
    ]
