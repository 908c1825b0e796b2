"""The property and event names that stand in a mapping, held to the account before sending.

Names that only the events tell are held to it row by row (``delivery.check``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.actions.cleaning import clean_name
from hubspot_pipeline.actions.custom_event import event_name as custom_event_name
from hubspot_pipeline.actions.send_custom_behavioral_event import event_name as full_event_name
from hubspot_pipeline.delivery.nearest import hint
from hubspot_pipeline.delivery.schema import no_object_type, read_schema
from hubspot_pipeline.hubspot import account, event_definitions
from hubspot_pipeline.writes import GROUP_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.writes import Mode

Role = Literal["written", "searched", "key"]
"""What a property is named for: its value is written, records match it, or are found by it."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A property that a mapping names.

    Attributes:
        of: The object type or event that it is a property of, as it stands in the mapping.
        of_place: Where in the mapping that stands.
        place: Where in the mapping the property is named.
        name: Its internal name; empty where only ``of`` is mentioned.
        role: What it is named for.
        of_event: Whether it is a property of an event.
    """

    of: str
    of_place: str
    place: str
    name: str
    role: Role = "written"
    of_event: bool = False


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A name that means nothing in the account.

    Attributes:
        place: Where in the mapping it stands: ``properties.favourite_color``.
        reason: What is wrong with it, and what is near.
    """

    place: str
    reason: str


async def misnamed_properties(
    client: HubSpotClient,
    action: str,
    mapping: Literal["default"] | Mapping[str, Any],
    sync_mode: Mode | None,
) -> list[Misnamed]:
    """Return the names in a mapping that the account does not have.

    What will be made is left out: properties with a property group to make them in, and events and
    their properties where the sync mode has them made.

    Args:
        client: The portal.
        action: The action's key.
        mapping: As in the destination's YAML, with or without shorthand.
        sync_mode: What writes may do.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not tell its schema.
    """
    given = ACTIONS[action].default_mapping() if mapping == "default" else mapping
    by_owner: dict[tuple[bool, str], list[Mention]] = {}
    for each in mentions(action, given):
        by_owner.setdefault((each.of_event, each.of), []).append(each)
    found: list[Misnamed] = []
    for (of_event, _), same in by_owner.items():
        found += await (
            _misnamed_of_event(client, same, sync_mode)
            if of_event
            else _misnamed_of_records(client, same)
        )
    return found


def mentions(action: str, given: Mapping[str, Any]) -> list[Mention]:
    """Return the properties that a mapping names, where their object type or event stands in it."""
    match action:
        case "upsertContact":
            return [*_fields(action, given, "contacts"), *_members(given, "properties", "contacts")]
        case "upsertCompany":
            return [
                each
                for each in (
                    *_fields(action, given, "companies"),
                    *_members(given, "properties", "companies"),
                    *_members(given, "companysearchfields", "companies", role="searched"),
                )
                if each.name != GROUP_ID
            ]
        case "upsertCustomObjectRecord":
            return _of_custom_object_record(given)
        case "upsertObject":
            return _of_object(given)
        case _:
            name = "eventName" if "eventName" in given else "event_name"
            return _of_event(given, name, cleaned=action == "customEvent")


_NO_PROPERTIES = {"groupid", "createNewCompany", "associateContact"}
_NOT_OF_COMPANIES = {"email"}


def _fields(action: str, given: Mapping[str, Any], object_type: str) -> Iterator[Mention]:
    """Yield the fields that are properties themselves."""
    left_out = _NO_PROPERTIES | (_NOT_OF_COMPANIES if object_type == "companies" else set())
    for field in ACTIONS[action].fields:
        if field.type != "object" and field.key not in left_out and _says(given.get(field.key)):
            yield Mention(object_type, "", field.key, field.key)


def _members(
    given: Mapping[str, Any],
    field: str,
    of: str,
    of_place: str = "",
    *,
    role: Role = "written",
    cleaned: bool = False,
    of_event: bool = False,
) -> Iterator[Mention]:
    """Yield the members of a free-form object, by the names that the action gives them."""
    for place, key in _keys(given.get(field), field):
        name = clean_name(key) if cleaned else key.lower() if of_event else key
        yield Mention(of, of_place, place, name, role, of_event)


def _of_custom_object_record(given: Mapping[str, Any]) -> list[Mention]:
    found: list[Mention] = []
    object_type = _literal(given.get("objectType"))
    if object_type:
        found += _members(given, "properties", object_type, "objectType")
        found += _members(
            given, "customObjectSearchFields", object_type, "objectType", role="searched"
        )
    other = _literal(given.get("toObjectType"))
    if other:
        field = "searchFieldsToAssociateCustomObjects"
        found += _members(given, field, other, "toObjectType", role="searched")
    return found


