"""The legacy associations of v3, of one type each, by a name or an id (hubspot-api §4.4)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import (
    HUBSPOT_DEFINED,
    USER_DEFINED,
    AssociationType,
)
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer, Refusal
from hubspot_pipeline.simulator.calls import Call, whole
from hubspot_pipeline.simulator.endpoints.associations import (
    answer_batch,
    check_identifier,
    check_limits,
    check_pair,
    invalid_type,
    kinds_of,
    read_id,
    read_inputs,
    read_pair,
)
from hubspot_pipeline.simulator.endpoints.associations_v4 import (
    MAX_PAGE,
    MAX_READS,
    MAX_WRITES,
    no_associations,
)
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.shown import Reading, Shown

_HIERARCHY = {"parent_to_child_company": 13, "child_to_parent_company": 14}
"""Names of types other than the unlabeled ones, between companies (§4.3)."""

_Pair = tuple[str, str]


def batch_create(account: Account, call: Call) -> Answer:
    """Add a type to each pair; what else the pairs have stays. 201, or 207 where some failed."""
    from_kind, to_kind = kinds_of(account, call)
    results: list[Shown] = []
    errors: list[Shown] = []
    for (from_id, to_id), named in _inputs(call):
        try:
            _link(account, (from_kind, from_id), (to_kind, to_id), named)
        except Refusal as refusal:
            errors.append(refusal.body)
        else:
            results.append({"from": {"id": from_id}, "to": {"id": to_id}, "type": named})
    return answer_batch(account, call, 201, results, errors)


def batch_archive(account: Account, call: Call) -> Answer:
    """Take a type off each pair; the unlabeled one, which the names stand for, takes all."""
    from_kind, to_kind = kinds_of(account, call)
    inputs = _inputs(call)
    types = [_type(account, from_kind, to_kind, named) for _, named in inputs]
    for from_id, to_id in (pair for pair, _ in inputs):
        check_identifier(from_id)
        check_identifier(to_id)
    for ((from_id, to_id), _), one in zip(inputs, types, strict=True):
        account.associations.unlabel(from_kind, from_id, to_kind, to_id, [one])
    return Answer(204)


def batch_read(account: Account, call: Call) -> Answer:
    """What records are associated with: ids and the type's name, one entry a pair."""
    from_kind, to_kind = kinds_of(account, call)
    inputs = read_inputs(call, "PublicObjectId", ("id",), MAX_READS)
    asked = dict.fromkeys(read_id(one, ("inputs", at)) for at, one in enumerate(inputs))
    call.keep(tuple(asked))
    results: list[Shown] = []
    errors: list[Shown] = []
    for record_id in asked:
        try:
            check_identifier(record_id)
        except Refusal as refusal:
            errors.append(refusal.body)
            continue
        found = associated_ids(account, from_kind, record_id, to_kind)
        if found:
            results.append({"from": {"id": record_id}, "to": found})
        elif account.settings.behaviour.no_associations_is_an_error:
            errors.append(no_associations(from_kind, record_id, to_kind))
    return answer_batch(account, call, 200, results, errors)


def list_page(account: Account, call: Call) -> Answer:
    """What one record is associated with, by the ids of the others; 500 at most (§4.1)."""
    from_kind, to_kind = kinds_of(account, call)
    record_id = call.parameters["object_id"]
    check_identifier(record_id)
    if record_id not in account.records(from_kind).by_id:
        raise no_record(account)
    after = call.one("after", "0")
    check_identifier(after)
    known = associated_ids(account, from_kind, record_id, to_kind)
    found = [one for one in known if int(one["id"]) >= int(after)]
    body: Shown = {"results": found[:MAX_PAGE]}
    if len(found) > MAX_PAGE:
        body["paging"] = {"next": {"after": found[MAX_PAGE]["id"]}}
    return Answer(200, body)


def create(account: Account, call: Call) -> Answer:
    """Add a type to a pair; answers with the first record and its associations of this kind."""
    from_kind, to_kind = kinds_of(account, call)
    from_id, to_id = call.parameters["object_id"], call.parameters["to_id"]
    _link(account, (from_kind, from_id), (to_kind, to_id), call.parameters["type"])
    records = account.records(from_kind)
    reading = Reading(account, records, from_kind.default_properties, call.now)
    shown = reading.of(records.by_id[from_id])
    found = associated_ids(account, from_kind, from_id, to_kind)
    return Answer(200, shown | {"associations": {to_kind.name: {"results": found}}})


def delete(account: Account, call: Call) -> Answer:
    """Take a type off a pair; the unlabeled one takes all. 204 if there is none, too."""
    from_kind, to_kind = kinds_of(account, call)
    from_id, to_id = call.parameters["object_id"], call.parameters["to_id"]
    one = _type(account, from_kind, to_kind, call.parameters["type"])
    check_identifier(from_id)
    check_identifier(to_id)
    account.associations.unlabel(from_kind, from_id, to_kind, to_id, [one])
    return Answer(204)


def associated_ids(
    account: Account, from_kind: ObjectType, record_id: str, to_kind: ObjectType
) -> list[Shown]:
    """The records that one is associated with, as v3 and object reads show them, by id."""
    named = unlabeled_name(from_kind, to_kind)
    found = account.associations.of(from_kind, record_id, to_kind)
    return [{"id": other, "type": named} for other in sorted(found, key=int)]


def unlabeled_name(from_kind: ObjectType, to_kind: ObjectType) -> str:
    """What v3 calls the unlabeled type: ``contact_to_company``."""
    return f"{from_kind.singular}_to_{to_kind.singular}"


def _inputs(call: Call) -> list[tuple[_Pair, str]]:
    given = read_inputs(call, "PublicAssociation", ("from", "to", "type"), MAX_WRITES)
    for at, one in enumerate(given):
        if type(one["type"]) not in (str, int):
            raise call.mismatch("PublicAssociation$Json", ("inputs", at, "type"))
    inputs = [(read_pair(one, at), str(one["type"])) for at, one in enumerate(given)]
    call.keep(tuple("-".join(pair) for pair, _ in inputs))
    return inputs


def _link(
    account: Account, near: tuple[ObjectType, str], far: tuple[ObjectType, str], named: str
) -> None:
    one = _type(account, near[0], far[0], named)
    check_pair(account, *near, *far)
    check_limits(account, near, far, (one,))
    account.associations.link(*near, *far, [one], replace=False)


def _type(
    account: Account, from_kind: ObjectType, to_kind: ObjectType, named: str
) -> AssociationType:
    """The type that a name or an id stands for; HubSpot's own ids go before the account's."""
    types = account.associations.types
    if named == unlabeled_name(from_kind, to_kind):
        return types.unlabeled(from_kind, to_kind)
    type_id = _HIERARCHY.get(named, whole(named))
    for category in (HUBSPOT_DEFINED, USER_DEFINED):
        found = None if type_id is None else types.find(from_kind, to_kind, category, type_id)
        if found is not None:
            return found
    raise invalid_type(from_kind, to_kind, named)
