"""Four processes hammer HubSpot's real limit, one is killed, and the simulator counts."""

import uuid
from pathlib import Path

import pytest

from hubspot_pipeline.simulator.evidence import ArrivalLog
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Limits, SimulatorSettings
from tests.hubspot.hammering import Hammering, Processes, arrivals, shares, utilisation
from tests.hubspot.services import reachable_url

MAXIMUM = 100
WINDOW_SECONDS = 10.0
CALLS_BEFORE_KILL = MAXIMUM // 2
CALLS = 2 * MAXIMUM - 5  # the dead one's place is lost: no need to wait for a third window
KILLED = 0

BUSY = 0.7
"""What is asked of shares, as a machine that is busy with other tests may favour a process;
`benchmarks/rate_limit.py` measures them."""

pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[
        "sqlite",
        pytest.param("redis", marks=pytest.mark.redis),
        pytest.param("postgres", marks=pytest.mark.postgres),
    ],
)
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> ArrivalLog:
    """What arrives from four processes, one of which dies in the middle of the first window."""
    file: Path = tmp_path_factory.mktemp("limiter") / "limits.db"
    url = f"sqlite:///{file}" if request.param == "sqlite" else reachable_url(request.param)
    account = f"hammered-{uuid.uuid4()}"
    with SimulatorServer(SimulatorSettings(limits=Limits(burst=MAXIMUM))) as simulator:
        target = (simulator.url, PRIVATE_APP_TOKEN, MAXIMUM, WINDOW_SECONDS)
        four = [Hammering(number, url, account, *target) for number in range(4)]
        with Processes(four) as processes:
            processes.wait_until(lambda: len(arrivals(simulator.log)) >= CALLS_BEFORE_KILL)
            processes.kill(KILLED)
            processes.wait_until(lambda: len(arrivals(simulator.log)) >= CALLS)
    return simulator.log


def test_no_rolling_window_holds_more_calls_than_the_limit(log: ArrivalLog) -> None:
    assert log.peak_in_window(WINDOW_SECONDS) <= MAXIMUM


def test_no_call_is_refused_for_the_limit(log: ArrivalLog) -> None:
    assert 429 not in log.calls_by_status()


def test_nearly_all_of_the_limit_is_used_though_one_dies(log: ArrivalLog) -> None:
    assert utilisation(arrivals(log), MAXIMUM, WINDOW_SECONDS) >= 0.95


def test_four_share_the_limit_fairly(log: ArrivalLog) -> None:
    of_four = shares(arrivals(log)[:CALLS_BEFORE_KILL])
    assert len(of_four) == 4
    assert min(of_four.values()) >= BUSY * CALLS_BEFORE_KILL / 4


def test_the_survivors_share_what_the_dead_one_leaves(log: ArrivalLog) -> None:
    of_survivors = shares(arrivals(log)[MAXIMUM:])
    assert KILLED not in of_survivors
    assert len(of_survivors) == 3
    assert min(of_survivors.values()) >= BUSY * MAXIMUM / 3
