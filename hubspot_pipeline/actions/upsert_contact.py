"""Upsert Contact: creates or updates a contact, found by its e-mail address (actions §5)."""

from __future__ import annotations

import pyarrow as pa

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.defaults import first_of, path
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

FIELDS = (
    Field(
        "email",
        "Email",
        "string",
        required=True,
        format="email",
        default=path("traits.email"),
        description="The address that the contact is found by, primary or secondary.",
    ),
    Field("company", "Company Name", "string", default=path("traits.company")),
    Field(
        "firstname",
        "First Name",
        "string",
        default=first_of("traits.first_name", "traits.firstName"),
    ),
    Field(
        "lastname", "Last Name", "string", default=first_of("traits.last_name", "traits.lastName")
    ),
    Field("phone", "Phone", "string", default=path("traits.phone")),
    Field("address", "Street Address", "string", default=path("traits.address.street")),
    Field("city", "City", "string", default=path("traits.address.city")),
    Field("state", "State", "string", default=path("traits.address.state")),
    Field("country", "Country", "string", default=path("traits.address.country")),
    Field(
        "zip",
        "Postal Code",
        "string",
        default=first_of("traits.address.postalCode", "traits.address.postal_code"),
    ),
    Field("website", "Website", "string", default=path("traits.website")),
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

PROPERTY_FIELDS = tuple(field.key for field in FIELDS if field.key not in ("email", "properties"))
"""The fields that are written as they are: properties of the same names."""


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the e-mail address as HubSpot stores it."""
    return lowered(payloads["email"])


def to_writes(payloads: pa.Table, _settings: MappingSettings) -> list[RecordWrites]:
    """Return upserts by e-mail.

    The e-mail itself is the key and not among the properties: a contact found by a secondary
    address keeps its primary one (hubspot-api §2.6). Only ``properties`` may give it another.
    """
    ids = record_key(payloads)
    columns = combined(
        {name: payloads[name] for name in PROPERTY_FIELDS},
        flattened(payloads["properties"]),
        lower_case=frozenset({"email", LIFECYCLE_STAGE}),
    )
    if "email" in columns:
        columns["email"] = other_than(ids, columns["email"])
    return [
        RecordWrites(
            CONTACTS,
            "email",
            payloads["record_key"],
            ids,
            same_in_every_row("upsert", len(ids)),
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
