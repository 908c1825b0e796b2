"""A simulated portal for tests: each call takes a tenth of a second of its time, none of ours."""

from __future__ import annotations

import atexit
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx

from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient, connect
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from tests.hubspot.helpers import NotingLimiter

_BY_HAND = httpx.Client()
"""One for all tests, as making one takes longer than many calls."""

atexit.register(_BY_HAND.close)

VERSIONS = ("v3", "v4", "2026-03", "2026-09")


class Ticking(NotingLimiter):
    """Moves the simulator's clock on with each call, so that what lags shows in time."""

    def __init__(self, simulator: SimulatorServer, seconds: float = 0.1) -> None:
        super().__init__()
        self._simulator = simulator
        self._seconds = seconds

    async def acquire(self, limits: Sequence[str]) -> None:
        await super().acquire(limits)
        self._simulator.clock.advance(self._seconds)


@asynccontextmanager
async def connected(
    simulator: SimulatorServer, version: str = "2026-03", seconds: float = 0.1
) -> AsyncIterator[HubSpotClient]:
    settings = ConnectionSettings(
        PrivateApp(PRIVATE_APP_TOKEN), base_url=simulator.url, version=version
    )
    async with connect(settings, Ticking(simulator, seconds)) as client:
        yield client


def by_hand(simulator: SimulatorServer, method: str, path: str, body: Any = None) -> Any:
    """What somebody else does to the account; it is seen by the next call."""
    headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
    answer = _BY_HAND.request(method, simulator.url + path, json=body, headers=headers)
    assert answer.is_success, answer.text
    simulator.clock.advance(1)
    return answer.json() if answer.content else None
