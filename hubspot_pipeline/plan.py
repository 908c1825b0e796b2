"""A plan: what delivering a partition would do to the account, found out without writing to it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

_CHANGED_VALUE = pa.struct([("name", pa.string()), ("before", pa.string()), ("after", pa.string())])
_CHANGED_ASSOCIATION = pa.struct(
    [
        ("operation", pa.string()),
        ("to_type", pa.string()),
        ("label", pa.string()),
        ("other", pa.string()),
    ]
)
_CHANGED_LIST = pa.struct([("operation", pa.string()), ("name", pa.string())])

CHANGES = pa.schema(
    [
        ("object_type", pa.string()),
        ("record", pa.string()),
        ("operation", pa.string()),
        ("record_id", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("file", pa.string()),
        ("row", pa.int64()),
        ("properties", pa.list_(_CHANGED_VALUE)),
        ("associations", pa.list_(_CHANGED_ASSOCIATION)),
        ("lists", pa.list_(_CHANGED_LIST)),
    ]
)
"""The rows of a plan's file: one a write, and one an input row that is rejected before.

``object_type`` is the record's, or for an occurrence of an event the event's name; null in rejected
rows. ``record`` is the value by which the record is found, such as its e-mail address, else the
write's key. ``operation`` is ``create``, ``update``, ``send`` (an occurrence) or ``none``.
``record_id`` is HubSpot's, or ``new-1`` and so on for one that does not exist yet; null where there
is none. ``verdict`` and ``reason`` are those that the delivery would give. ``file`` and ``row`` name
the input row, of several merged into one write the one that carries it. ``properties`` are the
values that would change, sorted by name; ``before`` is null where the record has no value or does
not exist, ``after`` where the value is cleared. ``associations`` have the ``operation`` ``add`` or
``remove``, the other record's type and id, and ``label`` as ``CATEGORY:typeId``. ``lists`` have the
``operation`` ``join`` or ``leave``. Null lists of changes do not occur: no change is no item.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What delivering one partition of one mapping would come to.

    Attributes:
        destination: The destination's name.
        mapping: The mapping's name.
        partition: The partition.
        rows_read: Rows of the export.
        filtered: Rows that the trigger does not pick.
        verdicts: Rows by verdict, as the delivery would give them.
        creates: Records that would be created, by object type, those at the other end of
            associations included.
        updates: Records of which a value would change, by object type, likewise.
        cleared_values: Values that records have, and would have no more.
        associations: (added, removed) associations by the object types ``contacts/companies``.
        list_moves: (joins, leaves) by the list's name.
        definitions: What would be made first, in words: ``property contacts.color (string)``.
        calls: The delivery's calls to HubSpot by route.
        seconds: The time that these take under the destination's limits.
        reads_for_plan: Calls that only the plan needed, by route.
        stop_reason: Why the delivery would stop before the end; None where it would not.
        path: The file of ``CHANGES``.
    """

    destination: str
    mapping: str
    partition: str
    rows_read: int
    filtered: int
    verdicts: dict[str, int]
    creates: dict[str, int]
    updates: dict[str, int]
    cleared_values: int
    associations: dict[str, tuple[int, int]]
    list_moves: dict[str, tuple[int, int]]
    definitions: tuple[str, ...]
    calls: dict[str, int]
    seconds: float
    path: str
    reads_for_plan: dict[str, int] = field(default_factory=dict)
    stop_reason: str | None = None
