"""Alerts of failed runs: by a sensor, or by the command line for its own.

A sensor of Dagster's looks at the runs that its daemon knows the origin of. The command line's are
not among them, so each failure is told once.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg
from dagster._core.storage.tags import PARTITION_NAME_TAG, WILL_RETRY_TAG

from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.assets import deliveries_key, payloads_key
from hubspot_pipeline.orchestration.step_events import first_cause, own_words, whole_numbers

if TYPE_CHECKING:
    from hubspot_pipeline.alerts import Alert, Warn

logger = logging.getLogger(__name__)

SENSOR_SECONDS = 30


def alert_sensor(destination: Destination) -> dg.SensorDefinition:
    """Return the sensor that tells a destination's webhook of its failed runs.

    It is on from the start, as naming a webhook asks for it.
    """

    @dg.run_failure_sensor(
        name=f"deliver_{destination.name}_alert",
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Calls the destination's webhook when a run of its assets failed.",
    )
    def look(context: dg.RunFailureSensorContext) -> None:
        alert_of_failure(
            [destination],
            context.dagster_run,
            context.get_step_failure_events(),
            context.failure_event.message or "The run failed.",
            context.log.warning,
        )

    return look


def alert_of_failure(
    destinations: Sequence[Destination],
    run: dg.DagsterRun,
    failures: Sequence[dg.DagsterEvent],
    message: str,
    warn: "Warn" = logger.warning,
) -> None:
    """Tell the webhooks of the destinations that a failed run was of.

    Args:
        destinations: The destinations to be told of; those without a webhook are passed over.
        run: The run.
        failures: The failures of its steps.
        message: What the run says of its end, where it ended without any: a worker died, say.
        warn: Told of a webhook that fails.
    """
    from hubspot_pipeline.alerts import tell

    if run.tags.get(WILL_RETRY_TAG) == "true":
        return  # the daemon starts it again, and what becomes of that is told
    for destination in destinations:
        if destination.alerts is not None:
            for alert in _alerts(destination, run, failures, message):
                tell(destination.alerts, alert, warn)


def _alerts(
    destination: Destination, run: dg.DagsterRun, failures: Sequence[dg.DagsterEvent], message: str
) -> "list[Alert]":
    """Return an alert for each of a destination's steps that failed, or one for the run."""
    from hubspot_pipeline.alerts import Alert

    partition = run.tags.get(PARTITION_NAME_TAG)
    mappings = {
        key(destination, mapping).to_python_identifier(): mapping
        for mapping in destination.mappings
        for key in (payloads_key, deliveries_key)
    }
    if not failures and _is_of(destination, run):
        return [Alert("failed", destination.name, None, partition, message, run.run_id)]
    return [
        Alert(
            what="failed",
            destination=destination.name,
            mapping=mappings[event.step_key],
            partition=partition,
            reason=_reason(event),
            run_id=run.run_id,
            counts=_counts(event),
        )
        for event in failures
        if event.step_key in mappings
    ]


def _is_of(destination: Destination, run: dg.DagsterRun) -> bool:
    """Whether any asset of a destination is among those of a run."""
    job = f"deliver_{destination.name}"
    if run.job_name in {job, *(f"{job}__{mapping}" for mapping in destination.mappings)}:
        return True
    return any(key.path[0] == destination.name for key in run.asset_selection or ())


def _reason(event: dg.DagsterEvent) -> str:
    """Return a failure's own words; of an unforeseen error, which may quote a row, its name."""
    error = first_cause(event)
    what = error.cls_name if error is not None and error.cls_name else "an error"
    return own_words(event) or f"{event.step_key} failed with {what}; the run's log says more."


def _counts(event: dg.DagsterEvent) -> dict[str, int]:
    """Return the rows of a delivery that failed, as far as it came to count them."""
    from hubspot_pipeline.delivery.verdicts import Verdict

    told = event.step_failure_data.user_failure_data
    known = {"rows_read", "filtered", *(verdict.value for verdict in Verdict)}
    numbers = whole_numbers(told.metadata if told else {})
    return {label: number for label, number in numbers.items() if label in known}
