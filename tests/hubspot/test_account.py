"""What a portal says of itself, asked once."""

from __future__ import annotations

import asyncio
from datetime import timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import AccountDetails, Option, Property
from hubspot_pipeline.hubspot.errors import WrongTarget
from tests.hubspot.helpers import Script, answer, client_for

DETAILS = {
    "portalId": 12345678,
    "accountType": "STANDARD",
    "timeZone": "US/Eastern",
    "utcOffsetMilliseconds": -14_400_000,
    "dataHostingLocation": "na1",
}


async def test_details_are_asked_once_and_tell_the_client_its_time_zone() -> None:
    script = Script(answer(200, DETAILS))
    async with client_for(script) as client:
        got = await asyncio.gather(*(account.details(client) for _ in range(3)))
        assert client.today.zone == ZoneInfo("US/Eastern")
    assert got == [AccountDetails("12345678", ZoneInfo("US/Eastern"), "na1")] * 3
    assert len(script.requests) == 1
    assert script.requests[0].url.path == "/account-info/2026-03/details"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", None, "../etc/passwd"])
async def test_an_unknown_time_zone_falls_back_to_its_offset(name: Any) -> None:
    async with client_for(Script(answer(200, {**DETAILS, "timeZone": name}))) as client:
        got = await account.details(client)
    assert got.time_zone == timezone(timedelta(hours=-4))


async def test_an_answer_without_a_portal_is_not_hubspots() -> None:
    async with client_for(Script(answer(200, {"hello": "world"}))) as client:
        with pytest.raises(WrongTarget, match="base URL"):
            await account.details(client)


async def test_properties_come_by_name_and_are_asked_once_per_object_type() -> None:
    body = {
        "results": [
            {
                "name": "lifecyclestage",
                "label": "Lifecycle Stage",
                "type": "enumeration",
                "fieldType": "radio",
                "options": [{"label": "Lead", "value": "lead", "displayOrder": 1}],
                "modificationMetadata": {"readOnlyValue": False},
            },
            {
                "name": "createdate",
                "type": "datetime",
                "fieldType": "date",
                "hasUniqueValue": False,
                "modificationMetadata": {"readOnlyValue": True},
            },
        ]
    }
    script = Script(answer(200, body))
    async with client_for(script) as client:
        got = await account.properties(client, "contacts")
        await account.properties(client, "contacts")
        await account.properties(client, "companies")
    assert got["lifecyclestage"] == Property(
        name="lifecyclestage",
        label="Lifecycle Stage",
        type="enumeration",
        field_type="radio",
        options=(Option("lead", "Lead"),),
        unique=False,
        read_only=False,
    )
    assert got["createdate"].read_only
    assert [each.url.path for each in script.requests] == [
        "/crm/properties/2026-03/contacts",
        "/crm/properties/2026-03/companies",
    ]
