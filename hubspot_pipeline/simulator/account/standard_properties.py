"""The properties that HubSpot defines itself, read from their tables."""

from collections.abc import Iterator
from typing import Any

from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.standard import TABLES

_FIELD_TYPES = {
    "string": "text", "number": "number", "bool": "booleancheckbox", "date": "date",
    "datetime": "date", "enumeration": "select", "phone_number": "phonenumber",
}  # fmt: skip
_FLAGGED = {"multi": "checkbox", "phone": "phonenumber", "area": "textarea", "html": "html",
            "radio": "radio"}  # fmt: skip

LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)

_OF_ALL = """
hs_object_id | Record ID | number | ro
createdate | Create Date | datetime | ro
hs_object_source | Record source ID | enumeration | ro
hs_object_source_id | Record source detail | string | ro
hs_object_source_label | Record source | enumeration | ro
hs_object_source_user_id | Record source user ID | number | ro
hs_merged_object_ids | Merged record IDs | enumeration | ro
hs_unique_creation_key | Unique creation key | string | ro
hs_created_by_user_id | Created by user ID | number | ro
hs_updated_by_user_id | Updated by user ID | number | ro
hs_read_only | Read Only Object | bool | ro
hs_was_imported | Performed in an import | bool | ro
hubspot_owner_id | Owner | enumeration | owner
hubspot_owner_assigneddate | Owner assigned date | datetime | ro
hubspot_team_id | HubSpot team | enumeration | ro
"""
_OF_ALL_BUT_CONTACTS = "hs_lastmodifieddate | Last Modified Date | datetime | ro"


def standard_properties(kind: ObjectType) -> Iterator[Property]:
    """What HubSpot defines for a type: what all types have, and the type's own table."""
    yield from _parse(_OF_ALL, kind.group)
    if kind != CONTACTS:
        yield from _parse(_OF_ALL_BUT_CONTACTS, kind.group)
    yield from _parse(TABLES.get(kind.name, ""), kind.group)
    if kind.name in ("contacts", "companies"):
        yield Property(
            "lifecyclestage", "Lifecycle Stage", "enumeration", "radio", kind.group,
            options=[option(*stage, at) for at, stage in enumerate(LIFECYCLE_STAGES)],
            hubspot_defined=True, form_field=True,
        )  # fmt: skip


def option(value: str, label: str, display_order: int) -> dict[str, Any]:
    """An option of an enumeration, as the properties API shows it."""
    return {
        "label": label,
        "value": value,
        "displayOrder": display_order,
        "hidden": False,
        "description": "",
    }


def _parse(table: str, group: str) -> Iterator[Property]:
    """A table's properties; lines that begin with ``=`` hold the options of the one before."""
    found: Property | None = None
    for line in filter(None, table.splitlines()):
        if line.startswith("=") and found is not None:
            for value in line[1:].split(";"):
                found.options.append(option(value.strip(), value.strip(), len(found.options)))
            continue
        if found is not None:
            yield found
        found = _property(line, group)
    if found is not None:
        yield found


def _property(line: str, group: str) -> Property:
    name, label, kind, flags = (part.strip() for part in line.split("|", 3))
    marks = flags.split()
    values = ("true", "false") if kind == "bool" else ()
    return Property(
        name,
        label,
        kind,
        next((_FLAGGED[mark] for mark in marks if mark in _FLAGGED), _FIELD_TYPES[kind]),
        group,
        options=[option(value, value, at) for at, value in enumerate(values)],
        hubspot_defined=True,
        read_only="ro" in marks,
        external_options="owner" in marks or "place" in marks,
        form_field="ro" not in marks,
    )
