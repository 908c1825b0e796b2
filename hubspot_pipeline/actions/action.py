"""What an action is: its name, its fields with their defaults, and how payloads become writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.mapping.fields import default_mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from hubspot_pipeline.mapping.fields import Field
    from hubspot_pipeline.writes import RecordWrites


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the destination: pure functions from payload columns to writes.

    Attributes:
        key: The name used in mappings, such as ``upsertContact``.
        title: The name that people see.
        description: What it does, in a sentence.
        default_trigger: FQL that picks its events where a mapping names no trigger.
        fields: Its inputs.
        record_key: Payload columns → the text that tells one record from another, a row each.
            Rows with the same text are merged into one write; null is a row without a record.
        to_writes: Payload columns, with ``ROW_COLUMNS`` and ``record_key`` beside them, in order of
            ``record_key``, event time and position → the writes. Never splits a record's rows.
    """

    key: str
    title: str
    description: str
    default_trigger: str | None
    fields: tuple[Field, ...]
    record_key: Callable[[pa.Table], pa.ChunkedArray]
    to_writes: Callable[[pa.Table], RecordWrites]

    def default_mapping(self) -> dict[str, Any]:
        """Return each field's default directive, where it has one."""
        return default_mapping(self.fields)
