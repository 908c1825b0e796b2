"""Object types by the names that people give them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import ObjectType
from hubspot_pipeline.hubspot.errors import MissingScopes
from hubspot_pipeline.hubspot.object_types import custom_types
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import ALL_SCOPES, PrivateApp, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected
from tests.simulator.cars import NEW, PATH


@pytest.mark.parametrize("version", VERSIONS)
async def test_custom_types_are_found_by_all_their_names_in_one_call(
    account_server: SimulatorServer, version: str
) -> None:
    car = by_hand(account_server, "POST", PATH, NEW)
    wanted = ObjectType(car["objectTypeId"], "p12345678_car")
    names = (wanted.id, "p12345678_car", "P12345678_Car", "p_car", "car", "Cars", " CARS ")
    async with connected(account_server, version) as client:
        found = await asyncio.gather(*(account.object_type(client, name) for name in names))
        assert found == [wanted] * len(names)
        assert await account.object_type(client, "boat") is None
        assert await account.object_type(client, "deal") == ObjectType("0-3", "deals")
        assert await custom_types(client) == (wanted,)
    assert client.calls == {"schemas": 1}


def schema(number: int, name: str, *labels: str, **more: Any) -> Mapping[str, Any]:
    return {
        "objectTypeId": f"2-{number}",
        "fullyQualifiedName": f"p1_{name}",
        "name": name,
        "labels": dict(zip(("singular", "plural"), labels, strict=True)),
        **more,
    }


async def test_a_label_that_two_types_share_means_neither_and_a_name_goes_before_a_label() -> None:
    listed = [
        schema(1, "car", "Vehicle", "Things"),
        schema(2, "boat", "Vehicle", "Car"),
        schema(3, "gone", "Gone", "Gone", archived=True),
        {"name": "no id"},
    ]
    async with client_for(Script(answer(200, {"results": listed}))) as client:
        assert await account.object_type(client, "vehicle") is None
        assert await account.object_type(client, "things") == ObjectType("2-1", "p1_car")
        assert await account.object_type(client, "car") == ObjectType("2-1", "p1_car")
        assert await account.object_type(client, "gone") is None


async def test_a_custom_type_cannot_be_looked_up_without_the_scope_and_the_error_names_it(
    account_server: SimulatorServer,
) -> None:
    scopes = frozenset(scope for scope in ALL_SCOPES if "custom" not in scope)
    account_server.reset(SimulatorSettings(limits=None, private_apps=(PrivateApp(scopes=scopes),)))
    async with connected(account_server) as client:
        assert await account.object_type(client, "tickets") is not None
        with pytest.raises(MissingScopes, match="custom"):
            await account.object_type(client, "car")
