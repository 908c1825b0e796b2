"""Finds records by the values of any properties: many searches in one call."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from hubspot_pipeline.hubspot.batches import held_by
from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import (
    NotFound,
    RefusedError,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.hubspot.pages import next_cursor
from hubspot_pipeline.hubspot.records import Found
from hubspot_pipeline.hubspot.search_batches import (
    MOST_CHARACTERS,
    PAGE_SIZE,
    Batch,
    Query,
    batches,
)
from hubspot_pipeline.hubspot.search_values import wanted_value

MOST_FIELDS = 6
"""The most fields of one search: so many filters fit together (hubspot-api §2.9)."""

MOST_HITS = PAGE_SIZE
"""The most records that are given for one search. One that finds so many may match still more; it
tells no record from another in any case."""

_MOST_PAGES = 10
"""Searches that together find more are made in smaller parts: HubSpot pages no further than 10,000
records (hubspot-api §2.9), and most of these are of one search that is not worth it."""

Hits: TypeAlias = tuple[Found, ...] | RefusedError
"""The records that a search finds, those with the lowest ids first; or why it cannot be made."""


async def find(
    client: HubSpotClient,
    object_type: str,
    wanted: Sequence[Mapping[str, str]],
    *,
    kinds: Mapping[str, str] = MappingProxyType({}),
    properties: Sequence[str] = (),
) -> tuple[Hits, ...]:
    """The records that have all the values of each of many searches.

    Values are compared as HubSpot compares them: texts without regard to case, numbers and times
    by value, dates by day, options as they are; of several options, one is enough. The index lags
    behind the account by seconds: no record found is no proof that there is none (hubspot-api
    §2.9).

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        wanted: for each search the values by property name, none of them empty. Searches that are
            equal are made once.
        kinds: the properties' HubSpot types, such as `number`; `string` where not given.
        properties: what to read of the records that are found, besides the properties searched.

    Returns:
        For each search, in their order, up to `MOST_HITS` records; a `RefusedError` where it has
        more than `MOST_FIELDS` fields, where a value is none of its property's type, and where
        HubSpot refuses it.

    Raises:
        TryLaterError: HubSpot gave no final answer about some of the searches.
        ConfigurationError: no call of this kind can pass.
        ValueError: a search has no field, or an empty value.
    """
    asked = [_query(each, kinds) for each in wanted]
    queries = dict.fromkeys(each for each in asked if isinstance(each, Query))
    hits = await _ask_all(client, object_type, list(batches(queries, tuple(properties))))
    return tuple(hits[each] if isinstance(each, Query) else each for each in asked)


def _query(fields: Mapping[str, str], kinds: Mapping[str, str]) -> Query | RefusedError:
    if not fields:
        raise ValueError("A search without a field would find every record.")
    names = tuple(sorted(fields))
    if len(names) > MOST_FIELDS:
        return ValidationRefused(
            f"HubSpot searches by at most {MOST_FIELDS} properties at once, "
            f"and these are {len(names)}: {', '.join(names)}."
        )
    values = []
    for name in names:
        text, kind = fields[name], kinds.get(name, "string")
        if not text.strip():
            raise ValueError(f"Records cannot be searched by an empty value of '{name}'.")
        try:
            values.append(wanted_value(kind, text))
        except ValueError as error:
            return ValidationRefused(
                f"Records cannot be searched by '{name}', whose type is {kind}: {error}."
            )
    return Query(names, tuple(values))


async def _ask_all(
    client: HubSpotClient, object_type: str, work: Iterable[Batch]
) -> dict[Query, Hits]:
    """The hits of all batches, asked at the same time; the first error ends the others."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_ask(client, object_type, batch)) for batch in work]
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return {query: hits for task in tasks for query, hits in task.result().items()}


async def _ask(client: HubSpotClient, object_type: str, batch: Batch) -> dict[Query, Hits]:
    """The hits of a batch; in halves where the whole is refused, or does not tell them apart."""
    try:
        if len(batch.queries) == 1:
            return {batch.queries[0]: await _ask_alone(client, object_type, batch)}
        hits = await _ask_together(client, object_type, batch)
    except NotFound as error:  # of a search, so of no record
        raise WrongTarget.of(error) from None
    return await _ask_all(client, object_type, batch.halves()) if hits is None else hits


async def _ask_alone(client: HubSpotClient, object_type: str, batch: Batch) -> Hits:
    """The hits of a single search: what HubSpot finds, however it compares; one page is enough."""
    if batch.is_too_long():
        return ValidationRefused(
            f"The values to search by are too long: HubSpot takes {MOST_CHARACTERS} characters."
        )
    try:
        answer = await client.call(client.routes.search(object_type), batch.body())
    except ValidationRefused as error:
        return error
    return _in_order(_records(answer))


async def _ask_together(
    client: HubSpotClient, object_type: str, batch: Batch
) -> dict[Query, Hits] | None:
    """The hits of each search; None where they have to be asked in smaller parts."""
    try:
        records = await _pages(client, object_type, batch)
    except ValidationRefused:
        return None
    found: dict[Query, list[Found]] = {query: [] for query in batch.queries}
    for record in records or ():
        owners = batch.owners(record)
        if owners is None:
            return None
        for query in owners:
            found[query].append(record)
    return None if records is None else {query: _in_order(hits) for query, hits in found.items()}


async def _pages(client: HubSpotClient, object_type: str, batch: Batch) -> list[Found] | None:
    """All that a batch finds; None where that is too much, or changed from page to page."""
    route = client.routes.search(object_type)
    records: dict[str, Found] = {}
    totals: set[object] = set()
    after: str | None = None
    for page in range(_MOST_PAGES):
        answer = await client.call(route, batch.body(after))
        records |= {record.record_id: record for record in _records(answer)}
        after = next_cursor(answer.body)
        total = answer.body.get("total")
        totals.add(total)
        if after is None:
            is_whole = page == 0 or totals == {len(records)}
            return list(records.values()) if is_whole else None
        if isinstance(total, int) and total > _MOST_PAGES * PAGE_SIZE:
            return None
    return None


def _in_order(records: Iterable[Found]) -> tuple[Found, ...]:
    ordered = sorted(records, key=lambda record: (len(record.record_id), record.record_id))
    return tuple(ordered[:MOST_HITS])


def _records(answer: Answer) -> list[Found]:
    results = answer.body.get("results")
    if not isinstance(results, list):
        raise Unavailable("HubSpot's answer to a search has no results.")
    return [Found(str(each["id"]), held_by(each)) for each in objects(results) if each.get("id")]
