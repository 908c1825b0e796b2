"""Merge the rows of one record into one write: the latest value of each property wins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging came to.

    Attributes:
        keys: The distinct keys, in their order; one a write.
        properties: One row a write, with the columns that came in.
        write: For each row that came in, which write it went into (int64).
        carries: For each row that came in, whether it is the last of its record (bool): the one
            that carries the write, where the others are superseded by it.
    """

    keys: pa.ChunkedArray
    properties: pa.Table
    write: pa.Array
    carries: pa.Array


def merge_by_key(keys: pa.ChunkedArray, properties: pa.Table) -> Merged:
    """Merge rows that share a key.

    Args:
        keys: Text without nulls, equal keys side by side, each record's rows oldest first.
        properties: The rows' values; null means that the row says nothing about the property.

    Returns:
        For each key the latest value that is not null, property by property. The empty text counts
        as a value: it clears.
    """
    rows = len(keys)
    if rows == 0:
        none = pa.array([], pa.int64())
        return Merged(keys, properties, none, pa.array([], pa.bool_()))
    starts = group_starts(keys)
    sizes = np.diff(np.append(starts, rows))
    carries = np.zeros(rows, dtype=bool)
    carries[starts + sizes - 1] = True
    merged = pa.table(
        {
            name: _latest(properties[name], starts) if len(starts) < rows else properties[name]
            for name in properties.column_names
        }
    )
    return Merged(
        keys=keys.take(pa.array(starts)),
        properties=merged,
        write=pa.array(np.repeat(np.arange(len(starts)), sizes)),
        carries=pa.array(carries),
    )


def group_starts(keys: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the index at which each run of equal keys begins."""
    flat = keys.combine_chunks()
    differs = pc.not_equal(flat[1:], flat[:-1]).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.flatnonzero(differs) + 1]).astype(np.int64)


def _latest(
    values: pa.ChunkedArray, starts: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> pa.ChunkedArray:
    """Return the last value that is not null of each run of rows, null where there is none."""
    given = values.is_valid().to_numpy()
    last_given = np.maximum.reduceat(np.where(given, np.arange(len(given)), -1), starts)
    return values.take(pa.array(last_given, mask=last_given < 0))
