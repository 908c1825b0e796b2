"""What writes need the account to have, made once before the first of them is sent."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot import account, event_definitions, property_definitions
from hubspot_pipeline.hubspot.account import Option
from hubspot_pipeline.hubspot.errors import ConfigurationError, RefusedError, WrongTarget
from hubspot_pipeline.hubspot.event_definitions import EventProperty
from hubspot_pipeline.hubspot.property_definitions import NewProperty
from hubspot_pipeline.writes import GROUP_ID, LONGEST_EVENT_NAME, RECORD_ID, RECORD_KEY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    import pyarrow as pa

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.writes import Mode

_Rows = list["Mapping[str, Any]"]
_Reasons = dict[str | None, str]

_YES_OR_NO = (Option("true", "true"), Option("false", "false"))
_FIELD_TYPES = {
    "number": ("number", "number"),
    "bool": ("enumeration", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "string": ("string", "text"),
}
"""The type and field type of a new property, by what its values look like (actions §8.6)."""

_EVENT_TYPES = {"number": "number", "bool": "enumeration", "date": "datetime"}
"""The type of a new property of an event, likewise (actions §9.6); others are as they look."""

_ID_PROPERTIES = {
    GROUP_ID: (
        "Segment Group ID",
        "Unique Property to map Segment Group ID with a HubSpot Company Object",
    ),
    RECORD_KEY: (
        "Segment Record Key",
        "Unique property by which a record that an event created is known again",
    ),
}
"""Label and description of the id properties that are made here (actions §6.5)."""

_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{LONGEST_EVENT_NAME - 1}}}")
"""What can name an event, or a property of one (hubspot-api §5.2, §5.3)."""

_EVENT_NAME = re.compile(rf"(pe[0-9]+_)?{_NAME.pattern}")
"""An event's name, also in full: what HubSpot puts before it does not count as its length."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What could not be made of one object type or event.

    Attributes:
        reasons: Its properties, each with the reason in words; None among them is the event itself.
    """

    reasons: Mapping[str | None, str]

    @property
    def reason(self) -> str:
        """All of it."""
        return "; ".join(self.reasons.values())


async def prepare(
    client: HubSpotClient, definitions: pa.Table, sync_mode: Mode | None
) -> dict[str, Refused]:
    """Make the properties and event definitions that the account lacks.

    What is there stays as it is, of whatever type it may be (actions §15, W13); what cannot be made
    by its name, or may not by the sync mode, is left out, and the check rejects the rows that need
    it. Missing properties of an object type are made in one call.

    Args:
        client: The portal.
        definitions: ``writes.DEFINITIONS``.
        sync_mode: Of events: ``add`` defines new ones, ``update`` adds properties to those that are
            there, ``upsert`` does both (actions §9.5). Properties of records are made in any mode.

    Returns:
        What could not be made, by the names of the object types and events.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no final answer, or can give none.
    """
    records: defaultdict[str, _Rows] = defaultdict(list)
    events: defaultdict[str, _Rows] = defaultdict(list)
    for row in definitions.to_pylist():
        (records if row["kind"] == "record" else events)[row["of"]].append(row)
    refused: dict[str, _Reasons] = {}
    for object_type in sorted(records):
        refused[object_type] = await _make_properties(client, object_type, records[object_type])
    for name in sorted(filter(_EVENT_NAME.fullmatch, events)):
        refused[name] = await _make_event(client, name, events[name], sync_mode)
    return {name: Refused(reasons) for name, reasons in refused.items() if reasons}


def not_made(reasons: Iterable[str]) -> ConfigurationError:
    """Return the error that says that without what was refused nothing is sent."""
    return ConfigurationError(
        "HubSpot refused to make what this mapping needs, and nothing was sent: "
        + "; ".join(reasons)
    )


async def make_id_property(client: HubSpotClient, object_type: str, name: str) -> None:
    """Make a hidden property with unique values, where it is missing.

    It is in the property group of the object type's own record id.

    Raises:
        ConfigurationError: There is such a property whose values are not unique, or HubSpot refused
            to make it.
        TryLaterError: HubSpot gave no final answer.
    """
    known = await account.properties(client, object_type)
    if name not in known:
        label, description = _ID_PROPERTIES[name]
        new = NewProperty(
            name,
            "string",
            "text",
            known[RECORD_ID].group,
            label,
            unique=True,
            hidden=True,
            description=description,
        )
        for error in (await property_definitions.create(client, object_type, [new])).values():
            raise ConfigurationError(
                f"HubSpot refused to make the property {name!r} of {object_type}, by which their "
                f"records are found: {error.message}",
                error.facts,
            )
        known = await account.properties(client, object_type)
    if not known[name].unique:
        raise WrongTarget(
            f"The property {name!r} of {object_type} is there, but its values are not unique, so "
            "no record can be found by it, and HubSpot does not let that be changed: delete it in "
            "HubSpot's settings, and run again."
        )


async def _make_properties(client: HubSpotClient, object_type: str, rows: _Rows) -> _Reasons:
    """Make an object type's missing properties; return why some could not be made."""
    if await account.object_type(client, object_type) is None:
        return {}  # the check says so of each row
    sensitive = any(row["sensitive"] for row in rows)
    known = await account.properties(client, object_type, sensitive=sensitive)
    new = [
        _new_property(name, same)
        for name, same in sorted(_by_name(rows).items())
        if name not in known
    ]
    errors = await property_definitions.create(client, object_type, new)
    return {name: _refusal(name, object_type, error) for name, error in errors.items()}


