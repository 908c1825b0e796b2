"""What a rehearsed delivery changes, record by record, noted while its calls are answered."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TypeAlias

RecordKey: TypeAlias = tuple[str, str]
"""A record: its object type, as paths name it, and its id."""

_FIRST_NEW_ID = 900_000_000_000_000_000
"""Ids of records that do not exist yet begin here: numbers as all ids are, none of HubSpot's."""

_NEW_ID = re.compile(r"\b90\d{16}\b")


def new_id(number: int) -> str:
    """Return the id of the so-manieth record that a rehearsal creates."""
    return str(_FIRST_NEW_ID + number)


def is_new(record_id: str) -> bool:
    """Return whether an id is that of a record which a rehearsal created."""
    return record_id.isdecimal() and int(record_id) >= _FIRST_NEW_ID


def told_text(text: str | None) -> str | None:
    """Return a text with such ids in it as a plan shows them."""
    return text and _NEW_ID.sub(lambda found: str(told_id(found[0])), text)


def told_id(record_id: str | None) -> str | None:
    """Return an id as a plan shows it: ``new-1`` and so on for records that do not exist yet."""
    if record_id is None or not is_new(record_id):
        return record_id
    return f"new-{int(record_id) - _FIRST_NEW_ID}"


@dataclass(slots=True)
class RecordChange:
    """What happens to one record.

    Attributes:
        created: Whether it is created.
        values: Before and after, by property name; the empty text is no value.
        associations: Operation, the other record's type, label (None for the bare association) and
            the other record's id, each once.
        lists: Operation (``join`` or ``leave``) and name.
    """

    created: bool = False
    values: dict[str, tuple[str, str]] = field(default_factory=dict)
    associations: list[tuple[str, str, str | None, str]] = field(default_factory=list)
    lists: list[tuple[str, str]] = field(default_factory=list)

    def set(self, name: str, before: str, after: str) -> None:
        """Note that a property's value changes, maybe for the second time."""
        first = self.values.get(name, (before, after))[0]
        self.values[name] = (first, after)

    def associate(self, operation: str, to_type: str, label: str | None, other: str) -> None:
        """Note an association; one that was taken away and is given again is as it was."""
        opposite = ("remove" if operation == "add" else "add", to_type, label, other)
        if opposite in self.associations:
            self.associations.remove(opposite)
        else:
            self.associations.append((operation, to_type, label, other))

    def move(self, operation: str, name: str) -> None:
        """Note that it joins or leaves a list; who leaves what it has just joined stays away."""
        opposite = ("leave" if operation == "join" else "join", name)
        if opposite in self.lists:
            self.lists.remove(opposite)
        else:
            self.lists.append((operation, name))

    @property
    def real_values(self) -> dict[str, tuple[str, str]]:
        """The values that are others in the end."""
        return {
            name: (before, after)
            for name, (before, after) in sorted(self.values.items())
            if before != after
        }


@dataclass(slots=True)
class Changes:
    """What the calls of one delivery change.

    Attributes:
        records: By record; whoever tells them takes them out.
        definitions: What is made for all records, in words.
    """

    records: defaultdict[RecordKey, RecordChange] = field(
        default_factory=lambda: defaultdict(RecordChange)
    )
    definitions: list[str] = field(default_factory=list)

    def of(self, key: RecordKey) -> RecordChange:
        """Return what is noted of a record, to be added to."""
        return self.records[key]
