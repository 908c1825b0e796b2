"""Sends occurrences of custom events, 500 a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.error_answers import error_from_item, objects

BATCH_SIZE = 500
"""The most occurrences in one call (hubspot-api §5.2)."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Something that happened to a record.

    The record is the one of `object_id`, else the contact of `email`, else that of `utk`
    (hubspot-api §5.1).

    Attributes:
        uuid: within a year HubSpot takes it once for each event; others are dropped silently.
        name: the event's fully qualified name.
        properties: the event's values, by property name.
        object_id: the record's id.
        email: the contact's address.
        utk: the visitor's token, from HubSpot's cookie.
        occurred_at: ISO 8601 or milliseconds since 1970; None for now.
    """

    uuid: str
    name: str
    properties: Mapping[str, str]
    object_id: str | None = None
    email: str | None = None
    utk: str | None = None
    occurred_at: str | None = None


async def send(client: HubSpotClient, occurrences: Sequence[Occurrence]) -> Answer:
    """Sends occurrences; HubSpot accepts them, and says nothing more of any of them.

    A call without an answer, or one that was refused, can be repeated in parts of any size: what
    is accepted already is not taken a second time.

    Args:
        client: the portal.
        occurrences: at most 500.

    Raises:
        RefusedError: HubSpot refused the batch, because of one of its occurrences at least. It
            does not say which, nor whether it accepted any of the others (hubspot-api §5.1).
        TryLaterError: HubSpot gave no final answer; `Unavailable` may have been accepted.
        ConfigurationError: no call of this kind can pass.
        ValueError: there are too many occurrences, or none.
    """
    if not 0 < len(occurrences) <= BATCH_SIZE:
        raise ValueError(f"One call sends 1 to {BATCH_SIZE} occurrences, not {len(occurrences)}.")
    body = {"inputs": [_input(each) for each in occurrences]}
    answer = await client.call(client.routes.send_events(), body)
    for error in objects(answer.body.get("errors")):
        raise error_from_item(error, answer.correlation_id)
    return answer


def _input(each: Occurrence) -> dict[str, Any]:
    """What is not known is left out: HubSpot tries no second way where the first leads nowhere."""
    known = {
        "objectId": each.object_id,
        "email": each.email,
        "utk": each.utk,
        "occurredAt": each.occurred_at,
    }
    return {
        "eventName": each.name,
        "uuid": each.uuid,
        "properties": dict(each.properties),
        **{name: value for name, value in known.items() if value},
    }
