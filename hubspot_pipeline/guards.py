"""Guards: what keeps a partition that would do more harm than it may from being sent at all."""

from __future__ import annotations

import contextlib
import functools
import statistics
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.payload_files import rejected_rows
from hubspot_pipeline.rehearsal.rehearsal import Checked, Plan, Rehearsal
from hubspot_pipeline.storage import metadata_of, open_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    import pyarrow.parquet as pq

    from hubspot_pipeline.destination import Destination, Guards
    from hubspot_pipeline.hubspot.client import ConnectionSettings
    from hubspot_pipeline.run_options import RunOptions
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
        reason: What it is, and what was found.
    """

    guard: str
    reason: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Why guards that need the account cannot be held to: HubSpot tells nothing of it now.

    Attributes:
        reason: Why.
        go_on_at: When to go on, where no call is allowed until then.
    """

    reason: str
    go_on_at: datetime | None


@dataclass(frozen=True, slots=True)
class Guarding:
    """The guards of one partition of one mapping.

    Attributes:
        destination: The destination.
        mapping: The mapping's name.
        partition: The partition.
        storage: Where its payloads are, and those of earlier ones.
        connection: How to reach the portal.
        options: What is asked of the run.
    """

    destination: Destination
    mapping: str
    partition: str
    storage: Storage
    connection: ConnectionSettings
    options: RunOptions

    @property
    def guards(self) -> Guards:
        """What the mapping asks for."""
        return self.destination.mapping(self.mapping).guards

    def broken(self, payloads: pq.ParquetFile, told: Plan | Checked | None) -> list[Broken]:
        """Return the guards that are broken.

        Args:
            payloads: The partition's.
            told: What the account tells of delivering them; None where no guard asks for that.
        """
        by_plan = self._broken_by_plan(told) if isinstance(told, Plan) else ()
        return [
            *self._broken_by_rows(payloads),
            *self._broken_by_rejected(payloads, told),
            *by_plan,
        ]

    @contextlib.contextmanager
    def told(self, payloads: pq.ParquetFile) -> Iterator[Plan | Checked | None]:
        """Ask the account as far as guards want it; a plan's file is gone afterwards.

        Where rows that were rejected without it are too many already, it is not asked for more.
        """
        guards = self.guards
        path = self.storage.payloads(self.destination.name, self.mapping, self.partition)
        with (
            tempfile.TemporaryDirectory(prefix="hubspot-pipeline-") as folder,
            contextlib.closing(
                Rehearsal(
                    destination=self.destination,
                    partition=self.partition,
                    storage=replace(self.storage, root=folder),
                    settings=self.connection,
                    options=self.options,
                    folder=Path(folder),
                )
            ) as rehearsal,
        ):
            if guards.most_new_records is not None or guards.most_values_taken_away is not None:
                yield rehearsal.plan(self.mapping, path)
            elif guards.most_rejected_rows is not None and not any(
                self._broken_by_rejected(payloads, None)
            ):
                yield rehearsal.check(self.mapping, path)
            else:
                yield None

    def _broken_by_rows(self, payloads: pq.ParquetFile) -> Iterator[Broken]:
        """Yield the guards that a partition's rows break; the account is not asked."""
        guards, rows = self.guards, _rows_read(payloads)
        if guards.least_rows is not None and rows < guards.least_rows:
            yield Broken("least_rows", f"{guards.least_rows:,}; rows of the export: {rows:,}")
        if guards.least_rows_of_usual is not None:
            usual = self._usual_rows()
            if usual is not None and rows < _amount(guards.least_rows_of_usual, usual):
                least = f"{guards.least_rows_of_usual} of the usual {usual:,.0f} rows"
                yield Broken("least_rows_of_usual", f"{least}; rows of the export: {rows:,}")

    def _broken_by_rejected(
        self, payloads: pq.ParquetFile, told: Plan | Checked | None
    ) -> Iterator[Broken]:
        """Yield the guard that is broken by rows that are no good, by themselves or here."""
        guard = self.guards.most_rejected_rows
        if guard is None:
            return
        picked = payloads.metadata.num_rows
        rejected, places = _rejected(payloads)
        if isinstance(told, Checked):
            rejected += told.rejected
            places += [_place(row, row["field"]) for row in told.samples]
        elif told is not None:
            rejected = told.verdicts.get(Verdict.REJECTED, 0)
            with open_parquet(told.path) as changes:
                places = places or _places(changes, _is_rejected)
        if rejected > _amount(guard, picked):
            most = _said(guard, picked, "rows")
            such = _such_as(places[:SAMPLES])
            yield Broken("most_rejected_rows", f"{most}; rejected: {rejected:,}{such}")

    def _broken_by_plan(self, plan: Plan) -> Iterator[Broken]:
        """Yield the guards that are broken by what delivering would do to the account."""
        most_new = self.guards.most_new_records
        most_taken = self.guards.most_values_taken_away
        with open_parquet(plan.path) as changes:
            records = _count(changes, _is_write)
            new = sum(plan.creates.values())
            if most_new is not None and new > _amount(most_new, records):
                places = _such_as(_places(changes, _is_new))
                reason = f"{_said(most_new, records, 'records')}; new records: {new:,}{places}"
                yield Broken("most_new_records", reason)
            cleared = plan.cleared_values
            removed = sum(removed for _, removed in plan.associations.values())
            leaves = sum(leaves for _, leaves in plan.list_moves.values())
            taken = cleared + removed + leaves
            if most_taken is not None and taken > _amount(most_taken, records):
                yield Broken(
                    "most_values_taken_away",
                    f"{_said(most_taken, records, 'records')}; values taken away: {taken:,} "
                    f"(cleared: {cleared:,}; associations removed: {removed:,}; records taken off "
                    f"lists: {leaves:,}){_such_as(_places(changes, _takes_away))}",
                )

    def error(self, broken: list[Broken]) -> GuardError:
        """Return the error of a partition that does not pass."""
        name, mapping = self.destination.name, self.mapping
        reasons = "".join(
            f"{self.destination.at(f'mappings.{mapping}.guards.{each.guard}')}"
            f"{each.guard} is {each.reason}.\n"
            for each in broken
        )
        what = f"--destination {name} --mapping {mapping} --partition {self.partition}"
        return GuardError(
            f"{name}/{mapping} {self.partition} is held back by its guards, and nothing of it was "
            f"sent:\n{reasons}"
            f"See what it would do with: hubspot-pipeline plan {what}\n"
            "If this is as it should be, raise the guard, or deliver it in spite of its guards: "
            f"hubspot-pipeline run {what} --override-guards (in Dagster: override_guards: true in "
            "the launchpad)."
        )

    def _usual_rows(self) -> float | None:
        """Return how many rows the last days before had; None where none was delivered.

        Their results say so: payloads may be tidied away, or be those of a day that was mapped anew
        and then held back.
        """
        name, rows = self.destination.name, list[int]()
        delivered = self.storage.delivered_partitions(name, self.mapping)
        for partition in reversed([each for each in delivered if each < self.partition]):
            with open_parquet(self.storage.results(name, self.mapping, partition)) as results:
                told = metadata_of(results).get("rows_read")
            if told is not None:  # results of earlier versions do not say
                rows.append(int(told))
            if len(rows) == USUAL_DAYS:
                break
        return statistics.median(rows) if rows else None


