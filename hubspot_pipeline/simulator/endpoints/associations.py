"""Associations before they are made: what a call asks for, and whether it can be (hubspot-api §4).

Every refusal here is a 400 or 404 of a single call, and its body an error of a batch.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import AssociationType
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import (
    Answer,
    Misread,
    Refusal,
    too_many_inputs,
    validation_error,
)
from hubspot_pipeline.simulator.calls import TEXT, Body, Call, whole
from hubspot_pipeline.simulator.endpoints.shown import Shown, envelope, mixed_status, shuffled
from hubspot_pipeline.simulator.json_positions import Path

CATEGORIES = ("HUBSPOT_DEFINED", "USER_DEFINED", "INTEGRATOR_DEFINED", "WORK")
PERMISSION_VERSION = "2026-09"
"""On these paths, a user's token needs that user's permission (§1.5)."""

Spec = tuple[str, int]
"""An association type as a call names it: category and id."""


@dataclass(frozen=True, slots=True)
class PlannedLink:
    """One association of a record that is about to be created (§2.3)."""

    kind: ObjectType
    to_kind: ObjectType
    to_id: str
    types: tuple[AssociationType, ...]

    def make(self, account: Account, record_id: str) -> None:
        """Associate the record, now that it has an id."""
        account.associations.link(
            self.kind, record_id, self.to_kind, self.to_id, self.types, replace=False
        )


def read_specs(account: Account, kind: ObjectType, given: Any) -> list[PlannedLink]:
    """The `associations` of a creation; which object type each leads to follows from its types.

    Raises:
        Misread: They cannot be read (400, no category).
        Refusal: They name a type that does not lead from
            `kind` or exceed a limit (400), or name a record that does not exist (404).
    """
    if given is None:
        return []
    if type(given) is not list:
        raise Misread("java.util.ArrayList")
    planned: list[PlannedLink] = []
    for at, one in enumerate(given):
        if type(one) is not dict:
            raise Misread("PublicAssociationsForObject$Json", (at,))
        missing = [name for name in ("to", "types") if not one.get(name)]
        if missing:
            raise Misread("PublicAssociationsForObject", (at,), missing)
        to_id = read_id(one["to"], (at, "to"))
        specs = read_types(one["types"], (at, "types"))
        to_kind = _where_to(account, kind, specs[0])
        types = known_types(account, kind, to_kind, specs)
        check_target(account, to_kind, to_id)
        others = [link for link in planned if link.to_kind == to_kind and link.to_id != to_id]
        check_limits(account, (kind, None), (to_kind, to_id), types, others=others)
        planned.append(PlannedLink(kind, to_kind, to_id, types))
    return planned


# -- reading what was sent ------------------------------------------------------------------------


def kinds_of(account: Account, call: Call) -> tuple[ObjectType, ObjectType]:
    """The object types that the path names."""
    types, parameters = account.types, call.parameters
    return types.find(parameters["from_type"]), types.find(parameters["to_type"])


def read_inputs(call: Call, wanted: str, needs: tuple[str, ...], most: int) -> list[Body]:
    """A batch's inputs; a body without them is a silent no-op (§4.4, §10 trap 7).

    HubSpot's words for too many are not known (§4.2); they are those of a batch of records.
    """
    inputs = call.json().get("inputs")
    if inputs is None:
        return []
    if type(inputs) is not list:
        raise call.mismatch(f"BatchInput{wanted}$Json", ("inputs",))
    for at, one in enumerate(inputs):
        if type(one) is not dict:
            raise call.mismatch(f"{wanted}$Json", ("inputs", at))
        missing = [name for name in needs if one.get(name) in (None, [], "")]
        if missing:
            raise call.incomplete(wanted, missing, ("inputs", at))
    if len(inputs) > most:
        raise too_many_inputs(most)
    return inputs


def read_id(given: Any, path: Path) -> str:
    """The id of ``{"id": …}``, text or number; `path` leads there."""
    if type(given) is not dict:
        raise Misread("PublicObjectId$Json", path)
    found = given.get("id")
    if found is None:
        raise Misread("PublicObjectId", path, ["id"])
    if type(found) not in (str, int):
        raise Misread(TEXT, (*path, "id"))
    return str(found)


def read_pair(one: Body, at: int) -> tuple[str, str]:
    """The ids that the batch's input of this number associates."""
    from_id, to_id = (read_id(one[end], ("inputs", at, end)) for end in ("from", "to"))
    return from_id, to_id


def read_types(given: Any, path: Path = ()) -> list[Spec]:
    """A list of association types, as calls name them; there must be one. `path` leads there."""
    if type(given) is not list:
        raise Misread("java.util.ArrayList", path)
    specs = []
    for at, one in enumerate(given):
        if type(one) is not dict:
            raise Misread("AssociationSpec$Json", (*path, at))
        keys = ("associationCategory", "associationTypeId")
        missing = [name for name in keys if one.get(name) is None]
        if missing:
            raise Misread("AssociationSpec", (*path, at), missing)
        category, type_id = (one[name] for name in keys)
        if category not in CATEGORIES:
            raise Misread("AssociationSpec$AssociationCategory", (*path, at, keys[0]))
        number = whole(str(type_id)) if type(type_id) in (str, int) else None
        if number is None:
            raise Misread("java.lang.Integer", (*path, at, keys[1]))
        specs.append((category, number))
    if not specs:
        raise Misread("AssociationSpec", path, ["associationCategory", "associationTypeId"])
    return specs


# -- checking it ----------------------------------------------------------------------------------