def _of_object(given: Mapping[str, Any]) -> list[Mention]:
    details = given.get("object_details")
    details = details if isinstance(details, dict) else {}
    object_type = _literal(details.get("object_type"))
    found: list[Mention] = []
    if object_type:
        of_place = "object_details.object_type"
        key = _literal(details.get("id_field_name"))
        if key:
            found.append(Mention(object_type, of_place, "object_details.id_field_name", key, "key"))
        if not _says(details.get("property_group")):  # else what is missing is made
            for field in ("properties", "sensitive_properties"):
                found += _members(given, field, object_type, of_place, cleaned=True)
    for field in ("associations", "dissociations"):
        items = given.get(field)
        for at, item in enumerate(items if isinstance(items, list) else [items]):
            place = f"{field}.{at}" if isinstance(items, list) else field
            found += _of_link(item, place)
    return found


def _of_link(item: Any, place: str) -> Iterator[Mention]:
    """Yield the property by which an association's other side is found."""
    given = item if isinstance(item, dict) else {}
    of, name = _literal(given.get("object_type")), _literal(given.get("id_field_name"))
    if of and name:
        yield Mention(of, f"{place}.object_type", f"{place}.id_field_name", name, "key")


def _of_event(given: Mapping[str, Any], field: str, *, cleaned: bool) -> list[Mention]:
    event = _literal(given.get(field))
    if not event:
        return []
    name = custom_event_name(event) if cleaned else full_event_name(event)
    members = _members(given, "properties", name, field, cleaned=cleaned, of_event=True)
    return [Mention(name, field, field, "", of_event=True), *members]


async def _misnamed_of_records(
    client: HubSpotClient, mentioned: Sequence[Mention]
) -> list[Misnamed]:
    of, of_place = mentioned[0].of, mentioned[0].of_place
    kind = await account.object_type(client, of)
    if kind is None:
        return [Misnamed(of_place, await no_object_type(client, of))]
    names = {each.name for each in mentioned}
    schema = await read_schema(client, kind, names)
    found = []
    for each in mentioned:
        known = schema.properties.get(each.name)
        if each.role == "key":
            reason = schema.no_key(each.name)
        elif known is None:
            reason = schema.no_property(each.name)
        elif known.read_only and each.role == "written":
            reason = f"{each.name!r} is read-only: HubSpot sets it itself."
        else:
            continue
        if reason:
            found.append(Misnamed(each.place, reason))
    return found


async def _misnamed_of_event(
    client: HubSpotClient, mentioned: Sequence[Mention], sync_mode: Mode | None
) -> list[Misnamed]:
    of, of_place = mentioned[0].of, mentioned[0].of_place
    definition = await event_definitions.read(client, of)
    if definition is None:
        if sync_mode in {"add", "upsert"}:
            return []
        known = await event_definitions.names(client, of)
        return [Misnamed(of_place, f"the account has no event {of!r}{hint(of, known)}")]
    if definition.archived:
        return [Misnamed(of_place, f"the event {of!r} is archived in HubSpot.")]
    if sync_mode in {"update", "upsert"}:
        return []
    return [
        Misnamed(
            each.place,
            f"the event {of!r} has no property {each.name!r}"
            f"{hint(each.name, list(definition.properties))}",
        )
        for each in mentioned
        if each.name and each.name not in definition.properties
    ]


def _keys(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """Yield where each key of an object stands, and the key, as far as they can be told.

    Objects under directives count, too, where the directive hands their members on.
    """
    if not isinstance(value, dict):
        return
    directives = [key for key in value if key.startswith("@")]
    if not directives:
        yield from ((f"{place}.{key}", key) for key in value)
    for directive in directives:
        for part, inner in _handed_on(directive, value[directive]):
            yield from _keys(inner, f"{place}.{directive}{part}")


def _handed_on(directive: str, argument: Any) -> Iterable[tuple[str, Any]]:
    """Return the objects whose members a directive hands on, with their places in it."""
    options = argument if isinstance(argument, dict) else {}
    match directive:
        case "@literal" | "@excludeWhenNull":
            return [("", argument)]
        case "@if":
            return [(f".{name}", options.get(name)) for name in ("then", "else")]
        case "@merge":
            objects = options.get("objects")
            listed = objects if isinstance(objects, list) else []
            return [(f".objects.{at}", each) for at, each in enumerate(listed)]
        case "@transform":
            return [(".mapping", options.get("mapping"))]
        case _:
            return []


def _literal(value: Any) -> str | None:
    """Return a text that stands in the mapping; None where it is made from the event."""
    if isinstance(value, dict) and value.keys() == {"@literal"}:
        value = value["@literal"]
    elif isinstance(value, str) and (value.startswith("$.") or "{{" in value):
        return None  # perhaps shorthand for a directive
    return value.strip() or None if isinstance(value, str) else None


def _says(value: Any) -> bool:
    return value is not None and value != ""
