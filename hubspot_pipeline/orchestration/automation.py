"""What starts deliveries: a job per mapping, a daily schedule, sensors."""

from collections.abc import Sequence

import dagster as dg

from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.alerting import alert_sensor
from hubspot_pipeline.orchestration.arrivals import arrivals_sensor
from hubspot_pipeline.orchestration.assets import deliveries_key, payloads_key
from hubspot_pipeline.orchestration.going_on import going_on_sensor


def automation(destination: Destination) -> dg.Definitions:
    """Return a destination's jobs, its schedule and its sensors.

    They are off until turned on, but for the one that alerts, where a webhook is named.

    The jobs run in one process, so that no step outlives its run. The schedule and the sensors
    start the job of all mappings, which keeps the order that they need among themselves.
    """
    name, portal = f"deliver_{destination.name}", destination.portal
    hour = destination.partitions.deliver_at_hour
    everything = dg.define_asset_job(
        name,
        selection=_assets(destination, list(destination.mappings)),
        description=f"Map and deliver a day to HubSpot account {portal}, all mappings.",
        executor_def=dg.in_process_executor,
    )
    by_mapping = [
        dg.define_asset_job(
            f"{name}__{mapping}",
            selection=_assets(destination, [mapping]),
            description=f"Map and deliver a day of '{mapping}' to HubSpot account {portal}.",
            executor_def=dg.in_process_executor,
        )
        for mapping in destination.mappings
    ]
    daily = dg.build_schedule_from_partitioned_job(
        everything,
        name=f"{name}_daily",
        description=f"Delivers the day before, at {hour:02d}:00 UTC. For exports that arrive at "
        "no fixed time, turn on the sensor instead.",
        hour_of_day=hour,
    )
    return dg.Definitions(
        jobs=[everything, *by_mapping],
        schedules=[daily],
        sensors=[
            arrivals_sensor(destination, everything),
            going_on_sensor(destination, everything),
            *([alert_sensor(destination)] if destination.alerts else []),
        ],
    )


def _assets(destination: Destination, mappings: Sequence[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(
        *(key(destination, name) for name in mappings for key in (payloads_key, deliveries_key))
    )
