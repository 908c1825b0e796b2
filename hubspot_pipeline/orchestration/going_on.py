"""Deliveries that stopped until a certain time: the sensor that starts them again then."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from hubspot_pipeline import order
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.assets import deliveries_key, partitions_of, payloads_key
from hubspot_pipeline.orchestration.presentation import GO_ON_AT

SENSOR_SECONDS = 60


def going_on_sensor(
    destination: Destination, job: Any, now: Callable[[], float] = time.time
) -> dg.SensorDefinition:
    """Return the sensor that delivers what stopped, once its time to go on has come."""
    return dg.SensorDefinition(
        name=f"deliver_{destination.name}_go_on",
        job=job,
        evaluation_fn=_look(destination, now),
        minimum_interval_seconds=SENSOR_SECONDS,
        description="Delivers days again that stopped because the account's calls of the day were "
        "used up, or HubSpot was moving the account, once that is over. Only what did not get "
        "through is sent.",
    )


def _look(
    destination: Destination, now: Callable[[], float]
) -> Callable[[dg.SensorEvaluationContext], dg.SensorResult]:
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        due = {
            partition: times
            for partition, times in stopped_until(destination, context.instance).items()
            if min(times.values()) <= now()
        }
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(
                    # Once for each time to go on: a run that stops again has another one.
                    run_key=f"{partition}/{min(times.values()):.0f}",
                    partition_key=partition,
                    asset_selection=_assets_of(destination, list(times), partition, context),
                )
                for partition, times in due.items()
            ]
        )

    return look


def stopped_until(
    destination: Destination, instance: dg.DagsterInstance
) -> dict[str, dict[str, float]]:
    """Return when the failed partitions that tell so go on.

    Returns:
        For each partition the mappings that stopped, and when each of them goes on, in seconds
        since the epoch; in the order of the partitions.
    """
    partitions = partitions_of(destination)
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for mapping in destination.mappings:
        key = deliveries_key(destination, mapping)
        for partition in _failed(instance, key, partitions):
            go_on_at = _go_on_at(instance, key, partition)
            if go_on_at is not None:
                found[partition][mapping] = go_on_at
    return dict(sorted(found.items()))


def _failed(
    instance: dg.DagsterInstance, key: dg.AssetKey, partitions: dg.DailyPartitionsDefinition
) -> list[str]:
    statuses = instance.get_status_by_partition(key, partitions.get_partition_keys(), partitions)
    return [
        partition
        for partition, status in (statuses or {}).items()
        if status is not None and status.value == "FAILED"
    ]


def _go_on_at(instance: dg.DagsterInstance, key: dg.AssetKey, partition: str) -> float | None:
    """Return what the last run of a partition that came to its end said."""
    records = instance.fetch_observations(
        dg.AssetRecordsFilter(asset_key=key, asset_partitions=[partition]), limit=1
    ).records
    observation = records[0].event_log_entry.asset_observation if records else None
    told = observation.metadata.get(GO_ON_AT) if observation else None
    return told.value if isinstance(told, dg.TimestampMetadataValue) else None


def _assets_of(
    destination: Destination,
    stopped: Sequence[str],
    partition: str,
    context: dg.SensorEvaluationContext,
) -> list[dg.AssetKey]:
    """Return the assets of the mappings that stopped, and of those that were kept back by them."""
    mappings = set(stopped)
    for name in stopped:
        mappings.update(
            later
            for later in order.successors(destination, name)
            if not _is_delivered(destination, later, partition, context.instance)
        )
    return [
        key(destination, name)
        for name in destination.mappings
        if name in mappings
        for key in (payloads_key, deliveries_key)
    ]


def _is_delivered(
    destination: Destination, mapping: str, partition: str, instance: dg.DagsterInstance
) -> bool:
    key, partitions = deliveries_key(destination, mapping), partitions_of(destination)
    status = (instance.get_status_by_partition(key, [partition], partitions) or {}).get(partition)
    return status is not None and status.value == "MATERIALIZED"
