"""One simulated account for all acceptance tests, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stamina

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.acceptance.shop import Shop, prompt_account


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(prompt_account()) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, simulator: SimulatorServer, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.delenv("HUBSPOT_BASE_URL", raising=False)
    simulator.reset(prompt_account())
    return Shop(tmp_path, simulator)
