"""Dagster in this process: the project's instance, and runs that its UI shows like any other."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import filelock
from dagster._core.execution.plan.objects import ErrorSource
from stamina import instrumentation

from hubspot_pipeline.destination import DestinationError, find_destinations, load_destination
from hubspot_pipeline.orchestration.alerting import alert_of_failure
from hubspot_pipeline.orchestration.component import all_definitions
from hubspot_pipeline.orchestration.dead_runs import (
    GONE,
    PROCESS_TAG,
    end_dead_runs,
    living_process,
)
from hubspot_pipeline.orchestration.runs import AssetKey, RunReport, run_config
from hubspot_pipeline.orchestration.step_events import first_cause, own_words, whole_numbers
from hubspot_pipeline.run_options import AS_USUAL, RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from dagster import DagsterEvent, DagsterInstance, JobDefinition

    from hubspot_pipeline.destination import Destination

HOME = "dagster_home"
"""Where the instance is kept unless the environment's ``DAGSTER_HOME`` says otherwise."""

NEW_INSTANCE = "telemetry: {enabled: false}\n"
"""The settings of an instance that did not exist before."""

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Run configuration that keeps Dagster's own log off the screen; the UI has all of it."""


class DagsterHere:
    """The project's definitions on its persistent instance."""

    def __init__(
        self,
        instance: DagsterInstance,
        job: JobDefinition,
        destinations: Sequence[Destination],
        process: str,
    ) -> None:
        self._instance = instance
        self._destinations = destinations
        self._job = job
        self._tags = {PROCESS_TAG: process}

    def materialize(
        self, assets: Sequence[AssetKey], partition: str, options: RunOptions = AS_USUAL
    ) -> RunReport:
        """Materialize one partition of the assets, in one run; return when it is finished."""
        try:
            result = self._job.execute_in_process(
                run_config=QUIET | run_config(assets, options),
                instance=self._instance,
                partition_key=partition,
                asset_selection=[dg.AssetKey(asset) for asset in assets],
                raise_on_error=False,
                tags=self._tags,
            )
        except dg.DagsterExecutionInterruptedError:
            raise KeyboardInterrupt from None
        except dg.DagsterUnknownPartitionError as error:
            raise DestinationError(
                f"There is no partition {partition}: partitions are days, from the destination's "
                "partitions.start to yesterday (UTC)."
            ) from error
        report = RunReport(result.run_id, "SUCCESS" if result.success else "FAILURE")
        for event in result.all_events:
            _add(report, event)
        if not result.success:
            failures = [event for event in result.all_events if event.is_step_failure]
            alert_of_failure(self._destinations, result.dagster_run, failures, "The run failed.")
        return report


@contextlib.contextmanager
def open_dagster(on_retry: Callable[[str], None] = lambda _: None) -> Iterator[DagsterHere]:
    """Open the instance in ``DAGSTER_HOME``, by default the folder ``dagster_home``.

    Args:
        on_retry: Told, in words, when a call to HubSpot failed and will be tried again.
    """
    home = Path(os.environ.get("DAGSTER_HOME") or HOME).resolve()
    destinations = _load_destinations()
    job = all_definitions().resolve_implicit_global_asset_job_def()
    with (
        open_instance(home) as instance,
        living_process(home) as process,
        _telling_retries(on_retry),
    ):
        for run in end_dead_runs(instance, home):
            alert_of_failure(destinations, run, [], GONE)
        yield DagsterHere(instance, job, destinations, process)


def open_instance(home: Path) -> DagsterInstance:
    """Open the instance in a folder, and make it there where it is missing.

    One process at a time: two that made its databases at once would leave them broken for good.
    """
    home.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(home / "opening.lock"):
        settings = home / "dagster.yaml"
        if not settings.exists():
            settings.write_text(NEW_INSTANCE, encoding="utf-8")
        return dg.DagsterInstance.from_config(str(home))


@contextlib.contextmanager
def _telling_retries(on_retry: Callable[[str], None]) -> Iterator[None]:
    """Tell retries in words; by default the library that does them writes to standard output."""
    instrumentation.set_on_retry_hooks(
        [lambda retry: on_retry(f"{retry.caused_by}; next try in {retry.wait_for:.0f} s")]
    )
    try:
        yield
    finally:
        instrumentation.set_on_retry_hooks(())


def _load_destinations() -> list[Destination]:
    """Read every destination: one that is wrong keeps the others from running.

    Dagster reads them, too, but its error is about its tree of components.
    """
    return [load_destination(file) for file in find_destinations().values()]


def _add(report: RunReport, event: DagsterEvent) -> None:
    """Add what one event of the run tells."""
    if event.is_step_failure:
        if event.step_failure_data.error_source is ErrorSource.INTERRUPT:
            raise KeyboardInterrupt
        report.failures.append(_failure(event))
        return
    happened: dg.AssetMaterialization | dg.AssetObservation
    if event.is_step_materialization:
        happened = event.step_materialization_data.materialization
    elif event.is_asset_observation:
        happened = event.asset_observation_data.asset_observation
    else:
        return
    numbers = whole_numbers(happened.metadata)
    report.counts.setdefault(tuple(happened.asset_key.path), {}).update(numbers)


def _failure(event: DagsterEvent) -> str:
    """Return a failure's own words: its description where the code gave one."""
    error = first_cause(event)
    cause = error.message.strip() if error is not None else f"Step {event.step_key} failed."
    return own_words(event) or cause
