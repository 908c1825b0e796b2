"""The users of a portal to whom records can belong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.pages import every_page


@dataclass(frozen=True, slots=True)
class Owners:
    """The owners who are there; those who left are not among them.

    Attributes:
        ids: what owner properties hold; not the ids of users (hubspot-api §3.6).
        by_email: each owner's id by e-mail address, in lower case.
    """

    ids: frozenset[str]
    by_email: Mapping[str, str]


async def owners(client: HubSpotClient) -> Owners:
    """The portal's owners, asked once per client.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave none; the app needs the scope
            `crm.objects.owners.read`.
    """
    return await client.remember("owners", lambda: _ask_owners(client))


async def _ask_owners(client: HubSpotClient) -> Owners:
    listed = await every_page(client, client.routes.owners)
    there = [each for each in listed if each.get("id") and each.get("archived") is not True]
    return Owners(
        ids=frozenset(str(each["id"]) for each in there),
        by_email={
            str(each["email"]).strip().lower(): str(each["id"])
            for each in there
            if each.get("email")
        },
    )
