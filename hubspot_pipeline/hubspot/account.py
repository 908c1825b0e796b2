"""What a portal says of itself: its id, its time zone, and the properties of its records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import WrongTarget


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """A portal.

    Attributes:
        portal_id: its Hub ID.
        time_zone: in which its days, and so its daily limits, begin.
        data_hosting_location: where its data is, such as `na1`, if HubSpot tells.
    """

    portal_id: str
    time_zone: tzinfo
    data_hosting_location: str | None


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
    """

    name: str
    label: str
    type: str
    field_type: str
    options: tuple[Option, ...]
    unique: bool
    read_only: bool


async def details(client: HubSpotClient) -> AccountDetails:
    """The portal's details, asked once per client.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    return await client.remember("account details", lambda: _ask_details(client))


async def properties(client: HubSpotClient, object_type: str) -> Mapping[str, Property]:
    """The properties of an object type that are in use and not sensitive, by name.

    Asked once per client and object type.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    return await client.remember(
        ("properties", object_type), lambda: _ask_properties(client, object_type)
    )


async def _ask_details(client: HubSpotClient) -> AccountDetails:
    body = (await client.call(client.routes.account_details())).body
    if "portalId" not in body:
        raise WrongTarget("HubSpot's account details name no portal: check the base URL.")
    zone = _time_zone(body)
    client.time_zone = zone
    return AccountDetails(
        portal_id=str(body["portalId"]),
        time_zone=zone,
        data_hosting_location=body.get("dataHostingLocation"),
    )


async def _ask_properties(client: HubSpotClient, object_type: str) -> Mapping[str, Property]:
    body = (await client.call(client.routes.properties(object_type))).body
    listed = [_property(entry) for entry in objects(body.get("results")) if entry.get("name")]
    return {each.name: each for each in listed}


def _time_zone(body: Mapping[str, Any]) -> tzinfo:
    """The zone by name; by its present offset where this machine does not know the name."""
    try:
        return ZoneInfo(str(body.get("timeZone") or ""))
    except (ZoneInfoNotFoundError, ValueError):
        offset = body.get("utcOffsetMilliseconds")
        milliseconds = offset if isinstance(offset, int) else 0
        return timezone(timedelta(milliseconds=milliseconds))


def _property(entry: Mapping[str, Any]) -> Property:
    modification = entry.get("modificationMetadata")
    read_only = modification.get("readOnlyValue") if isinstance(modification, dict) else None
    return Property(
        name=str(entry["name"]),
        label=str(entry.get("label") or entry["name"]),
        type=str(entry.get("type") or "string"),
        field_type=str(entry.get("fieldType") or ""),
        options=tuple(
            Option(value=str(option.get("value")), label=str(option.get("label")))
            for option in objects(entry.get("options"))
        ),
        unique=bool(entry.get("hasUniqueValue")),
        read_only=bool(read_only or entry.get("calculated")),
    )
