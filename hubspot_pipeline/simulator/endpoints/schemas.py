"""The schemas API: custom object types, their properties and associations (hubspot-api §2.10)."""

import re
from collections.abc import Iterable
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.schemas import Schema
from hubspot_pipeline.simulator.answers import Answer, Misread, Refusal, validation_error
from hubspot_pipeline.simulator.calls import TEXT, Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.property_definitions import (
    create_property,
    shown_property,
    visible_from,
)
from hubspot_pipeline.simulator.endpoints.schema_associations import associate, shown_association
from hubspot_pipeline.simulator.endpoints.shown import Shown, envelope, mixed_status

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

_NEEDED = ("name", "labels", "properties", "requiredProperties", "associatedObjects")
_NEEDED_BY_SPECIFICATION = (
    *_NEEDED,
    "searchableProperties",
    "secondaryDisplayProperties",
    "allowsSensitiveProperties",
    "shouldCreateSameObjectAssociation",
)
_TEXTS = ("name", "description", "primaryDisplayProperty")
_LISTS = {
    "requiredProperties": "required",
    "searchableProperties": "searchable",
    "secondaryDisplayProperties": "secondary_display",
}


def list_all(account: Account, call: Call) -> Answer:
    """All schemas that calls can see; with ``archived=true`` those whose names are not free."""
    schemas = account.schemas
    if call.is_true("archived"):
        chosen = schemas.archived()
    else:
        visible = account.types.is_visible
        chosen = [one for one in schemas.live() if visible(schemas.kind(one))]
    return Answer(200, {"results": [_shown(account, one, call.now) for one in chosen]})


def read(account: Account, call: Call) -> Answer:
    """One schema; HubSpot's own object types have one, too."""
    if call.is_true("archived"):
        return Answer(200, _shown(account, _archived(account, call), call.now))
    kind = account.types.find(call.parameters["schema"])
    schema = account.schemas.of(kind)
    if schema is None:
        return Answer(200, _shown_standard(account, kind, call.now))
    return Answer(200, _shown(account, schema, call.now))


def batch_read(account: Account, call: Call) -> Answer:
    """Several schemas by their types' names; what is no type is left out, with an error."""
    inputs = call.json().get("inputs") or []
    if not isinstance(inputs, list):
        raise call.mismatch("BatchInput$Json", ("inputs",))
    results: list[Shown] = []
    errors: list[Shown] = []
    for at, one in enumerate(inputs):
        named = one.get("id") if isinstance(one, dict) else one
        if not isinstance(named, str):
            raise call.mismatch(TEXT, ("inputs", at))
        try:
            schema = account.schemas.of(account.types.find(named))
        except Refusal as refusal:
            errors.append({**refusal.body, "context": {"ids": [named]}})
            continue
        if schema is not None:
            results.append(_shown(account, schema, call.now))
    status = mixed_status(account, call.version, 200, errors)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def create(account: Account, call: Call) -> Answer:
    """A new object type with its properties and associations, all of it or nothing."""
    body = call.json()
    _check_shape(account, call, body)
    _check_name(account, body["name"])
    others = [account.types.find(named) for named in body["associatedObjects"]]
    schema = _schema(account, body, iso(call.now))
    kind = account.schemas.kind(schema)
    try:
        for at, one in enumerate(body["properties"]):
            given = {name: value for name, value in one.items() if value is not None}
            try:
                create_property(account, kind, {"groupName": kind.group, **given}, call.now)
            except Misread as misread:
                raise misread.under("properties", at) from None
        _check_named(schema, set(account.properties(kind).defined))
    except Refusal:
        account.forget_type(kind)
        raise
    account.schemas.add(schema, visible_from(account, call.now))
    if body.get("shouldCreateSameObjectAssociation") is True:
        others.append(kind)
    for other in dict.fromkeys(others):
        associate(account, kind, other, "", iso(call.now))
    definitions = account.properties(kind).defined.values()
    return Answer(201, _shown(account, schema, max(one.visible_from for one in definitions)))


