"""Custom Object V2: a record of any type, found by any unique property (actions §8)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.cleaning import bad_names, clean_name, cleaned, is_name
from hubspot_pipeline.actions.custom_object_fields import FIELDS, OBJECT_DETAILS
from hubspot_pipeline.actions.custom_object_links import links
from hubspot_pipeline.actions.custom_object_lists import list_changes
from hubspot_pipeline.actions.kinds import seen
from hubspot_pipeline.actions.merge import group_starts, one_a_row
from hubspot_pipeline.actions.nested import members_of
from hubspot_pipeline.actions.object_types import ids_as_compared, object_types
from hubspot_pipeline.actions.problems import first_problems, problem_rows
from hubspot_pipeline.actions.properties import (
    combined,
    other_than,
    said,
    same_in_every_row,
)
from hubspot_pipeline.actions.times import times
from hubspot_pipeline.object_types import COMPANIES, CONTACTS
from hubspot_pipeline.writes import DEFINITIONS, LIFECYCLE_STAGE, RECORD_ID, Mode, RecordWrites

DEFAULT_MODE: Mode = "update"

_SEPARATOR = "\x1f"
_IN_LOWER_CASE = {
    CONTACTS: frozenset({LIFECYCLE_STAGE, "email"}),
    COMPANIES: frozenset({LIFECYCLE_STAGE}),
}


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the object type, the id property and its value; null where one of them is blank."""
    details = _details(payloads)
    return pc.binary_join_element_wise(
        details["object_type"], details["id_field_name"], details["id_field_value"], _SEPARATOR
    )


def problems(payloads: pa.Table, settings: MappingSettings) -> pa.Table:
    """Refuse blank ids, record ids of what is to be created, and names that HubSpot cannot have."""
    details = _details(payloads)
    found = [
        problem_rows(
            details[name].is_null(),
            OBJECT_DETAILS.key,
            f"{OBJECT_DETAILS.key}.{name} is blank: without it there is no record to write.",
        )
        for name in ("object_type", "id_field_name", "id_field_value")
    ]
    if _mode(settings) == "add":
        found.append(
            problem_rows(
                pc.equal(details["id_field_name"], RECORD_ID),
                OBJECT_DETAILS.key,
                f"{RECORD_ID} names records that are there already, and sync mode add only creates "
                "records: find them by another property, or update them.",
            )
        )
    found += [bad_names(payloads[name], name) for name in ("properties", "sensitive_properties")]
    return first_problems(found)


def to_writes(payloads: pa.Table, settings: MappingSettings) -> list[RecordWrites]:
    """Return writes in the mapping's sync mode, one of each object type and id property."""
    payloads = _in_order_of_timestamps(payloads)
    if not payloads.num_rows:
        return []
    details = _details(payloads)
    kinds = pc.binary_join_element_wise(
        details["object_type"], details["id_field_name"], _SEPARATOR
    )
    starts = group_starts(kinds)  # the keys begin with them, so each stands together
    lengths = np.diff(np.append(starts, len(kinds)))
    return [
        _of_one_kind(payloads.slice(start, length), details.slice(start, length), _mode(settings))
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)
    ]


def _of_one_kind(payloads: pa.Table, details: pa.Table, mode: Mode) -> RecordWrites:
    """Return the writes of rows that have one object type and one id property."""
    kind, id_property = (details[name][0].as_py() for name in ("object_type", "id_field_name"))
    ids = details["id_field_value"]
    plain, sensitive = (cleaned(payloads[name]) for name in ("properties", "sensitive_properties"))
    columns = combined(
        dict(zip(plain.column_names, plain.columns, strict=True)),
        sensitive,
        lower_case=_IN_LOWER_CASE.get(kind, frozenset()),
    )
    given = columns.pop(id_property, None)
    if given is not None and mode == "update":  # what is created has the id, whatever else is said
        columns[id_property] = other_than(ids, given)
    return RecordWrites(
        kind,
        id_property,
        payloads["record_key"],
        ids,
        same_in_every_row(mode, len(ids)),
        pa.table(columns),
        one_a_row(payloads),
        associations=links(payloads),
        lists=list_changes(payloads),
        sensitive=frozenset(sensitive.column_names),
    )


def definitions(payloads: pa.Table, _settings: MappingSettings) -> pa.Table:
    """Return the properties of rows that name a group in which missing ones are made."""
    details = _details(payloads).append_column("at", pa.array(range(payloads.num_rows)))
    grouped = details.drop_null()
    of = grouped.select(["object_type", "id_field_name", "property_group"])
    found = [
        _definitions_of(seen(payloads[name].take(grouped["at"]), of), sensitive=is_sensitive)
        for name, is_sensitive in (("properties", False), ("sensitive_properties", True))
    ]
    return pa.concat_tables(found)


def _definitions_of(kinds: pa.Table, *, sensitive: bool) -> pa.Table:
    """Return the kinds of values seen as definitions, of names that a property can have."""
    count = kinds.num_rows
    clean = [clean_name(name) for name in kinds["name"].to_pylist()]  # a few, however many rows
    names = pa.array(clean, pa.string())
    columns = [
        pa.repeat(pa.scalar("record"), count),
        kinds["object_type"],
        pa.nulls(count, pa.string()),
        kinds["property_group"],
        names,
        kinds["type"],
        pa.repeat(pa.scalar(sensitive), count),
    ]
    can_be = pa.array([is_name(name) for name in clean], pa.bool_())
    made = pc.and_(can_be, pc.not_equal(kinds["id_field_name"], names))
    return pa.table(columns, schema=DEFINITIONS).filter(made)


def _mode(settings: MappingSettings) -> Mode:
    return settings.sync_mode or DEFAULT_MODE


def _details(payloads: pa.Table) -> pa.Table:
    """Return each row's object details, normalised; null where blank."""
    given = members_of(payloads[OBJECT_DETAILS.key], OBJECT_DETAILS.fields)
    types = object_types(given["object_type"])
    id_properties = said(given["id_field_name"])
    return pa.table(
        {
            "object_type": types,
            "id_field_name": id_properties,
            "id_field_value": ids_as_compared(types, id_properties, given["id_field_value"]),
            "property_group": said(given["property_group"]),
        }
    )


def _in_order_of_timestamps(payloads: pa.Table) -> pa.Table:
    """Return each record's rows in the order of the times that their payloads name.

    A payload without one, or with one that tells no time, has its event's (actions §8.4).
    """
    own = payloads["event_time"]
    named = pc.coalesce(times(payloads["timestamp"]), own)
    same = pc.or_kleene(pc.equal(named, own), named.is_null())
    if pc.all(pc.fill_null(same, False), min_count=0).as_py():
        return payloads
    at = payloads.column_names.index("event_time")
    return payloads.set_column(at, "event_time", named).sort_by(
        [
            ("record_key", "ascending"),
            ("event_time", "ascending", "at_start"),
            ("position", "ascending"),
        ]
    )


ACTION = Action(
    key="upsertObject",
    title="Custom Object V2",
    description="Add, update or upsert records of any type in HubSpot, associate them with others "
    "and keep lists of them.",
    default_trigger=None,
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
    sync_mode=DEFAULT_MODE,
    problems=problems,
    definitions=definitions,
)
