"""Upsert Contact: creates or updates a contact, found by its e-mail address (actions §5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.merge import one_a_row
from hubspot_pipeline.actions.properties import flattened, lowered, trimmed
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.writes import RecordWrites

if TYPE_CHECKING:
    from collections.abc import Callable


def _trait(path: str) -> dict[str, Any]:
    return {"@path": f"$.traits.{path}"}


def _first_trait(path: str, other: str) -> dict[str, Any]:
    return {"@if": {"exists": _trait(path), "then": _trait(path), "else": _trait(other)}}


FIELDS = (
    Field("email", "Email", "string", required=True, format="email", default=_trait("email")),
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
        description="The stage's internal name. It may move forward or backward.",
    ),
    Field(
        "properties",
        "Other properties",
        "object",
        description="Any other property by its internal name; these win over the fields above.",
    ),
)

_SPECIAL: dict[str, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    "email": lowered,
    "lifecyclestage": lowered,
}


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the e-mail address as HubSpot stores it."""
    return lowered(payloads["email"])


def to_writes(payloads: pa.Table, _settings: MappingSettings) -> list[RecordWrites]:
    """Return upserts by e-mail.

    The e-mail itself is the key and not among the properties: a contact found by a secondary
    address keeps its primary one (hubspot-api §2.6).
    """
    columns = {
        field.key: _SPECIAL.get(field.key, trimmed)(payloads[field.key])
        for field in FIELDS
        if field.type != "object" and field.key != "email"
    }
    for name, values in _named_like_hubspot(flattened(payloads["properties"])).items():
        columns[name] = pc.coalesce(values, columns[name]) if name in columns else values
    keys = payloads["record_key"]
    if "email" in columns:  # another address than the key; the key itself would say nothing new
        same = pc.equal(columns["email"], keys)
        columns["email"] = pc.if_else(same, pa.scalar(None, pa.string()), columns["email"])
    upserts = pa.chunked_array([pa.repeat(pa.scalar("upsert"), len(keys))])
    properties = pa.table(columns)
    return [RecordWrites("contacts", "email", keys, keys, upserts, properties, one_a_row(payloads))]


def _named_like_hubspot(properties: pa.Table) -> dict[str, pa.ChunkedArray]:
    """Return the free-form properties, those with a special rule under that rule."""
    return {name: _SPECIAL.get(name, trimmed)(properties[name]) for name in properties.column_names}


ACTION = Action(
    key="upsertContact",
    title="Upsert Contact",
    description="Create or update a contact in HubSpot.",
    default_trigger='type = "identify"',
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
)
