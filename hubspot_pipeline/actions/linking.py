"""Associations of writes, put together from columns."""

from __future__ import annotations

import pyarrow as pa

from hubspot_pipeline.writes import ASSOCIATIONS


def associations(
    write: pa.Array | pa.ChunkedArray, **columns: str | bool | pa.Array | pa.ChunkedArray
) -> pa.Table:
    """Return ``writes.ASSOCIATIONS``.

    Args:
        write: Which write each belongs to.
        columns: The other columns: one value for all, or one each. Those left out are null, but for
            ``remove`` and ``replaces_labels``, which are false.
    """
    count = len(write)
    given = {"remove": False, "replaces_labels": False, **columns, "write": write}
    found = []
    for column in ASSOCIATIONS:
        values = given.get(column.name)
        if values is None:
            values = pa.nulls(count, column.type)
        elif isinstance(values, str | bool):
            values = pa.repeat(pa.scalar(values), count)
        found.append(values.cast(column.type))
    return pa.table(found, schema=ASSOCIATIONS)
