"""Days of events through real Dagster runs, over HTTP, into the simulated account."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits, SimulatorSettings
from tests.orchestration.conftest import DAY, DELIVERIES, PAYLOADS, Project, failure_of


def materialized(result: dg.ExecuteInProcessResult, asset: dg.AssetKey) -> dict[str, Any]:
    [event] = result.asset_materializations_for_node(asset.to_python_identifier())
    return {label: entry.value for label, entry in event.metadata.items()}


def checks(result: dg.ExecuteInProcessResult, asset: dg.AssetKey) -> dict[str, bool]:
    evaluations = result.get_asset_check_evaluations()
    return {each.check_name: each.passed for each in evaluations if each.asset_key == asset}


def status(instance: dg.DagsterInstance, asset: dg.AssetKey) -> str | None:
    partitions = dg.DailyPartitionsDefinition(start_date="2026-01-01")
    known = instance.get_status_by_partition(asset, [DAY], partitions)
    assert known is not None
    found = known[DAY]
    return found.value if found else None


def test_a_day_is_delivered_and_every_row_accounted_for(
    project: Project, simulator: SimulatorServer, instance: dg.DagsterInstance
) -> None:
    project.export(DAY, "ada@example.com", "grace@example.com", "no-address", None)

    result = project.materialize(instance)

    assert result.success
    assert materialized(result, PAYLOADS)["mapped"] == 2
    numbers = materialized(result, DELIVERIES)
    assert (numbers["rows_read"], numbers["filtered"]) == (4, 0)
    assert (numbers["delivered"], numbers["rejected"], numbers["calls"]) == (2, 2, 3)
    assert numbers["dagster/row_count"] == 4
    assert simulator.account.contact("ada@example.com") is not None
    assert checks(result, PAYLOADS) == {"accounted_for": True}
    assert checks(result, DELIVERIES) == {
        "accounted_for": True,
        "refused": True,
        "rejected": False,
    }


@pytest.mark.usefixtures("simulator")
def test_what_dagster_says_of_the_columns_is_what_the_files_have(
    project: Project, instance: dg.DagsterInstance
) -> None:
    project.export(DAY, "ada@example.com")
    result = project.materialize(instance)

    columns = materialized(result, PAYLOADS)["dagster/column_schema"].columns
    assert [column.name for column in columns if not column.description] == []
    graph = project.definitions.resolve_asset_graph()
    said = graph.get(DELIVERIES).metadata["dagster/column_schema"].columns
    stored = pipeline.read_results(project.destination, "contacts", DAY, project.storage).schema
    assert [(each.name, each.type) for each in said] == [(f.name, str(f.type)) for f in stored]


def test_undelivered_rows_fail_the_partition_after_their_results_are_stored(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.export(DAY, *(f"person{number}@example.com" for number in range(250)))
    short_of_calls = SimulatorSettings(limits=Limits(daily=3))
    with dg.DagsterInstance.ephemeral() as instance, SimulatorServer(short_of_calls) as simulator:
        monkeypatch.setenv("HUBSPOT_BASE_URL", simulator.url)
        result = project.materialize(instance)

        assert not result.success
        assert status(instance, DELIVERIES) == "FAILED"
        assert status(instance, PAYLOADS) == "MATERIALIZED"
        failure = failure_of(result)
        undelivered = failure.metadata["undelivered"].value
        assert failure.description is not None
        assert failure.description.startswith(f"{undelivered} of 250 rows are undelivered: ")
        [observation] = result.asset_observations_for_node(DELIVERIES.to_python_identifier())
        assert observation.partition == DAY
        assert observation.metadata["undelivered"].value == undelivered
        results = pipeline.read_results(project.destination, "contacts", DAY, project.storage)
        assert results["verdict"].to_pylist().count("undelivered") == undelivered

        simulator.reset(SimulatorSettings())
        Path(project.storage.state_file("rate_limit.sqlite")).unlink()  # it knows of that day
        again = project.materialize(instance)

        assert again.success
        assert status(instance, DELIVERIES) == "MATERIALIZED"
        assert len(simulator.account.state()) == undelivered  # the other rows are not sent again


@pytest.mark.usefixtures("simulator")
def test_a_missing_export_fails_the_run_with_a_message_for_its_user(
    project: Project, instance: dg.DagsterInstance
) -> None:
    project.export("2026-01-01", "ada@example.com")

    failure = failure_of(project.materialize(instance))

    assert failure.description is not None
    assert failure.description.startswith(f"no events for partition '{DAY}'")
    assert "2026-01-01" in failure.description


@pytest.mark.usefixtures("simulator")
def test_a_refused_token_fails_the_run_with_a_message_for_its_user(
    project: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.export(DAY, "ada@example.com")
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-na1-of-somebody-else")

    failure = failure_of(project.materialize(instance))

    assert failure.description is not None
    assert "authentication" in failure.description.lower()
    assert "pat-na1-of-somebody-else" not in failure.description


def test_a_token_of_another_account_fails_the_run_before_anything_is_sent(
    project: Project, simulator: SimulatorServer, instance: dg.DagsterInstance
) -> None:
    simulator.reset(SimulatorSettings(portal_id=87654321))
    project.export(DAY, "ada@example.com")

    failure = failure_of(project.materialize(instance))

    assert failure.description is not None
    assert failure.description.startswith("shop: portal is 12345678, but the token in")
    assert "87654321" in failure.description
    assert {arrival.route for arrival in simulator.log} == {"account.details"}


def test_a_day_without_events_is_a_success_of_no_rows(
    project: Project, simulator: SimulatorServer, instance: dg.DagsterInstance
) -> None:
    project.export(DAY)

    result = project.materialize(instance)

    assert result.success
    assert materialized(result, DELIVERIES)["dagster/row_count"] == 0
    assert all(checks(result, DELIVERIES).values())
    assert len(simulator.log) == 0
