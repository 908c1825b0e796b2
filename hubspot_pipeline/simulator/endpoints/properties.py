"""The properties API: the definitions of an object type's properties (hubspot-api §3)."""

import re
from dataclasses import replace
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.pipelines import PLACES
from hubspot_pipeline.simulator.account.properties import Properties, Property
from hubspot_pipeline.simulator.account.standard_properties import option
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    Refusal,
    too_many_inputs,
    validation_error,
)
from hubspot_pipeline.simulator.calls import Body, Call
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.endpoints.property_shapes import check_options, check_readable
from hubspot_pipeline.simulator.endpoints.sensitive import check_degrees
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


SENSITIVITIES = ("non_sensitive", "sensitive", "highly_sensitive")


def list_all(account: Account, call: Call) -> Answer:
    """All definitions, without paging; not the sensitive ones unless asked for (§3.1, §3.5).

    Labels are there in one language only, whatever `locale` says.
    """
    kind = _kind(account, call)
    properties = account.properties(kind)
    sensitivity = call.one("dataSensitivity", "non_sensitive")
    if sensitivity not in SENSITIVITIES:
        raise validation_error(f"dataSensitivity must be one of {', '.join(SENSITIVITIES)}")
    wanted = frozenset(call.listed("properties"))
    chosen = (
        list(properties.archived.values())
        if call.is_true("archived")
        else properties.visible(call.now)
    )
    return Answer(
        200,
        {
            "results": [
                _shown(account, kind, one)
                for one in chosen
                if one.sensitivity == sensitivity and (not wanted or one.name in wanted)
            ]
        },
    )


def read(account: Account, call: Call) -> Answer:
    """One definition; an unknown name is 404 (§3.1)."""
    return Answer(200, _shown(account, _kind(account, call), _find(account, call)))


def create(account: Account, call: Call) -> Answer:
    """A new definition, or an archived one of this name again (§3.4)."""
    kind, body = _kind(account, call), call.json()
    _check_sensitivity(account, call, kind, body)
    made = create_property(account, kind, body, call.now)
    path = call.arrival.path
    return Answer(
        201, shown_property(made), [("Location", f"https://api.hubapi.com{path}/{made.name}")]
    )


def update(account: Account, call: Call) -> Answer:
    """Change what may change, and ignore what may not; given `options` replace all (§3.2)."""
    kind, body = _kind(account, call), call.json()
    properties = account.properties(kind)
    found = properties.defined[_find(account, call).name]
    if found.sensitivity != "non_sensitive":
        check_degrees(account, call, kind, {found.sensitivity}, "write")
    if found.hubspot_defined and body.keys() - {"options", "groupName", "label", "description"}:
        raise validation_error(f"Property {found.name} is defined by HubSpot")
    type_, field_type = body.get("type", found.type), body.get("fieldType", found.field_type)
    _check_types(type_, field_type)
    group = body.get("groupName", found.group)
    if "groupName" in body and group not in account.groups.of(kind):
        raise validation_error(f"The property group {group} does not exist")
    options = found.options
    if "options" in body:
        options = _options({**body, "type": type_}, found.name)
    changed = replace(
        found,
        type=type_,
        field_type=field_type,
        options=options,
        label=body.get("label", found.label),
        description=body.get("description", found.description),
        group=group,
        display_order=body.get("displayOrder", found.display_order),
        hidden=body.get("hidden", found.hidden),
        form_field=body.get("formField", found.form_field),
        updated=iso(call.now),
    )
    lag = account.settings.behaviour.updates_lag_too
    properties.update(changed, call.now, _visible_from(account, call.now) if lag else call.now)
    return Answer(200, _shown(account, kind, changed))


def archive(account: Account, call: Call) -> Answer:
    """Out of sight, its values with it, until it is created again."""
    kind, found = _kind(account, call), _find(account, call)
    if found.archived_at is None:
        _check_archivable(account, call, kind, found)
        _archive(account, kind, found, call.now)
    return Answer(204)


