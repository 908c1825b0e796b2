"""Exports that have arrived: the sensor that delivers a day once its files no longer change."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import dagster as dg

from hubspot_pipeline.destination import Destination
from hubspot_pipeline.orchestration.assets import EVENTS, partitions_of

SENSOR_SECONDS = 60


def arrivals_sensor(destination: Destination, job: Any) -> dg.SensorDefinition:
    """Return the sensor that delivers a day when its export has arrived."""
    return dg.SensorDefinition(
        name=f"deliver_{destination.name}_on_arrival",
        job=job,
        evaluation_fn=_look(destination),
        minimum_interval_seconds=SENSOR_SECONDS,
        description="Delivers a day when its export has arrived: when its files are the same in "
        "two looks a minute apart. Files that come late start the day again; what was delivered "
        "is not sent twice.",
    )


def _look(destination: Destination) -> Callable[[dg.SensorEvaluationContext], dg.SensorResult]:
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
    return re.sub(r"\*\*/|[*?]|\[!?[^\]]+\]|.", _part_as_regex, glob)


def _part_as_regex(part: re.Match[str]) -> str:
    text = part[0]
    if text in _WILDCARDS:
        return _WILDCARDS[text]
    is_set = len(text) > 1
    return text.replace("\\", r"\\").replace("[!", "[^", 1) if is_set else re.escape(text)


_WILDCARDS = {"**/": "(?:.+/)?", "*": "[^/]*", "?": "[^/]"}
