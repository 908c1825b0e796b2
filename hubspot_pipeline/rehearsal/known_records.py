"""Records that a rehearsal has created or changed, found by id and by any of their values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot.search_values import Key, held_keys
from hubspot_pipeline.rehearsal.put_away import PutAway

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
        overwritten: Those that it wrote before these, newest first, as a history has them.
    """

    id: str
    created: bool = False
    held: dict[str, str | None] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    overwritten: dict[str, list[str]] = field(default_factory=dict)

    def value(self, name: str) -> str | None:
        """Return what it has by now; None also where that was never read."""
        return self.written.get(name, self.held.get(name))

    def knows(self, names: Iterable[str]) -> bool:
        """Return whether nothing need be read to know these values."""
        return self.created or all(name in self.written or name in self.held for name in names)


class KnownRecords:
    """The records of one object type.

    Values are compared by the type of their property, as a search compares them. A record is in
    memory, or put away until it is asked for; never both.
    """

    def __init__(self) -> None:
        self._by_id: dict[str, KnownRecord] = {}
        self._indexes: dict[tuple[str, str], dict[Key, set[str]]] = {}
        self._away = PutAway()

    def get(self, record_id: str) -> KnownRecord | None:
        """Return the record of this id, if the rehearsal wrote to it."""
        return self._by_id.get(record_id) or self._brought_back(record_id)

    def write(self, record: KnownRecord, name: str, value: str) -> None:
        """Give a record a value."""
        self._by_id[record.id] = record
        before = record.written.get(name)
        record.written[name] = value
        if before not in {None, value}:
            record.overwritten.setdefault(name, []).insert(0, before)
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
        wanted = list(keys)
        index = self._indexes.get((name, kind))
        if index is None:
            index = self._indexes[name, kind] = {}
            for record in self._by_id.values():
                for key in held_keys(kind, record.written.get(name)):
                    index.setdefault(key, set()).add(record.id)
            self._away.put_keys(
                (name, kind),
                (
                    (key, id_)
                    for id_, content in self._away.all()
                    for key in held_keys(kind, _record(id_, content).written.get(name))
                ),
            )
        in_memory = (index.get(key, set()) for key in wanted)
        return set(self._away.with_key((name, kind), wanted)).union(*in_memory)

    def put_away(self) -> None:
        """Make room: put all records away. Whoever has hold of one must be done with it."""
        self._away.put(
            (one.id, (one.created, one.held, one.written, one.overwritten))
            for one in self._by_id.values()
        )
        for of, index in self._indexes.items():
            self._away.put_keys(of, ((key, id_) for key, ids in index.items() for id_ in ids))
            index.clear()
        self._by_id.clear()

    def close(self) -> None:
        """Let go of what was put away."""
        self._away.close()

    def _brought_back(self, record_id: str) -> KnownRecord | None:
        content = self._away.take(record_id)
        if content is None:
            return None
        record = self._by_id[record_id] = _record(record_id, content)
        for (name, kind), index in self._indexes.items():
            keys = held_keys(kind, record.written.get(name))
            self._away.take_keys((name, kind), keys, record_id)
            for key in keys:
                index.setdefault(key, set()).add(record_id)
        return record


def _record(record_id: str, content: Any) -> KnownRecord:
    return KnownRecord(record_id, *content)