def batch_create(account: Account, call: Call) -> Answer:
    """Several definitions; a clash is one error of a 207, the others are created (§3.4)."""
    kind, inputs = _kind(account, call), _inputs(call)
    results: list[Shown] = []
    errors: list[Shown] = []
    for at, one in enumerate(inputs):
        try:
            check_readable(one)
        except Misread as misread:
            raise misread.under("inputs", at) from None
    for one in inputs:
        try:
            _check_sensitivity(account, call, kind, one)
            results.append(shown_property(create_property(account, kind, one, call.now)))
        except Refusal as refusal:
            context = {"name": [str(one.get("name"))]}
            errors.append({**refusal.body, "context": context})
    status = mixed_status(account, call.version, 201, errors)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def batch_read(account: Account, call: Call) -> Answer:
    """Several definitions by name; those that are not there, or not as sensitive, in errors."""
    kind, inputs = _kind(account, call), _inputs(call)
    properties = account.properties(kind)
    names = [str(one.get("name")) for one in inputs]
    body = call.json()
    sensitivity = body.get("dataSensitivity", "non_sensitive")
    found = [
        properties.archived.get(name)
        if body.get("archived") is True
        else properties.find(name, call.now)
        for name in names
    ]
    seen = [one if one and one.sensitivity == sensitivity else None for one in found]
    errors = [
        {**_unknown(name).body, "context": {"name": [name]}}
        for name, one in zip(names, seen, strict=True)
        if one is None
    ]
    results = [_shown(account, kind, one) for one in seen if one is not None]
    status = mixed_status(account, call.version, 200, errors)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def batch_archive(account: Account, call: Call) -> Answer:
    """204 whether the names are there, archived or unknown (§3.1); one in use refuses them all."""
    kind, inputs = _kind(account, call), _inputs(call)
    properties = account.properties(kind)
    names = dict.fromkeys(str(one.get("name")) for one in inputs)
    there = [one for name in names if (one := properties.find(name, call.now)) is not None]
    for one in there:
        _check_archivable(account, call, kind, one)
    for one in there:
        _archive(account, kind, one, call.now)
    return Answer(204)


def create_property(account: Account, kind: ObjectType, body: Body, now: int) -> Property:
    """A new definition of an object type, of a properties call or as part of a schema.

    Raises:
        Refusal: It makes no property, or there is one of this name.
    """
    properties = account.properties(kind)
    _check(account, kind, properties, body)
    name = body["name"]
    if name in properties.defined:
        raise exists(f"A property named '{name}' already exists.", "PROPERTY_WITH_NAME")
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
            sensitivity=body.get("dataSensitivity") or "non_sensitive",
            created=iso(now),
        )
    made.updated, made.archived_at = iso(now), None
    made.visible_from, made.previous = _visible_from(account, now), None
    properties.defined[name] = made
    properties.changed()
    return made


def _check(account: Account, kind: ObjectType, properties: Properties, body: Body) -> None:
    """What a new definition must be (§3.2). HubSpot's own rule for names is not known."""
    check_readable(body)
    if not NAME.fullmatch(body["name"]):
        raise validation_error(
            f"Property name {body['name']} is not valid: it starts with a letter and contains only "
            "lower-case letters, digits and underscores"
        )
    _check_types(body["type"], body["fieldType"])
    if body["groupName"] not in account.groups.of(kind):
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
    """The options of a definition, no two of the same value."""
    options = body.get("options") or []
    check_options(options)
    values = [one["value"] for one in options]
    if len(set(values)) < len(values):
        raise validation_error(f"Property {name} has two options of the same value")
    if not options and body.get("type") == "bool":
        return [option("true", "True", 0), option("false", "False", 1)]
    return [{"description": "", **one} for one in options]


