"""The custom events that an account has defined, and their properties (hubspot-api §5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.account import details
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.definition_lag import says_it_exists, until_seen
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import (
    ConflictRefused,
    RefusedError,
    Unavailable,
    ValidationRefused,
)
from hubspot_pipeline.hubspot.pages import every_page
from hubspot_pipeline.hubspot.properties import Option, options_of
from hubspot_pipeline.hubspot.property_definitions import options_body
from hubspot_pipeline.object_types import singular_name, standard_type

_FULL_NAME = re.compile(r"pe(\d+)_(.+)")
_HUBSPOTS_OWN = "hs_"
"""How the names of the 32 properties begin that HubSpot adds to a new event by itself."""


@dataclass(frozen=True, slots=True)
class EventProperty:
    """One property of a custom event.

    Attributes:
        name: its internal name.
        type: `string`, `number`, `enumeration` or `datetime`; `bool` and `date`, too, though
            HubSpot's specification does not know them.
        options: an enumeration's choices.
        archived: whether it is out of use.
    """

    name: str
    type: str
    options: tuple[Option, ...] = ()
    archived: bool = False


@dataclass(frozen=True, slots=True)
class EventDefinition:
    """One kind of custom event.

    Attributes:
        name: its short name.
        fully_qualified_name: `pe{HubID}_{name}`, as sends name it.
        primary_object_type_id: the type of the records that its events belong to, such as `0-1`;
            HubSpot's own name of it where that is not known, None where HubSpot tells nothing.
        archived: whether it is out of use: no event of this name can be sent, nor defined.
        properties: by name.
    """

    name: str
    fully_qualified_name: str
    primary_object_type_id: str | None
    archived: bool
    properties: Mapping[str, EventProperty]


async def read(client: HubSpotClient, name: str) -> EventDefinition | None:
    """The definition of this name or full name; None if the account has none.

    Asked once per client and name, until properties are added or the definition is made.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no answer.
    """
    if not re.search(r"\w", name):  # no part of a path, and no name either
        return None
    return await client.remember(("event definition", name), lambda: _ask(client, name))


async def names(client: HubSpotClient, like: str = "") -> tuple[str, ...]:
    """The names of all definitions in use, for messages that name the nearest one.

    Args:
        client: the portal.
        like: the name that was looked for: where it is a full name, so are those returned.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    known = await client.remember("event names", lambda: _ask_names(client))
    return tuple(known.values() if _FULL_NAME.fullmatch(like) else known)


async def create(
    client: HubSpotClient, name: str, primary_object: str, properties: Sequence[EventProperty]
) -> EventDefinition:
    """Defines an event, and waits until HubSpot shows it.

    HubSpot adds its own properties, whose names begin with `hs_`. Where another process has just
    defined an event of this name, that one is returned: its properties may be others.

    Args:
        client: the portal.
        name: its short name, or its full name in this account.
        primary_object: the object type of the records that its events belong to; immutable.
        properties: what its events have; distinct names.

    Raises:
        RefusedError: HubSpot refused the definition. The name of an event that was deleted or
            archived can never be used again.
        TryLaterError: HubSpot gave no final answer, or does not show the definition yet.
        ConfigurationError: no call of this kind can pass.
    """
    short = await _short_name(client, name)
    known = [each for each in properties if not each.name.startswith(_HUBSPOTS_OWN)]
    body = {
        "label": short,
        "name": short,
        "primaryObject": _primary_object(primary_object),
        "includeDefaultProperties": True,
        "propertyDefinitions": [_body(each) for each in known],
    }
    conflict: RefusedError | None = None
    try:
        await client.call(client.routes.event_definitions("POST"), body)
    except RefusedError as error:
        if not says_it_exists(error):
            raise
        conflict = error
    client.forget("event names")
    client.forget(("event definition", name))
    made = await _seen(client, short, frozenset())
    if made is None or made.archived:
        raise _not_there(short, conflict)
    client.forget(("event definition", made.fully_qualified_name))
    missing = [each for each in properties if each.name not in made.properties]
    if conflict is None and missing:
        made = await _complete(client, made, missing)
    return made


