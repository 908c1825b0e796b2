"""Custom Event V2: an occurrence of an event, and the definition that it needs (actions §9)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.cleaning import bad_names, clean_name, cleaned, is_name
from hubspot_pipeline.actions.kinds import seen
from hubspot_pipeline.actions.object_types import object_types
from hubspot_pipeline.actions.occurrences import (
    EMAIL,
    TIMESTAMP,
    joined,
    occurrences,
    of_properties,
    problems_of_properties,
    problems_of_time,
    record_key,
)
from hubspot_pipeline.actions.problems import first_problems, problem_rows
from hubspot_pipeline.actions.properties import said
from hubspot_pipeline.mapping import extract
from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.mapping.json_text import map_distinct
from hubspot_pipeline.mapping.validation import EMAIL as EMAIL_PATTERN
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.writes import DEFINITIONS, LONGEST_EVENT_NAME, EventWrites

FIELDS = (
    Field(
        "event_name",
        "Event Name",
        "string",
        required=True,
        description="The event's name in HubSpot, full or as it is defined. Capitals become small, "
        "and all but letters, digits, hyphens and underscores become underscores.",
    ),
    Field(
        "record_details",
        "Associated Record Details",
        "object",
        required=True,
        description="The record that the event belongs to.",
        fields=(
            Field(
                "object_type",
                "Object Type",
                "string",
                required=True,
                description="Its type, such as contact, company, deal, ticket or a custom one.",
            ),
            Field(
                "object_id",
                "Object ID",
                "number",
                description="Its record id. A record that is no contact must have one.",
            ),
            Field(
                "email",
                "Email Address",
                "string",
                default=EMAIL,
                description="A contact's e-mail address. A contact needs this, an object id or a "
                "user token; of other records it is not looked at.",
            ),
            Field(
                "utk",
                "User Token / UTK",
                "string",
                description="A visitor's token, which HubSpot's tracking keeps in the cookie "
                "hubspotutk; of other records than contacts it is not looked at.",
            ),
        ),
    ),
    Field(
        "properties",
        "Properties",
        "object",
        description="The event's properties, 50 at most. In their names capitals become small, and "
        "all but letters, digits and underscores become underscores.",
    ),
    Field(
        "occurred_at",
        "Event Timestamp",
        "datetime",
        default=TIMESTAMP,
        description="When it happened: ISO 8601, or seconds or milliseconds since 1970. Without "
        "it, HubSpot takes the time at which it arrives.",
    ),
)

_MEMBERS = ("object_type", "object_id", "email", "utk")
_NO_TEXT = pa.scalar(None, pa.string())
_LARGEST_EXACT_ID = "9007199254740992"


def to_writes(payloads: pa.Table, settings: MappingSettings) -> list[EventWrites]:
    """Return one occurrence a row; a contact's with every identifier it has: HubSpot picks."""
    details = _details(payloads)
    writes = occurrences(
        payloads,
        settings,
        names=event_names(payloads["event_name"]),
        object_types=details["object_type"],
        identifiers=details.select(["object_id", "email", "utk"]),
        occurred_at=payloads["occurred_at"],
        properties=_properties(payloads),
    )
    return [writes]


def definitions(payloads: pa.Table, _settings: MappingSettings) -> pa.Table:
    """Return each event with its record type, and its properties with the types of their values."""
    events = pa.table(
        {
            "of": event_names(payloads["event_name"]),
            "primary_object": _details(payloads)["object_type"],
        }
    )
    needed = events.group_by(["of", "primary_object"]).aggregate([])
    found = seen(payloads["properties"], events)
    names = map_distinct(found["name"].combine_chunks(), _property_name, pa.string())
    members = found.drop_columns("name").append_column("name", names).filter(names.is_valid())
    return pa.concat_tables([_as_definitions(needed), _as_definitions(members)])


def _property_name(text: str) -> str | None:
    """Return a property's name as ``cleaned`` has it, None where it leaves the property out."""
    name = clean_name(text)
    return name if is_name(name) else None


