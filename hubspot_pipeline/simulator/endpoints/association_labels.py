"""The association types of two object types, and the account's own labels (hubspot-api §4.1)."""

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.association_types import AssociationType
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer
from hubspot_pipeline.simulator.calls import TEXT, Body, Call, whole
from hubspot_pipeline.simulator.endpoints.associations import invalid_type, kinds_of
from hubspot_pipeline.simulator.endpoints.associations_v4 import show_type


def list_all(account: Account, call: Call) -> Answer:
    """All types from one object type to the other; what custom objects' ids are is read here."""
    types = account.associations.types.between(*kinds_of(account, call))
    return Answer(200, {"results": [show_type(one) for one in types]})


def create(account: Account, call: Call) -> Answer:
    """A new label: one result, or two of paired labels, the way there and the way back."""
    body = call.json()
    name, label = _text(call, body, "name"), _text(call, body, "label")
    missing = [key for key, given in (("label", label), ("name", name)) if not given]
    if missing or name is None or label is None:
        raise call.incomplete("PublicAssociationDefinitionCreateRequest", missing)
    inverse_label = _text(call, body, "inverseLabel")
    kinds = kinds_of(account, call)
    made = account.associations.types.add_label(*kinds, name, label, inverse_label)
    return Answer(200, {"results": [show_type(one) for one in made]})


def update(account: Account, call: Call) -> Answer:
    """Other words for a label, named by `associationTypeId` in the body; 204."""
    body = call.json()
    label = _text(call, body, "label")
    missing = [key for key in ("associationTypeId", "label") if not body.get(key)]
    if missing or label is None:
        raise call.incomplete("PublicAssociationDefinitionUpdateRequest", missing)
    kinds = kinds_of(account, call)
    found = _find(account, kinds, body["associationTypeId"])
    inverse_label = _text(call, body, "inverseLabel")
    account.associations.types.change_label(*kinds, found.type_id, label, inverse_label)
    return Answer(204)


def delete(account: Account, call: Call) -> Answer:
    """Take a label out of the account and off its associations, which stay (§4.1); 204."""
    kinds = kinds_of(account, call)
    found = _find(account, kinds, call.parameters["type_id"])
    account.associations.forget_label(*kinds, found)
    account.associations.types.remove_label(*kinds, found.type_id)
    return Answer(204)


def _find(account: Account, kinds: tuple[ObjectType, ObjectType], named: Any) -> AssociationType:
    """The custom label of this id; HubSpot's own cannot be changed."""
    types = account.associations.types
    type_id = whole(str(named))
    found = None if type_id is None else types.label(*kinds, type_id)
    if found is None:
        raise invalid_type(*kinds, str(named))
    return found


def _text(call: Call, body: Body, name: str) -> str | None:
    given = body.get(name)
    if given is not None and type(given) is not str:
        raise call.mismatch(TEXT, (name,))
    return given
