"""What both event actions make and refuse: occurrences of custom events (actions §4, §9)."""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.defaults import first_of, path
from hubspot_pipeline.actions.merge import one_a_row
from hubspot_pipeline.actions.problems import problem_rows
from hubspot_pipeline.actions.properties import said
from hubspot_pipeline.actions.times import times
from hubspot_pipeline.database import query
from hubspot_pipeline.writes import LONGEST_EVENT_NAME, MOST_EVENT_PROPERTIES, EventWrites

if TYPE_CHECKING:
    from collections.abc import Callable

    from hubspot_pipeline.actions.action import MappingSettings

EMAIL = first_of("properties.email", "context.traits.email")
"""Whose event it is, by default."""

TIMESTAMP = path("timestamp")
"""When it happened, by default."""

_NAME = re.compile(rf"[a-z][a-z0-9_]{{0,{LONGEST_EVENT_NAME - 1}}}", re.ASCII)
_NAMESPACE = UUID("9a5ff0c3-6b0e-4d53-8f5e-3f6c1f2f7a16")


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return the message id: of one message, an event happens once."""
    return payloads["message_id"]


def occurrences(  # each is a part of what an occurrence is
    payloads: pa.Table,
    settings: MappingSettings,
    *,
    names: pa.ChunkedArray,
    object_types: pa.ChunkedArray,
    identifiers: pa.Table,
    occurred_at: pa.ChunkedArray,
    properties: pa.Table,
) -> EventWrites:
    """Return the writes of payloads, one a row.

    Args:
        payloads: As actions get them.
        settings: Whose mapping it is; the same event of another mapping is another occurrence.
        names: As in ``EventWrites``.
        object_types: As in ``EventWrites``.
        identifiers: As in ``EventWrites``.
        occurred_at: The field as it was mapped.
        properties: Text columns; empty texts become null, for an event has nothing to clear.
    """
    return EventWrites(
        keys=payloads["record_key"],
        uuids=uuids(payloads["message_id"], settings.name),
        names=names,
        object_types=object_types,
        identifiers=identifiers,
        occurred_at=moments(occurred_at),
        properties=properties,
        rows=one_a_row(payloads),
    )


def uuids(message_ids: pa.ChunkedArray, mapping: str) -> pa.ChunkedArray:
    """Return version 5 UUIDs of message ids, each the same for a mapping whenever it is sent.

    HubSpot takes a UUID once, so an event that is sent again does not happen again (W41).
    """
    namespaced = {"namespace": _NAMESPACE.bytes, "mapping": f"{mapping}/"}
    return query(_UUIDS, pa.table({"id": message_ids}), **namespaced)["uuid"].cast(pa.string())


_UUIDS = """
SELECT digest[:8] || '-' || digest[9:12] || '-5' || digest[14:16] || '-'
    || translate(digest[17], '0123456789abcdef', '89ab89ab89ab89ab') || digest[18:20] || '-'
    || digest[21:32] AS uuid
FROM (SELECT sha1($namespace::BLOB || encode($mapping || id)) AS digest FROM rows)
"""


def moments(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return times as HubSpot writes them, in UTC; null where a text tells none.

    HubSpot takes numbers for milliseconds; those of seconds are told apart by their size.
    """
    return pc.strftime(times(texts).cast(pa.timestamp("ms", "UTC"), safe=False), _HUBSPOT_TIME)


_HUBSPOT_TIME = "%Y-%m-%dT%H:%M:%SZ"


def of_properties(
    properties: pa.Table, change: Callable[[pa.ChunkedArray], pa.ChunkedArray]
) -> pa.Table:
    """Return property columns, each changed; without those that then say nothing."""
    changed = {name: change(properties[name]) for name in properties.column_names}
    return pa.table({name: v for name, v in changed.items() if v.null_count < len(v)})


def problems_of_time(occurred_at: pa.ChunkedArray, field: str) -> pa.Table:
    """Return the rows whose time HubSpot could not read."""
    reasons = joined("does not tell a time that HubSpot could read: ", occurred_at)
    return problem_rows(
        pc.and_(said(occurred_at).is_valid(), moments(occurred_at).is_null()), field, reasons
    )


def problems_of_properties(properties: pa.Table, field: str) -> list[pa.Table]:
    """Return the rows whose properties no event could have (hubspot-api §5.2).

    Here, and not only when they are held to a definition, for else they would be defined. How long
    values are is looked at there: a label may be longer than the value that it stands for.
    """
    if not properties.num_columns:
        return []
    counts = reduce(pc.add, (each.is_valid().cast(pa.int32()) for each in properties.columns))
    reasons = joined(
        f"an event has at most {MOST_EVENT_PROPERTIES} properties, this one has ", counts
    )
    found = [problem_rows(pc.greater(counts, MOST_EVENT_PROPERTIES), field, reasons)]
    for name, values in zip(properties.column_names, properties.columns, strict=True):
        if not _NAME.fullmatch(name):
            found.append(problem_rows(values.is_valid(), field, _bad_name(name)))
    return found


def _bad_name(name: str) -> str:
    return (
        f"the property name '{name}' is none that HubSpot has: a letter, then lower-case letters, "
        f"digits and underscores, at most {LONGEST_EVENT_NAME} in all."
    )


def joined(start: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a reason a row, which ends with the row's value."""
    return pc.binary_join_element_wise(start, values.cast(pa.string()), "")
