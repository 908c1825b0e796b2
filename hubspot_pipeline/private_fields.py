"""What a mapping calls private, found again in fields and in the writes made of them."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hubspot_pipeline.actions.cleaning import clean_name
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.writes import GROUP_ID, EventWrites, Private, RecordWrites, Writes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from hubspot_pipeline.actions import Action
    from hubspot_pipeline.mapping.fields import Field

ALWAYS = frozenset({"sensitive_properties"})
"""The fields that are private whether or not a mapping says so."""

_KEYS = frozenset({"object_details", "object_details.id_field_value"})
"""The fields that hold the value by which a record is found, whichever property it is of."""

_KEY_FIELDS = {
    "upsertContact": ("email", "properties"),
    "upsertCompany": ("groupid",),
    "upsertObject": ("object_details", "properties"),
}
"""The fields, by action, of which records' keys are made; properties may name another address."""

_OTHERS = ("associations", "dissociations", "list_details", "searchFieldsToAssociateCustomObjects")
"""The fields, and all in them, that name other records and lists."""

_WRITTEN, _SEARCHED = (
    frozenset({"properties", "sensitive_properties"}),
    frozenset({"companysearchfields", "customObjectSearchFields"}),
)
"""The fields whose members are properties by their own names."""

_NAMES = {"groupid": GROUP_ID, "objectId": "object_id", "occurredAt": "occurred_at"}
"""What fields are called in writes, where they are called otherwise."""

_WHOSE = frozenset({"object_id", "email", "utk"})
"""What says whose an occurrence of an event is."""


def has_private_key(action: Action, private: Collection[str]) -> bool:
    """Return whether what tells an action's records apart may be private."""
    key_fields = _KEY_FIELDS.get(action.key, ())
    return any(path.partition(".")[0] in key_fields for path in private)


def problems_of_private(action: Action, private: Sequence[str]) -> Iterator[MappingError]:
    """Yield what is no field of the action, nor a member of one."""
    for at, path in enumerate(private):
        hint = _unknown(path, action.fields)
        if hint is not None:
            yield MappingError(
                f"private.{at}", f"{action.title} has no field '{path}' to keep private; {hint}"
            )


def _unknown(path: str, fields: Sequence[Field]) -> str | None:
    """Return what could have been meant by a path that names no field; None where it names one."""
    key, dot, below = path.partition(".")
    known = {field.key: field for field in fields}
    if key not in known:
        near = get_close_matches(key, known, n=1)
        return f"did you mean '{near[0]}'?" if near else f"there is: {', '.join(known)}."
    if not dot:
        return None
    if known[key].fields:
        return _unknown(below, known[key].fields)
    return None if below and known[key].type == "object" else f"'{key}' has no members."


def with_private(writes: Writes, private: Sequence[str]) -> Writes:
    """Return writes that say what of them is private.

    Args:
        writes: As an action makes them.
        private: The mapping's private fields, dotted: ``email``, ``properties.birthday``.
    """
    if isinstance(writes, EventWrites):
        return replace(writes, private=_of_event(writes, private))
    return replace(writes, private=_of_records(writes, private))


def _of_event(writes: EventWrites, private: Sequence[str]) -> Private:
    names: set[str] = set()
    for path in private:
        field, _, member = path.partition(".")
        if field == "record_details":
            names |= {member} if member else _WHOSE
        elif field == "properties":
            names |= _spellings(member) if member else set(writes.properties.column_names)
        else:
            names.add(_NAMES.get(field, field))
    return Private(frozenset(names))


def _of_records(writes: RecordWrites, private: Sequence[str]) -> Private:
    names: set[str] = set()
    for path in private:
        field, _, member = path.partition(".")
        if path in _KEYS:
            names.add(writes.id_property)
        elif field in _WRITTEN:
            names |= _spellings(member) if member else set(writes.properties.column_names)
        elif field in _SEARCHED and member:
            names.add(member)
        elif field in _SEARCHED:
            names |= set(writes.search.column_names if writes.search else ())
        else:
            names.add(_NAMES.get(field, field))
    linked = writes.associations["id_property"].unique().to_pylist()
    others = any(path.partition(".")[0] in _OTHERS for path in private)
    return Private(
        frozenset(names), writes.id_property in names, others or not names.isdisjoint(linked)
    )


def _spellings(name: str) -> set[str]:
    """Return a property's name as any action may spell it."""
    return {name, name.lower(), clean_name(name)}
