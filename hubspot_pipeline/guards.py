"""Guards: what keeps a partition that would do more harm than it may from being sent at all."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

import fsspec

from hubspot_pipeline.payload_files import rejected_rows
from hubspot_pipeline.storage import metadata_of, open_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow.parquet as pq

    from hubspot_pipeline.destination import Destination, Guards
    from hubspot_pipeline.storage import Storage

USUAL_DAYS = 7
"""So many partitions tell how many rows are usual."""

SAMPLES = 3
"""So many rows a message names."""


class GuardError(Exception):
    """A partition is held back by its guards; the message says by which, and how to go on."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A guard that a partition does not pass.

    Attributes:
        guard: Its name.
        reason: What it asks for, and what was found.
    """

    guard: str
    reason: str


@dataclass(frozen=True, slots=True)
class Guarding:
    """The guards of one partition of one mapping.

    Attributes:
        destination: The destination.
        mapping: The mapping's name.
        partition: The partition.
        storage: Where its payloads are, and those of earlier ones.
    """

    destination: Destination
    mapping: str
    partition: str
    storage: Storage

    @property
    def guards(self) -> Guards:
        """What the mapping asks for."""
        return self.destination.mapping(self.mapping).guards

    def hold(self, payloads: pq.ParquetFile) -> None:
        """Hold the partition to all of its guards.

        Args:
            payloads: The partition's.

        Raises:
            GuardError: It does not pass; names every guard that is broken.
        """
        broken = list(self._broken_by_rows(payloads))
        if broken:
            raise self._error(broken)

    def _broken_by_rows(self, payloads: pq.ParquetFile) -> Iterator[Broken]:
        """Yield the guards that a partition's rows break; the account is not asked."""
        guards, rows = self.guards, _rows_read(payloads)
        if guards.least_rows is not None and rows < guards.least_rows:
            yield Broken(
                "least_rows", f"the export has {rows:,} rows; {guards.least_rows:,} are the least"
            )
        if guards.least_rows_of_usual is not None:
            usual = self._usual_rows()
            if usual is not None and rows < _limit(guards.least_rows_of_usual, usual):
                yield Broken(
                    "least_rows_of_usual",
                    f"the export has {rows:,} rows; {usual:,.0f} are usual, and "
                    f"{guards.least_rows_of_usual} of them are the least",
                )
        if guards.most_rejected_rows is not None:
            picked = payloads.metadata.num_rows
            rejected, places = _rejected(payloads)
            if rejected > _limit(guards.most_rejected_rows, picked):
                yield Broken(
                    "most_rejected_rows",
                    f"{rejected:,} of {picked:,} rows are rejected, such as {'; '.join(places)}; "
                    f"{guards.most_rejected_rows} are the most",
                )

    def _error(self, broken: list[Broken]) -> GuardError:
        """Return the error of a partition that does not pass."""
        name, mapping = self.destination.name, self.mapping
        reasons = "".join(
            f"{self.destination.at(f'mappings.{mapping}.guards.{each.guard}')}"
            f"{each.guard}: {each.reason}.\n"
            for each in broken
        )
        return GuardError(
            f"{name}/{mapping} {self.partition} is held back by its guards, and nothing of it was "
            f"sent:\n{reasons}"
            "If this is as it should be, raise the guard, or deliver this partition in spite of "
            f"its guards: hubspot-pipeline run --destination {name} --mapping {mapping} "
            f"--partition {self.partition} --override-guards (in Dagster: override_guards: true "
            "in the launchpad)."
        )

    def _usual_rows(self) -> float | None:
        """Return how many rows the last days before have; None where none was delivered."""
        rows = []
        for partition in self._earlier():
            path = self.storage.payloads(self.destination.name, self.mapping, partition)
            try:
                with open_parquet(path) as payloads:
                    rows.append(_rows_read(payloads))
            except FileNotFoundError:  # tidied away
                continue
            if len(rows) == USUAL_DAYS:
                break
        return statistics.median(rows) if rows else None

    def _earlier(self) -> list[str]:
        """Return the partitions before this one that have results, the latest first."""
        results = self.storage.results(self.destination.name, self.mapping, self.partition)
        filesystem, path = fsspec.core.url_to_fs(results)
        filesystem.invalidate_cache()
        try:
            files = filesystem.ls(path.rpartition("/")[0], detail=False)
        except FileNotFoundError:
            return []
        names = (file.rpartition("/")[2] for file in files)
        partitions = {
            name.removesuffix(".parquet")
            for name in names
            if name.endswith(".parquet") and not name.startswith(".")
        }
        return sorted((each for each in partitions if each < self.partition), reverse=True)


def _limit(amount: int | str, whole: float) -> float:
    """Return how many things an amount is, of so many."""
    if isinstance(amount, str):
        return whole * float(amount.removesuffix("%")) / 100
    return amount


def _rows_read(payloads: pq.ParquetFile) -> int:
    return int(metadata_of(payloads)["rows_read"])


def _rejected(payloads: pq.ParquetFile) -> tuple[int, list[str]]:
    """Return how many rows are rejected, and the places of some of them, with the field."""
    count, places = 0, list[str]()
    for rows in rejected_rows(payloads):
        count += rows.num_rows
        for row in rows.slice(0, SAMPLES - len(places)).to_pylist():
            field = f" ({row['error_field']})" if row["error_field"] else ""
            places.append(f"{row['file']}:{row['row']}{field}")
    return count, places
