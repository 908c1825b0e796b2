"""Searches in a rehearsed account: what HubSpot finds, and what the rehearsal has written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.pages import next_cursor
from hubspot_pipeline.hubspot.search_values import Key, held_keys

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.hubspot.routes import Route
    from hubspot_pipeline.rehearsal.known_records import KnownRecord
    from hubspot_pipeline.rehearsal.looking import Looking

_Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Filter:
    """One property has one of several values, compared as its type is."""

    name: str
    kind: str
    keys: frozenset[Key]

    def takes(self, record: KnownRecord) -> bool:
        return not self.keys.isdisjoint(held_keys(self.kind, record.value(self.name)))


async def search(looking: Looking, route: Route, body: Mapping[str, Any]) -> _Body:
    """Answer a search of one group of filters, each for one or several values.

    The index knows at once what the rehearsal has written: a delivery looks again where it does
    not (hubspot-api §2.9).
    """
    (group,) = body["filterGroups"]
    filters = await _filters(looking, group["filters"])
    names = [str(name) for name in body["properties"]]
    is_known = not any(
        looking.rehearsed.is_new_property(looking.object_type, each.name) for each in filters
    )
    answer = (await looking.reader.call(route, body)).body if is_known else {"results": []}
    results, seen = [], set()
    for found in objects(answer.get("results")):
        record = looking.known.get(str(found.get("id")))
        seen.add(str(found.get("id")))
        looking.note_seen(str(found.get("id")))
        if record is None:
            results.append(found)
            continue
        await looking.complete([record], [*names, *(each.name for each in filters)])
        if all(each.takes(record) for each in filters):
            results.append(_shown(record, names))
    if next_cursor(answer) is None:
        results += [
            _shown(record, names)
            for record in await _written(looking, filters, names)
            if record.id not in seen
        ]
    return {**answer, "results": results, "total": answer.get("total", len(results))}


async def _filters(looking: Looking, filters: Sequence[Mapping[str, Any]]) -> list[_Filter]:
    known = await looking.properties([str(each["propertyName"]) for each in filters])
    made = []
    for each in filters:
        name = str(each["propertyName"])
        kind = known[name].type if name in known else "string"
        texts = each["values"] if "values" in each else [each["value"]]
        keys = frozenset(key for text in texts for key in held_keys(kind, str(text)))
        made.append(_Filter(name, kind, keys))
    return made


async def _written(
    looking: Looking, filters: Sequence[_Filter], names: Sequence[str]
) -> list[KnownRecord]:
    """Return the records that match by what was written to them."""
    ids = set[str]().union(
        *(looking.known.with_value(each.name, each.kind, each.keys) for each in filters)
    )
    records = [record for id_ in sorted(ids) if (record := looking.known.get(id_))]
    await looking.complete(records, [*names, *(each.name for each in filters)])
    return [record for record in records if all(each.takes(record) for each in filters)]


def _shown(record: KnownRecord, names: Sequence[str]) -> _Body:
    return {"id": record.id, "properties": {name: record.value(name) for name in names}}
