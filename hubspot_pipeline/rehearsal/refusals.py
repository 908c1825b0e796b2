"""What HubSpot refuses of a record whose values fit the account's schema, as far as foreseen.

Rules that people set for values, and domains that do not exist, no answer tells beforehand.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from hubspot_pipeline.hubspot.pages import every_page
from hubspot_pipeline.object_types import COMPANIES, CONTACTS, DEALS, TICKETS, standard_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient

_ADDRESS = re.compile(
    r"[^@\s,;\"()<>\[\]\\:]+@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]+"
)
"""What an e-mail address looks like, in small letters (hubspot-api §2.6)."""

_NEEDED = {
    COMPANIES: (("domain", "name"),),
    DEALS: (("dealname",), ("dealstage",)),
    TICKETS: (("hs_pipeline_stage",),),
}
"""Of each of these groups a new record has one property at least (hubspot-api §2.4)."""

Needed = tuple[tuple[str, ...], ...]


async def needed_on_creation(reader: HubSpotClient, object_type: str) -> Needed:
    """Return the groups of properties of which a new record has one each.

    Those of the account's own types are in their schema, which is read once.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not tell it.
    """
    if standard_type(object_type) is not None:
        return _NEEDED.get(object_type, ())
    schemas = await reader.remember(
        "whole schemas", lambda: every_page(reader, reader.routes.schemas)
    )
    for schema in schemas:
        if object_type in {schema.get("fullyQualifiedName"), schema.get("objectTypeId")}:
            return tuple((str(name),) for name in schema.get("requiredProperties") or ())
    return ()


def refusal(
    object_type: str, given: Mapping[str, str], needed: Sequence[Sequence[str]]
) -> str | None:
    """Return in HubSpot's words why it refuses to write these values; None where it does not.

    Args:
        object_type: As paths name it.
        given: The values.
        needed: What ``needed_on_creation`` gave for a new record; nothing for one that is there.
    """
    address = given.get("email") if object_type == CONTACTS else None
    if address and not _ADDRESS.fullmatch(address.lower()):
        problem = {
            "isValid": False,
            "message": f"Email address {address} is invalid",
            "error": "INVALID_EMAIL",
            "name": "email",
        }
        return f"Property values were not valid: {orjson.dumps([problem]).decode()}"
    if not lacking(given, needed):
        return None
    kind = standard_type(object_type)
    name = kind.name if kind else object_type
    return f"Error creating {name}. Some required properties were not set."


def lacking(given: Mapping[str, str], needed: Sequence[Sequence[str]]) -> list[str]:
    """Return the names in the groups of which nothing is given."""
    empty = (group for group in needed if not any(given.get(name) for name in group))
    return [name for group in empty for name in group]
