"""A day that stopped for its quota goes on by itself, when the account's next day has begun."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import httpx
import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import destination_from
from hubspot_pipeline.orchestration.going_on import going_on_sensor
from hubspot_pipeline.simulator import settings as simulated
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits, SimulatorSettings
from tests.orchestration.conftest import DAY, DELIVERIES, Project, failure_of

OTHER_APP = simulated.PrivateApp(token="pat-na1-other", app_id=99)


@dataclass
class Shop:
    """A project whose account is short of calls, in the account's own time."""

    project: Project
    simulator: SimulatorServer
    instance: dg.DagsterInstance

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.simulator.clock.now() / NANOSECONDS, UTC)

    def others_call(self, calls: int) -> None:
        """Another app of the account makes so many calls."""
        headers = {"Authorization": f"Bearer {OTHER_APP.token}"}
        for _ in range(calls):
            httpx.get(f"{self.simulator.url}/crm/v3/owners", headers=headers)

    def materialize(self) -> dg.ExecuteInProcessResult:
        return self.project.materialize(self.instance)

    def requests(self) -> list[dg.RunRequest]:
        """What the sensor asks for, when it looks now."""
        job = self.project.definitions.resolve_job_def("deliver_shop")
        sensor = going_on_sensor(self.project.destination, job, self.now.timestamp)
        result = sensor(dg.build_sensor_context(instance=self.instance))
        assert isinstance(result, dg.SensorResult)
        return list(result.run_requests or [])

    def run(self, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
        job = self.project.definitions.resolve_job_def("deliver_shop")
        return job.execute_in_process(
            instance=self.instance,
            partition_key=request.partition_key,
            asset_selection=list(request.asset_selection or []),
            raise_on_error=False,
        )


@pytest.fixture
def shop(project: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    settings = SimulatorSettings(
        limits=Limits(daily=40), private_apps=(simulated.PrivateApp(), OTHER_APP)
    )
    with dg.DagsterInstance.ephemeral() as instance, SimulatorServer(settings) as simulator:
        monkeypatch.setenv("HUBSPOT_BASE_URL", simulator.url)
        # Of calls that overtake each other, the answers tell of one call less than there was.
        limits = project.destination.limits.model_copy(update={"requests_in_flight": 1})
        destination = project.destination.model_copy(update={"limits": limits})
        shop = Shop(replace(project, destination=destination), simulator, instance)
        connection = pipeline.connection

        def in_the_accounts_time(*arguments: Any) -> Any:
            return replace(connection(*arguments), wall_clock=lambda: shop.now)

        monkeypatch.setattr(pipeline, "connection", in_the_accounts_time)
        yield shop


def go_on_at(result: dg.ExecuteInProcessResult) -> datetime:
    value = failure_of(result).metadata["go_on_at"].value
    assert isinstance(value, float)
    return datetime.fromtimestamp(value, UTC)


def people(count: int) -> list[str]:
    return [f"person{number}@example.com" for number in range(count)]


def test_a_day_that_stops_for_the_quota_is_delivered_on_the_accounts_next_day(shop: Shop) -> None:
    shop.project.export(DAY, *people(1_500))
    shop.others_call(25)
    stopped = shop.materialize()

    failure = failure_of(stopped)
    undelivered = failure.metadata["undelivered"].value
    assert undelivered in range(100, 1_500)
    assert "kept for other apps" in str(failure.description)
    assert len(shop.simulator.log) <= 36, "a tenth of 40 calls is kept for others"
    assert shop.simulator.log.calls_by_status()[429] == 0
    moment = go_on_at(stopped)
    assert timedelta(0) < moment - shop.now <= timedelta(hours=25)
    assert "US/Eastern" in str(failure.description)

    assert shop.requests() == []
    shop.simulator.clock.advance((moment - shop.now).total_seconds())
    [request] = shop.requests()
    assert request.partition_key == DAY
    before = len(shop.simulator.account.state())

    assert shop.run(request).success
    assert len(shop.simulator.account.state()) == before + undelivered == 1_500
    assert shop.requests() == []


def test_rows_that_wait_for_the_next_day_say_so(shop: Shop) -> None:
    shop.project.export(DAY, *people(1_500))
    shop.others_call(25)
    moment = go_on_at(shop.materialize())
    results = pipeline.read_results(
        shop.project.destination, "contacts", DAY, shop.project.storage
    ).to_pylist()
    waiting = [row for row in results if row["verdict"] == "undelivered"]
    assert waiting
    assert all(f"Go on at {moment:%Y-%m-%d %H:%M} UTC" in row["reason"] for row in waiting)


def test_the_same_time_to_go_on_asks_for_one_run_and_a_later_one_for_another(shop: Shop) -> None:
    shop.project.export(DAY, *people(300))
    shop.simulator.faults.add(Fault("status", status=477, retry_after=7_200))
    shop.materialize()
    shop.simulator.clock.advance(7_300)
    [first], [again] = shop.requests(), shop.requests()
    assert first.run_key == again.run_key
    assert not shop.run(first).success, "the account is still being moved"
    assert shop.requests() == []
    shop.simulator.clock.advance(7_300)
    [later] = shop.requests()
    assert later.run_key != first.run_key


def test_what_failed_for_another_reason_is_left_to_people(shop: Shop) -> None:
    shop.project.export(DAY, *people(3))
    shop.simulator.authentication.revoke(simulated.PRIVATE_APP_TOKEN)
    assert not shop.materialize().success
    shop.simulator.clock.advance(100_000)
    assert shop.requests() == []


def test_mappings_that_were_kept_back_go_on_with_the_one_that_stopped(shop: Shop) -> None:
    destination = destination_from(
        {
            **shop.project.destination.model_dump(exclude={"name", "mappings"}),
            "mappings": {
                "contacts": {"action": "upsertContact"},
                "companies": {"action": "upsertCompany", "trigger": 'type = "group"'},
                "signups": {"action": "upsertContact", "trigger": 'event = "Signed Up"'},
            },
        },
        name="shop",
        where="a test",
    )
    shop.project = replace(shop.project, destination=destination)
    shop.project.export(DAY, *people(3))
    shop.simulator.faults.add(Fault("status", status=477, retry_after=3_600))
    shop.materialize()
    shop.simulator.clock.advance(3_700)
    [request] = shop.requests()
    names = [key.path[1] for key in request.asset_selection or []]
    assert names == ["contacts", "contacts", "companies", "companies"]
    assert DELIVERIES in (request.asset_selection or [])
