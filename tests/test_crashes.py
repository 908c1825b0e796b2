"""A killed run, resumed, leaves the account and the verdicts as an unbroken run does."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings
from tests.crashes import Project, deliver_and_kill, deliver_to_the_end

ROWS = 2_000
CRASHES = int(os.environ.get("HUBSPOT_PIPELINE_CRASHES", "4"))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(limits=None)) as server:
        yield server


def _prepared(root: Path, simulator: SimulatorServer, seed: int) -> Project:
    """A project, and an account in which some stages are already further on."""
    project = Project(root, "upsert" if seed % 2 else "read_then_write")
    project.export(ROWS, seed)
    project.map()
    _reset(simulator)
    return project


def _reset(simulator: SimulatorServer) -> None:
    simulator.reset()
    for number in range(0, ROWS, 3):
        simulator.account.contacts.create(
            simulator.account.contacts.allocate_id(),
            {"email": f"person{number}@example.com", "lifecyclestage": "opportunity"},
            Stamp("2026-01-01T00:00:00.000Z", app="seed"),
        )


@pytest.mark.parametrize("seed", range(CRASHES))
def test_a_killed_run_resumed_ends_as_an_unbroken_one(
    simulator: SimulatorServer, tmp_path: Path, seed: int
) -> None:
    project = _prepared(tmp_path, simulator, seed)
    deliver_to_the_end(project, simulator)
    calls = len(simulator.log)
    expected_account, expected_results = simulator.account.state(), project.results()

    _reset(simulator)
    project.forget_deliveries()
    chance = random.Random(seed)
    final, resumed_at = set[str](), 0
    for _ in range(chance.choice([1, 1, 2, 3])):
        if not deliver_and_kill(project, simulator, chance.randrange(1, calls)):
            break
        final, resumed_at = project.final_keys(simulator.url), len(simulator.log)
    else:
        deliver_to_the_end(project, simulator)
    later = list(simulator.log)[resumed_at:]
    resent = {email for call in later for email in _emails(call.keys, simulator)}

    assert simulator.account.state() == expected_account
    assert project.results().equals(expected_results)
    assert not resent & final


def _emails(keys: tuple[str, ...], simulator: SimulatorServer) -> set[str]:
    """The e-mail addresses of a call's inputs, which may be named by record id."""
    by_id = simulator.account.contacts.by_id
    return {by_id[key].values["email"] if key in by_id else key for key in keys}
