"""Many searches in one call: which go together, what is asked, and whose each record is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import orjson

from hubspot_pipeline.hubspot.records import Found
from hubspot_pipeline.hubspot.search_values import Key, Wanted, held_keys

PAGE_SIZE = 200
"""The most records on one page (hubspot-api §2.9)."""

MOST_CHARACTERS = 3_000
"""The longest body of a search (hubspot-api §2.9)."""

_ROOM_FOR_AFTER = 20
_MOST_TOGETHER = 100
"""With one or two records each, so many searches fit on one page."""


@dataclass(frozen=True, slots=True)
class Query:
    """One search: the properties, and the value that each of them is to have."""

    names: tuple[str, ...]
    values: tuple[Wanted, ...]


@dataclass(frozen=True)
class Batch:
    """Searches of the same properties that go in one call: each property has one of their values.

    A record that is found may be a hit of none of them, as one of its values may be of one search
    and another of another.

    Attributes:
        queries: the searches, all different; one at least.
        properties: what to read of the records besides.
    """

    queries: tuple[Query, ...]
    properties: tuple[str, ...]

    def body(self, after: str | None = None) -> dict[str, Any]:
        """What to ask, from an offset on."""
        columns = zip(*(query.values for query in self.queries), strict=True)
        texts = [list(dict.fromkeys(each.text for each in column)) for column in columns]
        body = _body(self.queries[0].names, texts, self.properties)
        return body if after is None else {**body, "after": after}

    def is_too_long(self) -> bool:
        """Whether its body is longer than HubSpot takes."""
        return _length(self.body()) > MOST_CHARACTERS

    def halves(self) -> tuple[Batch, Batch]:
        """The first half of the searches, and the others."""
        middle = len(self.queries) // 2
        first, second = self.queries[:middle], self.queries[middle:]
        return Batch(first, self.properties), Batch(second, self.properties)

    def owners(self, record: Found) -> list[Query] | None:
        """The searches that the record is a hit of.

        None where one of its values is not among those that were asked for: then HubSpot compares
        in another way than we do, or its answer does not tell the value.
        """
        names, values = self.queries[0].names, self.queries[0].values
        keys = [
            [key for key in held_keys(like.kind, record.properties.get(name)) if key in known]
            for name, like, known in zip(names, values, self._known, strict=True)
        ]
        if not all(keys):
            return None
        found = (self._by_keys.get(each) for each in product(*keys))
        return [query for query in found if query is not None]

    @cached_property
    def _known(self) -> list[set[Key]]:
        columns = zip(*(query.values for query in self.queries), strict=True)
        return [{each.key for each in column} for column in columns]

    @cached_property
    def _by_keys(self) -> dict[tuple[Key, ...], Query]:
        return {tuple(each.key for each in query.values): query for query in self.queries}


def batches(queries: Iterable[Query], properties: tuple[str, ...]) -> Iterator[Batch]:
    """Puts searches together, as many as a call takes.

    A search that alone is too long for a call is a batch nevertheless.
    """
    by_names: dict[tuple[str, ...], list[Query]] = {}
    for query in queries:
        if any(each.may_be_several for each in query.values):
            yield Batch((query,), properties)
        else:
            by_names.setdefault(query.names, []).append(query)
    for alike in by_names.values():
        yield from _packed(_side_by_side(alike), properties)


def _packed(queries: Sequence[Query], properties: tuple[str, ...]) -> Iterator[Batch]:
    names = queries[0].names
    bare = _length(_body(names, [[] for _ in names], properties)) + _ROOM_FOR_AFTER
    together: list[Query] = []
    known: set[tuple[str, str]] = set()
    length = bare
    for query in queries:
        texts = {(name, each.text) for name, each in zip(names, query.values, strict=True)}
        longer = length + _added(texts - known)
        if together and (len(together) == _MOST_TOGETHER or longer > MOST_CHARACTERS):
            yield Batch(tuple(together), properties)
            together, known, longer = [], set(), bare + _added(texts)
        together.append(query)
        known |= texts
        length = longer
    yield Batch(tuple(together), properties)


def _side_by_side(queries: Sequence[Query]) -> list[Query]:
    """Those that share the values that most share come one after the other."""
    columns = [
        {each.text for each in column}
        for column in zip(*(query.values for query in queries), strict=True)
    ]
    fewest_first = sorted(range(len(columns)), key=lambda at: len(columns[at]))
    return sorted(queries, key=lambda query: [query.values[at].text for at in fewest_first])


def _body(
    names: Sequence[str], texts: Sequence[Sequence[str]], properties: Sequence[str]
) -> dict[str, Any]:
    """Oldest records first, so that all pages are of one order."""
    filters = [_filter(name, each) for name, each in zip(names, texts, strict=True)]
    return {
        "filterGroups": [{"filters": filters}],
        "properties": list(dict.fromkeys([*names, *properties])),
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "limit": PAGE_SIZE,
    }


def _filter(name: str, texts: Sequence[str]) -> dict[str, Any]:
    if len(texts) == 1:
        return {"propertyName": name, "operator": "EQ", "value": texts[0]}
    return {"propertyName": name, "operator": "IN", "values": texts}


def _added(texts: Iterable[tuple[str, str]]) -> int:
    return sum(_length(text) + 1 for _, text in texts)


def _length(value: Any) -> int:
    return len(orjson.dumps(value).decode())
