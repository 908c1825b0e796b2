"""The groups of properties (hubspot-api §3.1, §3.4)."""

from dataclasses import replace

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.groups import Group
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.answers import Answer, validation_error
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.endpoints.missing import no_such
from hubspot_pipeline.simulator.endpoints.property_definitions import exists
from hubspot_pipeline.simulator.endpoints.property_shapes import readable
from hubspot_pipeline.simulator.endpoints.shown import Shown


def list_all(account: Account, call: Call) -> Answer:
    """The groups that properties can be in."""
    groups = account.groups.of(_kind(account, call))
    return Answer(200, {"results": [_shown(one) for one in groups.values()]})


def create(account: Account, call: Call) -> Answer:
    """A new group, or an archived one of this name again."""
    kind, body = _kind(account, call), readable(call.json())
    missing = [key for key in ("name", "label") if not body.get(key)]
    if missing:
        raise call.incomplete("PropertyGroupCreate", missing)
    name = body["name"]
    if name in account.groups.of(kind):
        raise exists(f"A property group named '{name}' already exists.", "PROPERTY_GROUP")
    group = Group(name, body["label"], body.get("displayOrder", -1))
    account.groups.put(kind, group)
    return Answer(201, _shown(group))


def read(account: Account, call: Call) -> Answer:
    """One group; an unknown name is 404."""
    return Answer(200, _shown(_find(account, call)))


def update(account: Account, call: Call) -> Answer:
    """A group's label and place; its name is for good."""
    found, body = _find(account, call), readable(call.json())
    changed = replace(
        found,
        label=body.get("label", found.label),
        display_order=body.get("displayOrder", found.display_order),
    )
    account.groups.put(_kind(account, call), changed)
    return Answer(200, _shown(changed))


def archive(account: Account, call: Call) -> Answer:
    """Out of sight, unless properties are in it (§3.4)."""
    kind, found = _kind(account, call), _find(account, call)
    if any(one.group == found.name for one in account.properties(kind).defined.values()):
        raise validation_error(
            f"The property group {found.name} has active properties and cannot be deleted",
            subCategory="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
        )
    account.groups.archive(kind, found.name)
    return Answer(204)


def _find(account: Account, call: Call) -> Group:
    name = call.parameters["group_name"]
    found = account.groups.of(_kind(account, call)).get(name)
    if found is None:
        raise no_such(f"Property group '{name}' does not exist.")
    return found


def _kind(account: Account, call: Call) -> ObjectType:
    return account.types.find(call.parameters["object_type"])


def _shown(group: Group) -> Shown:
    return {
        "name": group.name,
        "label": group.label,
        "displayOrder": group.display_order,
        "archived": group.archived,
    }