def _as_definitions(rows: pa.Table) -> pa.Table:
    known = {
        "kind": pa.repeat(pa.scalar("event"), rows.num_rows),
        "sensitive": pa.repeat(pa.scalar(False), rows.num_rows),
        **{name: rows[name] for name in rows.column_names},
    }
    columns = [known.get(each.name, pa.nulls(rows.num_rows, each.type)) for each in DEFINITIONS]
    return pa.table(columns, schema=DEFINITIONS)


def problems(payloads: pa.Table, _settings: MappingSettings) -> pa.Table:
    """Return the rows that name no event or no record, or have what HubSpot refuses."""
    return first_problems(
        [
            *_problems_of_name(payloads),
            *_problems_of_record(_details(payloads)),
            problems_of_time(payloads["occurred_at"], "occurred_at"),
            bad_names(payloads["properties"], "properties"),
            *problems_of_properties(_properties(payloads), "properties"),
        ]
    )


def _problems_of_name(payloads: pa.Table) -> list[pa.Table]:
    names = event_names(payloads["event_name"])
    bad = pc.invert(pc.match_substring_regex(names, _NAME))
    reasons = joined(
        f"is none that HubSpot could have: a letter first, at most {LONGEST_EVENT_NAME} in all: ",
        names,
    )
    return [problem_rows(bad, "event_name", reasons)]


_NAME = rf"^(pe[0-9]+_)?[a-z][a-z0-9_-]{{0,{LONGEST_EVENT_NAME - 1}}}$"


def _problems_of_record(details: pa.Table) -> list[pa.Table]:
    """Return the rows without a record's type, or without what the record is found by."""
    types, ids, emails = details["object_type"], details["object_id"], details["email"]
    is_id = pc.match_substring_regex(ids, "^[0-9]{1,16}$")
    too_large = pc.and_(pc.equal(pc.utf8_length(ids), 16), pc.greater(ids, _LARGEST_EXACT_ID))
    of_contacts = _are_contacts(types)
    nobody = pc.and_(pc.and_(ids.is_null(), emails.is_null()), details["utk"].is_null())
    found = {
        "object_type is required": types.is_null(),
        "object_id must be the id of a record, all digits": pc.or_kleene(
            pc.invert(is_id), too_large
        ),
        "object_id is required for a record that is no contact": pc.and_not(
            ids.is_null(), of_contacts
        ),
        "email is not a valid e-mail address": pc.invert(
            pc.match_substring_regex(emails, EMAIL_PATTERN)
        ),
        "must have an object_id, an email or a utk": pc.and_(nobody, of_contacts),
    }
    return [
        problem_rows(bad, "record_details", f"record_details: {reason}.")
        for reason, bad in found.items()
    ]


def event_names(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return event names as definitions have them (actions §9.3)."""
    return pa.chunked_array([map_distinct(texts.combine_chunks(), event_name, pa.string())])


def event_name(text: str) -> str:
    """Return one name in lower case, with ``_`` for what cannot stand in it; hyphens can."""
    return "-".join(clean_name(part) for part in text.split("-"))


def _details(payloads: pa.Table) -> pa.Table:
    """Return text columns of the record's members, null where they say nothing.

    Object types by their names in paths. Only contacts have an e-mail address and a user token,
    whatever is mapped (W47).
    """
    texts = payloads["record_details"].combine_chunks()
    found = extract.values_at(Column.of_json(texts), [(member,) for member in _MEMBERS])
    details = {member: said(pa.chunked_array([found[(member,)].text()])) for member in _MEMBERS}
    details["object_type"] = object_types(details["object_type"])
    of_contacts = _are_contacts(details["object_type"])
    details["email"] = pc.if_else(of_contacts, pc.utf8_lower(details["email"]), _NO_TEXT)
    details["utk"] = pc.if_else(of_contacts, details["utk"], _NO_TEXT)
    return pa.table(details)


def _are_contacts(types: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(types, CONTACTS), False)


def _properties(payloads: pa.Table) -> pa.Table:
    return of_properties(cleaned(payloads["properties"]), said)


ACTION = Action(
    key="customEvent",
    title="Custom Event V2",
    description="Send an occurrence of a custom event, and define the event where that is wanted.",
    default_trigger=None,
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
    sync_mode="update",
    problems=problems,
    definitions=definitions,
)
