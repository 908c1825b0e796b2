"""Upsert Contact: creates or updates a contact, found by its e-mail address (actions §5)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.merge import one_a_row
from hubspot_pipeline.actions.properties import (
    combined,
    flattened,
    lowered,
    other_than,
    same_in_every_row,
)
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.writes import LIFECYCLE_STAGE, RecordWrites


def _trait(path: str) -> dict[str, Any]:
    return {"@path": f"$.traits.{path}"}


def _first_trait(path: str, other: str) -> dict[str, Any]:
    return {"@if": {"exists": _trait(path), "then": _trait(path), "else": _trait(other)}}


FIELDS = (
    Field(
        "email",
        "Email",
        "string",
        required=True,
        format="email",
        default=_trait("email"),
        description="The address that the contact is found by, primary or secondary.",
    ),
    Field("company", "Company Name", "string", default=_trait("company")),
    Field("firstname", "First Name", "string", default=_first_trait("first_name", "firstName")),
    Field("lastname", "Last Name", "string", default=_first_trait("last_name", "lastName")),
    Field("phone", "Phone", "string", default=_trait("phone")),
    Field("address", "Street Address", "string", default=_trait("address.street")),
    Field("city", "City", "string", default=_trait("address.city")),
    Field("state", "State", "string", default=_trait("address.state")),
    Field("country", "Country", "string", default=_trait("address.country")),
    Field(
        "zip",
        "Postal Code",
        "string",
        default=_first_trait("address.postalCode", "address.postal_code"),
    ),
    Field("website", "Website", "string", default=_trait("website")),
    Field(
        "lifecyclestage",
        "Lifecycle Stage",
        "string",
        description="The stage's internal name, in any case. It may move forward or backward.",
    ),
    Field(
        "properties",
        "Other properties",
        "object",
        description="Any other property by its internal name; these win over the fields above.",
    ),
)

_NAMED = tuple(field.key for field in FIELDS if field.key not in ("email", "properties"))


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the e-mail address as HubSpot stores it."""
    return lowered(payloads["email"])


def to_writes(payloads: pa.Table, _settings: MappingSettings) -> list[RecordWrites]:
    """Return upserts by e-mail.

    The e-mail itself is the key and not among the properties: a contact found by a secondary
    address keeps its primary one (hubspot-api §2.6). Only ``properties`` may give it another.
    """
    keys = payloads["record_key"]
    columns = combined(
        {name: payloads[name] for name in _NAMED},
        flattened(payloads["properties"]),
        lower_case=frozenset({"email", LIFECYCLE_STAGE}),
    )
    if "email" in columns:
        columns["email"] = other_than(keys, columns["email"])
    return [
        RecordWrites(
            CONTACTS,
            "email",
            keys,
            keys,
            same_in_every_row("upsert", len(keys)),
            pa.table(columns),
            one_a_row(payloads),
        )
    ]


ACTION = Action(
    key="upsertContact",
    title="Upsert Contact",
    description="Create or update a contact in HubSpot.",
    default_trigger='type = "identify"',
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
)
