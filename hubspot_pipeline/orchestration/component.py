"""A destination as a Dagster component: YAML in, assets, checks, jobs, schedule and sensor out."""

import warnings
from pathlib import Path
from types import ModuleType

import dagster as dg
from dagster.components.component.component import ComponentTypeSpec
from pydantic import BaseModel, create_model

from hubspot_pipeline.destination import (
    Destination,
    DestinationError,
    Model,
    definitions_folder,
    load_destination,
)
from hubspot_pipeline.orchestration.assets import destination_assets, events_asset
from hubspot_pipeline.orchestration.automation import automation
from hubspot_pipeline.orchestration.resources import HubSpotResource, resource_key

Attributes = create_model(
    "HubSpotDestinationAttributes",
    __base__=Model,
    __doc__="What a destination's YAML holds; its name is its folder's.",
    **{  # type: ignore[call-overload]  # one field each, whatever their types
        name: (field.annotation, field)
        for name, field in Destination.model_fields.items()
        if name != "name"
    },
)


class HubSpotDestination(dg.Component, dg.Model):
    """Delivers events into a HubSpot account, with a recorded verdict for every row.

    Each mapping becomes two assets, partitioned by day: the payloads that its events map to, and
    the deliveries, a result for each row. The folder's name is the destination's.
    """

    destination: Destination

    @classmethod
    def get_spec(cls) -> ComponentTypeSpec:
        """Say what the component makes, for Dagster's listings."""
        return ComponentTypeSpec(
            tags=["hubspot", "reverse-etl"],
            produces=["asset", "asset_check", "job", "resource", "schedule", "sensor"],
        )

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return what Dagster holds the YAML to; it points at the line that is wrong."""
        model: type[BaseModel] = Attributes
        return model

    @classmethod
    def load(
        cls,
        attributes: BaseModel | None,  # noqa: ARG003  # held to the model, but read anew below
        context: dg.ComponentLoadContext,
    ) -> "HubSpotDestination":
        """Read the destination as every other part of the project reads it.

        Mappings may hold ``{{ … }}`` that Dagster must not render, and words such as ``no`` that
        its YAML takes for booleans; so the file is read by the destination's own reader.
        """
        return cls(destination=load_destination(context.path / "defs.yaml"))

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Build the destination's definitions; the first destination brings the shared events."""
        known = context.component_tree.get_all_components(HubSpotDestination) or [self]
        destinations = sorted((each.destination for each in known), key=lambda each: each.name)
        own = destination_definitions(self.destination)
        if self.destination.name != destinations[0].name:
            return own
        return dg.Definitions.merge(own, dg.Definitions(assets=[events_asset(destinations)]))


def destination_definitions(destination: Destination) -> dg.Definitions:
    """Return a destination's definitions, all but the events asset that destinations share."""
    own = dg.Definitions(
        assets=destination_assets(destination),
        resources={resource_key(destination): HubSpotResource.for_destination(destination)},
    )
    return dg.Definitions.merge(own, automation(destination))


def all_definitions() -> dg.Definitions:
    """Return what Dagster loads: every destination there is, in the in-process executor.

    One run, one process: a step that goes on sending after its run has died would be a second
    sender, and starting a process for each step takes longer than most of them.
    """
    return dg.Definitions.merge(
        load_destinations(definitions_folder()), dg.Definitions(executor=dg.in_process_executor)
    )


def load_destinations(folder: Path) -> dg.Definitions:
    """Load a folder of destinations, which need not be a package, nor below a pyproject.toml."""
    if not folder.is_dir():
        raise DestinationError(
            f"There is no folder {folder} to load destinations from. Make it, or correct "
            "HUBSPOT_PIPELINE_DEFS."
        )
    folder = folder.resolve()  # Dagster takes no other
    module = ModuleType("hubspot_pipeline.defs")
    module.__file__ = str(folder / "__init__.py")
    with warnings.catch_warnings():
        # Dagster's loader warns of its own beta parts and old calls; none of them is ours.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        tree = dg.ComponentTree.from_module(defs_module=module, project_root=folder.parent)
        return tree.build_defs()
