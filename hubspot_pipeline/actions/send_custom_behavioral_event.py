"""Send Custom Behavioral Event: an occurrence of an event that the account defines (actions §4)."""

from __future__ import annotations

import re
from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
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
from hubspot_pipeline.actions.properties import flattened, said
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.mapping.javascript import WHITESPACE
from hubspot_pipeline.mapping.json_text import map_distinct
from hubspot_pipeline.writes import EventWrites

FIELDS = (
    Field(
        "eventName",
        "Event Name",
        "string",
        required=True,
        description="The event's full name in HubSpot, which begins with pe and the account's Hub "
        "ID. Blanks and dots become underscores, capitals become small.",
    ),
    Field(
        "occurredAt",
        "Event Timestamp",
        "datetime",
        default=TIMESTAMP,
        description="When it happened: ISO 8601, or seconds or milliseconds since 1970. Without "
        "it, HubSpot takes the time at which it arrives.",
    ),
    Field(
        "email",
        "Email Address",
        "string",
        format="email",
        default=EMAIL,
        description="The contact's e-mail address. An event needs this, the user token or the "
        "object id.",
    ),
    Field(
        "utk",
        "User Token",
        "string",
        description="The visitor's token, which HubSpot's tracking keeps in the cookie hubspotutk.",
    ),
    Field(
        "objectId",
        "Object ID",
        "string",
        description="The id of the record that it belongs to; it counts before the e-mail address, "
        "and that before the user token.",
    ),
    Field(
        "properties",
        "Event Properties",
        "object",
        description="The event's properties by their internal names, 50 at most.",
    ),
)


def to_writes(payloads: pa.Table, settings: MappingSettings) -> list[EventWrites]:
    """Return one occurrence a row, with every identifier it has: HubSpot picks among them."""
    identifiers = {
        "object_id": said(payloads["objectId"]),
        "email": pc.utf8_lower(said(payloads["email"])),
        "utk": said(payloads["utk"]),
    }
    writes = occurrences(
        payloads,
        settings,
        names=event_names(payloads["eventName"]),
        object_types=pa.chunked_array([pa.nulls(payloads.num_rows, pa.string())]),
        identifiers=pa.table(identifiers),
        occurred_at=payloads["occurredAt"],
        properties=_properties(payloads),
    )
    return [writes]


def problems(payloads: pa.Table, settings: MappingSettings) -> pa.Table:
    """Return the rows of no event of this account's, of nobody, or with what HubSpot refuses."""
    names = event_names(payloads["eventName"])
    prefix = f"pe{settings.portal or '<Hub ID>'}_"
    reasons = joined(f"must begin with '{prefix}', as HubSpot's name of the event does: ", names)
    pattern = f"^pe{settings.portal}_" if settings.portal else "^pe[0-9]+_"
    named = pc.match_substring_regex(names, pattern)
    of_nobody = [said(payloads[name]).is_null() for name in ("email", "utk", "objectId")]
    object_id = said(payloads["objectId"])
    return first_problems(
        [
            problem_rows(pc.invert(named), "eventName", reasons),
            problem_rows(pc.and_(pc.and_(*of_nobody[:2]), of_nobody[2]), "email", _NOBODY),
            problem_rows(
                pc.invert(pc.match_substring_regex(object_id, "^[0-9]+$")),
                "objectId",
                joined("must be the id of a record, all digits: ", object_id),
            ),
            problems_of_time(payloads["occurredAt"], "occurredAt"),
            *problems_of_properties(_properties(payloads), "properties"),
        ]
    )


_NOBODY = "the event is nobody's: give an e-mail address, a user token or an object id."


def event_names(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return event names in lower case, each run of blanks and dots as one ``_`` (actions §3.2)."""
    names = map_distinct(texts.combine_chunks(), event_name, pa.string())
    return pa.chunked_array([names])


def event_name(text: str) -> str:
    """Return one event name so."""
    return _BLANKS_AND_DOTS.sub("_", text).lower()


_BLANKS_AND_DOTS = re.compile(rf"[{WHITESPACE}.]+")


def _properties(payloads: pa.Table) -> pa.Table:
    """Return the properties with their names in lower case.

    To HubSpot, names that differ only in case are one; the last in alphabetical order counts
    (hubspot-api §5.2).
    """
    given = of_properties(flattened(payloads["properties"]), said)
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name in given.column_names:
        named[name.lower()].append(name)
    return pa.table(
        {
            name: pc.coalesce(*(given[one] for one in sorted(same, reverse=True)))
            for name, same in named.items()
        }
    )


ACTION = Action(
    key="sendCustomBehavioralEvent",
    title="Send Custom Behavioral Event",
    description="Send an occurrence of a custom event that HubSpot knows.",
    default_trigger='type = "track"',
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
    problems=problems,
)