def _check_sensitivity(account: Account, call: Call, kind: ObjectType, body: Body) -> None:
    """Making sensitive properties takes the scope of writing sensitive values (§3.5)."""
    degree = body.get("dataSensitivity") or "non_sensitive"
    if degree not in SENSITIVITIES:
        raise validation_error(f"dataSensitivity must be one of {', '.join(SENSITIVITIES)}")
    if degree != "non_sensitive":
        check_degrees(account, call, kind, {degree}, "write")


def _check_archivable(account: Account, call: Call, kind: ObjectType, found: Property) -> None:
    if found.sensitivity != "non_sensitive":
        check_degrees(account, call, kind, {found.sensitivity}, "write")
    why = "is defined by HubSpot" if found.hubspot_defined else None
    if account.requirements.uses(kind, found.name) or account.schemas.uses(kind, found.name):
        why = "is in use by a rule or by the schema of its type"
    if why is not None:
        raise validation_error(
            f"Property {found.name} {why} and cannot be deleted",
            subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
        )


def _archive(account: Account, kind: ObjectType, found: Property, now: int) -> None:
    account.properties(kind).archive(found.name, now)
    account.records(kind).forget_index(found.name)


def _visible_from(account: Account, now: int) -> int:
    return now + round(account.settings.behaviour.definition_lag_seconds * NANOSECONDS)


def _kind(account: Account, call: Call) -> ObjectType:
    return account.types.find(call.parameters["object_type"])


def _of(account: Account, call: Call) -> Properties:
    return account.properties(_kind(account, call))


def _find(account: Account, call: Call) -> Property:
    name = call.parameters["property_name"]
    properties = _of(account, call)
    if call.is_true("archived"):
        found = properties.archived.get(name)
    else:
        found = properties.find(name, call.now)
    if found is None:
        raise _unknown(name)
    return found


def _inputs(call: Call) -> list[Body]:
    inputs = call.json().get("inputs") or []
    if type(inputs) is not list:
        raise call.mismatch("java.util.ArrayList", ("inputs",))
    for at, one in enumerate(inputs):
        if not isinstance(one, dict):
            raise call.mismatch("PropertyInput$Json", ("inputs", at))
    if len(inputs) > MAX_INPUTS:
        raise too_many_inputs(MAX_INPUTS)
    call.keep(tuple(str(one.get("name")) for one in inputs))
    return inputs


def _unknown(name: str) -> Refusal:
    message = f"Property '{name}' does not exist."
    return Refusal(404, {"status": "error", "message": message, "category": "OBJECT_NOT_FOUND"})


def exists(message: str, what: str) -> Refusal:
    """The 409 of a name that is taken; `what` is the sub-category's beginning (§3.4)."""
    body = {
        "status": "error",
        "message": message,
        "category": "OBJECT_ALREADY_EXISTS",
        "subCategory": f"Properties.{what}_EXISTS",
    }
    return Refusal(409, body)


def _shown(account: Account, kind: ObjectType, one: Property) -> Shown:
    """A definition; the options of pipelines and stages are those of the account's pipelines."""
    shown = shown_property(one)
    places = PLACES.get(kind.id)
    if places is None or one.name not in (places.pipeline, places.stage):
        return shown
    pipelines = account.pipelines.of(kind)
    listed = [(one.id, one.label, one.display_order) for one in pipelines]
    if one.name == places.stage:
        listed = [
            (stage.id, stage.label, stage.display_order)
            for pipeline in pipelines
            for stage in pipeline.stages
        ]
    shown["options"] = [option(*each) for each in listed]
    del shown["referencedObjectType"]
    return shown


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
    if one.type == "enumeration":
        fixed = one.read_only or one.external_options
        shown["modificationMetadata"]["readOnlyOptions"] = fixed
    if one.external_options:
        shown["referencedObjectType"] = "OWNER"
    if one.archived_at is not None:
        shown["archivedAt"] = iso(one.archived_at)
    return shown
