"""What a verb is about: one partition of one mapping of one destination, or several of them."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import fsspec
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.destination import DestinationError, find_destinations, open_destination
from hubspot_pipeline.order import in_order
from hubspot_pipeline.storage import open_parquet, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hubspot_pipeline.orchestration.runs import AssetKey, RunReport
    from hubspot_pipeline.storage import Storage


@dataclass(frozen=True, slots=True)
class Target:
    """One partition of one mapping of one destination."""

    destination: str
    mapping: str
    partition: str

    def __str__(self) -> str:
        return f"{self.destination}/{self.mapping} {self.partition}"

    @property
    def payloads(self) -> AssetKey:
        """The key of the asset that holds its payloads."""
        return (self.destination, self.mapping, "payloads")

    @property
    def deliveries(self) -> AssetKey:
        """The key of the asset that holds its results."""
        return (self.destination, self.mapping, "deliveries")


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of a target's rows.

    Attributes:
        target: The partition and mapping.
        verdicts: Rows by verdict.
        rows_read: Rows of the export, filtered ones included; None where that is not known.
        filtered: Rows that the trigger does not pick; None where that is not known.
        calls: Calls to HubSpot that the run made; None where that is not known.
    """

    target: Target
    verdicts: Counter[str] = field(default_factory=Counter)
    rows_read: int | None = None
    filtered: int | None = None
    calls: int | None = None

    def __add__(self, other: Tally) -> Tally:
        """Return the counts of both, of this one's target; what one does not know is not known."""
        both = ((self.rows_read, other.rows_read), (self.filtered, other.filtered))
        rows_read, filtered, calls = (
            None if one is None or another is None else one + another
            for one, another in (*both, (self.calls, other.calls))
        )
        return Tally(self.target, self.verdicts + other.verdicts, rows_read, filtered, calls)

    @property
    def is_delivered(self) -> bool:
        """Whether nothing is left to be delivered and HubSpot refused no row."""
        return not self.verdicts["failed"] and not self.verdicts["undelivered"]


def choose(destination: str, mapping: str | None, partition: str) -> list[Target]:
    """Return a destination's targets in a partition: one mapping's, or all, in their order.

    Raises:
        UserError: The partition is no day.
        DestinationError: There is no such destination or mapping.
    """
    _hold_to_days(partition)
    opened = open_destination(destination)
    if mapping is not None:
        opened.mapping(mapping)
    names = in_order(opened) if mapping is None else [mapping]
    return [Target(destination, name, partition) for name in names]


def _hold_to_days(partition: str) -> None:
    """Refuse what is no day: it would be a part of paths, too."""
    with contextlib.suppress(ValueError):
        if date.fromisoformat(partition).isoformat() == partition:
            return
    raise UserError(f"There is no partition '{partition}': partitions are days, as 2026-01-02.")


def choose_all(destination: str | None, mapping: str | None, partition: str) -> list[Target]:
    """Return the targets in a partition, of one destination or of all that there are.

    A mapping may be named without its destination: the destinations that have none of this name
    are passed over, unless all of them are.
    """
    if destination is not None:
        return choose(destination, mapping, partition)
    names = list(find_destinations())
    if not names:
        raise DestinationError("There is no destination yet; see docs/destination.md.")
    targets = [
        target
        for name in names
        for target in choose(name, None, partition)
        if mapping in (None, target.mapping)
    ]
    if not targets:
        raise UserError(f"No destination has a mapping '{mapping}'. There is: {', '.join(names)}.")
    return targets


def assets_of(targets: Sequence[Target]) -> list[AssetKey]:
    """Return the keys of the assets that hold the targets' payloads and results."""
    return [asset for target in targets for asset in (target.payloads, target.deliveries)]


def with_results(storage: Storage, targets: Sequence[Target]) -> list[Target]:
    """Return the targets that have results; ``UserError`` if none has."""
    found = [target for target in targets if _exists(_results(storage, target))]
    if not found:
        raise UserError(
            f"There are no results of {', '.join(map(str, targets))}. Deliver it first: "
            f"hubspot-pipeline run --destination {targets[0].destination} "
            f"--partition {targets[0].partition}"
        )
    return found


def with_payloads(storage: Storage, targets: Sequence[Target]) -> list[Target]:
    """Return the targets whose events were mapped before; ``UserError`` if none was."""
    found = [
        target
        for target in targets
        if _exists(storage.payloads(target.destination, target.mapping, target.partition))
    ]
    if not found:
        raise UserError(
            f"Partition {targets[0].partition} was delivered to no destination yet. Deliver it "
            "with: hubspot-pipeline run --destination … --partition " + targets[0].partition
        )
    return found


def read_rows(
    storage: Storage, target: Target, verdicts: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Yield a target's results: the rejected rows, then the others by record.

    Args:
        storage: Where they are.
        target: Whose they are.
        verdicts: Only rows with one of these; empty for all rows.
    """
    with open_parquet(_results(storage, target)) as parquet:
        for batch in stream(parquet):
            if not verdicts:
                yield batch
            else:
                yield batch.filter(pc.is_in(batch["verdict"], pa.array(list(verdicts))))


def tallies_of(report: RunReport, targets: Sequence[Target]) -> list[Tally]:
    """Count what a run did with each target; a target that it did not come to has no verdicts."""
    return [_tally(target, report.counts.get(target.deliveries, {})) for target in targets]


def _tally(target: Target, counts: Mapping[str, int]) -> Tally:
    verdicts = Counter({verdict.value: counts.get(verdict.value, 0) for verdict in Verdict})
    return Tally(
        target, +verdicts, counts.get("rows_read"), counts.get("filtered"), counts.get("calls")
    )


def _results(storage: Storage, target: Target) -> str:
    return storage.results(target.destination, target.mapping, target.partition)


def _exists(path: str) -> bool:
    filesystem, target = fsspec.core.url_to_fs(path)
    return bool(filesystem.exists(target))
