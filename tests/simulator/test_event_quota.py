"""How many events an account takes in a month (hubspot-api §5.2, §8.2)."""

from datetime import UTC, datetime

import httpx
import pytest

from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, Limits

from .conftest import Begin, without_id
from .test_events import LOGIN, define

FEW = Limits(0, 0, 0, 0, 0, 0, 0, 0, events_per_month=3)
SEND = "/events/v3/send"


def at(year: int, month: int, day: int, hour: int) -> int:
    """An instant, UTC, in nanoseconds since 1970."""
    return int(datetime(year, month, day, hour, tzinfo=UTC).timestamp()) * NANOSECONDS


@pytest.fixture
def simulator(begin: Begin, hubspot: httpx.Client) -> SimulatorServer:
    server = begin(limits=FEW)
    define(server, hubspot)
    return server


def send(client: httpx.Client, count: int) -> httpx.Response:
    one = {"eventName": LOGIN, "email": "a@x.com", "properties": {}}
    return client.post(f"{SEND}/batch", json={"inputs": [one] * count})


class TestSends:
    def test_count_event_by_event(self, simulator: SimulatorServer, hubspot: httpx.Client) -> None:
        assert send(hubspot, 2).status_code == 204
        refused = send(hubspot, 2)
        assert refused.status_code == 429
        assert without_id(refused.json()) == {
            "status": "error",
            "message": "You have reached your monthly limit.",
            "category": "RATE_LIMITS",
        }
        one = {"eventName": LOGIN, "email": "a@x.com", "properties": {}}
        assert hubspot.post(SEND, json=one).status_code == 204
        assert hubspot.post(SEND, json=one).status_code == 429
        simulator.clock.advance(3)
        simulator.account.settle(simulator.clock.now())
        assert len(simulator.account.events.occurrences_by(LOGIN)) == 3

    def test_are_taken_again_next_month(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        assert send(hubspot, 3).status_code == 204
        assert send(hubspot, 1).status_code == 429
        simulator.clock.advance(31 * 24 * 3_600)
        assert send(hubspot, 3).status_code == 204


class TestTheMonth:
    def test_begins_at_midnight_of_the_accounts_time_zone(self) -> None:
        limits = RateLimits(FEW, Behaviour(), 1, "US/Eastern")
        limits.take_events(3, at(2026, 1, 31, 12))
        with pytest.raises(Refusal):
            limits.take_events(1, at(2026, 2, 1, 4))  # still January in New York
        limits.take_events(3, at(2026, 2, 1, 5))
        with pytest.raises(Refusal):
            limits.take_events(1, at(2026, 3, 1, 4))

    def test_goes_on_after_a_restart(self) -> None:
        limits, restored = (RateLimits(FEW, Behaviour(), 1, "US/Eastern") for _ in range(2))
        limits.take_events(2, at(2026, 1, 2, 0))
        restored.restore(limits.saved())
        with pytest.raises(Refusal):
            restored.take_events(2, at(2026, 1, 31, 0))
        restored.take_events(1, at(2026, 1, 31, 0))
        restored.take_events(3, at(2026, 2, 2, 0))

    def test_without_a_limit_has_no_end(self) -> None:
        limits = RateLimits(None, Behaviour(), 1, "US/Eastern")
        limits.take_events(1_000_000_000, at(2026, 1, 2, 0))
        assert limits.saved() == {}
