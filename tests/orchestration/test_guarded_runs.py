"""A guard that breaks fails the day in Dagster with its message; the launchpad can override it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg

from hubspot_pipeline.destination import destination_from
from hubspot_pipeline.orchestration.runs import run_config
from hubspot_pipeline.run_options import RunOptions
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.orchestration.conftest import DAY, DELIVERIES, PAYLOADS, Project, failure_of
from tests.orchestration.test_end_to_end import status

OVERRIDE = run_config([tuple(DELIVERIES.path)], RunOptions(override_guards=True))


def guarded(project: Project, **guards: Any) -> Project:
    attributes = project.destination.model_dump(exclude={"name"}) | {
        "mappings": {"contacts": {"action": "upsertContact", "guards": guards}}
    }
    return replace(project, destination=destination_from(attributes, name="shop", where="a test"))


def test_a_guard_fails_the_day_before_anything_is_written_until_it_is_overridden(
    project: Project, simulator: SimulatorServer
) -> None:
    shop = guarded(project, most_new_records=2)
    shop.export(DAY, *(f"person{number}@example.com" for number in range(3)))
    with dg.DagsterInstance.ephemeral() as instance:
        failure = failure_of(shop.materialize(instance))
        assert failure.description is not None
        assert failure.description.startswith(f"shop/contacts {DAY} is held back by its guards")
        assert "most_new_records is 2; new records: 3, " in failure.description
        assert (status(instance, PAYLOADS), status(instance, DELIVERIES)) == (
            "MATERIALIZED",
            "FAILED",
        )
        assert simulator.account.state() == {}

        assert shop.materialize(instance, config=OVERRIDE).success
        assert status(instance, DELIVERIES) == "MATERIALIZED"
        assert len(simulator.account.state()) == 3


def test_raising_a_guard_makes_no_payloads_out_of_date(project: Project) -> None:
    versions = {
        shop.definitions.resolve_asset_graph().get(PAYLOADS).code_version
        for shop in (project, guarded(project, least_rows=9))
    }
    assert len(versions) == 1
