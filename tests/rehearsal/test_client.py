"""A rehearsal's client sends nothing that writes, whatever it is asked to call."""

from __future__ import annotations

import httpx
import pytest

from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.hubspot.connections import open_connections
from hubspot_pipeline.hubspot.routes import Route, Routes
from hubspot_pipeline.rehearsal.account import RehearsedAccount
from hubspot_pipeline.rehearsal.changes import Changes
from hubspot_pipeline.rehearsal.client import RehearsalClient
from tests.hubspot.helpers import NotingLimiter

ROUTES = Routes()
WRITES = [
    *(ROUTES.batch("contacts", each) for each in ("create", "update", "upsert", "archive")),
    ROUTES.create_properties("contacts"),
    ROUTES.event_definitions("POST"),
    ROUTES.create_event_property("order"),
    *(
        ROUTES.associations("contacts", "companies", each)
        for each in ("create", "associate/default", "archive", "labels/archive")
    ),
    ROUTES.create_list(),
    ROUTES.list_members("1"),
    ROUTES.send_events(),
]


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.name)
async def test_what_passes_calls_on_refuses_those_that_write(route: Route) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"results": []})

    settings = ConnectionSettings(PrivateApp("token"), transport=httpx.MockTransport(answer))
    async with open_connections(4, settings.timeouts, settings.transport) as connections:
        client = RehearsalClient(
            settings, NotingLimiter(), connections, RehearsedAccount(), Changes(), lambda _: None
        )
        with pytest.raises(AssertionError, match="about to make a call that writes"):
            await client._reader.call(route, {"inputs": []})
        await client.close()
    assert sent == []
