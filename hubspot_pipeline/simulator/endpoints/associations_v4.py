"""Associations of v4 and the dated paths: batches, and one at a time (hubspot-api §4.1, §4.2)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import AssociationType
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer, Refusal, validation_error
from hubspot_pipeline.simulator.calls import Call, whole
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.associations import (
    answer_batch,
    check_identifier,
    check_limits,
    check_pair,
    check_permission,
    kinds_of,
    known_types,
    read_id,
    read_inputs,
    read_pair,
    read_types,
)
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.shown import Shown, envelope

MAX_WRITES = 2_000
MAX_READS = 1_000
MAX_PAGE = 500

_End = tuple[ObjectType, str]
"""One of an association's two records: its type and its id."""


def batch_create(account: Account, call: Call) -> Answer:
    """Associate pairs by the given types alone; the types that a pair had are replaced (§4.1).

    A pair that comes twice ends with what its last input says, and is one result.
    """
    check_permission(call)
    from_kind, to_kind = kinds_of(account, call)
    inputs = [
        (*read_pair(one, at), read_types(one["types"], ("inputs", at, "types")))
        for at, one in enumerate(
            read_inputs(call, "PublicAssociationMultiPost", ("from", "to", "types"), MAX_WRITES)
        )
    ]
    call.keep(tuple(f"{from_id}-{to_id}" for from_id, to_id, _ in inputs))
    made: dict[tuple[str, str], None] = {}
    errors: list[Shown] = []
    for from_id, to_id, specs in inputs:
        try:
            _link(account, (from_kind, from_id), (to_kind, to_id), specs)
        except Refusal as refusal:
            errors.append(refusal.body)
        else:
            made[from_id, to_id] = None
    results = [
        _labels_between(account, from_kind, from_id, to_kind, to_id) for from_id, to_id in made
    ]
    return answer_batch(account, call, 200 if call.version == "2026-09" else 201, results, errors)


def batch_associate_default(account: Account, call: Call) -> Answer:
    """Associate pairs without a label; labels that they have stay (§4.1). Always 200."""
    check_permission(call)
    from_kind, to_kind = kinds_of(account, call)
    inputs = [
        read_pair(one, at)
        for at, one in enumerate(
            read_inputs(call, "PublicDefaultAssociationMultiPost", ("from", "to"), MAX_WRITES)
        )
    ]
    call.keep(tuple(f"{from_id}-{to_id}" for from_id, to_id in inputs))
    results: list[Shown] = []
    errors: list[Shown] = []
    for from_id, to_id in inputs:
        try:
            results += _link_by_default(account, (from_kind, from_id), (to_kind, to_id))
        except Refusal as refusal:
            errors.append(refusal.body)
    answer = answer_batch(account, call, 200, results, errors)
    return Answer(200, answer.body)


def batch_archive(account: Account, call: Call) -> Answer:
    """Take pairs apart, all their types; pairs that are none change nothing."""
    check_permission(call)
    from_kind, to_kind = kinds_of(account, call)
    pairs = []
    inputs = read_inputs(call, "PublicAssociationMultiArchive", ("from",), MAX_WRITES)
    for at, one in enumerate(inputs):
        to = one.get("to") or []
        if type(to) is not list:
            raise call.mismatch("java.util.ArrayList", ("inputs", at, "to"))
        from_id = read_id(one["from"], ("inputs", at, "from"))
        pairs += [
            (from_id, read_id(target, ("inputs", at, "to", number)))
            for number, target in enumerate(to)
        ]
    _check_identifiers(pairs)
    call.keep(tuple(f"{from_id}-{to_id}" for from_id, to_id in pairs))
    for from_id, to_id in pairs:
        account.associations.unlink(from_kind, from_id, to_kind, to_id)
    return _archived(account, call)


def batch_labels_archive(account: Account, call: Call) -> Answer:
    """Take labels off pairs; with the unlabeled type the whole association goes (§4.1)."""
    check_permission(call)
    from_kind, to_kind = kinds_of(account, call)
    needs = ("from", "to", "types")
    inputs = [
        (
            read_pair(one, at),
            known_types(
                account, from_kind, to_kind, read_types(one["types"], ("inputs", at, "types"))
            ),
        )
        for at, one in enumerate(read_inputs(call, "PublicAssociationMultiPost", needs, MAX_WRITES))
    ]
    _check_identifiers([pair for pair, _ in inputs])
    call.keep(tuple(f"{from_id}-{to_id}" for (from_id, to_id), _ in inputs))
    for (from_id, to_id), types in inputs:
        account.associations.unlabel(from_kind, from_id, to_kind, to_id, types)
    return _archived(account, call)


def batch_read(account: Account, call: Call) -> Answer:
    """What records are associated with, 500 at a time each, and on from each one's `after`.

    Records without associations are errors (switch: `no_associations_is_an_error`).
    """
    from_kind, to_kind = kinds_of(account, call)
    inputs = read_inputs(call, "PublicFetchAssociationsBatchRequest", ("id",), MAX_READS)
    asked = {
        read_id(one, ("inputs", at)): str(one.get("after") or "0") for at, one in enumerate(inputs)
    }
    call.keep(tuple(asked))
    results: list[Shown] = []
    errors: list[Shown] = []
    for record_id, after in asked.items():
        try:
            check_identifier(record_id)
        except Refusal as refusal:
            errors.append(refusal.body)
            continue
        shown, following = _page(account, (from_kind, record_id), to_kind, after, MAX_PAGE)
        if shown:
            result = {"from": {"id": record_id}, "to": shown}
            results.append(result | _paging(call, following, MAX_PAGE))
        elif account.settings.behaviour.no_associations_is_an_error:
            errors.append(no_associations(from_kind, record_id, to_kind))
    return answer_batch(account, call, 200, results, errors)


