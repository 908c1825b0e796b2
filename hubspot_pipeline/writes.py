"""The two kinds of write that every action reduces to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Mode = Literal["add", "update", "upsert"]


@dataclass(frozen=True, slots=True)
class RecordWrites:
    """Writes to records of one object type, one a record, as columns.

    Attributes:
        object_type: HubSpot's name of the object type, such as ``contacts``.
        id_property: The unique property by which a record is found, such as ``email``.
        mode: Whether to create, to update, or to do whichever is needed.
        keys: The id property's value of each write, in HubSpot's own spelling; text, distinct,
            never null.
        properties: One text column a property, one row a write. Null leaves the property as it is;
            the empty text clears it.
        rows: The input rows behind the writes, with the columns of ``ROW_COLUMNS`` and
            ``write`` (int64: which write the row went into) and ``carries`` (bool: whether it is
            the row that carries the write; every write has just one).
    """

    object_type: str
    id_property: str
    mode: Mode
    keys: pa.ChunkedArray
    properties: pa.Table
    rows: pa.Table


ROW_COLUMNS = ("position", "file", "row", "message_id", "event_time")
"""What names an input row: its place in the partition (int64), its file, its row there (int64),
its message id, and when its event happened (UTC timestamp, null where unknown)."""
