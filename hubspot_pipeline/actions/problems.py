"""What an action refuses, row by row, whatever the account holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import PROBLEMS

if TYPE_CHECKING:
    from collections.abc import Sequence


def problem_rows(
    bad: pa.Array | pa.ChunkedArray, field: str, reason: str | pa.ChunkedArray
) -> pa.Table:
    """Return the bad rows as ``action.PROBLEMS``.

    Args:
        bad: Whether a row is refused; null is no.
        field: The field at fault.
        reason: Why; one for all, or one a row.
    """
    index = pc.indices_nonzero(pc.fill_null(bad, False)).cast(pa.int64())
    count = len(index)
    reasons = pa.repeat(reason, count) if isinstance(reason, str) else reason.take(index)
    return pa.table([index, pa.repeat(field, count), reasons], schema=PROBLEMS)


def first_problems(found: Sequence[pa.Table]) -> pa.Table:
    """Return the first of each row's problems, in row order."""
    index = pa.concat_tables(found)["index"].combine_chunks()
    all_found = pa.concat_tables(found).append_column(
        "order", pa.array(range(len(index)), pa.int64())
    )
    first = all_found.group_by("index").aggregate([("order", "min")])["order_min"]
    return all_found.take(first.combine_chunks()).drop_columns("order").sort_by("index")
