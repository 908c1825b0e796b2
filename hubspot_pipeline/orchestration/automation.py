"""What starts deliveries: a job per mapping, a daily schedule, sensors."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg

from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.alerting import alert_sensor
from hubspot_pipeline.orchestration.assets import (
    EVENTS,
    deliveries_key,
    partitions_of,
    payloads_key,
)
from hubspot_pipeline.orchestration.going_on import going_on_sensor

SENSOR_SECONDS = 60


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
    on_arrival = dg.SensorDefinition(
        name=f"{name}_on_arrival",
        job=everything,
        evaluation_fn=_arrivals(destination),
        minimum_interval_seconds=SENSOR_SECONDS,
        description="Delivers a day when its export has arrived: when its files are the same in "
        "two looks a minute apart. Files that come late start the day again; what was delivered "
        "is not sent twice.",
    )
    return dg.Definitions(
        jobs=[everything, *by_mapping],
        schedules=[daily],
        sensors=[
            on_arrival,
            going_on_sensor(destination, everything),
            *([alert_sensor(destination)] if destination.alerts else []),
        ],
    )


def _assets(destination: Destination, mappings: Sequence[str]) -> dg.AssetSelection:
    return dg.AssetSelection.assets(
        *(key(destination, name) for name in mappings for key in (payloads_key, deliveries_key))
    )


def _arrivals(
    destination: Destination,
) -> Callable[[dg.SensorEvaluationContext], dg.SensorResult]:
    """Return the look at a destination's exports that the sensor takes at each tick."""
    partitions = partitions_of(destination)

    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        keys = set(partitions.get_partition_keys())
        exports = list_exports(destination.events.path)
        files = {partition: exports[partition] for partition in keys & exports.keys()}
        before = Looks.from_cursor(context.cursor)
        arrived = before.arrived(files)
        return dg.SensorResult(
            run_requests=[
                dg.RunRequest(run_key=f"{partition}/{state}", partition_key=partition)
                for partition, state in arrived.items()
            ],
            asset_events=[
                dg.AssetMaterialization(EVENTS, partition=partition) for partition in arrived
            ],
            cursor=Looks(files, {**before.started, **arrived}).to_cursor(),
        )

    return look


@dataclass(frozen=True, slots=True)
class Looks:
    """What the sensor remembers from one look to the next, a fingerprint of files a partition.

    Attributes:
        seen: What the last look saw.
        started: What a run was started for.
    """

    seen: Mapping[str, str]
    started: Mapping[str, str]

    def arrived(self, files: Mapping[str, str]) -> dict[str, str]:
        """Return the partitions whose files have settled, and differ from what was started."""
        return {
            partition: state
            for partition, state in sorted(files.items())
            if self.seen.get(partition) == state and self.started.get(partition) != state
        }

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Looks":
        """Read what the last look left; nothing before the first one."""
        return cls(**json.loads(cursor)) if cursor else cls({}, {})

    def to_cursor(self) -> str:
        """Write what the next look needs, without what was seen and is started."""
        waiting = {p: state for p, state in self.seen.items() if self.started.get(p) != state}
        return json.dumps({"seen": waiting, "started": self.started}, separators=(",", ":"))


def list_exports(pattern: str) -> dict[str, str]:
    """Return a fingerprint of each day's files: names and sizes, in one listing; none is opened."""
    import fsspec

    before = pattern.partition("{partition}")[0]
    folder = re.split(r"[*?\[]", before)[0].rpartition("/")[0]
    filesystem, root = fsspec.core.url_to_fs(folder or ".")
    filesystem.invalidate_cache()
    name = before[len(folder) :].lstrip("/")
    day = re.compile(_as_regex(name) + r"(\d{4}-\d{2}-\d{2})(?!\d)")
    files: dict[str, list[str]] = defaultdict(list)
    for path, info in sorted(filesystem.find(root, detail=True).items()):
        below = path[len(root.rstrip("/")) :].lstrip("/")
        match = day.match(below)
        if match and not re.search(r"(^|/)[._]", below):
            files[match[1]].append(f"{below} {info['size']}")
    return {
        partition: hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
        for partition, names in files.items()
    }


def _as_regex(glob: str) -> str:
    """Translate the wildcards that may stand before the partition."""
    return re.escape(glob).replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
