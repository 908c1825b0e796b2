"""The properties API: the definitions of an object type's properties (hubspot-api §3)."""

from dataclasses import replace

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    Refusal,
    too_many_inputs,
    validation_error,
)
from hubspot_pipeline.simulator.calls import Body, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.missing import no_such
from hubspot_pipeline.simulator.endpoints.property_definitions import (
    check_types,
    create_property,
    read_options,
    show,
    shown_property,
    visible_from,
)
from hubspot_pipeline.simulator.endpoints.property_shapes import readable, readable_definition
from hubspot_pipeline.simulator.endpoints.sensitive import check_degrees
from hubspot_pipeline.simulator.endpoints.shown import Shown, envelope, mixed_status

MAX_INPUTS = 100
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
                show(account, kind, one)
                for one in chosen
                if one.sensitivity == sensitivity and (not wanted or one.name in wanted)
            ]
        },
    )


def read(account: Account, call: Call) -> Answer:
    """One definition; an unknown name is 404 (§3.1)."""
    return Answer(200, show(account, _kind(account, call), _find(account, call)))


def create(account: Account, call: Call) -> Answer:
    """A new definition, or an archived one of this name again (§3.4)."""
    kind, body = _kind(account, call), readable_definition(call.json())
    _check_sensitivity(account, call, kind, body)
    made = create_property(account, kind, body, call.now)
    path = call.arrival.path
    return Answer(
        201, shown_property(made), [("Location", f"https://api.hubapi.com{path}/{made.name}")]
    )


def update(account: Account, call: Call) -> Answer:
    """Change what may change, and ignore what may not; given `options` replace all (§3.2)."""
    kind, body = _kind(account, call), readable(call.json())
    properties = account.properties(kind)
    seen = _find(account, call)
    if seen.archived_at is not None:
        raise _unknown(seen.name)
    found = properties.defined[seen.name]
    if found.sensitivity != "non_sensitive":
        check_degrees(account, call, kind, {found.sensitivity}, "write")
    if found.hubspot_defined and body.keys() - {"options", "groupName", "label", "description"}:
        raise validation_error(f"Property {found.name} is defined by HubSpot")
    type_, field_type = body.get("type", found.type), body.get("fieldType", found.field_type)
    check_types(type_, field_type)
    group = body.get("groupName", found.group)
    if "groupName" in body and group not in account.groups.of(kind):
        raise validation_error(f"The property group {group} does not exist")
    options = found.options
    if "options" in body:
        options = read_options({**body, "type": type_}, found.name)
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
    properties.update(changed, call.now, visible_from(account, call.now) if lag else call.now)
    return Answer(200, show(account, kind, changed))


def archive(account: Account, call: Call) -> Answer:
    """Out of sight, its values with it, until it is created again."""
    kind, found = _kind(account, call), _find(account, call)
    if found.archived_at is None:
        _check_archivable(account, call, kind, found)
        _archive(account, kind, found, call.now)
    return Answer(204)


def batch_create(account: Account, call: Call) -> Answer:
    """Several definitions; a clash is one error of a 207, the others are created (§3.4).

    2026-09 answers 200 where the other versions answer 201 (§3.1).
    """
    kind, inputs = _kind(account, call), _inputs(call)
    results: list[Shown] = []
    errors: list[Shown] = []
    for at, one in enumerate(inputs):
        try:
            readable_definition(one)
        except Misread as misread:
            raise misread.under("inputs", at) from None
    for one in inputs:
        try:
            _check_sensitivity(account, call, kind, one)
            results.append(shown_property(create_property(account, kind, one, call.now)))
        except Refusal as refusal:
            context = {"name": [str(one.get("name"))]}
            errors.append({**refusal.body, "context": context})
    created = 200 if call.version == "2026-09" else 201
    status = mixed_status(account, call.version, created, errors)
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
    results = [show(account, kind, one) for one in seen if one is not None]
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


def _kind(account: Account, call: Call) -> ObjectType:
    return account.types.find(call.parameters["object_type"])


def _find(account: Account, call: Call) -> Property:
    name = call.parameters["property_name"]
    properties = account.properties(_kind(account, call))
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
    return no_such(f"Property '{name}' does not exist.")
