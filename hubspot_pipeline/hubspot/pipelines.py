"""The pipelines of deals, tickets and other records, with their stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.object_types import path_name


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a pipeline: what records hold, and what people see."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A pipeline: what records hold, what people see, and its stages in their order."""

    id: str
    label: str
    stages: tuple[Stage, ...]


async def pipelines(client: HubSpotClient, object_type: str) -> tuple[Pipeline, ...]:
    """The pipelines of an object type in use; none for a type that has none.

    Asked once per client and object type.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no answer.
    """
    name = path_name(object_type)
    return await client.remember(("pipelines", name), lambda: _ask_pipelines(client, name))


async def _ask_pipelines(client: HubSpotClient, object_type: str) -> tuple[Pipeline, ...]:
    body = (await client.call(client.routes.pipelines(object_type))).body
    return tuple(
        Pipeline(
            id=str(each["id"]),
            label=_label(each),
            stages=tuple(Stage(str(one["id"]), _label(one)) for one in _used(each.get("stages"))),
        )
        for each in _used(body.get("results"))
    )


def _used(entries: Any) -> list[dict[str, Any]]:
    """Those that are not archived, in the order in which people see them."""
    given = objects(entries)
    used = [each for each in given if each.get("id") and each.get("archived") is not True]
    return sorted(used, key=_order)


def _order(entry: Mapping[str, Any]) -> float:
    order = entry.get("displayOrder")
    return order if isinstance(order, int | float) else 0.0


def _label(entry: Mapping[str, Any]) -> str:
    return str(entry.get("label") or entry["id"])
