"""The account's object types, HubSpot's own and the account's, by any of their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.pages import every_page
from hubspot_pipeline.object_types import ObjectType, folded_name, standard_type


async def object_type(client: HubSpotClient, name: str) -> ObjectType | None:
    """The object type that is called so; None if the account has none.

    HubSpot's own types are known without a call. The account's own are read once per client;
    they are known by id, fully qualified name, short name (`p_car`), name and labels.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no list of the account's types.
    """
    known = standard_type(name)
    if known is not None:
        return known
    return (await _custom_types(client)).get(folded_name(name))


async def custom_types(client: HubSpotClient) -> tuple[ObjectType, ...]:
    """The account's own object types, for messages that name the nearest one.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no list of them.
    """
    return tuple(dict.fromkeys((await _custom_types(client)).values()))


async def _custom_types(client: HubSpotClient) -> Mapping[str, ObjectType]:
    return await client.remember("schemas", lambda: _ask_custom_types(client))


async def _ask_custom_types(client: HubSpotClient) -> Mapping[str, ObjectType]:
    names: dict[str, ObjectType] = {}
    labels: dict[str, set[ObjectType]] = {}
    for schema in await every_page(client, client.routes.schemas):
        if not schema.get("objectTypeId") or schema.get("archived") is True:
            continue
        type_id = str(schema["objectTypeId"])
        kind = ObjectType(type_id, str(schema.get("fullyQualifiedName") or type_id))
        names.update((folded_name(name), kind) for name in _names(schema))
        for label in _labels(schema):
            labels.setdefault(folded_name(label), set()).add(kind)
    # A label that two types share means neither of them.
    return {label: kind for label, (kind, *more) in labels.items() if not more} | names


def _names(schema: Mapping[str, Any]) -> list[str]:
    """What HubSpot calls a type of the account; short names are spelled `p_{name}` (§2.1)."""
    name = schema.get("name")
    given = (schema["objectTypeId"], schema.get("fullyQualifiedName"), name, name and f"p_{name}")
    return [str(each) for each in given if each]


def _labels(schema: Mapping[str, Any]) -> list[str]:
    """What people call one record of the type, and several."""
    labels = schema.get("labels")
    return [str(each) for each in labels.values() if each] if isinstance(labels, dict) else []
