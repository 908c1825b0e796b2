"""Event occurrences held to their definitions over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.delivery.check import Checked, check
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.errors import RefusedError
from hubspot_pipeline.hubspot.event_definitions import EventDefinition
from hubspot_pipeline.hubspot.event_sends import Occurrence, send
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from hubspot_pipeline.writes import EventWrites
from tests.delivery.checking import (
    by_hand,
    checked,
    event_writes,
    kept,
    problems,
    with_client,
)

FULL = "pe12345678_bought"


def define(simulator: SimulatorServer, name: str, primary: str, **types: Any) -> None:
    properties = [
        {
            "name": each,
            "label": each,
            "type": "enumeration" if isinstance(type_, list) else type_,
            "options": [
                {"label": value.title(), "value": value}
                for value in (type_ if isinstance(type_, list) else [])
            ],
        }
        for each, type_ in types.items()
    ]
    by_hand(
        simulator,
        "/events/v3/event-definitions",
        {"label": name, "name": name, "primaryObject": primary, "propertyDefinitions": properties},
    )


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    at_once = Behaviour(definition_lag_seconds=0)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=at_once)) as server:
        define(
            server,
            "bought",
            "CONTACT",
            sku="string",
            amount="number",
            at="datetime",
            gift=["true", "false"],
            size=["small", "large"],
            page_link="string",
        )
        define(server, "renewed", "COMPANY", amount="string")
        yield server


def test_values_become_what_the_definition_says_never_what_they_look_like(
    simulator: SimulatorServer,
) -> None:
    rows = [
        {"sku": "00123", "amount": "1e3", "at": "2026-03-01", "gift": "TRUE", "size": "Large"},
        {"sku": "12345678901234567890", "amount": "007", "at": "1772323200000", "gift": "0"},
        {"sku": "0x10", "amount": "many"},
        {"sku": "1e5", "size": "medium"},
        {"skus": "x"},
    ]
    done = checked(simulator, event_writes(rows, ["bought"] * 5))
    assert kept(done) == [
        {
            "sku": "00123",
            "amount": "1000",
            "at": "2026-03-01T00:00:00.000Z",
            "gift": "true",
            "size": "large",
        },
        {
            "sku": "12345678901234567890",
            "amount": "007",
            "at": "2026-03-01T00:00:00.000Z",
            "gift": "false",
        },
    ]
    assert isinstance(done.writes, EventWrites)
    assert done.writes.names.to_pylist() == [FULL] * 2
    assert problems(done) == [
        (2, "amount", "'many' is not a number."),
        (3, "size", "'medium' is not one of the options small, large."),
        (4, "skus", "the event 'bought' has no property 'skus'; did you mean 'sku'?"),
    ]


def test_each_event_has_its_own_types(simulator: SimulatorServer) -> None:
    rows = [{"amount": "x"}, {"amount": "1"}, {"amount": "y"}, {"amount": "2e0"}]
    who = [{"object_id": "1", "email": "ada@example.com"}] * 4
    names = ["renewed", FULL, "bought", "bought"]
    done = checked(simulator, event_writes(rows, names, identifiers=who))
    assert kept(done) == [{"amount": "x"}, {"amount": "1"}, {"amount": "2"}]
    assert done.writes.names.to_pylist() == ["pe12345678_renewed", FULL, FULL]
    assert problems(done) == [(2, "amount", "'y' is not a number.")]


@pytest.mark.parametrize(("name", "longest"), [("sku", 256), ("page_link", 1_024)])
def test_values_have_the_length_that_their_names_allow(
    simulator: SimulatorServer, name: str, longest: int
) -> None:
    done = checked(
        simulator, event_writes([{name: "x" * longest}, {name: "y" * (longest + 1)}], [FULL] * 2)
    )
    [(position, field, reason)] = problems(done)
    assert (position, field) == (1, name)
    assert reason.endswith(f"has more than {longest:,} characters.")
    assert len(reason) < 120


def test_an_occurrence_has_at_most_fifty_properties(simulator: SimulatorServer) -> None:
    rows = [{f"hs_p{at}": "x" for at in range(number)} for number in (51, 50)]
    fields = [field for _, field, _ in problems(checked(simulator, event_writes(rows, [FULL] * 2)))]
    assert fields == ["properties", "hs_p0"]


def test_unknown_events_reject_their_rows_only(simulator: SimulatorServer) -> None:
    done = checked(simulator, event_writes([{}, {}, {}], ["bougth", "bought", "Bought it!"]))
    assert len(done.writes.keys) == 1
    assert problems(done)[0] == (
        0,
        "event_name",
        "the account has no event 'bougth'; did you mean 'bought'?",
    )


def test_an_unknown_full_name_is_told_the_nearest_full_name(simulator: SimulatorServer) -> None:
    done = checked(simulator, event_writes([{}], ["pe12345678_bougth"]))
    assert problems(done)[0][2].endswith("'pe12345678_bougth'; did you mean 'pe12345678_bought'?")


def test_events_of_other_records_than_contacts_need_an_id(simulator: SimulatorServer) -> None:
    done = checked(
        simulator,
        event_writes(
            [{}, {}, {}, {}],
            ["renewed"] * 4,
            object_types=["company", "companies", None, "contact"],
            identifiers=[{"object_id": "1"}, {}, {"email": "a@x.com"}, {"object_id": "2"}],
        ),
    )
    assert [(at, field) for at, field, _ in problems(done)] == [
        (1, "object_id"),
        (2, "object_id"),
        (3, "object_type"),
    ]


def test_times_of_events_are_instants(simulator: SimulatorServer) -> None:
    times = ["2026-03-01T10:00:00+02:00", "yesterday", None]
    done = checked(simulator, event_writes([{}, {}, {}], [FULL] * 3, occurred_at=times))
    assert isinstance(done.writes, EventWrites)
    assert done.writes.occurred_at.to_pylist() == ["2026-03-01T08:00:00.000Z", None]
    assert problems(done) == [
        (
            1,
            "occurred_at",
            "'yesterday' is not a time: ISO 8601, or milliseconds since 1970.",
        )
    ]


def test_an_archived_event_is_said_to_be_so(simulator: SimulatorServer) -> None:
    archived = EventDefinition("old", "pe12345678_old", "0-1", archived=True, properties={})

    async def work(client: HubSpotClient) -> Checked:
        async def answer() -> EventDefinition:
            return archived

        await client.remember(("event definition", "old"), answer)
        return await check(client, event_writes([{}], ["old"]))

    assert problems(with_client(simulator, work)) == [
        (0, "event_name", "the event 'old' is archived in HubSpot.")
    ]


VALUES = st.one_of(
    st.sampled_from(["1", "00123", "true", "Large", "2026-03-01", "1772323200", "x" * 300, "é"]),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=20),
)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(["sku", "amount", "at", "gift", "size", "page_link", "other"]), VALUES
    ),
    max_size=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS)
def test_hubspot_takes_all_that_the_check_lets_through(
    simulator: SimulatorServer, rows: list[dict[str, str]]
) -> None:
    async def work(client: HubSpotClient) -> None:
        done = await check(client, event_writes(rows, ["bought"] * len(rows)))
        assert isinstance(done.writes, EventWrites)
        occurrences = [
            Occurrence(
                uuid=f"{number}",
                name=name,
                properties=properties,
                object_id=None,
                email="ada@example.com",
                utk=None,
                occurred_at=None,
            )
            for number, (name, properties) in enumerate(
                zip(done.writes.names.to_pylist(), kept(done), strict=True)
            )
        ]
        if occurrences:
            try:
                await send(client, occurrences)
            except RefusedError as error:
                raise AssertionError(error.message) from error

    with_client(simulator, work)
