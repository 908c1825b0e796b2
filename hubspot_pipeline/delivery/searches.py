"""Find records by what they have: read by a unique property where one is named, else searched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import anyio
import stamina

from hubspot_pipeline.delivery.later_steps import Problem
from hubspot_pipeline.hubspot import account, records, search
from hubspot_pipeline.hubspot.errors import RefusedError
from hubspot_pipeline.hubspot.search_values import held_keys, wanted_value
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.properties import Property
    from hubspot_pipeline.hubspot.records import Found
    from hubspot_pipeline.hubspot.search import Hits

NOT_UNIQUE = "SEARCH_NOT_UNIQUE"
"""The category of a failure because several records match."""

SEARCHES_AT_A_TIME = 1_000

_LAG_SECONDS = 10.0
"""By then a search knows what was written before it; HubSpot says "a few moments" (§2.9)."""

_IDS_TOLD = 10


async def find_matches(
    client: HubSpotClient,
    object_type: str,
    wanted: Sequence[Mapping[str, str]],
    properties: Sequence[str] = (),
    *,
    looks_again: bool = False,
) -> list[Hits]:
    """Return the records that have all values of each search, as ``hubspot.search.find`` does.

    Where one of the values is of a unique property, the record is read by it: the search index
    lags behind the account by seconds, and a read does not (hubspot-api §2.9).

    Args:
        client: The portal.
        object_type: The records' object type.
        wanted: The values of each search by property name.
        properties: What to read of the records that are found, besides.
        looks_again: Whether searches that find nothing are made once more when the index has caught
            up: the records may have been written a moment ago, by a mapping before this one.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not answer all of it.
    """
    known = await account.properties(client, object_type)
    look = partial(_search, client, object_type, properties=properties, known=known)
    hits = await _read_by_unique(client, object_type, wanted, properties, known)
    left = {at: fields for at, fields in enumerate(wanted) if at not in hits}
    hits |= await look(left)
    missing = {at: fields for at, fields in left.items() if hits[at] == ()}
    if missing and looks_again:
        if not stamina.is_testing():
            await anyio.sleep(_LAG_SECONDS)
        hits |= await look(missing)
    return [hits[at] for at in range(len(wanted))]


async def _search(
    client: HubSpotClient,
    object_type: str,
    wanted: Mapping[int, Mapping[str, str]],
    properties: Sequence[str],
    known: Mapping[str, Property],
) -> dict[int, Hits]:
    """Return the hits of searches by their places."""
    names = {name for fields in wanted.values() for name in fields if name in known}
    kinds = {name: known[name].type for name in names}
    asked = list(wanted.values())
    found = await search.find(client, object_type, asked, kinds=kinds, properties=properties)
    return dict(zip(wanted, found, strict=True))


async def _read_by_unique(
    client: HubSpotClient,
    object_type: str,
    wanted: Sequence[Mapping[str, str]],
    properties: Sequence[str],
    known: Mapping[str, Property],
) -> dict[int, Hits]:
    """Return the hits of those searches that a read by a unique property answers, by place."""
    by_property: dict[str, list[int]] = {}
    for at, fields in enumerate(wanted):
        name = _unique_of(object_type, fields, known)
        if name is not None:
            by_property.setdefault(name, []).append(at)
    hits: dict[int, Hits] = {}
    for name, places in by_property.items():
        asked = [wanted[at] for at in places]
        read = await _read(client, object_type, name, asked, properties, known)
        hits.update((at, held) for at, held in zip(places, read, strict=True) if held is not None)
    return hits


def in_words(fields: Mapping[str, str]) -> str:
    """Return search fields as messages tell them."""
    return " and ".join(f"{name} '{value}'" for name, value in fields.items())


def not_unique(what: str, wanted: Mapping[str, str], ids: Sequence[str]) -> Problem:
    """Return the problem of search fields that several records match, naming them."""
    told = ", ".join(ids[:_IDS_TOLD]) + (", …" if len(ids) > _IDS_TOLD else "")
    count = f"{len(ids)}" if len(ids) < search.MOST_HITS else f"At least {len(ids)}"
    return Problem(f"{count} {what} have {in_words(wanted)}: {told}", NOT_UNIQUE)


def _unique_of(
    object_type: str, fields: Mapping[str, str], known: Mapping[str, Property]
) -> str | None:
    """Return a field by whose value there can be but one record, if there is one."""
    if object_type == CONTACTS and "email" in fields:
        return "email"
    unique = (name for name in fields if name in known and known[name].unique)
    return next((name for name in unique if name != RECORD_ID), None)


async def _read(
    client: HubSpotClient,
    object_type: str,
    name: str,
    wanted: Sequence[Mapping[str, str]],
    properties: Sequence[str],
    known: Mapping[str, Property],
) -> list[tuple[Found, ...] | None]:
    """Return what reading by a unique property finds; None where a search has to tell.

    An e-mail address that a read does not find is nobody's. Of other properties it is not known
    whether a read compares as a search does, without regard to case.
    """
    needed = list(dict.fromkeys([*properties, *(each for fields in wanted for each in fields)]))
    answers: list[tuple[Found, ...] | None] = []
    for start in range(0, len(wanted), records.BATCH_SIZE):
        part = wanted[start : start + records.BATCH_SIZE]
        ids = [fields[name] for fields in part]
        try:
            answer = await records.read(
                client, object_type, ids, id_property=name, properties=needed
            )
        except RefusedError:
            answers += [None] * len(part)  # a search says of each why it cannot be made
            continue
        for fields, id_ in zip(part, ids, strict=True):
            held = answer.found.get(id_)
            if held is not None:
                others = {field: value for field, value in fields.items() if field != name}
                answers.append((held,) if _has_all(held, others, known) else ())
            else:
                is_nobody = name == "email" and id_ in answer.missing
                answers.append(() if is_nobody else None)
    return answers


def _has_all(held: Found, wanted: Mapping[str, str], known: Mapping[str, Property]) -> bool:
    """Return whether a record has all values, compared as a search compares them."""
    for name, value in wanted.items():
        kind = known[name].type if name in known else "string"
        try:
            key = wanted_value(kind, value).key
        except ValueError:
            return False
        if key not in held_keys(kind, held.properties.get(name)):
            return False
    return True
