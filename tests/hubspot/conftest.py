"""Retries without waits, in every test of the client; and a simulated account without limits."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stamina

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture(scope="session")
def _server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(limits=None)) as server:
        yield server


@pytest.fixture
def account_server(_server: SimulatorServer) -> SimulatorServer:
    """A new account with every default, its limits lifted; one server for all tests."""
    _server.reset(SimulatorSettings(limits=None))
    return _server
