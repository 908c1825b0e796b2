"""Upsert Company: creates or updates a company, found by its group id or by search (actions §6)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.defaults import first_of, path
from hubspot_pipeline.actions.linking import associations
from hubspot_pipeline.actions.merge import one_a_row
from hubspot_pipeline.actions.problems import first_problems, problem_rows
from hubspot_pipeline.actions.properties import combined, flattened, said
from hubspot_pipeline.actions.searching import search_fields
from hubspot_pipeline.database import pointer, query
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.object_types import COMPANIES, CONTACTS
from hubspot_pipeline.writes import GROUP_ID, RecordWrites

FIELDS = (
    Field(
        "groupid",
        "Unique Company Identifier",
        "string",
        required=True,
        default=first_of("groupId", "context.groupId"),
        description=f"What tells this company from all others; kept in its {GROUP_ID}.",
    ),
    Field(
        "createNewCompany",
        "Create Company if Not Found",
        "boolean",
        required=True,
        default=True,
        description="Whether a company that is not found is created; else its row is skipped.",
    ),
    Field(
        "associateContact",
        "Associate Contact with Company",
        "boolean",
        required=True,
        default=True,
        description="Whether the event's contact is associated with the company. It is found by "
        "the e-mail address below, else by the user's earlier identify event; where it is not "
        "found, nothing is written.",
    ),
    Field(
        "email",
        "Contact's Email",
        "string",
        default=path("context.traits.email"),
        description="The address of the contact to associate.",
    ),
    Field(
        "companysearchfields",
        "Company Search Fields",
        "object",
        description="Properties by which a company is looked for that does not have the group id "
        "yet, by their internal names; it must match all of them, and be the only one.",
    ),
    Field("name", "Company Name", "string", default=path("traits.name")),
    Field("description", "Company Description", "string", default=path("traits.description")),
    Field("address", "Street Address", "string", default=path("traits.address.street")),
    Field("city", "City", "string", default=path("traits.address.city")),
    Field("state", "State", "string", default=path("traits.address.state")),
    Field(
        "zip",
        "Postal Code",
        "string",
        default=first_of("traits.address.postalCode", "traits.address.postal_code"),
    ),
    Field("domain", "Domain", "string", default=path("traits.website")),
    Field("phone", "Phone", "string", default=path("traits.phone")),
    Field("numberofemployees", "Number of Employees", "integer", default=path("traits.employees")),
    Field("industry", "Industry", "string", default=path("traits.industry")),
    Field(
        "lifecyclestage",
        "Lifecycle Stage",
        "string",
        description="The stage's internal name, in any case. It may move forward or backward.",
    ),
    Field(
        "properties",
        "Other Properties",
        "object",
        description="Any other property by its internal name; these win over the fields above. "
        f"{GROUP_ID} may not be among them.",
    ),
)

_NOT_PROPERTIES = (
    "groupid", "createNewCompany", "associateContact", "email", "companysearchfields", "properties",
)  # fmt: skip
PROPERTY_FIELDS = tuple(field.key for field in FIELDS if field.key not in _NOT_PROPERTIES)
"""The fields that are written as they are: properties of the same names."""


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the group id."""
    return said(payloads["groupid"])


def problems(payloads: pa.Table, _settings: MappingSettings) -> pa.Table:
    """Refuse a group id among the properties, a blank one, and contacts that nothing names."""
    named = pc.or_kleene(_address(payloads).is_valid(), _user(payloads).is_valid())
    return first_problems(
        [
            problem_rows(
                _has_member(payloads["properties"], GROUP_ID),
                "properties",
                f"{GROUP_ID} cannot be written by hand: Unique Company Identifier is kept in it.",
            ),
            problem_rows(
                record_key(payloads).is_null(), "groupid", "Unique Company Identifier is blank."
            ),
            problem_rows(
                pc.and_(payloads["associateContact"], pc.invert(named)),
                "associateContact",
                "There is nothing to find the contact by: the event has neither a Contact's Email "
                "nor a user. Map the address, or set associateContact to false.",
            ),
        ]
    )


def to_writes(payloads: pa.Table, _settings: MappingSettings) -> list[RecordWrites]:
    """Return upserts and updates by group id, each with its contact."""
    named = {name: payloads[name].cast(pa.string()) for name in PROPERTY_FIELDS}
    creates = pc.fill_null(payloads["createNewCompany"], True)
    return [
        RecordWrites(
            COMPANIES,
            GROUP_ID,
            payloads["record_key"],
            record_key(payloads),
            pc.if_else(creates, "upsert", "update"),
            pa.table(combined(named, flattened(payloads["properties"]))),
            one_a_row(payloads),
            search=search_fields(payloads["companysearchfields"]),
            makes_id_property=True,
            associations=_contacts(payloads),
        )
    ]


def _contacts(payloads: pa.Table) -> pa.Table:
    """Return the association with the contact of each row that asks for one."""
    rows = pc.indices_nonzero(pc.fill_null(payloads["associateContact"], False))
    return associations(
        rows,
        to_type=CONTACTS,
        id_property="email",
        id=_address(payloads).take(rows),
        user_id=_user(payloads).take(rows),
        other_side="require",
    )


def _address(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the contact's address as HubSpot stores it; null where it is blank."""
    return pc.utf8_lower(said(payloads["email"]))


def _user(payloads: pa.Table) -> pa.ChunkedArray:
    return said(payloads["user_id"])


def _has_member(objects: pa.ChunkedArray, key: str) -> pa.ChunkedArray:
    """Return whether objects have a member, whatever its value; null where there is no object."""
    may_have = pc.match_substring_regex(objects, f"{key}|\\\\")  # a key may be written in escapes
    suspects = pc.if_else(may_have, objects, pa.scalar(None, pa.string()))
    if suspects.null_count == len(suspects):
        return may_have
    sql = "SELECT json_exists(object, $pointer) AS has FROM rows"
    return query(sql, pa.table({"object": suspects}), pointer=pointer(key))["has"]


ACTION = Action(
    key="upsertCompany",
    title="Upsert Company",
    description="Create or update a company in HubSpot.",
    default_trigger='type = "group"',
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
    problems=problems,
)
