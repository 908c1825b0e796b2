"""Tells which associations the entries of an answer speak of, by the ids that they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import RefusedError, ValidationRefused

_WORD = re.compile(r"\w+")
_IDS = ("id", "ids", "fromObjectId", "toObjectId")


@dataclass(frozen=True, slots=True)
class Label:
    """A kind of association in one direction; the unlabeled kind is one too.

    Attributes:
        category: such as `HUBSPOT_DEFINED` or `USER_DEFINED`.
        type_id: digits; unique within the category.
    """

    category: str
    type_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """One record associated with another, from the first to the second.

    Attributes:
        from_id: the first record's id.
        to_id: the second record's id.
        labels: its labels; none for the association as such.
    """

    from_id: str
    to_id: str
    labels: tuple[Label, ...] = ()

    @property
    def pair(self) -> tuple[str, str]:
        """The two ids."""
        return self.from_id, self.to_id


def labels_of(types: Any) -> frozenset[Label]:
    """The labels that an answer lists, those without an id left out."""
    return frozenset(
        Label(str(each.get("category")), str(each["typeId"]))
        for each in objects(types)
        if each.get("typeId") is not None
    )


def record_id(told: Any) -> str | None:
    """An id: a number, a text, or either within `{"id": …}` (hubspot-api §4.1)."""
    given = told.get("id") if isinstance(told, dict) else told
    return None if given is None or given == "" else str(given)


def confirmed(links: Sequence[Link], body: Mapping[str, Any]) -> set[int]:
    """The places of the links that the results of an answer tell as made.

    Typed associations are told by `fromObjectId` and `toObjectId`; default ones by `from` and `to`,
    and once each way (hubspot-api §4.1). Where an error is among the entries, one that may be
    another link's way back confirms nothing: records of two types may have the same id.
    """
    directed, either_way = set(), set()
    for result in objects(body.get("results")):
        directed.add((record_id(result.get("fromObjectId")), record_id(result.get("toObjectId"))))
        either_way.add((record_id(result.get("from")), record_id(result.get("to"))))
    ambiguous = {(link.to_id, link.from_id) for link in links if link.from_id != link.to_id}
    if not objects(body.get("errors")):
        ambiguous.clear()
    return {
        place
        for place, link in enumerate(links)
        if link.pair in directed or (link.pair in either_way and link.pair not in ambiguous)
    }


def owners(
    links: Sequence[Link], errors: Iterable[RefusedError], done: Set[int]
) -> tuple[dict[int, RefusedError], list[RefusedError]]:
    """The first error of each link, by its place, and the errors whose context names no link.

    The context tells the ids that an error is about, or the id of the label (hubspot-api §4.1).
    Links that are `done` have no error.
    """
    by_id: dict[str, list[int]] = {}
    for place, link in enumerate(links):
        if place not in done:
            for each in dict.fromkeys(link.pair):
                by_id.setdefault(each, []).append(place)
    owned: dict[int, RefusedError] = {}
    ownerless = []
    for error in errors:
        places = _places(links, error, by_id)
        for place in places:
            owned.setdefault(place, error)
        if not places:
            ownerless.append(error)
    return owned, ownerless


def likeliest(link: Link, errors: Sequence[RefusedError]) -> RefusedError:
    """The error that a link was probably refused with, among those whose context names none.

    Some name an id in their message only. Where several are left, HubSpot's words of all of them.
    """
    naming = [error for error in errors if not _words(error).isdisjoint(link.pair)]
    said = {error.message: error for error in naming or errors}
    if len(said) == 1:
        return next(iter(said.values()))
    return ValidationRefused(
        f"HubSpot refused this association for one of these reasons: {' | '.join(said)}"
    )


def _places(
    links: Sequence[Link], error: RefusedError, by_id: Mapping[str, Sequence[int]]
) -> list[int]:
    code, context = error.sub_category or "", error.context
    named = {each for name in _IDS for each in context.get(name, ())}
    if named:
        places = [place for each in named for place in by_id.get(each, ())]
        if code.endswith("TO_OBJECT_NOT_FOUND"):
            return [place for place in places if links[place].to_id in named]
        if code.endswith("FROM_OBJECT_NOT_FOUND"):
            return [place for place in places if links[place].from_id in named]
        return places
    kinds = set(context.get("type", ()))
    waiting = {place for places in by_id.values() for place in places} if kinds else ()
    return [p for p in waiting if any(each.type_id in kinds for each in links[p].labels)]


def _words(error: RefusedError) -> set[str]:
    return set(_WORD.findall(error.message))
