"""Companies after their contacts: by asset dependencies, in one run, over HTTP."""

from __future__ import annotations

import json
from dataclasses import replace

import dagster as dg
import pytest

from hubspot_pipeline.destination import destination_from
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.orchestration.conftest import DAY, DELIVERIES, PAYLOADS, Project, failure_of

COMPANIES = dg.AssetKey(["shop", "companies", "deliveries"])


@pytest.fixture
def project(project: Project) -> Project:
    """A shop whose file names the companies before their contacts."""
    contacts = project.destination.mapping("contacts").model_dump()
    attributes = project.destination.model_dump(exclude={"name", "mappings"})
    mappings = {"companies": {"action": "upsertCompany"}, "contacts": contacts}
    destination = destination_from(
        {**attributes, "mappings": mappings}, name="shop", where="a test"
    )
    return replace(project, destination=destination)


def export(project: Project) -> None:
    """A contact, and its company, whose event knows the contact by its user id only."""
    file = project.export(DAY, "ada@example.com")
    group = {
        "type": "group",
        "messageId": "g1",
        "userId": "user-0",
        "groupId": "acme",
        "timestamp": f"{DAY}T11:00:00.000Z",
        "traits": {"name": "Acme"},
    }
    file.write_text(json.dumps(group) + "\n" + file.read_text())


def started(result: dg.ExecuteInProcessResult) -> list[str | None]:
    return [event.step_key for event in result.all_events if event.is_step_start]


def test_deliveries_depend_on_those_of_the_mappings_that_they_link_to(project: Project) -> None:
    graph = project.definitions.resolve_asset_graph()
    assert graph.get(COMPANIES).parent_keys == {
        dg.AssetKey(["shop", "companies", "payloads"]),
        DELIVERIES,
    }
    assert graph.get(DELIVERIES).parent_keys == {PAYLOADS}


def test_a_run_delivers_contacts_before_their_companies_and_links_them(
    project: Project, simulator: SimulatorServer, instance: dg.DagsterInstance
) -> None:
    export(project)

    result = project.materialize(instance)

    assert result.success
    steps = started(result)
    assert steps.index("shop__contacts__deliveries") < steps.index("shop__companies__deliveries")
    materialization = result.asset_materializations_for_node(COMPANIES.to_python_identifier())[0]
    assert materialization.metadata["delivered"].value == 1
    routes = [call.route for call in simulator.log]
    assert any("association" in route for route in routes)


@pytest.mark.usefixtures("simulator")
def test_a_run_delivers_mappings_that_depend_on_no_other_as_they_stand_in_the_file(
    project: Project, instance: dg.DagsterInstance
) -> None:
    contacts = project.destination.mapping("contacts").model_dump()
    attributes = project.destination.model_dump(exclude={"name", "mappings"})
    names = ("second", "first")
    destination = destination_from(
        {**attributes, "mappings": dict.fromkeys(names, contacts)}, name="shop", where="a test"
    )
    project.export(DAY, "ada@example.com")

    result = replace(project, destination=destination).materialize(instance)

    steps = [step for step in started(result) if step and step.endswith("deliveries")]
    assert steps == [f"shop__{name}__deliveries" for name in names]


@pytest.mark.usefixtures("simulator")
def test_contacts_that_fail_keep_their_companies_back_and_say_so(
    project: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(project)
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-of-somebody-else")

    result = project.materialize(instance)

    assert not result.success
    assert "shop__companies__deliveries" not in started(result)
    failure = failure_of(result)
    assert failure.description is not None
    assert failure.description.endswith(
        " What links to the records of 'contacts' is kept back, and not delivered in the same run: "
        "companies."
    )
