"""Custom Object V2's list membership: who says which list, and whether in or out (actions §8.7)."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.custom_object_fields import LIST_DETAILS
from hubspot_pipeline.actions.nested import members_of
from hubspot_pipeline.actions.properties import said
from hubspot_pipeline.database import query
from hubspot_pipeline.writes import LISTS


def list_changes(payloads: pa.Table) -> pa.Table:
    """Return the changes to lists that rows ask for (``writes.LISTS``), in order of row.

    A row connected to an audience is in its list if the audience's event says so, under the list's
    name or else the audience's; any other is as its list action says. A row that does not say both
    the list and what to do changes none.
    """
    details = members_of(payloads[LIST_DETAILS.key], LIST_DETAILS.fields)
    connected = pc.fill_null(details["connected_to_engage_audience"], False)
    name = said(details["list_name"])
    key = said(payloads["computation_key"])
    names = pc.if_else(connected, pc.coalesce(name, key), name)
    adds = pc.if_else(connected, _said_by_audience(payloads), details["list_action"])
    rows = pc.indices_nonzero(pc.and_(names.is_valid(), adds.is_valid()))
    return pa.table(
        [
            rows.cast(pa.int64()),
            names.take(rows),
            adds.take(rows),
            pc.fill_null(details["should_create_list"], False).take(rows),
        ],
        schema=LISTS,
    )


def _said_by_audience(payloads: pa.Table) -> pa.ChunkedArray:
    """Return what the event of an audience or a journey step says; null where it is none."""
    columns = ["traits_or_props", "computation_key", "computation_class"]
    return query(_SAID, payloads.select(columns))["said"]


_SAID = """
SELECT CASE
    WHEN computation_class IN ('audience', 'journey_step') AND computation_key <> ''
        AND json_type(traits_or_props, pointer) = 'BOOLEAN'
    THEN json_extract(traits_or_props, pointer)::BOOLEAN
END AS said
FROM (
    SELECT *, '/' || replace(replace(computation_key, '~', '~0'), '/', '~1') AS pointer FROM rows
)
"""
