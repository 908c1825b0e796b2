"""Failed and degraded runs of Dagster call the destination's webhook, each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import stamina
import yaml

from hubspot_pipeline.destination import destination_from
from hubspot_pipeline.orchestration.alerting import alert_of_failure
from hubspot_pipeline.orchestration.component import destination_definitions
from hubspot_pipeline.orchestration.dead_runs import FOLDER, GONE, PROCESS_TAG, end_dead_runs
from hubspot_pipeline.orchestration.run_here import NEW_INSTANCE, open_dagster
from hubspot_pipeline.simulator import settings as simulated
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.orchestration.conftest import DAY, DELIVERIES, PAYLOADS, Project, failure_of
from tests.webhook import PATH, Webhook, webhook

KEYS = [tuple(PAYLOADS.path), tuple(DELIVERIES.path)]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with webhook() as hook, stamina.set_testing(True, attempts=100, cap=True):
        monkeypatch.setenv("SHOP_WEBHOOK", hook.url)
        yield hook


@pytest.fixture
def shop(project: Project) -> Project:
    """The project, with a webhook."""
    return with_options(project, alerts={"webhook": "SHOP_WEBHOOK"})


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def with_options(project: Project, **options: Any) -> Project:
    attributes = project.destination.model_dump(exclude={"name"}) | options
    return replace(project, destination=destination_from(attributes, name="shop", where="a test"))


class Daemon:
    """Looks at an instance with a project's sensor, tick by tick, as Dagster's daemon does."""

    def __init__(self, project: Project, instance: dg.DagsterInstance) -> None:
        repository = project.definitions.get_repository_def()
        self._sensor = repository.get_sensor_def("deliver_shop_alert")
        self._context = {"instance": instance, "repository_def": repository}
        self._cursor: str | None = None
        self.tick()  # the first look only notes where the log ends

    def tick(self) -> None:
        context = dg.build_sensor_context(**self._context, cursor=self._cursor)
        self._cursor = self._sensor.evaluate_tick(context).cursor


def test_each_failed_run_is_told_of_once(
    shop: Project, hook: Webhook, simulator: SimulatorServer, instance: dg.DagsterInstance
) -> None:
    daemon = Daemon(shop, instance)
    shop.export(DAY, *(f"person{number}@example.com" for number in range(150)), "no-address")
    simulator.faults.add(Fault("status", status=477, retry_after=7_200))

    result = shop.materialize(instance)
    daemon.tick()
    daemon.tick()

    [alert] = hook.got
    assert (alert["what"], alert["destination"]) == ("failed", "shop")
    assert (alert["mapping"], alert["partition"]) == ("contacts", DAY)
    assert alert["run_id"] == result.run_id
    assert alert["reason"] == failure_of(result).description
    assert alert["counts"] == {
        "rows_read": 151,
        "filtered": 0,
        "undelivered": 150,
        "rejected": 1,
    }
    assert "@example.com" not in str(alert)
    assert simulated.PRIVATE_APP_TOKEN not in str(alert)

    again = shop.materialize(instance)
    daemon.tick()
    assert [alert["run_id"] for alert in hook.got] == [result.run_id, again.run_id]


@pytest.mark.usefixtures("simulator")
def test_a_day_that_could_not_be_mapped_is_told_of(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    daemon = Daemon(shop, instance)
    shop.materialize(instance)
    daemon.tick()
    [alert] = hook.got
    assert alert["reason"].startswith(f"no events for partition '{DAY}'")
    assert alert["counts"] == {}


@pytest.mark.usefixtures("simulator")
def test_an_error_that_nobody_foresaw_is_told_of_without_its_words(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: Any) -> None:
        raise KeyError("ada@example.com")

    monkeypatch.setattr("hubspot_pipeline.pipeline.map_partition", breaks)
    daemon = Daemon(shop, instance)
    shop.export(DAY, "ada@example.com")
    shop.materialize(instance)
    daemon.tick()
    [alert] = hook.got
    assert alert["reason"] == (
        "shop__contacts__payloads failed with KeyError; the run's log says more."
    )


def test_runs_of_other_assets_are_not_told_of(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    @dg.asset
    def another() -> None:
        raise ValueError

    daemon = Daemon(shop, instance)
    assert not dg.materialize([another], instance=instance, raise_on_error=False).success
    daemon.tick()
    assert hook.got == []


def test_a_dead_worker_is_told_of_unless_the_daemon_starts_its_run_again(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    daemon = Daemon(shop, instance)
    job = shop.definitions.resolve_job_def("deliver_shop")
    for will_retry in ("true", "false"):
        tags = {"dagster/partition": DAY, "dagster/will_retry": will_retry}
        run = instance.create_run_for_job(job, tags=tags)
        instance.report_run_failed(run, "The worker is gone.")
    daemon.tick()
    [alert] = hook.got
    assert (alert["mapping"], alert["partition"]) == (None, DAY)
    assert (alert["reason"], alert["run_id"]) == ("The worker is gone.", run.run_id)


def test_a_run_of_a_destination_whose_name_begins_alike_is_not_told_of(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    other = shop.destination.model_copy(update={"name": "shop__eu"})
    for destination in (other, shop.destination):
        definitions = destination_definitions(destination)
        job = definitions.resolve_job_def(f"deliver_{destination.name}__contacts")
        run = instance.create_run_for_job(job)
        alert_of_failure([shop.destination], run, [], "The worker is gone.")
    [alert] = hook.got
    assert alert["run_id"] == run.run_id


@pytest.mark.usefixtures("simulator")
def test_a_degraded_run_is_told_of_by_itself_and_stays_a_success(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    daemon = Daemon(shop, instance)
    shop.export(DAY, "ada@example.com", "no-address", None)
    result = shop.materialize(instance)
    daemon.tick()
    assert result.success
    [alert] = hook.got
    assert (alert["what"], alert["partition"]) == ("degraded", DAY)
    assert alert["reason"] == "2 of 3 rows are rejected, more than 5%."
    assert alert["counts"] == {"delivered": 1, "rejected": 2}
    assert alert["run_id"] == result.run_id
    assert "no-address" not in str(alert)


@pytest.mark.usefixtures("simulator")
def test_a_webhook_that_fails_fails_no_run_and_is_warned_of_in_its_log(
    shop: Project, hook: Webhook, instance: dg.DagsterInstance
) -> None:
    hook.answers = [404]
    shop.export(DAY, "no-address")
    result = shop.materialize(instance)
    assert result.success
    logged = instance.all_logs(result.run_id)
    assert [entry.user_message for entry in logged if entry.level == 30] == [
        "No alert was sent: the webhook of SHOP_WEBHOOK answers HTTP 404."
    ]
    assert PATH not in "".join(str(entry) for entry in logged)


@pytest.mark.usefixtures("simulator")
def test_without_a_webhook_there_is_no_sensor_for_it(project: Project) -> None:
    names = {sensor.name for sensor in project.definitions.sensors or []}
    assert names == {"deliver_shop_on_arrival", "deliver_shop_go_on"}


@pytest.fixture
def home(shop: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The command line's instance, and the destination in a file."""
    file = shop.root / "defs" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    attributes = shop.destination.model_dump(exclude={"name"}, exclude_defaults=True)
    component = "hubspot_pipeline.orchestration.component.HubSpotDestination"
    file.write_text(yaml.safe_dump({"type": component, "attributes": attributes}))
    home = shop.root / "dagster_home"
    home.mkdir()
    (home / "dagster.yaml").write_text(NEW_INSTANCE)
    monkeypatch.setenv("HUBSPOT_PIPELINE_DEFS", str(shop.root / "defs"))
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


