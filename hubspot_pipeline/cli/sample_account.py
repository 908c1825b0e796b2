"""What the sample destination wants of an account that nothing here makes: people make it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import httpx

EVENT: dict[str, Any] = {
    "label": "Page viewed",
    "name": "page_viewed",
    "primaryObject": "CONTACT",
    "propertyDefinitions": [
        {"name": name, "label": name.title(), "type": "string"} for name in ("page", "url")
    ],
}
"""The event that Send Custom Behavioral Event sends."""

TRIAL_ID: dict[str, Any] = {
    "name": "trial_id",
    "label": "Trial ID",
    "groupName": "ticketinformation",
    "type": "string",
    "fieldType": "text",
    "hasUniqueValue": True,
}
"""The unique property by which Custom Object V2 finds a ticket."""

_MADE = (("/events/v3/event-definitions", EVENT), ("/crm/v3/properties/tickets", TRIAL_ID))


def set_up(base_url: str, token: str) -> None:
    """Make both in an account, unless they are there.

    Args:
        base_url: Where the account is.
        token: An access token.

    Raises:
        httpx.HTTPError: The account refuses, or does not answer.
    """
    with httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"}) as client:
        for path, body in _MADE:
            answer = client.post(path, json=body)
            if answer.status_code != HTTPStatus.CONFLICT:
                answer.raise_for_status()