def hold_to_guards(guarding: Guarding, payloads: pq.ParquetFile) -> Stop | None:
    """Hold a partition to all guards of its mapping at once, unless they are overridden.

    Args:
        guarding: Whose guards.
        payloads: The partition's.

    Returns:
        Why nothing must be sent though no guard is broken; None where the partition may be sent.

    Raises:
        GuardError: It must not; names every guard that is broken.
        JournalError, LimitStoreError: A store cannot be used.
    """
    if guarding.options.override_guards:
        return None
    with guarding.told(payloads) as told:
        broken = guarding.broken(payloads, told)
    if broken:
        raise guarding.error(broken)
    if told is not None and told.stop_reason is not None:
        return Stop(told.stop_reason, told.go_on_at)
    return None


def _amount(told: int | str, whole: float) -> float:
    """Return how many things a guard allows: a number, or a share of so many, such as ``5%``."""
    return whole * float(told.removesuffix("%")) / 100 if isinstance(told, str) else told


def _rows_read(payloads: pq.ParquetFile) -> int:
    return int(metadata_of(payloads)["rows_read"])


def _said(amount: int | str, whole: int, things: str) -> str:
    """Say an amount; of a share, of how many things it is one."""
    return f"{amount} of {whole:,} {things}" if isinstance(amount, str) else f"{amount:,}"