def test_the_command_line_tells_of_its_own_failures_which_the_sensor_leaves_to_it(
    shop: Project, home: Path, hook: Webhook, simulator: SimulatorServer
) -> None:
    shop.export(DAY, "ada@example.com")
    simulator.faults.add(Fault("status", status=477, retry_after=7_200))
    with open_dagster() as dagster:
        report = dagster.materialize(KEYS, DAY)
    [alert] = hook.got
    assert (alert["run_id"], alert["reason"]) == (report.run_id, report.failures[0])
    with dg.DagsterInstance.from_config(str(home)) as instance:
        run = instance.get_run_by_id(report.run_id)
    assert run is not None
    assert run.remote_job_origin is None, "a sensor of a code location must not take it for its"


def test_the_command_line_tells_once_of_a_run_whose_process_was_killed(
    shop: Project, home: Path, hook: Webhook
) -> None:
    lock = home / FOLDER / "killed"
    lock.parent.mkdir()
    lock.touch()
    job = shop.definitions.resolve_job_def("deliver_shop")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        tags = {PROCESS_TAG: lock.name, "dagster/partition": DAY}
        run = instance.create_run_for_job(job, tags=tags, status=dg.DagsterRunStatus.STARTED)
        with open_dagster():
            [alert] = hook.got
        assert (alert["run_id"], alert["partition"], alert["reason"]) == (run.run_id, DAY, GONE)
        assert end_dead_runs(instance, home) == []
