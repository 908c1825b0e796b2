"""The kinds of association from one object type to another: HubSpot's own, and the account's."""

from __future__ import annotations

from dataclasses import dataclass

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.pages import every_page
from hubspot_pipeline.object_types import path_name


@dataclass(frozen=True, slots=True)
class AssociationLabel:
    """One kind of association, in one direction (hubspot-api §4.1).

    Attributes:
        category: such as `HUBSPOT_DEFINED`; type ids are unique only within one.
        type_id: its id.
        label: what people see; None for the unlabeled kind.
    """

    category: str
    type_id: str
    label: str | None


async def association_labels(
    client: HubSpotClient, from_type: str, to_type: str
) -> tuple[AssociationLabel, ...]:
    """All kinds of association from one object type to another.

    Asked once per client and pair of types.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    pair = (path_name(from_type), path_name(to_type))
    return await client.remember(
        ("association labels", *pair), lambda: _ask_association_labels(client, *pair)
    )


async def _ask_association_labels(
    client: HubSpotClient, from_type: str, to_type: str
) -> tuple[AssociationLabel, ...]:
    listed = await every_page(
        client, lambda after: client.routes.association_labels(from_type, to_type, after)
    )
    labels = (
        AssociationLabel(
            category=str(each.get("category") or "HUBSPOT_DEFINED"),
            type_id=str(each["typeId"]),
            label=str(each["label"]) if each.get("label") else None,
        )
        for each in listed
        if each.get("typeId") is not None
    )
    return tuple(dict.fromkeys(labels))  # an answer may have its results twice
