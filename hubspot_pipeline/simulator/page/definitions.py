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
    return View("properties.html", f"Properties of {kind.name}", values)


def group_labels(simulator: "Simulator", kind: "ObjectType") -> dict[str, str]:
    """The labels of a type's property groups, by name."""
    return {name: group.label for name, group in simulator.account.groups.of(kind).items()}
