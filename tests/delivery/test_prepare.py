"""What writes need is made once, and every refusal is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.delivery.check import check
from hubspot_pipeline.delivery.prepare import (
    Refused,
    common_type,
    make_id_property,
    prepare,
)
from hubspot_pipeline.hubspot import account, event_definitions
from hubspot_pipeline.hubspot.account import Property
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.errors import WrongTarget
from hubspot_pipeline.hubspot.event_definitions import EventDefinition
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from hubspot_pipeline.writes import DEFINITIONS, Mode
from tests.delivery.checking import by_hand, event_writes, problems, record_writes, with_client

GROUP = "contactinformation"


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    at_once = Behaviour(definition_lag_seconds=0)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=at_once)) as server:
        yield server


def of_contacts(name: str, *types: str, **more: Any) -> list[Mapping[str, Any]]:
    row = {"kind": "record", "of": "contact", "group": GROUP, "name": name, "sensitive": False}
    return [{**row, "type": each, **more} for each in types]


def of_event(name: str | None, *types: str, of: str = "bought") -> list[Mapping[str, Any]]:
    row = {"kind": "event", "of": of, "primary_object": "contact", "name": name}
    return [{**row, "type": each, "sensitive": False} for each in types]


def prepared(
    simulator: SimulatorServer, *rows: Sequence[Mapping[str, Any]], mode: Mode | None = "upsert"
) -> Mapping[str, Refused]:
    definitions = pa.Table.from_pylist([each for some in rows for each in some], DEFINITIONS)
    return with_client(simulator, lambda client: prepare(client, definitions, mode))


def contact_property(simulator: SimulatorServer, name: str) -> Property | None:
    async def work(client: HubSpotClient) -> Property | None:
        return (await account.properties(client, "contacts", sensitive=True)).get(name)

    return with_client(simulator, work)


def event(simulator: SimulatorServer, name: str = "bought") -> EventDefinition | None:
    return with_client(simulator, lambda client: event_definitions.read(client, name))


def test_missing_properties_are_made_in_one_call_and_can_be_written(
    simulator: SimulatorServer,
) -> None:
    prepared(
        simulator,
        of_contacts("score", "number"),
        of_contacts("happy", "bool"),
        of_contacts("born", "date"),
        of_contacts("seen", "date", "datetime"),
        of_contacts("mixed", "number", "bool"),
        of_contacts("secret", "string", sensitive=True),
        of_contacts("phone", "number"),
    )
    calls = [each.path for each in simulator.log if each.path.endswith("/batch/create")]
    assert len(calls) == 1
    kinds = {
        name: (found.type, found.field_type, found.sensitive)
        for name in ("score", "happy", "born", "seen", "mixed", "secret", "phone")
        if (found := contact_property(simulator, name))
    }
    assert kinds == {
        "score": ("number", "number", False),
        "happy": ("enumeration", "booleancheckbox", False),
        "born": ("date", "date", False),
        "seen": ("datetime", "date", False),
        "mixed": ("string", "text", False),
        "secret": ("string", "text", True),
        "phone": ("string", "phonenumber", False),
    }


def test_a_property_that_is_there_as_anything_is_not_made_again(
    simulator: SimulatorServer,
) -> None:
    prepared(simulator, of_contacts("lifecyclestage", "string"), of_contacts("phone", "string"))
    assert not [each for each in simulator.log if each.method == "POST"]


def test_all_refusals_are_told_and_a_bad_one_does_not_keep_the_good_from_being_made(
    simulator: SimulatorServer,
) -> None:
    refused = prepared(
        simulator,
        of_contacts("good", "string"),
        of_contacts("lost", "string", group="nowhere"),
        of_contacts("Bad", "string"),
    )
    assert refused["contact"].reasons.keys() == {"lost", "Bad"}
    assert "nowhere" in refused["contact"].reason
    assert contact_property(simulator, "good") is not None


def test_an_unknown_object_type_is_left_to_the_check(simulator: SimulatorServer) -> None:
    prepared(simulator, of_contacts("score", "number", of="contcats"))


@pytest.mark.parametrize(
    ("mode", "is_made", "is_extended"),
    [("add", True, False), ("update", False, True), ("upsert", True, True)],
)
def test_sync_modes_say_whether_events_are_defined_and_extended(
    simulator: SimulatorServer, mode: Mode, is_made: bool, is_extended: bool
) -> None:
    prepared(simulator, of_event("sku", "string", of="before"), mode="upsert")
    prepared(
        simulator,
        of_event("gift", "bool", of="before"),
        of_event("amount", "number"),
        of_event("on", "date"),
        of_event(None, "string"),
        mode=mode,
    )
    made, before = event(simulator), event(simulator, "before")
    assert (made is not None) == is_made
    assert before is not None
    assert ("gift" in before.properties) == is_extended
    if made:
        kinds = {name: made.properties[name].type for name in ("amount", "on")}
        assert kinds == {"amount": "number", "on": "datetime"}


def test_an_event_with_the_longest_name_is_defined_and_extended_by_its_full_name(
    simulator: SimulatorServer,
) -> None:
    longest = "b" * 50
    prepared(simulator, of_event("sku", "string", of=f"pe12345678_{longest}"))
    prepared(simulator, of_event("amount", "number", of=f"pe12345678_{longest}"))
    made = event(simulator, longest)
    assert made is not None
    assert {"sku", "amount"} <= made.properties.keys()


def test_an_event_of_records_of_two_types_is_defined_alike_whichever_comes_first(
    simulator: SimulatorServer,
) -> None:
    of_deals = {"primary_object": "deals"}
    for of, rows in {"one": (of_deals, {}), "other": ({}, of_deals)}.items():
        prepared(
            simulator, *([each | more for each in of_event(None, "string", of=of)] for more in rows)
        )
    one, other = event(simulator, "one"), event(simulator, "other")
    assert one is not None
    assert other is not None
    assert one.primary_object_type_id == other.primary_object_type_id


def test_an_event_without_properties_is_defined_too(simulator: SimulatorServer) -> None:
    prepared(simulator, of_event(None, "string"))
    assert event(simulator) is not None


def test_the_name_of_a_deleted_event_is_refused_and_others_are_made(
    simulator: SimulatorServer,
) -> None:
    prepared(simulator, of_event("sku", "string"))
    definitions = simulator.account.events.definitions
    simulator.account.events.delete(definitions.all["bought"])
    refused = prepared(simulator, of_event("sku", "string"), of_event("sku", "string", of="other"))
    assert refused.keys() == {"bought"}
    assert refused["bought"].reasons.keys() == {None}
    assert "never be used again" in refused["bought"].reason
    assert event(simulator, "other") is not None


def test_names_that_hubspot_cannot_have_are_left_to_the_check(simulator: SimulatorServer) -> None:
    prepared(simulator, of_event("x" * 51, "string"), of_event("sku", "string", of="9 lives"))
    made = event(simulator)
    assert made is not None
    writes = event_writes([{"x" * 51: "1"}, {}], ["bought", "9 lives"])
    done = with_client(simulator, lambda client: check(client, writes))
    assert [field for _, field, _ in problems(done)] == ["x" * 51, "event_name"]


def test_what_was_prepared_is_known_to_the_check_of_the_same_run(
    simulator: SimulatorServer,
) -> None:
    rows = [*of_contacts("score", "number"), *of_event("sku", "string")]

    async def work(client: HubSpotClient) -> list[int]:
        await account.properties(client, "contacts")
        await event_definitions.read(client, "bought")
        await prepare(client, pa.Table.from_pylist(rows, DEFINITIONS), "upsert")
        done = [
            await check(client, record_writes([{"score": "1"}])),
            await check(client, event_writes([{"sku": "1"}], ["bought"])),
        ]
        return [each.rejected.num_rows for each in done]

    assert with_client(simulator, work) == [0, 0]


@pytest.mark.parametrize(
    ("object_type", "name", "group"),
    [
        ("companies", "segment_group_id", "companyinformation"),
        ("deals", "segment_record_key", "dealinformation"),
    ],
)
def test_the_id_property_is_made_once_hidden_and_unique(
    simulator: SimulatorServer, object_type: str, name: str, group: str
) -> None:
    async def work(client: HubSpotClient) -> None:
        await make_id_property(client, object_type, name)
        await make_id_property(client, object_type, name)

    with_client(simulator, work)
    assert [each.method for each in simulator.log].count("POST") == 1
    made = simulator.account.properties(simulator.account.types.find(object_type)).defined[name]
    assert (made.unique, made.hidden, made.form_field, made.display_order) == (
        True,
        True,
        False,
        -1,
    )
    assert (made.type, made.field_type, made.group) == ("string", "text", group)
    assert made.label.lower().replace(" ", "_") == name


def test_an_id_property_that_is_not_unique_is_an_error(simulator: SimulatorServer) -> None:
    by_hand(
        simulator,
        "/crm/v3/properties/companies",
        {
            "name": "segment_group_id",
            "label": "Mine",
            "type": "string",
            "fieldType": "text",
            "groupName": "companyinformation",
        },
    )
    with pytest.raises(WrongTarget, match="not unique"):
        with_client(
            simulator, lambda client: make_id_property(client, "companies", "segment_group_id")
        )


@pytest.mark.parametrize(
    ("types", "one"),
    [
        (["number", "number"], "number"),
        (["bool"], "bool"),
        (["date"], "date"),
        (["datetime", "date"], "datetime"),
        (["number", "bool"], "string"),
        (["date", "datetime", "number"], "string"),
        (["string", "number"], "string"),
    ],
)
def test_a_property_with_several_types_gets_the_one_that_takes_them_all(
    types: list[str], one: str
) -> None:
    assert common_type(types) == one
