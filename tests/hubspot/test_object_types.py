"""Object types by the names that people give them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import ObjectType
from hubspot_pipeline.hubspot.errors import MissingScopes
from hubspot_pipeline.hubspot.object_types import custom_types, path_name, standard_type
from hubspot_pipeline.simulator.account.object_types import STANDARD_TYPES
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import ALL_SCOPES, PrivateApp, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected
from tests.simulator.cars import NEW, PATH

CONTACTS = ObjectType("0-1", "contacts")
LINE_ITEMS = ObjectType("0-8", "line_items")


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("contacts", CONTACTS),
        ("contact", CONTACTS),
        ("CONTACT", CONTACTS),
        (" Contact ", CONTACTS),
        ("0-1", CONTACTS),
        ("line item", LINE_ITEMS),
        ("Line-Items", LINE_ITEMS),
        ("goal", ObjectType("0-74", "goal_targets")),
        ("payments", ObjectType("0-101", "commerce_payments")),
        ("postal mail", ObjectType("0-116", "postal_mail")),
        ("0-999", ObjectType("0-999", "0-999")),
        ("car", None),
        ("2-1", None),
        ("0-", None),
        ("", None),
    ],
)
def test_hubspots_own_types_have_many_names(name: str, wanted: ObjectType | None) -> None:
    assert standard_type(name) == wanted


def test_every_type_of_hubspots_own_is_known_by_every_name_that_it_has() -> None:
    for kind in STANDARD_TYPES:
        for name in kind.names:
            assert standard_type(name) == ObjectType(kind.id, kind.name)


def test_paths_call_one_type_by_one_name() -> None:
    assert {path_name(name) for name in ("contact", "0-1", "Contacts")} == {"contacts"}
    assert path_name("p123_car") == "p123_car"


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
