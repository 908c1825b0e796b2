"""What a mapping is evaluated over: a table of event fields, one column of values, an object."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from hubspot_pipeline.mapping.column import Column, objects_of
from hubspot_pipeline.mapping.extract import values_at
from hubspot_pipeline.mapping.paths import EVENT_FIELDS, Path


class Source(ABC):
    """Payloads, one a row, whose values can be had by path."""

    @property
    @abstractmethod
    def rows(self) -> int:
        """How many there are."""

    @abstractmethod
    def take(self, rows: pa.Array) -> Source:
        """The payloads at these positions."""

    @abstractmethod
    def values_at(self, paths: Collection[Path]) -> dict[Path, Column]:
        """The column at each path; ``()`` is the whole payload."""


@dataclass(frozen=True, slots=True)
class Whole(Source):
    """Payloads of any kind in one column."""

    column: Column

    @property
    def rows(self) -> int:
        """The column's length."""
        return len(self.column)

    def take(self, rows: pa.Array) -> Whole:
        """The payloads at these positions."""
        return Whole(self.column.take(rows))

    def values_at(self, paths: Collection[Path]) -> dict[Path, Column]:
        """The column at each path."""
        return values_at(self.column, paths)


class _Members(Source):
    """Payloads that are objects, each of whose members is a column."""

    @abstractmethod
    def member(self, key: str) -> Column:
        """The column of one key; undefined where there is none."""

    @abstractmethod
    def whole(self) -> Column:
        """The objects themselves."""

    def values_at(self, paths: Collection[Path]) -> dict[Path, Column]:
        """The column at each path."""
        found: dict[Path, Column] = {}
        below: defaultdict[str, set[Path]] = defaultdict(set)
        for path in paths:
            if path:
                below[path[0]].add(path[1:])
            else:
                found[()] = self.whole()
        for key, rests in below.items():
            inner = values_at(self.member(key), rests)
            found.update({(key, *rest): column for rest, column in inner.items()})
        return found


@dataclass(frozen=True, slots=True)
class EventTable(_Members):
    """Events as exports are read: a column for each field of the event schema."""

    table: pa.Table

    @property
    def rows(self) -> int:
        """The table's length."""
        return int(self.table.num_rows)

    def take(self, rows: pa.Array) -> EventTable:
        """The events at these positions."""
        return EventTable(self.table.take(rows))

    def member(self, key: str) -> Column:
        """An event field; what else the table holds beside them is no part of an event."""
        if key not in EVENT_FIELDS or key not in self.table.column_names:
            return Column.missing(self.rows)
        return Column.of(self.table.column(key))

    def whole(self) -> Column:
        """Every field that the table has."""
        fields = [name for name in EVENT_FIELDS if name in self.table.column_names]
        return objects_of([(name, self.member(name)) for name in fields], self.rows)


@dataclass(frozen=True, slots=True)
class ObjectMembers(_Members):
    """Objects that a mapping has just made, not yet put together."""

    members: dict[str, Column]
    length: int

    @property
    def rows(self) -> int:
        """How many objects."""
        return self.length

    def take(self, rows: pa.Array) -> ObjectMembers:
        """The objects at these positions."""
        return ObjectMembers(
            {key: column.take(rows) for key, column in self.members.items()}, len(rows)
        )

    def member(self, key: str) -> Column:
        """One of the members."""
        return self.members[key] if key in self.members else Column.missing(self.length)

    def whole(self) -> Column:
        """The objects put together."""
        return objects_of(list(self.members.items()), self.length)


def source_of(events: pa.Table | pa.Array | pa.ChunkedArray) -> Source:
    """The source over events as a table of event fields, or as an array of whole events."""
    return EventTable(events) if isinstance(events, pa.Table) else Whole(Column.of(events))
