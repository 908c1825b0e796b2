"""The properties of an object type: what each is, and what its values may be."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.routes import Sensitivity
from hubspot_pipeline.object_types import path_name


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumeration: what is stored, and what people see."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object type (hubspot-api §3.3).

    Attributes:
        name: its internal name.
        label: what people see.
        type: such as `string`, `number`, `enumeration`, `date`.
        field_type: how it is entered; `checkbox` takes several options.
        options: an enumeration's choices.
        unique: whether no two records have the same value.
        read_only: whether HubSpot refuses values for it.
        sensitive: whether its values are sensitive or highly sensitive data.
        owner: whether its values are ids of owners.
        open_options: whether it takes values of an enumeration that is not listed here, such as
            owners or other e-mail addresses.
        group: the internal name of the property group that it is in.
    """

    name: str
    label: str
    type: str
    field_type: str
    options: tuple[Option, ...]
    unique: bool
    read_only: bool
    sensitive: bool = False
    owner: bool = False
    open_options: bool = False
    group: str = ""


async def properties(
    client: HubSpotClient, object_type: str, *, sensitive: bool = False
) -> Mapping[str, Property]:
    """The properties of an object type that are in use, by name.

    Each list is asked once per client and object type, until `forget_properties`.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        sensitive: whether those with sensitive data are among them. They are in lists of their
            own (hubspot-api §3.5), and so cost two calls more.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    name = path_name(object_type)
    if not sensitive:
        return await _list(client, name, "non_sensitive")
    lists = await asyncio.gather(*(_list(client, name, degree) for degree in _DEGREES))
    return {name: each for listed in lists for name, each in listed.items()}


def forget_properties(client: HubSpotClient, object_type: str) -> None:
    """Lets the properties of an object type be asked anew."""
    for degree in _DEGREES:
        client.forget(("properties", path_name(object_type), degree))


_DEGREES: tuple[Sensitivity, ...] = ("non_sensitive", "sensitive", "highly_sensitive")


async def _list(
    client: HubSpotClient, object_type: str, degree: Sensitivity
) -> Mapping[str, Property]:
    return await client.remember(
        ("properties", object_type, degree), lambda: _ask(client, object_type, degree)
    )


async def _ask(
    client: HubSpotClient, object_type: str, degree: Sensitivity
) -> Mapping[str, Property]:
    body = (await client.call(client.routes.properties(object_type, degree))).body
    listed = [
        property_of(entry, sensitive=degree != "non_sensitive")
        for entry in objects(body.get("results"))
        if entry.get("name")
    ]
    return {each.name: each for each in listed}


def property_of(entry: Mapping[str, Any], *, sensitive: bool) -> Property:
    """What an entry of a list of properties says (hubspot-api §3.3)."""
    modification = entry.get("modificationMetadata")
    read_only = modification.get("readOnlyValue") if isinstance(modification, dict) else None
    kind, options = str(entry.get("type") or "string"), options_of(entry)
    return Property(
        name=str(entry["name"]),
        label=str(entry.get("label") or entry["name"]),
        type=kind,
        field_type=str(entry.get("fieldType") or ""),
        options=options,
        unique=bool(entry.get("hasUniqueValue")),
        read_only=bool(read_only or entry.get("calculated")),
        sensitive=sensitive,
        owner=entry.get("referencedObjectType") == "OWNER" or entry["name"] == "hubspot_owner_id",
        open_options=kind == "enumeration" and not options,
        group=str(entry.get("groupName") or ""),
    )


def options_of(entry: Mapping[str, Any]) -> tuple[Option, ...]:
    """The options that a definition lists, hidden ones too: HubSpot takes their values."""
    return tuple(
        Option(
            value=str(option["value"]),
            label=str(option["label"] if option.get("label") else option["value"]),
        )
        for option in objects(entry.get("options"))
        if option.get("value") is not None
    )
