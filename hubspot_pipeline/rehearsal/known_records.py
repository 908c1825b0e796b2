"""Records that a rehearsal has created or changed, found by id and by any of their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot.search_values import Key, held_keys

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class KnownRecord:
    """A record as it would be by now.

    Attributes:
        id: Its id.
        created: Whether the rehearsal created it.
        held: The values that HubSpot holds, as far as they were read; None was never set.
        written: The values that the rehearsal wrote; the empty text is cleared.
    """

    id: str
    created: bool = False
    held: dict[str, str | None] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """Return what it has by now; None also where that was never read."""
        return self.written.get(name, self.held.get(name))

    def knows(self, names: Iterable[str]) -> bool:
        """Return whether nothing need be read to know these values."""
        return self.created or all(name in self.written or name in self.held for name in names)


class KnownRecords:
    """The records of one object type.

    Values are compared by the type of their property, as a search compares them.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, KnownRecord] = {}
        self._indexes: dict[tuple[str, str], dict[Key, set[str]]] = {}

    def get(self, record_id: str) -> KnownRecord | None:
        """Return the record of this id, if the rehearsal wrote to it."""
        return self._by_id.get(record_id)

    def write(self, record: KnownRecord, name: str, value: str) -> None:
        """Give a record a value."""
        self._by_id[record.id] = record
        before = record.written.get(name)
        record.written[name] = value
        for (indexed, kind), index in self._indexes.items():
            if indexed == name:
                for key in held_keys(kind, before):
                    index.get(key, set()).discard(record.id)
                for key in held_keys(kind, value):
                    index.setdefault(key, set()).add(record.id)

    def with_value(self, name: str, kind: str, keys: Iterable[Key]) -> set[str]:
        """Return the ids of the records to which one of these values was written.

        Args:
            name: The property.
            kind: Its HubSpot type, such as ``number``.
            keys: The values, as ``search_values.held_keys`` gives them.
        """
        index = self._indexes.get((name, kind))
        if index is None:
            index = self._indexes[name, kind] = {}
            for record in self._by_id.values():
                for key in held_keys(kind, record.written.get(name)):
                    index.setdefault(key, set()).add(record.id)
        return set().union(*(index.get(key, set()) for key in keys))
