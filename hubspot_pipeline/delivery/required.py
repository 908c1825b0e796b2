"""Rows that require a record which is not there: they fail alone, before rows are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from hubspot_pipeline.delivery.associating import settle_required
from hubspot_pipeline.delivery.check.rejections import only
from hubspot_pipeline.delivery.later_steps import is_required
from hubspot_pipeline.delivery.pending import pending_of
from hubspot_pipeline.delivery.results import results_of_writes
from hubspot_pipeline.writes import EventWrites

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import pyarrow as pa

    from hubspot_pipeline.delivery.other_sides import OtherSides
    from hubspot_pipeline.delivery.pending import PendingWrite
    from hubspot_pipeline.writes import RecordWrites, Writes


async def hold_to_required(
    writes: Writes, others: OtherSides, settled: Callable[[RecordWrites], Collection[str]]
) -> tuple[Writes, pa.Table | None]:
    """Take out the rows that cannot be written for want of a record at the other end.

    Args:
        writes: Writes, one a row.
        others: Looks for the other sides, and remembers those that it finds.
        settled: Writes, one a row → the keys of those that are done as they are: nothing is looked
            for on behalf of their rows, which keep their verdicts whatever HubSpot would say now.

    Returns:
        The writes that may go on, and the results of the rows that may not: failed where HubSpot
        has no such record, undelivered where it did not say; None where all may.
    """
    if isinstance(writes, EventWrites):
        return writes, None
    if not pc.any(pc.equal(writes.associations["other_side"], "require")).as_py():
        return writes, None
    rows, done = pending_of(writes), settled(writes)
    await others.find([row for row in rows if row.entry.key not in done], is_required)
    for row in rows:
        settle_required(row)
    bad = np.array([row.entry.key not in done and _cannot(row) for row in rows], dtype=bool)
    if not bad.any():
        return writes, None
    entries = [row.entry for row, is_bad in zip(rows, bad, strict=True) if is_bad]
    return only(writes, ~bad), results_of_writes(only(writes, bad), entries)


def _cannot(row: PendingWrite) -> bool:
    return row.entry.verdict is not None or row.waits
