"""The object types, properties and events that a mapping names by what stands in its YAML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hubspot_pipeline.actions import upsert_company, upsert_contact
from hubspot_pipeline.actions.cleaning import clean_name
from hubspot_pipeline.actions.custom_event import event_name as custom_event_name
from hubspot_pipeline.actions.send_custom_behavioral_event import event_name as full_event_name
from hubspot_pipeline.literals import literal
from hubspot_pipeline.object_types import COMPANIES, CONTACTS
from hubspot_pipeline.writes import GROUP_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

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
        is_made: Whether it is a record's property that is made where the account lacks it.
    """

    of: str
    of_place: str
    place: str
    name: str
    role: Role = "written"
    of_event: bool = False
    is_made: bool = False


def mentions(action: str, given: Mapping[str, Any]) -> list[Mention]:
    """Return the properties that a mapping names, where their object type or event stands in it."""
    match action:
        case "upsertContact":
            fields = ("email", *upsert_contact.PROPERTY_FIELDS)
            return [*_fields(given, fields, CONTACTS), *_members(given, "properties", CONTACTS)]
        case "upsertCompany":
            return _of_company(given)
        case "upsertCustomObjectRecord":
            return _of_custom_object_record(given)
        case "upsertObject":
            return _of_object(given)
        case "sendCustomBehavioralEvent":
            return _of_event(given, "eventName", full_event_name, cleaned=False)
        case "customEvent":
            return _of_event(given, "event_name", custom_event_name, cleaned=True)
        case _:
            return []


def _of_company(given: Mapping[str, Any]) -> list[Mention]:
    found = (
        *_fields(given, upsert_company.PROPERTY_FIELDS, COMPANIES),
        *_members(given, "properties", COMPANIES),
        *_members(given, "companysearchfields", COMPANIES, role="searched"),
    )
    return [each for each in found if each.name != GROUP_ID]  # it is made where it is missing


def _fields(given: Mapping[str, Any], fields: Iterable[str], object_type: str) -> Iterator[Mention]:
    """Yield the fields that are properties themselves."""
    for field in fields:
        if _says(given.get(field)):
            yield Mention(object_type, "", field, field)


def _members(
    given: Mapping[str, Any],
    field: str,
    of: str,
    of_place: str = "",
    *,
    role: Role = "written",
    cleaned: bool = False,
    of_event: bool = False,
    is_made: bool = False,
) -> Iterator[Mention]:
    """Yield the members of a free-form object, by the names that the action gives them."""
    for place, key in _keys(given.get(field), field):
        name = clean_name(key) if cleaned else key.lower() if of_event else key
        yield Mention(of, of_place, place, name, role, of_event, is_made)


def _of_custom_object_record(given: Mapping[str, Any]) -> list[Mention]:
    found: list[Mention] = []
    object_type = literal(given.get("objectType"))
    if object_type:
        found += _members(given, "properties", object_type, "objectType")
        found += _members(
            given, "customObjectSearchFields", object_type, "objectType", role="searched"
        )
    other = literal(given.get("toObjectType"))
    if other:
        field = "searchFieldsToAssociateCustomObjects"
        found += _members(given, field, other, "toObjectType", role="searched")
    return found


def _of_object(given: Mapping[str, Any]) -> list[Mention]:
    details = given.get("object_details")
    details = details if isinstance(details, dict) else {}
    object_type = literal(details.get("object_type"))
    found: list[Mention] = []
    if object_type:
        of_place = "object_details.object_type"
        key = literal(details.get("id_field_name"))
        if key:
            found.append(Mention(object_type, of_place, "object_details.id_field_name", key, "key"))
        made = _says(details.get("property_group"))
        for field in ("properties", "sensitive_properties"):
            found += _members(given, field, object_type, of_place, cleaned=True, is_made=made)
    for field in ("associations", "dissociations"):
        items = given.get(field)
        for at, item in enumerate(items if isinstance(items, list) else [items]):
            place = f"{field}.{at}" if isinstance(items, list) else field
            found += _of_link(item, place)
    return found


def _of_link(item: Any, place: str) -> Iterator[Mention]:
    """Yield the property by which an association's other side is found."""
    given = item if isinstance(item, dict) else {}
    of, name = literal(given.get("object_type")), literal(given.get("id_field_name"))
    if of and name:
        yield Mention(of, f"{place}.object_type", f"{place}.id_field_name", name, "key")


def _of_event(
    given: Mapping[str, Any], field: str, name_of: Callable[[str], str], *, cleaned: bool
) -> list[Mention]:
    event = literal(given.get(field))
    if not event:
        return []
    name = name_of(event)
    members = _members(given, "properties", name, field, cleaned=cleaned, of_event=True)
    return [Mention(name, field, field, "", of_event=True), *members]


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


def _says(value: Any) -> bool:
    return value is not None and value != ""
