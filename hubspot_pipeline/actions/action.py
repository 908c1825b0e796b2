"""What an action is: its name, its fields with their defaults, and how payloads become writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hubspot_pipeline.mapping.fields import default_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hubspot_pipeline.mapping.fields import Field
    from hubspot_pipeline.writes import Mode, Writes

PROBLEMS = pa.schema([("index", pa.int64()), ("field", pa.string()), ("reason", pa.string())])
"""Rows that an action cannot take: the row's place, the field at fault, and why; one a row at most,
in row order."""


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """What an action needs to know of its mapping, besides the payloads.

    Attributes:
        portal: The account's Hub ID; empty where it is not known.
        name: The destination's and the mapping's name, a slash between them.
        sync_mode: What writes may do; None for an action without sync modes.
    """

    portal: str = ""
    name: str = ""
    sync_mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """An action of the destination: pure functions from payload columns to writes.

    Payload columns are those of the fields (``mapping.validation.Validated``), with
    the columns of ``writes.ROW`` beside them.

    Attributes:
        key: The name used in mappings, such as ``upsertContact``.
        title: The name that people see.
        description: What it does, in a sentence.
        default_trigger: FQL that picks its events where a mapping names no trigger.
        fields: Its inputs.
        sync_mode: The sync mode of a mapping that names none; None for an action without them.
        record_key: Payload columns → the text that tells one record from another, a row each.
            Rows with the same text are merged into one write; null is a row without a record.
        to_writes: Payload columns, with ``record_key`` beside them, in order of it, event time and
            position → writes, one a row, whose keys are the record keys. Writes of different
            object types or id properties come apart.
        problems: Payload columns → the rows that the action refuses whatever the account holds
            (``PROBLEMS``). None: it refuses none.
        definitions: Payload columns → the properties and event definitions that the writes will
            need, to be made where the account lacks them (``writes.DEFINITIONS``); a row may come
            several times. None: it needs none, or makes none.
    """

    key: str
    title: str
    description: str
    default_trigger: str | None
    fields: tuple[Field, ...]
    record_key: Callable[[pa.Table], pa.ChunkedArray]
    to_writes: Callable[[pa.Table, MappingSettings], Sequence[Writes]]
    sync_mode: Mode | None = None
    problems: Callable[[pa.Table, MappingSettings], pa.Table] | None = None
    definitions: Callable[[pa.Table, MappingSettings], pa.Table] | None = None

    def default_mapping(self) -> dict[str, Any]:
        """Return each field's default directive, where it has one."""
        return default_mapping(self.fields)