def _rejected(payloads: pq.ParquetFile) -> tuple[int, list[str]]:
    """Return how many rows are no good by themselves, and where some of them are."""
    count, places = 0, list[str]()
    for rows in rejected_rows(payloads):
        count += rows.num_rows
        some = rows.slice(0, SAMPLES - len(places)).to_pylist()
        places += [_place(row, row["error_field"]) for row in some]
    return count, places


def _place(row: Mapping[str, Any], field: str | None = None) -> str:
    """Say where a row comes from, and which field of it is no good."""
    return f"{row['file']}:{row['row']}" + (f" ({field})" if field else "")


def _such_as(places: list[str]) -> str:
    return f", such as by {', '.join(places)}" if places else ""


def _count(changes: pq.ParquetFile, chosen: Callable[[pa.RecordBatch], pa.Array]) -> int:
    return sum(pc.sum(chosen(batch)).as_py() or 0 for batch in changes.iter_batches())


def _places(changes: pq.ParquetFile, chosen: Callable[[pa.RecordBatch], pa.Array]) -> list[str]:
    """Say where some of the chosen rows of a plan come from."""
    places: list[str] = []
    for batch in changes.iter_batches():
        rows = batch.filter(chosen(batch)).slice(0, SAMPLES - len(places)).to_pylist()
        places += map(_place, rows)
        if len(places) == SAMPLES:
            break
    return places


def _is_write(changes: pa.RecordBatch) -> pa.Array:
    """Return which rows of a plan are of writes: not of rows that go no further, nor of others."""
    return pc.and_(changes["object_type"].is_valid(), changes["verdict"].is_valid())


def _is_new(changes: pa.RecordBatch) -> pa.Array:
    return pc.and_(_is_write(changes), pc.equal(changes["operation"], "create"))


def _is_rejected(changes: pa.RecordBatch) -> pa.Array:
    return pc.equal(changes["verdict"], Verdict.REJECTED.value)


def _takes_away(changes: pa.RecordBatch) -> pa.Array:
    found = [
        _rows_with(changes["properties"], _is_cleared),
        _rows_with(changes["associations"], _does("remove")),
        _rows_with(changes["lists"], _does("leave")),
    ]
    return pc.and_(_is_write(changes), functools.reduce(pc.or_, found))


def _is_cleared(values: pa.StructArray) -> pa.Array:
    return pc.and_(pc.is_valid(values.field("before")), pc.is_null(values.field("after")))


def _does(operation: str) -> Callable[[pa.StructArray], pa.Array]:
    return lambda items: pc.equal(items.field("operation"), operation)


def _rows_with(column: pa.ListArray, chosen: Callable[[pa.StructArray], pa.Array]) -> pa.Array:
    """Return which rows of a column of lists have an item that is chosen."""
    parents = pc.list_parent_indices(column).filter(chosen(column.flatten()))
    return pc.is_in(pa.array(range(len(column)), pa.int64()), parents)
