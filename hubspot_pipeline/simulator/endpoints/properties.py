"""The properties API: definitions and groups of an object type (hubspot-api §3)."""

import re
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.properties import Properties, Property
from hubspot_pipeline.simulator.account.standard_properties import option
from hubspot_pipeline.simulator.answers import (
    Answer,
    Refusal,
    incomplete,
    too_many_inputs,
    validation_error,
)
from hubspot_pipeline.simulator.calls import Body, Call, mismatch
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.endpoints.shown import Shown, envelope, mixed_status

MAX_INPUTS = 100
MAX_UNIQUE = 10
MAX_CUSTOM = 1_000
NAME = re.compile(r"[a-z][a-z0-9_]*")

FIELD_TYPES = {
    "bool": {"booleancheckbox", "calculation_equation"},
    "enumeration": {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
    "date": {"date"},
    "datetime": {"date"},
    "string": {"file", "text", "textarea", "calculation_equation", "html", "phonenumber"},
    "number": {"number", "calculation_equation"},
    "phone_number": {"phonenumber"},
}
"""Which field types go with each type (§3.2)."""


def list_all(account: Account, call: Call) -> Answer:
    """All definitions, without paging; not the sensitive ones unless asked for (§3.1, §3.5)."""
    properties = _of(account, call)
    sensitivity = call.one("dataSensitivity", "non_sensitive")
    chosen = (
        list(properties.archived.values())
        if call.one("archived") == "true"
        else properties.visible(call.now)
    )
    return Answer(
        200, {"results": [shown_property(one) for one in chosen if one.sensitivity == sensitivity]}
    )


def read(account: Account, call: Call) -> Answer:
    """One definition; an unknown name is 404 (§3.1)."""
    return Answer(200, shown_property(_find(account, call)))


def create(account: Account, call: Call) -> Answer:
    """A new definition, or an archived one of this name again (§3.4)."""
    made = create_property(account, _kind(account, call), call.json(), call.now)
    path = call.arrival.path
    return Answer(
        201, shown_property(made), [("Location", f"https://api.hubapi.com{path}/{made.name}")]
    )


def update(account: Account, call: Call) -> Answer:
    """Change what may change; `options`, if given, replace the whole list (§3.2)."""
    found = _find(account, call)
    body = call.json()
    if found.hubspot_defined and body.keys() - {"options", "groupName", "label", "description"}:
        raise validation_error(f"Property {found.name} is defined by HubSpot")
    type_, field_type = body.get("type", found.type), body.get("fieldType", found.field_type)
    _check_types(type_, field_type)
    if "options" in body:
        found.options = _options(body, found.name)
    found.type, found.field_type = type_, field_type
    found.label = body.get("label", found.label)
    found.description = body.get("description", found.description)
    found.group = body.get("groupName", found.group)
    found.display_order = body.get("displayOrder", found.display_order)
    found.hidden = body.get("hidden", found.hidden)
    found.form_field = body.get("formField", found.form_field)
    found.updated = iso(call.now)
    _of(account, call).changed()
    return Answer(200, shown_property(found))


def archive(account: Account, call: Call) -> Answer:
    """Out of sight, its values with it, until it is created again."""
    found = _find(account, call)
    if found.hubspot_defined:
        raise validation_error(
            f"Property {found.name} is defined by HubSpot and cannot be deleted",
            subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
        )
    _archive(account, call, found)
    return Answer(204)


def batch_create(account: Account, call: Call) -> Answer:
    """Several definitions; a clash is one error of a 207, the others are created (§3.4)."""
    kind, inputs = _kind(account, call), _inputs(call)
    results: list[Shown] = []
    errors: list[Shown] = []
    for one in inputs:
        try:
            results.append(shown_property(create_property(account, kind, one, call.now)))
        except Refusal as refusal:
            context = {"name": [str(one.get("name"))]}
            errors.append({**refusal.body, "context": context})
    status = mixed_status(account, call.version, 201, errors)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def batch_read(account: Account, call: Call) -> Answer:
    """Several definitions by name; the unknown ones in errors."""
    properties = _of(account, call)
    inputs = _inputs(call)
    names = [str(one.get("name")) for one in inputs]
    archived = call.json().get("archived") is True
    found = [
        properties.archived.get(name) if archived else properties.find(name, call.now)
        for name in names
    ]
    errors = [
        {**_unknown(name).body, "context": {"name": [name]}}
        for name, one in zip(names, found, strict=True)
        if one is None
    ]
    results = [shown_property(one) for one in found if one is not None]
    status = mixed_status(account, call.version, 200, errors)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def batch_archive(account: Account, call: Call) -> Answer:
    """204 whatever the names' state (§3.1)."""
    properties = _of(account, call)
    for one in _inputs(call):
        found = properties.find(str(one.get("name")), call.now)
        if found is not None and not found.hubspot_defined:
            _archive(account, call, found)
    return Answer(204)


def list_groups(account: Account, call: Call) -> Answer:
    """The groups that properties can be in."""
    return Answer(200, {"results": list(groups_of(account, _kind(account, call)).values())})


def create_group(account: Account, call: Call) -> Answer:
    """A new group."""
    body = call.json()
    groups = groups_of(account, _kind(account, call))
    name, label = body.get("name"), body.get("label")
    if not isinstance(name, str) or not isinstance(label, str):
        raise incomplete(
            "PropertyGroupCreate", [key for key in ("name", "label") if not body.get(key)]
        )
    if name in groups:
        raise _exists(f"A property group named '{name}' already exists.", "PROPERTY_GROUP")
    groups[name] = _group(name, label, body.get("displayOrder", -1))
    return Answer(201, groups[name])


def create_property(account: Account, kind: ObjectType, body: Body, now: int) -> Property:
    """A new definition of an object type, of a properties call or as part of a schema.

    Raises:
        Refusal: It makes no property, or there is one of this name.
    """
    properties = account.properties(kind)
    _check(account, kind, properties, body)
    name = body["name"]
    if name in properties.defined:
        raise _exists(f"A property named '{name}' already exists.", "PROPERTY_WITH_NAME")
    lag = account.settings.behaviour.definition_lag_seconds
    visible_from = now + round(lag * NANOSECONDS)
    made = properties.archived.pop(name, None)
    if made is None:
        made = Property(
            name,
            body["label"],
            body["type"],
            body["fieldType"],
            body["groupName"],
            options=_options(body, name),
            description=body.get("description", ""),
            display_order=body.get("displayOrder", -1),
            unique=body.get("hasUniqueValue") is True,
            hidden=body.get("hidden") is True,
            form_field=body.get("formField") is True,
            read_only=body["fieldType"] == "calculation_equation",
            sensitivity=body.get("dataSensitivity", "non_sensitive"),
            created=iso(now),
        )
    made.updated, made.visible_from, made.archived_at = iso(now), visible_from, None
    properties.defined[name] = made
    properties.changed()
    return made


def _check(account: Account, kind: ObjectType, properties: Properties, body: Body) -> None:
    """What a new definition must be (§3.2). HubSpot's own rule for names is not known."""
    needed = ("name", "label", "type", "fieldType", "groupName")
    missing = [key for key in needed if not isinstance(body.get(key), str)]
    if missing:
        raise incomplete("PropertyCreate", missing)
    if not NAME.fullmatch(body["name"]):
        raise validation_error(
            f"Property name {body['name']} is not valid: it starts with a letter and contains only "
            "lower-case letters, digits and underscores"
        )
    _check_types(body["type"], body["fieldType"])
    if body["groupName"] not in groups_of(account, kind):
        raise validation_error(f"The property group {body['groupName']} does not exist")
    if (
        body["type"] == "enumeration"
        and not body.get("options")
        and not body.get("externalOptions")
    ):
        raise validation_error(f"Enumeration property {body['name']} must have options")
    if body.get("hasUniqueValue") is True and len(properties.unique) >= MAX_UNIQUE:
        raise validation_error(f"At most {MAX_UNIQUE} properties can have unique values")
    if sum(not one.hubspot_defined for one in properties.defined.values()) >= MAX_CUSTOM:
        raise validation_error(f"At most {MAX_CUSTOM} custom properties are allowed")


def _check_types(type_: str, field_type: str) -> None:
    if field_type not in FIELD_TYPES.get(type_, ()):
        raise validation_error(f"fieldType {field_type} is not valid for type {type_}")


def _options(body: Body, name: str) -> list[dict[str, Any]]:
    """The options of a definition; each needs four of its fields (§3.2)."""
    options = body.get("options") or []
    for one in options:
        if not isinstance(one, dict):
            raise mismatch("OptionInput$Json", one)
        missing = [key for key in ("label", "value", "displayOrder", "hidden") if key not in one]
        if missing:
            raise incomplete("OptionInput", missing)
    values = [one["value"] for one in options]
    if len(set(values)) < len(values):
        raise validation_error(f"Property {name} has two options of the same value")
    if not options and body.get("type") == "bool":
        return [option("true", "True", 0), option("false", "False", 1)]
    return [{"description": "", **one} for one in options]


def _archive(account: Account, call: Call, found: Property) -> None:
    properties = _of(account, call)
    found.archived_at = call.now
    properties.archived[found.name] = properties.defined.pop(found.name)
    properties.changed()
    account.records(call.parameters["object_type"]).forget_index(found.name)


def _kind(account: Account, call: Call) -> ObjectType:
    return account.types.find(call.parameters["object_type"])


def _of(account: Account, call: Call) -> Properties:
    return account.properties(_kind(account, call))


def _find(account: Account, call: Call) -> Property:
    name = call.parameters["property_name"]
    properties = _of(account, call)
    if call.one("archived") == "true":
        found = properties.archived.get(name)
    else:
        found = properties.find(name, call.now)
    if found is None:
        raise _unknown(name)
    return found


def _inputs(call: Call) -> list[Body]:
    inputs = call.json().get("inputs") or []
    for one in inputs:
        if not isinstance(one, dict):
            raise mismatch("PropertyInput$Json", one)
    if len(inputs) > MAX_INPUTS:
        raise too_many_inputs(MAX_INPUTS)
    call.keep(tuple(str(one.get("name")) for one in inputs))
    return inputs


def groups_of(account: Account, kind: ObjectType) -> dict[str, Shown]:
    """The property groups of an object type, by name."""
    groups = account.groups.get(kind.id)
    if groups is None:
        label = f"{kind.labels[0]} information"
        groups = account.groups[kind.id] = {kind.group: _group(kind.group, label, 0)}
    return groups


def _group(name: str, label: str, display_order: int) -> Shown:
    return {"name": name, "label": label, "displayOrder": display_order, "archived": False}


def _unknown(name: str) -> Refusal:
    message = f"Property '{name}' does not exist."
    return Refusal(404, {"status": "error", "message": message, "category": "OBJECT_NOT_FOUND"})


def _exists(message: str, what: str) -> Refusal:
    body = {
        "status": "error",
        "message": message,
        "category": "OBJECT_ALREADY_EXISTS",
        "subCategory": f"Properties.{what}_EXISTS",
    }
    return Refusal(409, body)


def shown_property(one: Property) -> Shown:
    """A definition as the API shows it (§3.3)."""
    shown: Shown = {
        "name": one.name,
        "label": one.label,
        "type": one.type,
        "fieldType": one.field_type,
        "description": one.description,
        "groupName": one.group,
        "options": one.options,
        "displayOrder": one.display_order,
        "calculated": one.field_type == "calculation_equation",
        "externalOptions": one.external_options,
        "hasUniqueValue": one.unique,
        "hidden": one.hidden,
        "hubspotDefined": one.hubspot_defined,
        "archived": one.archived_at is not None,
        "createdAt": one.created,
        "updatedAt": one.updated,
        "formField": one.form_field,
        "dataSensitivity": one.sensitivity,
        "modificationMetadata": {
            "archivable": not one.hubspot_defined,
            "readOnlyDefinition": one.hubspot_defined,
            "readOnlyValue": one.read_only,
        },
    }
    if one.external_options:
        shown["referencedObjectType"] = "OWNER"
    if one.archived_at is not None:
        shown["archivedAt"] = iso(one.archived_at)
    return shown
