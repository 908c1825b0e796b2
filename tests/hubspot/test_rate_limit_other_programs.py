"""Two of our processes and somebody else's program, with the same app's limit, at the simulator."""

from __future__ import annotations

import uuid

import pytest

from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Limits,
    PrivateApp,
    SimulatorSettings,
)
from tests.hubspot.hammering import Hammering, Processes, arrivals, shares

MAXIMUM = 100
THEIR_MAXIMUM = 30
WINDOW_SECONDS = 10.0
SETTLED_SECONDS = 20.5
"""The first window meets the others unprepared; whoever is refused then waits for one window."""
SECONDS = 31.5
OTHER_TOKEN = "pat-na1-5f1e0d2c-0000-4000-8000-0000000000ff"
THEIRS = 2

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> list[Arrival]:
    """What arrives in a window, once ours know of the others."""
    url = f"sqlite:///{tmp_path_factory.mktemp('limiter')}/limits.db"
    apps = (PrivateApp(), PrivateApp(token=OTHER_TOKEN))  # two tokens of one app
    settings = SimulatorSettings(limits=Limits(burst=MAXIMUM), private_apps=apps)
    account, other = (f"hammered-{uuid.uuid4()}" for _ in range(2))
    with SimulatorServer(settings) as simulator:
        ours = (url, account, simulator.url, PRIVATE_APP_TOKEN, MAXIMUM, WINDOW_SECONDS)
        theirs = (url, other, simulator.url, OTHER_TOKEN, THEIR_MAXIMUM, WINDOW_SECONDS)
        three = [Hammering(0, *ours), Hammering(1, *ours), Hammering(2, *theirs, learns=False)]
        with Processes(three) as processes:
            processes.wait_until(lambda: _seconds(arrivals(simulator.log)) >= SECONDS)
        made = arrivals(simulator.log)
    return [each for each in made if each.at >= made[0].at + SETTLED_SECONDS * NANOSECONDS]


def _seconds(made: list[Arrival]) -> float:
    return (made[-1].at - made[0].at) / NANOSECONDS if made else 0.0


def test_hardly_anybody_is_refused(settled: list[Arrival]) -> None:
    """Where nobody makes room, a quarter of the calls are; on a busy machine some come late."""
    refused = sum(each.status == 429 for each in settled)
    assert refused <= 0.05 * len(settled)


def test_the_others_make_all_the_calls_that_they_want(settled: list[Arrival]) -> None:
    windows = _seconds(settled) / WINDOW_SECONDS
    assert shares(settled)[THEIRS] >= 0.8 * THEIR_MAXIMUM * windows


def test_ours_use_most_of_the_rest(settled: list[Arrival]) -> None:
    """How much in virtual time, where no machine is busy, is another test's matter."""
    windows = _seconds(settled) / WINDOW_SECONDS
    ours = len(settled) - shares(settled)[THEIRS]
    assert ours >= 0.6 * (MAXIMUM - THEIR_MAXIMUM) * windows
