"""Lists that HubSpot answers page by page, read to their end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import Unavailable
from hubspot_pipeline.hubspot.routes import Route


async def every_page(
    client: HubSpotClient, page: Callable[[str | None], Route]
) -> list[dict[str, Any]]:
    """The results of all pages, in HubSpot's order.

    Args:
        client: the portal.
        page: the route of the page that begins after a cursor; None for the first.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no list, or one without an end.
    """
    found: list[dict[str, Any]] = []
    after: str | None = None
    seen: set[str] = set()
    while True:
        body = (await client.call(page(after))).body
        found += objects(body.get("results"))
        after = next_cursor(body)
        if after is None:
            return found
        if after in seen:
            raise Unavailable(f"HubSpot's pages of {page(None).name} lead back to one another.")
        seen.add(after)


def next_cursor(body: Mapping[str, Any]) -> str | None:
    """The cursor of the page that follows an answer, or one of its results; None at the end."""
    paging = body.get("paging")
    following = paging.get("next") if isinstance(paging, dict) else None
    after = following.get("after") if isinstance(following, dict) else None
    return str(after) if after not in (None, "") else None
