"""What records of a type can hold: its property definitions, and how its records are linked."""

from typing import TYPE_CHECKING

from starlette.requests import Request

from hubspot_pipeline.simulator.page.views import View, found_kind

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.account.object_types import ObjectType
    from hubspot_pipeline.simulator.app import Simulator


def properties(simulator: "Simulator", request: Request) -> View:
    """Every property of a type: the account's own first, then HubSpot's, then the archived."""
    kind = found_kind(simulator, request.path_params["object_type"])
    known = simulator.account.properties(kind)
    defined = sorted(known.defined.values(), key=lambda one: (one.hubspot_defined, one.name))
    values = {
        "kind": kind,
        "own": [one for one in defined if not one.hubspot_defined],
        "standard": [one for one in defined if one.hubspot_defined],
        "archived": sorted(known.archived.values(), key=lambda one: one.name),
        "groups": group_labels(simulator, kind),
    }
    return View("properties.html", f"{kind.labels[1]}: properties", values)


def associations(simulator: "Simulator", request: Request) -> View:
    """The types of association that lead from a type, those with labels first."""
    account = simulator.account
    kind = found_kind(simulator, request.path_params["object_type"])
    known = account.associations.types.leading(kind)
    used = {one.id for one in account.types.all if len(account.records(one)) or one.custom}
    rows = [
        (one.type, account.types.by_id(one.to_id))
        for one in sorted(known, key=lambda one: (one.type.label is None, one.type.category))
        if one.to_id in used or one.type.label
    ]
    return View(
        "associations.html", f"{kind.labels[1]}: associations", {"kind": kind, "rows": rows}
    )


def group_labels(simulator: "Simulator", kind: "ObjectType") -> dict[str, str]:
    """The labels of a type's property groups, by name."""
    return {name: group.label for name, group in simulator.account.groups.of(kind).items()}
