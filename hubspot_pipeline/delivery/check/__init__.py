"""Writes held to the account's schema before anything is sent: bad rows are told apart from good.

Values become what HubSpot will store, so that what it answers can be compared with what was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from hubspot_pipeline.delivery.check.events import check_events
from hubspot_pipeline.delivery.check.records import check_records
from hubspot_pipeline.delivery.check.rejections import Checked
from hubspot_pipeline.delivery.prepare import Refused
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.writes import EventWrites, Writes

__all__ = ["Checked", "check"]


_NOTHING: Mapping[str, Refused] = MappingProxyType({})


async def check(
    client: HubSpotClient, writes: Writes, refused: Mapping[str, Refused] = _NOTHING
) -> Checked:
    """Hold writes to the account's schema.

    Args:
        client: The portal; what it says of itself is read once a run.
        writes: One a row.
        refused: What could not be made of object types and events, by their names (``prepare``).

    Returns:
        The good writes: object types by the names that paths have for them, association labels as
        ``CATEGORY:typeId``, events by their full names, values as HubSpot stores them. And the rows
        that HubSpot would refuse, each with the field at fault and the reason; values of sensitive
        properties are not in it.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not tell its schema.
    """
    now = datetime.now(UTC)
    if isinstance(writes, EventWrites):
        return await check_events(client, writes, now, refused)
    return await check_records(client, writes, now, refused.get(writes.object_type))
