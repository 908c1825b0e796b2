"""Pipelines, owners, property groups and other objects as HubSpot's own Python client sees them."""

from typing import Any

import pytest
from hubspot.crm.deals import ApiException as DealRefused
from hubspot.crm.deals import SimplePublicObjectInputForCreate as NewDeal
from hubspot.crm.owners import ApiException as OwnerRefused
from hubspot.crm.pipelines import ApiException as PipelineRefused
from hubspot.crm.properties import ApiException as GroupRefused
from hubspot.crm.properties import (
    BatchInputPropertyCreate,
    BatchInputPropertyName,
    BatchReadInputPropertyName,
    PropertyCreate,
    PropertyGroupCreate,
    PropertyGroupUpdate,
    PropertyName,
    PropertyUpdate,
)

from hubspot_pipeline.simulator.server import SimulatorServer

PACKAGES = ("crm.pipelines", "crm.owners", "crm.properties")
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

Client = Any


def test_pipelines_are_read_with_their_stages(client: Client) -> None:
    (sales,) = client.crm.pipelines.pipelines_api.get_all("deals").results
    assert (sales.id, len(sales.stages)) == ("default", 7)
    assert client.crm.pipelines.pipelines_api.get_by_id("deals", "default") == sales
    stages = client.crm.pipelines.pipeline_stages_api
    assert len(stages.get_all("tickets", "0").results) == 4
    assert [one.id for one in stages.get_all("tickets", "0").results] == ["1", "2", "3", "4"]
    assert stages.get_by_id("tickets", "0", "4").metadata["ticketState"] == "CLOSED"
    with pytest.raises(PipelineRefused) as refused:
        client.crm.pipelines.pipelines_api.get_by_id("deals", "nope")
    assert refused.value.status == 404


def test_owners_are_read_page_by_page_and_one_alone(client: Client) -> None:
    api = client.crm.owners.owners_api
    first = api.get_page(limit=2)
    (last,) = api.get_page(limit=2, after=first.paging.next.after).results
    assert [one.email for one in first.results] == ["ada@example.com", "grace@example.com"]
    assert api.get_by_id(int(last.id)).user_id == last.user_id
    assert api.get_by_id(last.user_id, id_property="userId").id == last.id
    assert [one.archived for one in client.crm.owners.get_all(archived=True)] == [True]
    with pytest.raises(OwnerRefused) as refused:
        api.get_by_id(1)
    assert refused.value.status == 404


def test_groups_from_creation_to_archive(client: Client, simulator: SimulatorServer) -> None:
    api = client.crm.properties.groups_api
    made = api.create("deals", PropertyGroupCreate(name="mine", label="Mine"))
    assert (made.name, made.archived) == ("mine", False)
    new = PropertyCreate(
        name="plan", label="Plan", type="string", field_type="text", group_name="mine"
    )
    client.crm.properties.core_api.create("deals", new)
    simulator.clock.advance(1)
    with pytest.raises(GroupRefused) as refused:
        api.archive("deals", "mine")
    assert "GROUP_WITH_ACTIVE_PROPERTIES" in refused.value.body
    assert api.update("deals", "mine", PropertyGroupUpdate(label="Ours")).label == "Ours"
    assert {one.name for one in api.get_all("deals").results} == {"dealinformation", "mine"}
    client.crm.properties.core_api.archive("deals", "plan")
    assert api.get_by_name("deals", "mine").label == "Ours"
    api.archive("deals", "mine")
    assert {one.name for one in api.get_all("deals").results} == {"dealinformation"}


def test_properties_from_creation_to_archive(client: Client, simulator: SimulatorServer) -> None:
    api, batches = client.crm.properties.core_api, client.crm.properties.batch_api
    shape = {"type": "string", "field_type": "text", "group_name": "contactinformation"}
    new = PropertyCreate(name="plan", label="Plan", **shape)
    assert api.create("contacts", new).name == "plan"
    simulator.clock.advance(1)
    assert api.update("contacts", "plan", PropertyUpdate(label="New")).label == "New"
    simulator.clock.advance(1)
    assert api.get_by_name("contacts", "plan").label == "New"
    assert "plan" in {one.name for one in api.get_all("contacts").results}

    second = PropertyCreate(name="color", label="Color", **shape)
    made = batches.create("contacts", BatchInputPropertyCreate(inputs=[new, second]))
    assert [one.name for one in made.results] == ["color"]
    assert made.errors[0].category == "OBJECT_ALREADY_EXISTS"
    simulator.clock.advance(1)
    both = [PropertyName(name="plan"), PropertyName(name="color")]
    asked = BatchReadInputPropertyName(archived=False, inputs=both)
    assert len(batches.read("contacts", asked).results) == 2
    api.archive("contacts", "plan")
    batches.archive("contacts", BatchInputPropertyName(inputs=both))
    assert {"plan", "color"}.isdisjoint(one.name for one in api.get_all("contacts").results)


def test_a_deal_needs_a_stage_of_its_pipeline(client: Client) -> None:
    api = client.crm.deals.basic_api
    named = {"dealname": "Big", "amount": "12.5"}
    made = api.create(NewDeal(properties=named | {"dealstage": "contractsent"}, associations=[]))
    assert made.properties["pipeline"] == "default"
    for properties, words in [
        (named, "Error creating DEAL. Some required properties were not set."),
        (named | {"dealstage": "nope"}, "nope was not one of the allowed options"),
    ]:
        with pytest.raises(DealRefused) as refused:
            api.create(NewDeal(properties=properties, associations=[]))
        assert refused.value.status == 400
        assert words in refused.value.body