def list_page(account: Account, call: Call) -> Answer:
    """A page of what one record is associated with, by the ids of the others (§4.1)."""
    from_kind, to_kind = kinds_of(account, call)
    record_id = call.parameters["object_id"]
    limit = call.limit(MAX_PAGE, MAX_PAGE)
    check_identifier(record_id)
    if record_id not in account.records(from_kind).by_id:
        raise no_record(account)
    after = call.one("after", "0")
    shown, following = _page(account, (from_kind, record_id), to_kind, after, limit)
    return Answer(200, {"results": shown} | _paging(call, following, limit))


def create(account: Account, call: Call) -> Answer:
    """Associate two records by the given types alone (PUT with a JSON array, §4.1)."""
    check_permission(call)
    near, far = _ends(account, call)
    specs = read_types(call.json_array())
    _link(account, near, far, specs)
    return Answer(201, _labels_between(account, *near, *far))


def create_default(account: Account, call: Call) -> Answer:
    """Associate two records without a label (§4.1)."""
    check_permission(call)
    results = _link_by_default(account, *_ends(account, call))
    return Answer(200, envelope(results, [], call.now, account.clock.now()))


def delete(account: Account, call: Call) -> Answer:
    """Take all types of an association away; 204 if there is none, too."""
    check_permission(call)
    (from_kind, from_id), (to_kind, to_id) = _ends(account, call)
    _check_identifiers([(from_id, to_id)])
    account.associations.unlink(from_kind, from_id, to_kind, to_id)
    return Answer(204)


def _page(
    account: Account, record: _End, to_kind: ObjectType, after: str, limit: int
) -> tuple[list[Shown], str | None]:
    """Associations of a record by the other's id, from `after` on; and the id that comes next."""
    start = whole(after)
    if start is None:
        raise validation_error(f"after must be an id, not {after}")
    found = account.associations.of(*record, to_kind)
    ids = sorted(int(other) for other in found if int(other) >= start)
    number = _id_shown(account)
    shown = [
        {
            "toObjectId": number(str(other)),
            "associationTypes": [show_type(one) for one in found[str(other)]],
        }
        for other in ids[:limit]
    ]
    return shown, str(ids[limit]) if len(ids) > limit else None


def show_type(one: AssociationType) -> Shown:
    """A type as HubSpot shows it; the unlabeled one's label is null."""
    return {"category": one.category, "typeId": one.type_id, "label": one.label}


def no_associations(from_kind: ObjectType, record_id: str, to_kind: ObjectType) -> Shown:
    """The error of a record that is associated with none of a type."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {to_kind.singular} is associated with {from_kind.singular} {record_id}.",
        "context": {
            "fromObjectId": [record_id],
            "fromObjectType": [from_kind.singular],
            "toObjectType": [to_kind.singular],
        },
    }


def _link(account: Account, near: _End, far: _End, specs: list[tuple[str, int]]) -> None:
    check_pair(account, *near, *far)
    types = known_types(account, near[0], far[0], specs)
    check_limits(account, near, far, types)
    account.associations.link(*near, *far, types)


def _link_by_default(account: Account, near: _End, far: _End) -> list[Shown]:
    """One result each way (§4.1)."""
    check_pair(account, *near, *far)
    check_limits(account, near, far, ())
    account.associations.link(*near, *far, replace=False)
    return [_by_default(account, near, far), _by_default(account, far, near)]


def _by_default(account: Account, near: _End, far: _End) -> Shown:
    one = account.associations.types.unlabeled(near[0], far[0])
    spec = {"associationCategory": one.category, "associationTypeId": one.type_id}
    return {"from": {"id": near[1]}, "to": {"id": far[1]}, "associationSpec": spec}


def _labels_between(
    account: Account, from_kind: ObjectType, from_id: str, to_kind: ObjectType, to_id: str
) -> Shown:
    number = _id_shown(account)
    types = account.associations.types_of(from_kind, from_id, to_kind, to_id)
    return {
        "fromObjectTypeId": from_kind.id,
        "fromObjectId": number(from_id),
        "toObjectTypeId": to_kind.id,
        "toObjectId": number(to_id),
        "labels": [one.label for one in types if one.label is not None],
    }


def _id_shown(account: Account) -> Any:
    """§4.1: numbers in HubSpot's examples, texts in its specification."""
    return int if account.settings.behaviour.association_ids_as_numbers else str


def _ends(account: Account, call: Call) -> tuple[_End, _End]:
    from_kind, to_kind = kinds_of(account, call)
    return (from_kind, call.parameters["object_id"]), (to_kind, call.parameters["to_id"])


def _check_identifiers(pairs: list[tuple[str, str]]) -> None:
    for pair in pairs:
        for one in pair:
            check_identifier(one)


def _archived(account: Account, call: Call) -> Answer:
    """v4 answers 204, the dated paths 200 (§10 trap 27)."""
    if call.version == "v4":
        return Answer(204)
    times = {"startedAt": iso(call.now), "completedAt": iso(account.clock.now())}
    return Answer(200, {"status": "COMPLETE", **times})


def _paging(call: Call, after: str | None, limit: int) -> Shown:
    return {} if after is None else {"paging": call.next_page(limit, after)}