def check_permission(call: Call) -> None:
    """Refuse a user-level token without the permission, on the paths that ask for it (§1.5)."""
    if call.version == PERMISSION_VERSION and not call.caller.edits_associations:
        raise validation_error("Missing 'Edit Associations' permission.")


def check_pair(
    account: Account, from_kind: ObjectType, from_id: str, to_kind: ObjectType, to_id: str
) -> None:
    """Refuse ids that are none, a record with itself, and records that do not exist (§4.1)."""
    for one in (from_id, to_id):
        check_identifier(one)
    if from_kind.id == to_kind.id and from_id == to_id:
        raise validation_error(f"Object {to_id} cannot be associated to itself ({from_id})")
    if from_id not in account.records(from_kind).by_id:
        raise _missing(from_kind, from_id, "FROM_OBJECT_NOT_FOUND")
    check_target(account, to_kind, to_id)


def check_identifier(one: str) -> None:
    """Refuse what is no id at all (§4.1)."""
    if whole(one) is None:
        raise validation_error(
            f"{one} is not a valid ID",
            subCategory="crm.associations.INVALID_IDENTIFIER",
            context={"id": [one]},
        )


def check_target(account: Account, to_kind: ObjectType, to_id: str) -> None:
    """Refuse a target that does not exist (§4.1)."""
    check_identifier(to_id)
    if to_id not in account.records(to_kind).by_id:
        raise _missing(to_kind, to_id, "TO_OBJECT_NOT_FOUND")


def known_types(
    account: Account, from_kind: ObjectType, to_kind: ObjectType, specs: Iterable[Spec]
) -> tuple[AssociationType, ...]:
    """The types of these names.

    Raises:
        Refusal: There is no such type, or it leads the other way (§4.1); the bodies are not known.
    """
    types = account.associations.types
    found = []
    for category, type_id in specs:
        one = types.find(from_kind, to_kind, category, type_id)
        if one is None:
            turned = types.find(to_kind, from_kind, category, type_id) is not None
            raise invalid_type(from_kind, to_kind, str(type_id), turned=turned)
        found.append(one)
    return tuple(found)


def invalid_type(
    from_kind: ObjectType, to_kind: ObjectType, named: str, *, turned: bool = False
) -> Refusal:
    """The 400 of a type that does not lead from one object type to the other."""
    code = "INVALID_FROM_OBJECT" if turned else "INVALID_ASSOCIATION_TYPE"
    return validation_error(
        f"{named} is not a valid association type between {from_kind.name} and {to_kind.name}",
        subCategory=f"crm.associations.{code}",
        context={
            "type": [named],
            "fromObjectType": [from_kind.name],
            "toObjectType": [to_kind.name],
        },
    )


def check_limits(
    account: Account,
    near: tuple[ObjectType, str | None],
    far: tuple[ObjectType, str],
    types: tuple[AssociationType, ...],
    *,
    others: Iterable[PlannedLink] = (),
) -> None:
    """Refuse one association more than an admin allows a record, seen from both (§4.2).

    `near` without an id is a record yet to be created; `others` are what else is planned for it.
    """
    if not account.settings.association_limits:
        return
    registry = account.associations.types
    (kind, record_id), (to_kind, to_id) = near, far
    types = (*types, registry.unlabeled(kind, to_kind))
    planned = [{*link.types, registry.unlabeled(kind, to_kind)} for link in others]
    for one in dict.fromkeys(types):
        back = registry.inverse(kind, to_kind, one)
        known = () if record_id is None else account.associations.types_of(
            kind, record_id, to_kind, to_id
        )  # fmt: skip
        if one in known:
            continue
        held = sum(one in types for types in planned)
        if record_id is not None:
            held = account.associations.count(kind, record_id, to_kind, one)
        _check_limit(account, kind, to_kind, one, held)
        _check_limit(
            account, to_kind, kind, back, account.associations.count(to_kind, to_id, kind, back)
        )


def answer_batch(
    account: Account, call: Call, status: int, results: list[Shown], errors: list[Shown]
) -> Answer:
    """A batch's answer: results in any order, 207 where some failed (§2.5, §4.1)."""
    status = mixed_status(account, call.version, status, errors)
    results = shuffled(account, results)
    return Answer(status, envelope(results, errors, call.now, account.clock.now()))


def _where_to(account: Account, kind: ObjectType, spec: Spec) -> ObjectType:
    found = account.associations.types.leading_from(kind, *spec)
    if found is None:
        raise validation_error(
            f"{spec[1]} is not a valid association type from {kind.name}",
            subCategory="crm.associations.INVALID_ASSOCIATION_TYPE",
            context={"type": [str(spec[1])], "fromObjectType": [kind.name]},
        )
    return account.types.find(found)


def _missing(kind: ObjectType, record_id: str, code: str) -> Refusal:
    body = {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": f"crm.associations.{code}",
        "message": f"No {kind.singular} with ID {record_id} exists",
        "context": {"objectType": [kind.singular], "id": [record_id]},
    }
    return Refusal(404, body)


def _check_limit(
    account: Account, kind: ObjectType, to_kind: ObjectType, one: AssociationType, held: int
) -> None:
    """HubSpot's words are not known (§4.2); a limit may be of a type that is yet to be defined."""
    unlabeled = one.label is None
    for limit in account.settings.association_limits:
        limited = limit.from_type in kind.names and limit.to_type in to_kind.names
        same = unlabeled if limit.type_id is None else (
            (limit.category, limit.type_id) == (one.category, one.type_id)
        )  # fmt: skip
        if limited and same and held >= limit.most:
            raise validation_error(
                f"A {kind.singular} can be associated with at most {limit.most} {to_kind.name} "
                f"by association type {one.type_id}"
            )