def update(account: Account, call: Call) -> Answer:
    """Change labels, description and which properties count; they must exist already (§2.10)."""
    kind, schema = _own(account, call)
    body = call.json()
    changed = _changed(call, schema, body)
    _check_named(changed, {one.name for one in account.properties(kind).visible(call.now)})
    changed.updated = iso(call.now)
    account.change_type(account.schemas.put(changed))
    return Answer(200, _shown_definition(account, changed))


def archive(account: Account, call: Call) -> Answer:
    """Archive a schema of which nothing is left; archived, with ``archived=true``, purge it."""
    if call.is_true("archived"):
        schema = _archived(account, call)
        account.forget_type(account.schemas.kind(schema))
        account.schemas.purge(schema)
        return Answer(204)
    kind, schema = _own(account, call)
    left = {
        "records": len(account.records(kind)),
        "associations": len(account.schemas.associations_of(kind)),
        "properties": sum(
            not one.hubspot_defined for one in account.properties(kind).defined.values()
        ),
    }
    for what, count in left.items():
        if count:
            raise validation_error(
                f"Object type {kind.name} cannot be deleted: {count} of its {what} still exist"
            )
    account.schemas.archive(schema, iso(call.now))
    account.forget_type(kind)
    return Answer(204)


def _own(account: Account, call: Call) -> tuple[ObjectType, Schema]:
    """The custom type that the path names, and its schema."""
    kind = account.types.find(call.parameters["schema"])
    schema = account.schemas.of(kind)
    if schema is None:
        raise validation_error(f"Object type {kind.name} is defined by HubSpot")
    return kind, schema


def _archived(account: Account, call: Call) -> Schema:
    found = account.schemas.find_archived(call.parameters["schema"])
    if found is None:
        raise no_record(account)
    return found


def _check_shape(account: Account, call: Call, body: Body) -> None:
    """What a new schema must have (§2.10): a switch says whether all that the specification does.

    The default is what HubSpot's own client and the docs' examples send: neither would get
    through otherwise.
    """
    strict = account.settings.behaviour.every_schema_field_needed
    needed = _NEEDED_BY_SPECIFICATION if strict else _NEEDED
    missing = [key for key in needed if body.get(key) is None]
    if missing:
        raise call.incomplete("ObjectSchemaEgg", missing)
    _check_types(call, body, (*_LISTS, "properties", "associatedObjects"))
    _check_labels(call, body["labels"])


def _check_types(call: Call, body: Body, lists: Iterable[str]) -> None:
    """What a body has of these fields must be of their JSON types; null counts as absent."""
    given = {key: value for key, value in body.items() if value is not None}
    for key in _TEXTS:
        if not isinstance(given.get(key, ""), str):
            raise call.mismatch(TEXT, (key,))
    if not isinstance(given.get("labels", {}), dict):
        raise call.mismatch("ObjectTypeDefinitionLabels$Json", ("labels",))
    for key in lists:
        _check_list(call, given.get(key, []), key)


def _check_labels(call: Call, labels: Body) -> None:
    missing = [key for key in ("singular", "plural") if not isinstance(labels.get(key), str)]
    if missing:
        raise call.incomplete("ObjectTypeDefinitionLabels", missing, ("labels",))


def _check_list(call: Call, given: Any, key: str) -> None:
    if not isinstance(given, list):
        raise call.mismatch("java.util.ArrayList<java.lang.String>", (key,))
    wanted = dict if key == "properties" else str
    for at, one in enumerate(given):
        if not isinstance(one, wanted):
            name = "ObjectTypePropertyCreate$Json" if wanted is dict else TEXT
            raise call.mismatch(name, (key, at))


