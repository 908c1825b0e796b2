"""A guard that breaks fails the day in Dagster with its message; the launchpad can override it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dagster as dg
import pytest

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


@pytest.mark.parametrize(
    ("guards", "calls"), [({"least_rows": 9}, False), ({"most_new_records": 2}, True)]
)
def test_a_guard_fails_the_day_before_anything_is_written_until_it_is_overridden(
    project: Project, simulator: SimulatorServer, guards: dict[str, int], calls: bool
) -> None:
    shop = guarded(project, **guards)
    shop.export(DAY, *(f"person{number}@example.com" for number in range(3)))
    with dg.DagsterInstance.ephemeral() as instance:
        failure = failure_of(shop.materialize(instance))
        assert failure.description is not None
        assert failure.description.startswith(f"shop/contacts {DAY} is held back by its guards")
        assert f"{next(iter(guards))} is " in failure.description
        assert (status(instance, PAYLOADS), status(instance, DELIVERIES)) == (
            "MATERIALIZED",
            "FAILED",
        )
        assert simulator.account.state() == {}
        assert bool(len(simulator.log)) == calls, "only guards of the account read it"

        assert shop.materialize(instance, config=OVERRIDE).success
        assert status(instance, DELIVERIES) == "MATERIALIZED"
        assert len(simulator.account.state()) == 3


def test_raising_a_guard_makes_no_payloads_out_of_date(project: Project) -> None:
    versions = {
        shop.definitions.resolve_asset_graph().get(PAYLOADS).code_version
        for shop in (project, guarded(project, least_rows=9))
    }
    assert len(versions) == 1
