"""Rows that require a record which is not there: they fail alone, before rows are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from hubspot_pipeline.delivery.associating import settle_required
from hubspot_pipeline.delivery.pending import is_required, pending_of
from hubspot_pipeline.delivery.rejections import only
from hubspot_pipeline.delivery.results import results_of_writes
from hubspot_pipeline.writes import EventWrites

if TYPE_CHECKING:
    import pyarrow as pa

    from hubspot_pipeline.delivery.other_sides import OtherSides
    from hubspot_pipeline.writes import Writes


async def hold_to_required(writes: Writes, others: OtherSides) -> tuple[Writes, pa.Table | None]:
    """Take out the rows that cannot be written for want of a record at the other end.

    Args:
        writes: Writes, one a row.
        others: Looks for the other sides, and remembers those that it finds.

    Returns:
        The writes that may go on, and the results of the rows that may not: failed where HubSpot
        has no such record, undelivered where it did not say; None where all may.
    """
    if isinstance(writes, EventWrites):
        return writes, None
    if not pc.any(pc.equal(writes.associations["other_side"], "require")).as_py():
        return writes, None
    rows = pending_of(writes)
    await others.find(rows, is_required)
    for row in rows:
        settle_required(row)
    bad = np.array([row.entry.verdict is not None or row.waits for row in rows], dtype=bool)
    if not bad.any():
        return writes, None
    entries = [row.entry for row, is_bad in zip(rows, bad, strict=True) if is_bad]
    return only(writes, ~bad), results_of_writes(only(writes, bad), entries)
