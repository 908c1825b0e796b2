"""Associations between records: their labels read, set and taken away, many a call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from hubspot_pipeline.hubspot.association_answers import (
    Label,
    Link,
    confirmed,
    labels_of,
    likeliest,
    owners,
    record_id,
)
from hubspot_pipeline.hubspot.batches import NOT_FINAL
from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.error_answers import error_from_item, objects
from hubspot_pipeline.hubspot.errors import NotFound, RefusedError, Unavailable, WrongTarget
from hubspot_pipeline.hubspot.pages import next_cursor
from hubspot_pipeline.hubspot.routes import AssociationOperation

__all__ = [
    "MOST_LINKS",
    "MOST_READS",
    "Held",
    "Label",
    "Link",
    "create",
    "create_default",
    "read",
    "remove_labels",
]

MOST_LINKS = 2_000
"""The most links in one call (hubspot-api §4.2)."""

MOST_READS = 1_000
"""The most records whose associations are read in one call (hubspot-api §4.2)."""

Held: TypeAlias = Mapping[tuple[str, str], frozenset[Label]]
"""Which pairs of records, from and to, are associated, and by which labels."""

_Outcomes: TypeAlias = tuple[RefusedError | None, ...]


async def read(
    client: HubSpotClient, from_type: str, to_type: str, from_ids: Iterable[str]
) -> Held:
    """All associations that some records have with records of another type.

    Each pair has the unlabeled kind among its labels. 1,000 records go in a call; a record of many
    associations needs more calls.

    Args:
        client: the portal.
        from_type: the object type of the records.
        to_type: the object type of those that they are associated with.
        from_ids: the records' ids; those that do not exist have no associations.

    Raises:
        RefusedError: HubSpot refused to read.
        TryLaterError, ConfigurationError: HubSpot gave no final answer, be it of one record.
    """
    route = client.routes.associations(from_type, to_type, "read")
    held: dict[tuple[str, str], frozenset[Label]] = {}
    asked = [{"id": each} for each in dict.fromkeys(from_ids)]
    seen: set[tuple[str, str]] = set()
    while asked:
        answer = await client.call(route, {"inputs": asked[:MOST_READS]})
        more = _take_in(answer, held)
        if not seen.isdisjoint(more):
            raise Unavailable("HubSpot's pages of associations lead back to one another.")
        seen.update(more)
        following = [{"id": from_id, "after": after} for from_id, after in more]
        asked = asked[MOST_READS:] + following
    return held


async def create(
    client: HubSpotClient, from_type: str, to_type: str, links: Sequence[Link]
) -> _Outcomes:
    """Associates records; a link's labels replace all that its pair has (hubspot-api §4.1).

    Links without labels go in a call of their own, and take no label away.

    Args:
        client: the portal.
        from_type: the object type of the links' first records.
        to_type: the object type of their second ones.
        links: at most 2,000, each pair once.

    Returns:
        For each link, in their order: None where HubSpot holds it now, else why it does not.

    Raises:
        TryLaterError: HubSpot gave no final answer about some of the links; it may be repeated.
        ConfigurationError: no call of this kind can pass.
        ValueError: there are too many links, or a pair comes twice.
    """
    plain = [link for link in links if not link.labels]
    labelled = [link for link in links if link.labels]
    _check(links)
    made = await create_default(client, from_type, to_type, plain)
    named = await _send(client, (from_type, to_type, "create"), labelled, _typed)
    outcomes = dict(zip([*plain, *labelled], [*made, *named], strict=True))
    return tuple(outcomes[link] for link in links)


async def create_default(
    client: HubSpotClient, from_type: str, to_type: str, links: Sequence[Link]
) -> _Outcomes:
    """Associates records without a label; labels that pairs have stay, those of links are not sent.

    Args, returns and raises as `create`.
    """
    _check(links)
    return await _send(client, (from_type, to_type, "associate/default"), links, _plain)


async def remove_labels(
    client: HubSpotClient, from_type: str, to_type: str, links: Sequence[Link]
) -> _Outcomes:
    """Takes labels away; with the unlabeled kind the association goes, and all its labels.

    Links without labels are taken apart as well, in a call of their own. What is not there need
    not be taken away.

    Args and raises as `create`.

    Returns:
        For each link, in their order: None where HubSpot no longer holds it, else why it does.
    """
    apart = [link for link in links if not link.labels]
    labelled = [link for link in links if link.labels]
    _check(links)
    gone = await _send(client, (from_type, to_type, "archive"), apart, _parted)
    bare = await _send(client, (from_type, to_type, "labels/archive"), labelled, _typed)
    outcomes = dict(zip([*apart, *labelled], [*gone, *bare], strict=True))
    return tuple(outcomes[link] for link in links)


def _typed(link: Link) -> dict[str, Any]:
    types = [
        {"associationCategory": each.category, "associationTypeId": int(each.type_id)}
        for each in link.labels
    ]
    return {**_plain(link), "types": types}


def _plain(link: Link) -> dict[str, Any]:
    return {"from": {"id": link.from_id}, "to": {"id": link.to_id}}


def _parted(link: Link) -> dict[str, Any]:
    return {"from": {"id": link.from_id}, "to": [{"id": link.to_id}]}


async def _send(
    client: HubSpotClient,
    target: tuple[str, str, AssociationOperation],
    links: Sequence[Link],
    input_of: Callable[[Link], dict[str, Any]],
) -> _Outcomes:
    """Sends links in one call; refused as a whole, they are halved until the bad stand alone."""
    if not links:
        return ()
    try:
        answer = await client.call(
            client.routes.associations(*target), {"inputs": [input_of(link) for link in links]}
        )
    except NotFound as error:  # of all links, so of none
        raise WrongTarget.of(error) from None
    except RefusedError as error:
        if len(links) == 1:
            return (error,)
        middle = len(links) // 2
        first = await _send(client, target, links[:middle], input_of)
        return first + await _send(client, target, links[middle:], input_of)
    return await _settle(client, target, links, answer)


async def _settle(
    client: HubSpotClient,
    target: tuple[str, str, AssociationOperation],
    links: Sequence[Link],
    answer: Answer,
) -> _Outcomes:
    """The outcome of each link; what the answer does not say of one is read from the account."""
    from_type, to_type, operation = target
    removes = operation.endswith("archive")
    errors = [
        error_from_item(item, answer.correlation_id) for item in objects(answer.body.get("errors"))
    ]
    if removes and not errors:  # it has no results, and often no body
        return (None,) * len(links)
    done = set() if removes else confirmed(links, answer.body)
    final = [error for error in errors if error.category not in NOT_FINAL]
    if removes:  # what does not exist is not associated
        final = [error for error in final if not isinstance(error, NotFound)]
    owned, ownerless = owners(links, final, done)
    unsure = [p for p in range(len(links)) if p not in done and p not in owned]
    held = await read(client, from_type, to_type, [links[place].from_id for place in unsure])
    for place in unsure:
        link = links[place]
        if _is_as_wanted(link, held.get(link.pair), removes=removes):
            continue
        if not ownerless or any(error.category in NOT_FINAL for error in errors):
            raise Unavailable(
                f"HubSpot's answer leaves an association out ({answer.correlation_id}), "
                "and a read shows it as it was."
            )
        owned[place] = likeliest(link, ownerless)
    return tuple(owned.get(place) for place in range(len(links)))


def _is_as_wanted(link: Link, held: frozenset[Label] | None, *, removes: bool) -> bool:
    if held is None:
        return removes
    if removes:
        return bool(link.labels) and held.isdisjoint(link.labels)
    return held.issuperset(link.labels)


def _take_in(
    answer: Answer, held: dict[tuple[str, str], frozenset[Label]]
) -> list[tuple[str, str]]:
    """Adds what an answer tells; returns the records that have more, and where it begins."""
    if "results" not in answer.body:
        raise Unavailable("HubSpot's answer about associations has no results.")
    for item in objects(answer.body.get("errors")):
        error = error_from_item(item, answer.correlation_id)
        if error.category in NOT_FINAL:  # all others say that a record has none
            raise Unavailable(error.message, error.facts)
    more = []
    for result in objects(answer.body["results"]):
        from_id = record_id(result.get("from")) or ""
        for other in objects(result.get("to")):
            pair = (from_id, record_id(other.get("toObjectId")) or "")
            found = labels_of(other.get("associationTypes"))
            held[pair] = held.get(pair, frozenset()) | found
        after = next_cursor(result)
        if after:
            more.append((from_id, after))
    return more


def _check(links: Sequence[Link]) -> None:
    if len(links) > MOST_LINKS:
        raise ValueError(f"{len(links)} links are more than the {MOST_LINKS} of one call.")
    if len({link.pair for link in links}) < len(links):
        raise ValueError("A pair comes twice in one call: join its labels first.")
