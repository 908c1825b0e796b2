"""The rows that are found to be bad, and the writes without them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.writes import EVENT_COLUMNS, REJECTED, ROW, EventWrites, RecordWrites, Writes

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.check.rules import Rule

Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
"""Whether, for each write."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Writes held to the account's schema.

    Attributes:
        writes: The good ones, their values as HubSpot will store them.
        rejected: The rows behind the others (``writes.REJECTED``).
    """

    writes: Writes
    rejected: pa.Table


class Rejections:
    """What is wrong with writes that come one a row; the first that is found of each counts."""

    def __init__(self, rows: int) -> None:
        """Begin with so many rows, all of them good."""
        self._bad: Mask = np.zeros(rows, dtype=bool)
        self._at: list[np.ndarray] = []
        self._fields: list[pa.Array] = []
        self._reasons: list[pa.Array] = []

    @property
    def good(self) -> pa.Array:
        """Which rows nothing was found wrong with."""
        return pa.array(~self._bad)

    def add(
        self, bad: pa.ChunkedArray | pa.Array | Mask, field: str, reasons: str | pa.Array
    ) -> None:
        """Take in that rows are bad.

        Args:
            bad: Which; null is no.
            field: The field at fault.
            reasons: Why; one for all, or one for each of the bad rows.
        """
        mask = bad if isinstance(bad, np.ndarray) else np.asarray(pc.fill_null(bad, False))
        self.add_at(np.flatnonzero(mask), field, reasons)

    def add_at(self, rows: np.ndarray, field: str, reasons: str | pa.Array) -> None:
        """Take in that the rows at these places are bad; a place may come several times."""
        if not len(rows):
            return
        if isinstance(reasons, str):
            reasons = pa.repeat(reasons, len(rows))
        first, which = np.unique(rows, return_index=True)
        new = ~self._bad[first]
        at = first[new]
        self._bad[at] = True
        self._at.append(at)
        self._fields.append(pa.repeat(field, len(at)))
        self._reasons.append(reasons.take(pa.array(which[new])))

    def hold(
        self,
        values: pa.ChunkedArray,
        field: str,
        rule: Rule,
        at: np.ndarray | None = None,
    ) -> pa.ChunkedArray:
        """Hold a column to a rule, and return it as HubSpot will store it.

        Args:
            values: The column.
            field: What it is called.
            rule: What it is held to.
            at: The places of its rows; None where it has all rows.
        """
        coerced = rule.coerce(values)
        if pc.any(coerced.bad).as_py():
            places = np.flatnonzero(coerced.bad)
            self.add_at(
                places if at is None else at[places],
                field,
                rule.reasons(values.filter(coerced.bad)),
            )
        return coerced.values

    def reasons(self) -> pa.Array:
        """Return what is wrong with each row (text); null where nothing is."""
        reasons = np.full(len(self._bad), None, dtype=object)
        for at, each in zip(self._at, self._reasons, strict=True):
            reasons[at] = each.to_pylist()
        return pa.array(reasons, pa.string())

    def checked(self, writes: Writes) -> Checked:
        """Return the good writes, and the rows of the others."""
        if not self._bad.any():
            return Checked(writes, REJECTED.empty_table())
        at = np.concatenate(self._at)
        order = pa.array(np.argsort(at))
        rejected = (
            writes.rows.select(ROW.names)
            .take(pa.array(at).take(order))
            .append_column("error_field", pa.chunked_array(self._fields).take(order))
            .append_column("error_reason", pa.chunked_array(self._reasons).take(order))
        )
        return Checked(only(writes, ~self._bad), rejected)


@overload
def only(writes: RecordWrites, good: Mask) -> RecordWrites: ...
@overload
def only(writes: EventWrites, good: Mask) -> EventWrites: ...
def only(writes: Writes, good: Mask) -> Writes:
    """Return some of the writes, which come one a row."""
    chosen = pa.array(good)
    if isinstance(writes, EventWrites):
        return replace(
            writes,
            **{name: _filtered(getattr(writes, name), chosen) for name in EVENT_COLUMNS},
            rows=_renumbered(writes.rows, good),
        )
    return replace(
        writes,
        keys=writes.keys.filter(chosen),
        ids=writes.ids.filter(chosen),
        modes=writes.modes.filter(chosen),
        properties=_filtered(writes.properties, chosen),
        search=writes.search and _filtered(writes.search, chosen),
        rows=_renumbered(writes.rows, good),
        associations=_renumbered(writes.associations, good),
        lists=_renumbered(writes.lists, good),
    )


def _renumbered(table: pa.Table, good: Mask) -> pa.Table:
    """Return the rows of good writes, which are named by their new places."""
    write = table["write"].to_numpy()
    places = np.cumsum(good) - 1
    kept = table.filter(pa.array(good[write]))
    at = table.column_names.index("write")
    return kept.set_column(at, "write", pa.array(places[kept["write"].to_numpy()], pa.int64()))


def _filtered(values: pa.ChunkedArray | pa.Table, good: pa.Array) -> pa.ChunkedArray | pa.Table:
    """Return the good rows; a table without columns has none."""
    if isinstance(values, pa.Table) and not values.num_columns:
        return values
    return values.filter(good)
