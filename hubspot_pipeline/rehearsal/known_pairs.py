"""Associations that a rehearsal has made, changed or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from hubspot_pipeline.hubspot.association_answers import Label
from hubspot_pipeline.rehearsal.put_away import PutAway

if TYPE_CHECKING:
    from collections.abc import Iterator

Pair: TypeAlias = tuple[str, str]
"""The ids of a record and of the one that it is associated with."""

Labels: TypeAlias = frozenset[Label]

_FROM = ("from", "")


class KnownPairs:
    """The labels of pairs of records of two types; none where they are no longer associated.

    A pair is in memory, or put away until it is asked for; never both.
    """

    def __init__(self) -> None:
        self._labels: dict[str, dict[str, Labels]] = {}
        self._away = PutAway()

    def get(self, pair: Pair) -> Labels | None:
        """Return a pair's labels; None where the rehearsal never changed them."""
        held = self._labels.get(pair[0], {}).get(pair[1])
        return self._brought_back(pair) if held is None else held

    def set(self, pair: Pair, labels: Labels) -> None:
        """Give a pair its labels."""
        self.get(pair)  # so that none stays put away
        self._labels.setdefault(pair[0], {})[pair[1]] = labels

    def of(self, from_id: str) -> dict[str, Labels]:
        """Return the labels of all pairs of a record, by the other record's id."""
        for to_id in list(self._away.with_key(_FROM, [from_id])):
            self._brought_back((from_id, to_id))
        return self._labels.get(from_id, {})

    def put_away(self) -> None:
        """Make room: put all pairs away."""
        self._away.put(
            (_name(pair), [(each.category, each.type_id) for each in labels])
            for pair, labels in self._all()
        )
        self._away.put_keys(_FROM, (pair for pair, _ in self._all()))
        self._labels.clear()

    def close(self) -> None:
        """Let go of what was put away."""
        self._away.close()

    def _all(self) -> Iterator[tuple[Pair, Labels]]:
        for from_id, others in self._labels.items():
            for to_id, labels in others.items():
                yield (from_id, to_id), labels

    def _brought_back(self, pair: Pair) -> Labels | None:
        content: Any = self._away.take(_name(pair))
        if content is None:
            return None
        self._away.take_keys(_FROM, [pair[0]], pair[1])
        labels = frozenset(Label(category, type_id) for category, type_id in content)
        self._labels.setdefault(pair[0], {})[pair[1]] = labels
        return labels


def _name(pair: Pair) -> str:
    return f"{pair[0]}/{pair[1]}"
