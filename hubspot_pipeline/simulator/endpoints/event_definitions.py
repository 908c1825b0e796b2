"""Definitions of custom events and their properties (hubspot-api §5.3)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.event_definitions import (
    FIELD_TYPES,
    MAX_NAME,
    MAX_PROPERTIES,
    EventDefinition,
    EventProperty,
    bad_name,
    default_properties,
    is_name,
    name_of_label,
)
from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.answers import Answer, Refusal, validation_error
from hubspot_pipeline.simulator.calls import Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.property_definitions import visible_from
from hubspot_pipeline.simulator.endpoints.property_shapes import read_text
from hubspot_pipeline.simulator.endpoints.shown import Shown
from hubspot_pipeline.simulator.json_positions import Path

MAX_DEFINITIONS = 500
MAX_LABEL = 100
MAX_PAGE = 100
STRICT_VERSION = "2026-09"
"""Paths of this version want all that its specification calls required."""

_EGG = "ExternalBehavioralEventTypeDefinitionEgg"
_PROPERTY = "ExternalBehavioralEventPropertyCreate"
_OF_2026_09 = ("label", "propertyDefinitions", "includeDefaultProperties")


def create(account: Account, call: Call) -> Answer:
    """A new kind of event; sends know it after the definition lag (§3.4)."""
    body = call.json()
    needed = _OF_2026_09 if call.version == STRICT_VERSION else ("label",)
    missing = [name for name in needed if body.get(name) in (None, "")]
    if missing:
        raise call.incomplete(_EGG, missing)
    definitions = account.events.definitions
    name = _new_name(account, body)
    if definitions.is_taken(name):
        raise _exists(f"An event with name {name} already exists.")
    if len(definitions) >= MAX_DEFINITIONS:
        raise validation_error(f"At most {MAX_DEFINITIONS} event definitions are allowed")
    kind = _primary_object(account, body)
    properties = _properties(account, call, body)
    matching = _matching(account, body, kind, properties)
    description = _text(body, "description")
    made = definitions.add(name, _text(body, "label"), kind.id)
    made.description = description
    made.properties, made.matching = properties, matching
    made.created = made.updated = iso(call.now)
    made.visible_from = visible_from(account, call.now)
    call.keep((made.full_name,))
    return Answer(201, _shown(account, made, call.now, properties=True, lagging=True))


def list_all(account: Account, call: Call) -> Answer:
    """Definitions by name, page by page: `searchString`, `sortOrder` (ASC, DESC), `limit`.

    The page's usual length (10) and its longest (100) are this simulator's choice.
    """
    wanted, order = call.one("searchString").lower(), call.one("sortOrder", "ASC").upper()
    limit, start = call.limit(10, MAX_PAGE), call.after()
    if order not in ("ASC", "DESC"):
        raise validation_error(f"sortOrder must be ASC or DESC, not {order}")
    found = [
        one
        for name, one in sorted(account.events.definitions.all.items(), reverse=order == "DESC")
        if wanted in name and one.visible_from <= call.now
    ]
    end = start + limit
    properties = call.is_true("includeProperties")
    body: Shown = {
        "total": len(found),
        "results": [
            _shown(account, one, call.now, properties=properties) for one in found[start:end]
        ],
    }
    if end < len(found):
        body["paging"] = call.next_page(limit, str(end))
    return Answer(200, body)


def read(account: Account, call: Call) -> Answer:
    """One definition by its name or full name."""
    found = _find(account, call)
    properties = call.is_true("includeProperties")
    return Answer(200, _shown(account, found, call.now, properties=properties))


def update(account: Account, call: Call) -> Answer:
    """Another label or description; nothing else can change. 201, as specified."""
    found, body = _find(account, call), call.json()
    label, description = _text(body, "label"), _text(body, "description")
    if "label" in body:
        found.label = _label(label, MAX_LABEL)
    if "description" in body:
        found.description = description
    found.updated = iso(call.now)
    return Answer(201, _shown(account, found, call.now, properties=True))


def delete(account: Account, call: Call) -> Answer:
    """Delete a definition with all its events, and its name for good."""
    account.events.delete(_find(account, call))
    return Answer(204)


def add_property(account: Account, call: Call) -> Answer:
    """A new property; sends know it after the definition lag."""
    found = _find(account, call)
    made = _property(account, call, call.json(), ())
    if made.name in found.properties:
        raise _exists(f"Property {made.name} already exists on event {found.full_name}.")
    _check_number({**found.properties, made.name: made})
    found.properties[made.name] = made
    found.changed()
    return Answer(201, _shown_property(made))


def update_property(account: Account, call: Call) -> Answer:
    """Another label, description or options; another type takes a new property. 201."""
    found, body = _find(account, call), call.json()
    one = _find_property(account, call, found)
    label, description = _text(body, "label"), _text(body, "description")
    options = _options(call, body, one.type, ()) if "options" in body else one.options
    if "label" in body:
        one.label = _label(label, MAX_NAME)
    if "description" in body:
        one.description = description
    one.options = options
    one.updated = iso(call.now)
    found.changed()
    return Answer(201, _shown_property(one))


def delete_property(account: Account, call: Call) -> Answer:
    """No property of events to come; those that happened keep their values."""
    found = _find(account, call)
    del found.properties[_find_property(account, call, found).name]
    found.changed()
    return Answer(204)


# -- reading bodies -------------------------------------------------------------------------------


def _new_name(account: Account, body: Body) -> str:
    label = _label(_text(body, "label"), MAX_LABEL)
    hyphens = account.settings.behaviour.event_name_hyphens
    name = _text(body, "name") or name_of_label(label)
    if not is_name(name, hyphens=hyphens):
        raise validation_error(bad_name("Event", name))
    return name


def _text(given: Body, name: str, path: Path = ()) -> str:
    """A text of what was given, to which `path` leads; empty if it is missing or null."""
    value = given.get(name)
    return "" if value is None else read_text(value, *path, name)


def _label(label: str, longest: int) -> str:
    if not 0 < len(label) <= longest:
        raise validation_error(f"A label has 1 to {longest} characters, not {len(label)}")
    return label


def _primary_object(account: Account, body: Body) -> ObjectType:
    named = _text(body, "primaryObject")
    return account.types.find(named) if named else CONTACTS


def _properties(account: Account, call: Call, body: Body) -> dict[str, EventProperty]:
    given = body.get("propertyDefinitions") or []
    if type(given) is not list:
        raise call.mismatch(f"{_EGG}$Json", ("propertyDefinitions",))
    made = default_properties() if body.get("includeDefaultProperties", True) is not False else {}
    for at, one in enumerate(given):
        path = ("propertyDefinitions", at)
        if type(one) is not dict:
            raise call.mismatch(f"{_PROPERTY}$Json", path)
        new = _property(account, call, one, path)
        if new.name in made:
            raise _exists(f"Property {new.name} already exists on this event.")
        new.visible_from = 0  # with its event, and no later
        made[new.name] = new
    _check_number(made)
    return made


def _property(account: Account, call: Call, given: Body, path: Path) -> EventProperty:
    missing = [name for name in ("label", "type") if given.get(name) in (None, "")]
    if missing:
        raise call.incomplete(_PROPERTY, missing, path)
    label, type_ = _label(_text(given, "label", path), MAX_NAME), _text(given, "type", path)
    if type_ not in FIELD_TYPES:
        raise validation_error(
            f"{type_} is not a type of event properties: [{', '.join(FIELD_TYPES)}]"
        )
    name = _text(given, "name", path) or name_of_label(label)
    if not is_name(name):
        raise validation_error(bad_name("Property", name))
    return EventProperty(
        name,
        label,
        type_,
        _text(given, "description", path),
        _options(call, given, type_, path),
        created=iso(call.now),
        updated=iso(call.now),
        visible_from=visible_from(account, call.now),
    )


def _options(call: Call, given: Body, type_: str, path: Path) -> list[dict[str, Any]]:
    options = given.get("options") or []
    if type(options) is not list:
        raise call.mismatch(f"{_PROPERTY}$Json", (*path, "options"))
    for at, one in enumerate(options):
        if type(one) is not dict:
            raise call.mismatch("OptionInput$Json", (*path, "options", at))
        missing = [name for name in ("label", "value") if one.get(name) in (None, "")]
        if missing:
            raise call.incomplete("OptionInput", missing, (*path, "options", at))
    if type_ == "enumeration" and not options:
        raise validation_error("An enumeration property must have options")
    return [{"displayOrder": at, "hidden": False, **one} for at, one in enumerate(options)]


def _matching(
    account: Account, body: Body, kind: ObjectType, properties: dict[str, EventProperty]
) -> tuple[str, str] | None:
    """The customMatchingId's two properties, of the record and of the event (§5.3)."""
    given = body.get("customMatchingId")
    if given is None:
        return None
    rule = given.get("primaryObjectRule") if isinstance(given, dict) else None
    rule = rule if isinstance(rule, dict) else {}
    target, own = str(rule.get("targetObjectPropertyName")), str(rule.get("eventPropertyName"))
    if not account.records(kind).is_unique(target):
        raise validation_error(f"Property {target} of {kind.name} has no unique values")
    if own not in properties:
        raise validation_error(f"Property {own} does not exist on this event")
    return target, own