def _new_property(name: str, rows: _Rows) -> NewProperty:
    looks = common_type({row["type"] for row in rows})
    type_, field_type = _FIELD_TYPES[looks]
    return NewProperty(
        name,
        type_,
        field_type,
        min(row["group"] for row in rows),
        name,
        sensitive=any(row["sensitive"] for row in rows),
        options=_YES_OR_NO if looks == "bool" else (),
    )


async def _make_event(
    client: HubSpotClient, name: str, rows: _Rows, sync_mode: Mode | None
) -> _Reasons:
    """Define an event or complete its definition; return why some of it could not be made."""
    wanted = [
        _event_property(each, same)
        for each, same in sorted(_by_name(rows).items())
        if _NAME.fullmatch(each)
    ]
    definition = await event_definitions.read(client, name)
    if definition is None:
        if sync_mode == "update":
            return {}
        if "-" in name:  # only events that are there may have some
            put_right = name.replace("-", "_")
            return {None: f"the event {name!r}: no hyphen can be in it, so name it {put_right!r}."}
        try:
            primary_object = min(row["primary_object"] for row in rows)
            definition = await event_definitions.create(client, name, primary_object, wanted)
        except RefusedError as error:
            return {None: f"the event {name!r}: {error.message}"}
    if definition.archived or sync_mode == "add":
        return {}
    missing = [each for each in wanted if each.name not in definition.properties]
    if not missing:
        return {}
    errors = await event_definitions.add_properties(client, definition, missing)
    return {each: _refusal(each, f"the event {name!r}", error) for each, error in errors.items()}


def _event_property(name: str, rows: _Rows) -> EventProperty:
    looks = common_type({row["type"] for row in rows})
    return EventProperty(
        name, _EVENT_TYPES.get(looks, looks), _YES_OR_NO if looks == "bool" else ()
    )


def common_type(types: Collection[str]) -> str:
    """Return the type of a property whose values look like these types (``writes.DEFINITIONS``).

    One type is itself, days among times are ``datetime``, and any other mixture is ``string``: it
    takes them all.
    """
    seen = set(types)
    if len(seen) == 1:
        return seen.pop()
    return "datetime" if seen == {"date", "datetime"} else "string"


def _by_name(rows: _Rows) -> dict[str, _Rows]:
    """Return the rows of each property; a row without a name only asks for its event."""
    by_name: defaultdict[str, _Rows] = defaultdict(list)
    for row in rows:
        if row["name"] is not None:
            by_name[row["name"]].append(row)
    return by_name


def _refusal(name: str, of: str, error: RefusedError) -> str:
    return f"the property {name!r} of {of}: {error.message}"