def _check_name(account: Account, name: str) -> None:
    if not NAME.fullmatch(name):
        raise validation_error(
            f"Object type name {name} is not valid: it starts with a letter and contains only "
            "letters, digits and underscores"
        )
    if account.schemas.is_taken(name):
        message = f"An object type named '{name}' already exists."
        body = {"status": "error", "message": message, "category": "OBJECT_ALREADY_EXISTS"}
        raise Refusal(409, body)
    most = account.settings.behaviour.custom_types_allowed
    if len(account.schemas.live()) >= most:
        raise validation_error(f"At most {most} custom object types are allowed")


def _check_named(schema: Schema, known: set[str]) -> None:
    """§2.10: a property exists before it becomes required, searchable or shown."""
    unknown = sorted(schema.properties_in_use - known)
    if unknown:
        raise validation_error(f"Property {unknown[0]} does not exist on object {schema.name}")


def _schema(account: Account, body: Body, now: str) -> Schema:
    return Schema(
        account.schemas.allocate_id(),
        body["name"],
        (body["labels"]["singular"], body["labels"]["plural"]),
        body.get("description") or "",
        body.get("primaryDisplayProperty"),
        body.get("secondaryDisplayProperties") or [],
        body.get("searchableProperties") or [],
        body["requiredProperties"],
        body.get("allowsSensitiveProperties") is True,
        now,
        now,
    )


def _changed(call: Call, schema: Schema, body: Body) -> Schema:
    """The schema as an update wants it."""
    _check_types(call, body, _LISTS)
    changed = schema.copy()
    if body.get("labels") is not None:
        labels = {"singular": schema.labels[0], "plural": schema.labels[1]} | body["labels"]
        _check_labels(call, labels)
        changed.labels = (labels["singular"], labels["plural"])
    changed.description = body.get("description") or schema.description
    if body.get("clearDescription") is True:
        changed.description = ""
    changed.primary_display = body.get("primaryDisplayProperty") or schema.primary_display
    for key, name in _LISTS.items():
        if body.get(key) is not None:
            setattr(changed, name, body[key])
    return changed


def _shown_definition(account: Account, schema: Schema) -> Shown:
    """A schema without its properties and associations, as an update answers."""
    kind = account.schemas.kind(schema)
    body: Shown = {
        "id": kind.id.removeprefix("2-"),
        "objectTypeId": kind.id,
        "fullyQualifiedName": kind.name,
        "portalId": account.settings.portal_id,
        "name": schema.name,
        "labels": {"singular": schema.labels[0], "plural": schema.labels[1]},
        "secondaryDisplayProperties": schema.secondary_display,
        "searchableProperties": schema.searchable,
        "requiredProperties": schema.required,
        "allowsSensitiveProperties": schema.allows_sensitive,
        "archived": schema.archived_at is not None,
        "createdAt": schema.created,
        "updatedAt": schema.updated,
    }
    if schema.primary_display is not None:
        body["primaryDisplayProperty"] = schema.primary_display
    if schema.description:
        body["description"] = schema.description
    return body


def _shown(account: Account, schema: Schema, now: int) -> Shown:
    """A whole schema; `now` says which properties calls can see (nanoseconds)."""
    body = _shown_definition(account, schema)
    del body["portalId"]
    kind = account.schemas.kind(schema)
    return body | _properties_and_associations(account, kind, now)


def _shown_standard(account: Account, kind: ObjectType, now: int) -> Shown:
    name = kind.singular.upper()
    body: Shown = {
        "id": kind.id,
        "objectTypeId": kind.id,
        "fullyQualifiedName": name,
        "name": name,
        "labels": {"singular": kind.labels[0], "plural": kind.labels[1]},
        "secondaryDisplayProperties": [],
        "searchableProperties": [],
        "requiredProperties": list(kind.required_properties),
        "archived": False,
    }
    return body | _properties_and_associations(account, kind, now)


def _properties_and_associations(account: Account, kind: ObjectType, now: int) -> Shown:
    return {
        "properties": [shown_property(one) for one in account.properties(kind).visible(now)],
        "associations": [shown_association(one) for one in account.schemas.associations_of(kind)],
    }