def _check_number(properties: dict[str, EventProperty]) -> None:
    if sum(not one.hubspot_defined for one in properties.values()) > MAX_PROPERTIES:
        raise validation_error(f"At most {MAX_PROPERTIES} custom properties are allowed an event")


# -- finding --------------------------------------------------------------------------------------


def _find(account: Account, call: Call) -> EventDefinition:
    name = call.parameters["event_name"]
    call.keep((name,))
    found = account.events.definitions.find(name, call.now)
    if found is None:
        raise _unknown(account, f"Event with fully qualified name {name} does not exist.")
    return found


def _find_property(account: Account, call: Call, of: EventDefinition) -> EventProperty:
    name = call.parameters["property_name"]
    found = of.properties.get(name)
    if found is None or found.visible_from > call.now:
        raise _unknown(account, f"Property {name} of event {of.full_name} does not exist.")
    return found


def _unknown(account: Account, message: str) -> Refusal:
    """What is not there: 400 with an error as text within it (§5.3)."""
    refusal = validation_error(
        "StandardError{status=error, category=VALIDATION_ERROR, "
        f"message={message}, errors=[], context={{}}, links={{}}}}"
    )
    refusal.status = account.settings.behaviour.unknown_event_status
    return refusal


def _exists(message: str) -> Refusal:
    """What is already there, or was there before: names are not free again."""
    return Refusal(409, {"status": "error", "message": message, "category": "CONFLICT"})


