"""Deliveries at once, in several processes, end as deliveries one after the other do."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits
from tests.acceptance.shop import prompt_account
from tests.acceptance.snapshots import Snapshot, snapshot
from tests.concurrency import PEOPLE, deliver_at_once, deliveries, export, is_known

CALLS_PER_10_SECONDS = 12
"""So few that they are used up."""

LATE_CALLS = 3
"""So many may come late from a busy machine, and count in the next window; unshared, 8 would."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        yield server


def _reset(simulator: SimulatorServer, limits: Limits | None) -> None:
    """An account that knows some of the people."""
    simulator.reset(replace(prompt_account(), limits=limits))
    contacts = simulator.account.contacts
    for at in filter(is_known, range(PEOPLE)):
        values = {"email": f"p{at}@x.com", "city": "Bonn"}
        contacts.create(contacts.allocate_id(), values, Stamp("2026-01-01T00:00:00.000Z"))


def _settled(simulator: SimulatorServer) -> Snapshot:
    simulator.account.settle(simulator.clock.now())
    return snapshot(simulator.account)


def test_days_mappings_and_destinations_at_once_end_as_one_after_the_other(
    simulator: SimulatorServer, tmp_path: Path
) -> None:
    export(tmp_path, seed=1)
    _reset(simulator, None)
    for one in deliveries(tmp_path, simulator.url):
        one.run()
    expected = _settled(simulator)

    shutil.rmtree(tmp_path / "state")
    _reset(simulator, Limits(burst=CALLS_PER_10_SECONDS + LATE_CALLS))
    assert set(deliver_at_once(deliveries(tmp_path, simulator.url, CALLS_PER_10_SECONDS))) == {0}

    assert _settled(simulator) == expected
    log = simulator.log
    assert len(log) > CALLS_PER_10_SECONDS + LATE_CALLS
    assert not [arrival for arrival in log if arrival.over_limit]
