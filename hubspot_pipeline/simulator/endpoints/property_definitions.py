"""Definitions of properties: what makes one, and how it is shown (hubspot-api §3.2, §3.3)."""

import re
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.pipelines import PLACES
from hubspot_pipeline.simulator.account.properties import Properties, Property
from hubspot_pipeline.simulator.account.standard_properties import option
from hubspot_pipeline.simulator.answers import Refusal, validation_error
from hubspot_pipeline.simulator.calls import Body
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.endpoints.property_shapes import readable_definition
from hubspot_pipeline.simulator.endpoints.shown import Shown

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


def create_property(account: Account, kind: ObjectType, body: Body, now: int) -> Property:
    """A new definition of an object type, of a properties call or as part of a schema.

    Raises:
        Refusal: It makes no property, or there is one of this name.
    """
    properties = account.properties(kind)
    body = readable_definition(body)
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
            options=read_options(body, name),
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
    made.visible_from, made.previous = visible_from(account, now), None
    properties.defined[name] = made
    properties.changed()
    return made


def _check(account: Account, kind: ObjectType, properties: Properties, body: Body) -> None:
    """What a new definition must be (§3.2). HubSpot's own rule for names is not known."""
    if not NAME.fullmatch(body["name"]):
        raise validation_error(
            f"Property name {body['name']} is not valid: it starts with a letter and contains only "
            "lower-case letters, digits and underscores"
        )
    check_types(body["type"], body["fieldType"])
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


def check_types(type_: str, field_type: str) -> None:
    """Refuse a pair of types that do not go together (§3.2)."""
    if field_type not in FIELD_TYPES.get(type_, ()):
        raise validation_error(f"fieldType {field_type} is not valid for type {type_}")


def read_options(body: Body, name: str) -> list[dict[str, Any]]:
    """The options of a definition, no two of the same value."""
    options = body.get("options") or []
    values = [one["value"] for one in options]
    if len(set(values)) < len(values):
        raise validation_error(f"Property {name} has two options of the same value")
    if not options and body.get("type") == "bool":
        return [option("true", "True", 0), option("false", "False", 1)]
    return [{"description": "", **one} for one in options]


def visible_from(account: Account, now: int) -> int:
    """When calls see a definition that is made or changed now (§3.4)."""
    return now + round(account.settings.behaviour.definition_lag_seconds * NANOSECONDS)


def exists(message: str, what: str) -> Refusal:
    """The 409 of a name that is taken; `what` is the sub-category's beginning (§3.4)."""
    body = {
        "status": "error",
        "message": message,
        "category": "OBJECT_ALREADY_EXISTS",
        "subCategory": f"Properties.{what}_EXISTS",
    }
    return Refusal(409, body)


def show(account: Account, kind: ObjectType, one: Property) -> Shown:
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