# -- showing --------------------------------------------------------------------------------------


def _shown(
    account: Account,
    one: EventDefinition,
    now: int,
    *,
    properties: bool,
    lagging: bool = False,
) -> Shown:
    """A definition; its properties only where they are asked for."""
    kind = account.types.by_id(one.kind)
    listed = one.properties.values() if properties else ()
    shown: Shown = {
        "id": one.id,
        "name": one.name,
        "fullyQualifiedName": one.full_name,
        "objectTypeId": f"6-{one.id}",
        "labels": {"singular": one.label, "plural": one.label},
        "description": one.description,
        "primaryObject": (kind.name if kind.custom else kind.singular.upper()) if kind else None,
        "primaryObjectId": one.kind,
        "properties": [
            _shown_property(each) for each in listed if lagging or each.visible_from <= now
        ],
        "trackingType": "MANUAL",
        "createdAt": one.created,
        "updatedAt": one.updated,
        "archived": False,
    }
    if one.matching is not None:
        rule = dict(
            zip(("targetObjectPropertyName", "eventPropertyName"), one.matching, strict=True)
        )
        shown["customMatchingId"] = {"primaryObjectRule": rule}
    return shown


def _shown_property(one: EventProperty) -> Shown:
    return {
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "fieldType": FIELD_TYPES[one.type],
        "description": one.description,
        "groupName": "eventinformation",
        "options": one.options,
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": False,
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": one.hubspot_defined,
        "formField": False,
        "archived": False,
        "createdAt": one.created,
        "updatedAt": one.updated,
    }
