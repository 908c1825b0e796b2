"""Definitions of custom events: found, made and extended, and seen before anybody sends."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from hubspot_pipeline.hubspot.account import Option
from hubspot_pipeline.hubspot.errors import (
    ConflictRefused,
    RefusedError,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.hubspot.event_definitions import (
    EventDefinition,
    EventProperty,
    add_properties,
    create,
    names,
    read,
)
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected
from tests.simulator.cars import NEW, PATH

EVENTS = "/events/v3/event-definitions"
PLAN = EventProperty("plan", "string")
PRICE = EventProperty("price", "number")
SIZE = EventProperty("size", "enumeration", (Option("s", "Small"), Option("l", "Large")))


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_event_that_was_made_is_known_at_once_although_definitions_lag(
    account_server: SimulatorServer, version: str
) -> None:
    async with connected(account_server, version) as client:
        assert await read(client, "order_paid") is None
        made = await create(client, "order_paid", "contact", [PLAN, PRICE, SIZE])
        assert await read(client, "order_paid") == made
        assert await read(client, made.fully_qualified_name) == made
    assert made.name == "order_paid"
    assert made.fully_qualified_name == "pe12345678_order_paid"
    assert made.primary_object_type_id == "0-1"
    assert not made.archived
    assert [made.properties[each.name] for each in (PLAN, PRICE, SIZE)] == [PLAN, PRICE, SIZE]
    assert "hs_page_url" in made.properties
    assert client.calls["event-definitions/create"] == 1


@pytest.mark.parametrize("status", [400, 404])
@pytest.mark.parametrize("name", ["nope", "no/such", "a?b#c", "pe1_x", "", ".", "..", " ", "ö"])
async def test_a_name_that_no_event_has_is_none_however_hubspot_says_so(
    account_server: SimulatorServer, name: str, status: Any
) -> None:
    behaviour = Behaviour(unknown_event_status=status)
    account_server.reset(SimulatorSettings(limits=None, behaviour=behaviour))
    async with connected(account_server) as client:
        assert await read(client, name) is None
        assert await read(client, name) is None
    assert client.calls["event-definitions/read"] <= 1


async def test_an_address_that_is_not_hubspots_is_no_unknown_event() -> None:
    async with client_for(Script(answer(404))) as client:
        with pytest.raises(WrongTarget):
            await read(client, "order_paid")


async def test_an_outage_is_no_unknown_event(account_server: SimulatorServer) -> None:
    account_server.faults.add(Fault("status", route="event_definitions.read", status=502))
    async with connected(account_server) as client:
        with pytest.raises(Unavailable):
            await read(client, "order_paid")


async def test_all_names_are_read_page_by_page_once(account_server: SimulatorServer) -> None:
    wanted = [f"event_{n}" for n in range(230)]
    headers = {"label": "x", "propertyDefinitions": [], "includeDefaultProperties": False}
    account_server.reset(
        SimulatorSettings(limits=None, behaviour=Behaviour(definition_lag_seconds=0))
    )
    for name in wanted:
        by_hand(account_server, "POST", EVENTS, {**headers, "name": name})
    async with connected(account_server) as client:
        got = await asyncio.gather(names(client), names(client))
        assert sorted(got[0]) == sorted(wanted)
        assert client.calls == {"event-definitions": 3}
        made = await create(client, "one_more", "contacts", [])
        assert "one_more" in await names(client)
        assert made.fully_qualified_name in await names(client, like="pe1_one_mor")


@pytest.mark.parametrize(
    ("primary", "wanted"), [("companies", "0-2"), ("0-3", "0-3"), ("TICKET", "0-5")]
)
async def test_an_event_belongs_to_records_of_the_type_that_was_named(
    account_server: SimulatorServer, primary: str, wanted: str
) -> None:
    async with connected(account_server) as client:
        assert (await create(client, "e", primary, [])).primary_object_type_id == wanted


async def test_an_event_can_belong_to_records_of_the_accounts_own_type(
    account_server: SimulatorServer,
) -> None:
    car = by_hand(account_server, "POST", PATH, NEW)
    async with connected(account_server) as client:
        made = await create(client, "e", "p12345678_car", [])
    assert made.primary_object_type_id == car["objectTypeId"]


async def test_a_full_name_of_this_account_makes_no_name_within_a_name(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        assert await read(client, "pe12345678_paid") is None
        made = await create(client, "pe12345678_paid", "contacts", [PLAN])
        assert made.fully_qualified_name == "pe12345678_paid"
        assert await read(client, "pe12345678_paid") == made
        with pytest.raises(ValidationRefused, match="account 999"):
            await create(client, "pe999_paid", "contacts", [])


async def test_properties_named_like_hubspots_own_are_there_too(
    account_server: SimulatorServer,
) -> None:
    wanted = [EventProperty("hs_page_url", "string"), EventProperty("hs_own", "number"), PLAN]
    async with connected(account_server) as client:
        made = await create(client, "e", "contacts", wanted)
        assert await read(client, "e") == made
    assert {each.name for each in wanted} <= made.properties.keys()


async def test_a_definition_that_hubspot_refuses_says_why(account_server: SimulatorServer) -> None:
    async with connected(account_server) as client:
        with pytest.raises(ValidationRefused, match="nonsense"):
            await create(client, "e", "contacts", [EventProperty("a", "nonsense")])
        with pytest.raises(RefusedError, match="not valid"):
            await create(client, "Not A Name", "contacts", [])


async def test_two_processes_that_define_the_same_event_both_go_on(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as one, connected(account_server) as two:
        first, second = await asyncio.gather(
            create(one, "e", "contacts", [PLAN]), create(two, "e", "contacts", [PLAN, PRICE])
        )
        assert first.fully_qualified_name == second.fully_qualified_name
        for client in (one, two):
            assert await add_properties(client, first, [PLAN, PRICE]) == {}
            found = await read(client, "e")
            assert found is not None
            assert {"plan", "price"} <= found.properties.keys()


async def test_the_name_of_a_deleted_event_ends_in_a_clear_refusal(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        await create(client, "e", "contacts", [])
        by_hand(account_server, "DELETE", f"{EVENTS}/e")
        with pytest.raises(ConflictRefused, match="can never be used again"):
            await create(client, "e", "contacts", [])
        assert await read(client, "e") is None


async def test_an_archived_event_ends_in_a_clear_refusal_rather_than_in_endless_tries() -> None:
    archived = {"name": "e", "fullyQualifiedName": "pe1_e", "archived": True, "properties": []}
    script = Script(answer(409, {"message": "Event e already exists."}), answer(200, archived))
    async with client_for(script) as client:
        with pytest.raises(ConflictRefused, match="archived"):
            await create(client, "e", "contacts", [])
    assert len(script.requests) == 2


async def test_a_definition_whose_answer_was_lost_is_there_after_all(
    account_server: SimulatorServer,
) -> None:
    account_server.faults.add(
        Fault("reset", route="event_definitions.create", count=1, after_commit=True)
    )
    async with connected(account_server) as client:
        assert "plan" in (await create(client, "e", "contacts", [PLAN])).properties


async def test_a_definition_that_never_shows_is_tried_later(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server, seconds=0.001) as client:
        with pytest.raises(Unavailable, match="does not show it yet"):
            await create(client, "e", "contacts", [PLAN])
    assert client.calls["event-definitions/read"] == 12


class TestAddedProperties:
    @pytest.mark.parametrize("version", VERSIONS)
    async def test_are_known_at_once_and_every_refusal_is_told(
        self, account_server: SimulatorServer, version: str
    ) -> None:
        bad = EventProperty("bad", "nonsense")
        async with connected(account_server, version) as client:
            made = await create(client, "e", "contacts", [PLAN])
            refused = await add_properties(client, made, [PLAN, bad, PRICE, SIZE])
            found = await read(client, "e")
        assert refused.keys() == {"bad"}
        assert "nonsense" in refused["bad"].message
        assert found is not None
        assert found.properties["price"] == PRICE
        assert found.properties["size"] == SIZE

    async def test_of_a_full_name_are_known_by_the_short_one(
        self, account_server: SimulatorServer
    ) -> None:
        async with connected(account_server) as client:
            await create(client, "e", "contacts", [])
            by_full_name = await read(client, "pe12345678_e")
            assert by_full_name is not None
            assert await read(client, "e") == by_full_name
            await add_properties(client, by_full_name, [PLAN])
            for name in ("e", "pe12345678_e"):
                found = await read(client, name)
                assert found is not None
                assert "plan" in found.properties

    async def test_that_exist_but_are_archived_are_refused(self) -> None:
        shown = {
            "name": "e",
            "fullyQualifiedName": "pe1_e",
            "properties": [{"name": "plan", "type": "string", "archived": True}],
        }
        taken = answer(409, {"message": "Property plan already exists."})
        definition = EventDefinition("e", "pe1_e", "0-1", archived=False, properties={})
        async with client_for(Script(taken, answer(200, shown))) as client:
            refused = await add_properties(client, definition, [PLAN])
        assert isinstance(refused["plan"], ConflictRefused)

    async def test_that_never_show_are_tried_later(self, account_server: SimulatorServer) -> None:
        async with connected(account_server) as client:
            made = await create(client, "e", "contacts", [])
        async with connected(account_server, seconds=0.001) as client:
            with pytest.raises(Unavailable, match="plan, price"):
                await add_properties(client, made, [PRICE, PLAN])

    async def test_that_are_none_cost_no_call(self) -> None:
        definition = EventDefinition("e", "pe1_e", "0-1", archived=False, properties={})
        async with client_for(Script(answer(500))) as client:
            assert await add_properties(client, definition, []) == {}
        assert not client.calls


async def test_a_definition_is_read_once_by_each_name_that_it_is_asked_by(
    account_server: SimulatorServer,
) -> None:
    async with connected(account_server) as client:
        await create(client, "e", "contacts", [PLAN])
    async with connected(account_server) as client:
        for name in ("pe12345678_e", "e") * 3:
            await asyncio.gather(read(client, name), read(client, name))
    assert client.calls == {"event-definitions/read": 2}


@pytest.mark.parametrize("seed", range(5))
async def test_answers_without_anything_optional_say_enough(
    account_server: SimulatorServer, seed: int
) -> None:
    account_server.faults.add(Fault("hostile", route="event_definitions.*", seed=seed))
    async with connected(account_server) as client:
        made = await create(client, "e", "contacts", [PLAN])
        assert await create(client, "e", "contacts", [PLAN]) == made
        assert await add_properties(client, made, [PLAN, PRICE]) == {}
        assert await read(client, "other") is None
        assert await names(client) == ("e",)
        found = await read(client, "e")
    assert found is not None
    assert found.properties["price"] == PRICE


async def test_what_is_sent_has_all_that_any_version_requires() -> None:
    made = answer(201, {})
    shown = answer(200, {"name": "e", "fullyQualifiedName": "pe1_e", "properties": []})
    script = Script(made, shown)
    async with client_for(script, version="2026-09") as client:
        await create(client, "e", "company", [])
    assert orjson.loads(script.requests[0].content) == {
        "label": "e",
        "name": "e",
        "primaryObject": "COMPANY",
        "includeDefaultProperties": True,
        "propertyDefinitions": [],
    }
