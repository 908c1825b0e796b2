"""Names that stand in a mapping are held to the account, wherever directives put them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from hubspot_pipeline.mentions import mentions
from hubspot_pipeline.property_names import misnamed_properties
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from hubspot_pipeline.writes import Mode
from tests.delivery.checking import by_hand, with_client

COLOR = {"@path": "$.traits.color"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(
        SimulatorSettings(limits=None, behaviour=Behaviour(definition_lag_seconds=0))
    ) as server:
        by_hand(
            server,
            "/events/v3/event-definitions",
            {
                "label": "bought",
                "name": "bought",
                "propertyDefinitions": [{"label": "sku", "name": "sku", "type": "string"}],
            },
        )
        yield server


def misnamed(
    simulator: SimulatorServer, action: str, mapping: Any, sync_mode: Mode | None = None
) -> list[tuple[str, str]]:
    found = with_client(
        simulator, lambda client: misnamed_properties(client, action, mapping, sync_mode)
    )
    return [(each.place, each.reason) for each in found]


@pytest.mark.parametrize("action", ["upsertContact", "upsertCompany"])
def test_the_default_mappings_name_nothing_unknown(simulator: SimulatorServer, action: str) -> None:
    assert misnamed(simulator, action, "default") == []


def test_unknown_names_come_with_their_place_and_the_nearest_name(
    simulator: SimulatorServer,
) -> None:
    mapping = {
        "email": {"@path": "$.traits.email"},
        "properties": {
            "@merge": {
                "direction": "right",
                "objects": [
                    {"@path": "$.traits"},
                    {"job_title": COLOR, "jobtitle": COLOR},
                    {"@if": {"exists": COLOR, "then": {"favourite_color": COLOR}}},
                ],
            }
        },
    }
    assert misnamed(simulator, "upsertContact", mapping) == [
        (
            "properties.@merge.objects.1.job_title",
            "contacts have no property 'job_title'; did you mean 'jobtitle'?",
        ),
        (
            "properties.@merge.objects.2.@if.then.favourite_color",
            "contacts have no property 'favourite_color'.",
        ),
    ]


def test_what_is_read_only_may_be_searched_but_not_written(simulator: SimulatorServer) -> None:
    mapping = {
        "companysearchfields": {"createdate": "$.traits.created"},
        "properties": {"createdate": "$.traits.created", "segment_group_id": "x"},
    }
    assert misnamed(simulator, "upsertCompany", mapping) == [
        ("properties.createdate", "'createdate' is read-only: HubSpot sets it itself.")
    ]


def test_records_are_found_by_unique_properties_only(simulator: SimulatorServer) -> None:
    mapping = {
        "object_details": {"object_type": "deal", "id_field_name": "dealname"},
        "properties": {"Deal Stage": COLOR},
        "associations": [
            {"object_type": "contact", "id_field_name": "email"},
            {"object_type": "contact", "id_field_name": "phone"},
            {"object_type": "{{traits.type}}", "id_field_name": "phone"},
        ],
    }
    assert [place for place, _ in misnamed(simulator, "upsertObject", mapping)] == [
        "object_details.id_field_name",
        "properties.Deal Stage",
        "associations.1.id_field_name",
    ]


def test_what_will_be_made_need_not_be_there(simulator: SimulatorServer) -> None:
    details = {
        "object_type": "contact",
        "id_field_name": "email",
        "property_group": "contactinformation",
    }
    mapping = {"object_details": details, "properties": {"brand_new": COLOR}}
    assert misnamed(simulator, "upsertObject", mapping) == []
    event = {"event_name": "Brand new", "properties": {"sku": COLOR}}
    assert misnamed(simulator, "customEvent", event, "upsert") == []
    assert [place for place, _ in misnamed(simulator, "customEvent", event, "update")] == [
        "event_name"
    ]


def test_an_object_type_that_there_is_not_is_named_once(simulator: SimulatorServer) -> None:
    mapping = {"objectType": "compnies", "properties": {"a": COLOR, "b": COLOR}}
    assert misnamed(simulator, "upsertCustomObjectRecord", mapping) == [
        ("objectType", "the account has no object type 'compnies'; did you mean 'companies'?")
    ]


@pytest.mark.parametrize("mode", ["add", "update"])
def test_properties_of_events_must_be_there_unless_the_sync_mode_adds_them(
    simulator: SimulatorServer, mode: Mode
) -> None:
    mapping = {"event_name": "bought", "properties": {"sku": COLOR, "SKUs": COLOR}}
    expected = [
        ("properties.SKUs", "the event 'bought' has no property 'skus'; did you mean 'sku'?")
    ]
    assert misnamed(simulator, "customEvent", mapping, mode) == (expected if mode == "add" else [])


def test_an_event_that_there_is_not_is_named_with_the_nearest(simulator: SimulatorServer) -> None:
    assert misnamed(simulator, "sendCustomBehavioralEvent", {"eventName": "bougth"}) == [
        ("eventName", "the account has no event 'bougth'; did you mean 'bought'?")
    ]


def test_names_of_events_and_of_their_properties_count_as_the_action_writes_them(
    simulator: SimulatorServer,
) -> None:
    full = f"PE{simulator.settings.portal_id}_Bought"
    mapping = {"eventName": full, "properties": {"SKU": COLOR}}
    assert misnamed(simulator, "sendCustomBehavioralEvent", mapping) == []


@pytest.mark.parametrize("of", ["$.properties.type", "{{type}}", {"@path": "$.type"}, "", None])
def test_nothing_is_said_where_the_object_type_comes_with_the_event(of: Any) -> None:
    mapping = {"objectType": of, "properties": {"a": 1}, "toObjectType": of}
    assert mentions("upsertCustomObjectRecord", mapping) == []