async def add_properties(
    client: HubSpotClient, definition: EventDefinition, new: Sequence[EventProperty]
) -> Mapping[str, RefusedError]:
    """Adds properties to a definition, a call each, and waits until HubSpot shows them.

    A property that exists stays as it is, and is no refusal, unless it is archived. What was
    known of the definition is forgotten.

    Returns:
        The properties that HubSpot refused, by name, with its reason.

    Raises:
        TryLaterError: HubSpot gave no final answer, or does not show the properties yet.
        ConfigurationError: no call of this kind can pass.
    """
    refused: dict[str, RefusedError] = {}
    existing: dict[str, RefusedError] = {}
    route = client.routes.create_event_property(definition.fully_qualified_name)
    for each in new:
        try:
            await client.call(route, _body(each))
        except RefusedError as error:
            (existing if says_it_exists(error) else refused)[each.name] = error
    wanted = frozenset(each.name for each in new) - refused.keys()
    client.forget(("event definition", definition.name))
    client.forget(("event definition", definition.fully_qualified_name))
    if not wanted:
        return refused
    seen = await _seen(client, definition.fully_qualified_name, wanted)
    if seen is None:
        raise Unavailable(
            f"HubSpot does not show the new properties of the event {definition.name} yet: "
            f"{', '.join(sorted(wanted))}"
        )
    archived = {name: error for name, error in existing.items() if seen.properties[name].archived}
    return refused | archived


async def _complete(
    client: HubSpotClient, made: EventDefinition, missing: Sequence[EventProperty]
) -> EventDefinition:
    """A new definition with those properties that look like HubSpot's own, but are not."""
    for error in (await add_properties(client, made, missing)).values():
        raise error
    return await read(client, made.fully_qualified_name) or made


async def _seen(
    client: HubSpotClient, name: str, properties: frozenset[str]
) -> EventDefinition | None:
    """The definition once HubSpot, asked anew, shows it with these properties."""

    async def look() -> EventDefinition | None:
        client.forget(("event definition", name))
        found = await read(client, name)
        return found if found and properties <= found.properties.keys() else None

    return await until_seen(look)


def _not_there(name: str, conflict: RefusedError | None) -> RefusedError | Unavailable:
    """What to say where no usable definition came of it (actions §15, W20)."""
    if conflict is None:
        return Unavailable(f"HubSpot took the event definition {name}, but does not show it yet.")
    return ConflictRefused(
        f"The event {name} was deleted or archived in HubSpot, and its name can never be used "
        f"again: give the event another name. HubSpot says: {conflict.message}",
        conflict.facts,
    )


async def _short_name(client: HubSpotClient, name: str) -> str:
    """The name that a new definition is given: HubSpot puts the account before it.

    Raises:
        ValidationRefused: it is the full name of another account's event.
    """
    full = _FULL_NAME.fullmatch(name)
    if full is None:
        return name
    account = (await details(client)).portal_id
    if full[1] != account:
        raise ValidationRefused(
            f"The event {name} is of account {full[1]}, not of {account}: name it {full[2]!r}."
        )
    return full[2]


async def _ask(client: HubSpotClient, name: str) -> EventDefinition | None:
    try:
        body = (await client.call(client.routes.event_definition(name))).body
    except RefusedError:  # 400, and perhaps 404: HubSpot's way of saying that there is none
        return None
    return _definition(body, name)


async def _ask_names(client: HubSpotClient) -> dict[str, str]:
    """The full name of each definition in use, by its short one."""
    listed = await every_page(
        client, lambda after: client.routes.event_definitions("GET", after=after)
    )
    used = (each for each in listed if each.get("name") and each.get("archived") is not True)
    return {str(each["name"]): str(each.get("fullyQualifiedName") or each["name"]) for each in used}


def _definition(body: Mapping[str, Any], asked: str) -> EventDefinition:
    listed = [
        EventProperty(
            name=str(each["name"]),
            type=str(each.get("type") or "string"),
            options=options_of(each),
            archived=each.get("archived") is True,
        )
        for each in objects(body.get("properties"))
        if each.get("name")
    ]
    return EventDefinition(
        name=str(body.get("name") or asked),
        fully_qualified_name=str(body.get("fullyQualifiedName") or asked),
        primary_object_type_id=_type_id(body.get("primaryObjectId") or body.get("primaryObject")),
        archived=body.get("archived") is True,
        properties={each.name: each for each in listed},
    )


def _type_id(named: Any) -> str | None:
    if not named:
        return None
    known = standard_type(str(named))
    return known.id if known else str(named)


def _primary_object(object_type: str) -> str:
    """As HubSpot spells it: `CONTACT`; the account's own types as they are called."""
    known = standard_type(object_type)
    singular = singular_name(known.id) if known else None
    return singular.upper() if singular else object_type


def _body(new: EventProperty) -> dict[str, Any]:
    body: dict[str, Any] = {"name": new.name, "label": new.name, "type": new.type}
    if new.options:
        body["options"] = options_body(new.options)
    return body
