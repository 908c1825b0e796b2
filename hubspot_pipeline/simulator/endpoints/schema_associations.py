"""What the records of a custom object type can be associated with (hubspot-api §2.10)."""

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.schemas import SchemaAssociation
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import TEXT, Call
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.endpoints.missing import no_record
from hubspot_pipeline.simulator.endpoints.shown import Shown


def create(account: Account, call: Call) -> Answer:
    """Let records of two types be associated; one of them is the path's."""
    kind = account.types.find(call.parameters["schema"])
    body = call.json()
    ends = []
    missing = [key for key in ("fromObjectTypeId", "toObjectTypeId") if body.get(key) is None]
    if missing:
        raise call.incomplete("AssociationDefinitionEgg", missing)
    for key in ("fromObjectTypeId", "toObjectTypeId"):
        if not isinstance(body[key], str):
            raise call.mismatch(TEXT, (key,))
        ends.append(account.types.find(body[key]))
    if kind not in ends or not any(end.custom for end in ends):
        raise validation_error(f"The association must be from or to object type {kind.name}")
    made = associate(account, ends[0], ends[1], body.get("name") or "", iso(call.now))
    return Answer(201, shown_association(made))


def remove(account: Account, call: Call) -> Answer:
    """Take a definition away, both directions, and with it all associations that it allowed."""
    kind = account.types.find(call.parameters["schema"])
    found = account.schemas.association(kind, call.parameters["association"])
    if found is None:
        raise no_record(account)
    account.schemas.dissociate(found)
    _unlink_all(account, found)
    return Answer(204)


def associate(
    account: Account, from_kind: ObjectType, to_kind: ObjectType, name: str, now: str
) -> SchemaAssociation:
    """A definition in both directions; its ids are those of the unlabeled association type.

    Raises:
        Refusal: There is one already.
    """
    there = account.associations.types.unlabeled(from_kind, to_kind)
    back = account.associations.types.unlabeled(to_kind, from_kind)
    ids = str(there.type_id), str(back.type_id)
    if account.schemas.association(from_kind, ids[0]) is not None:
        raise validation_error(
            f"Object types {from_kind.name} and {to_kind.name} are associated already"
        )
    names = (f"{one.singular}_to_{other.singular}" for one, other in
             ((from_kind, to_kind), (to_kind, from_kind)))  # fmt: skip
    forward, backward = names
    made = SchemaAssociation(*ids, from_kind.id, to_kind.id, name or forward, now)
    account.schemas.associate(made)
    if from_kind != to_kind:
        way_back = SchemaAssociation(*ids[::-1], to_kind.id, from_kind.id, backward, now)
        account.schemas.associate(way_back)
    return made


def shown_association(one: SchemaAssociation) -> Shown:
    """A definition as the API shows it."""
    return {
        "id": one.id,
        "fromObjectTypeId": one.from_id,
        "toObjectTypeId": one.to_id,
        "name": one.name,
        "createdAt": one.created,
        "updatedAt": one.created,
    }


def _unlink_all(account: Account, definition: SchemaAssociation) -> None:
    """§4.1: without the unlabeled type no association remains."""
    from_kind = account.types.by_id(definition.from_id)
    to_kind = account.types.by_id(definition.to_id)
    if from_kind is None or to_kind is None:
        return
    associations = account.associations
    for record in account.records(from_kind):
        for other in list(associations.of(from_kind, record.id, to_kind)):
            associations.unlink(from_kind, record.id, to_kind, other)
