"""What a portal says of itself: its id, its time zone, and the shapes of its records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from hubspot_pipeline.hubspot.association_labels import AssociationLabel, association_labels
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.errors import WrongTarget
from hubspot_pipeline.hubspot.object_types import object_type
from hubspot_pipeline.hubspot.owners import Owners, owners
from hubspot_pipeline.hubspot.pipelines import Pipeline, Stage, pipelines
from hubspot_pipeline.hubspot.properties import Option, Property, properties
from hubspot_pipeline.hubspot.time_zones import zone_of
from hubspot_pipeline.object_types import ObjectType

__all__ = [
    "AccountDetails",
    "AssociationLabel",
    "ObjectType",
    "Option",
    "Owners",
    "Pipeline",
    "Property",
    "Stage",
    "association_labels",
    "details",
    "object_type",
    "owners",
    "pipelines",
    "properties",
]


@dataclass(frozen=True, slots=True)
class AccountDetails:
    """A portal.

    Attributes:
        portal_id: its Hub ID.
        time_zone: in which its days, and so its daily limits, begin.
        data_hosting_location: where its data is, such as `na1`, if HubSpot tells.
    """

    portal_id: str
    time_zone: tzinfo
    data_hosting_location: str | None


async def details(client: HubSpotClient) -> AccountDetails:
    """The portal's details, asked once per client.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none.
    """
    return await client.remember("account details", lambda: _ask_details(client))


async def _ask_details(client: HubSpotClient) -> AccountDetails:
    body = (await client.call(client.routes.account_details())).body
    if "portalId" not in body:
        raise WrongTarget("HubSpot's account details name no portal: check the base URL.")
    zone = zone_of(body)
    client.today.zone = zone
    return AccountDetails(
        portal_id=str(body["portalId"]),
        time_zone=zone,
        data_hosting_location=body.get("dataHostingLocation"),
    )
