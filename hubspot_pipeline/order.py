"""The order among a destination's mappings: what others link to is delivered before them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.literals import literal
from hubspot_pipeline.object_types import COMPANIES, CONTACTS, folded_name, standard_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence, Set

    from hubspot_pipeline.destination import Destination, MappingSpec

# Dagster loads this: nothing that reads data is imported here, so actions are known by name only.

_ACCOUNTS_OWN = re.compile(r"^p\d*_")
"""What the full name of an account's own object type begins with, and its short name in paths."""

_FIRST = (CONTACTS, COMPANIES)
"""What comes first where two mappings link to each other's records."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A mapping that links to the records of another one."""

    mapping: str
    target: str
    object_type: str | None


def predecessors(destination: Destination) -> dict[str, tuple[str, ...]]:
    """Return each mapping's predecessors: the mappings whose records it links to.

    So contacts come before companies, companies before what links to them, and events after the
    records that they belong to (actions §13). What a mapping writes and links to is read from the
    object types that stand in it; where one is computed, it may be any.

    Of two mappings that link to each other's records only one can come first. It is the one that
    the other cannot do without; else contacts, then companies, then as they stand in the file.

    Returns:
        Every mapping, in the file's order, with the names of those that come right before it, in
        the file's order; no mapping comes before itself, however long the way.
    """
    before: dict[str, set[str]] = {name: set() for name in destination.mappings}
    links = list(_links(destination.mappings))
    pairs = {(link.mapping, link.target) for link in links}
    for link in sorted(
        links, key=lambda link: (_is_spare(link, links, pairs), _rank(link.object_type))
    ):
        if link.mapping not in _reached(before, link.target):
            before[link.mapping].add(link.target)
    places = {name: place for place, name in enumerate(before)}
    return {name: tuple(sorted(those, key=places.__getitem__)) for name, those in before.items()}


def in_order(destination: Destination) -> list[str]:
    """Return the mappings in an order that they can be delivered in, else that of the file."""
    before = predecessors(destination)
    ordered: dict[str, None] = {}

    def add(name: str) -> None:
        for earlier in before[name]:
            add(earlier)
        ordered[name] = None

    for name in before:
        add(name)
    return list(ordered)


def successors(destination: Destination, mapping: str) -> list[str]:
    """Return the mappings that come after one, however long the way, in the file's order."""
    before = predecessors(destination)
    return [name for name in before if name != mapping and mapping in _reached(before, name)]


def _reached(before: Mapping[str, Set[str] | tuple[str, ...]], start: str) -> set[str]:
    """Return a mapping with all that come before it."""
    reached, waiting = {start}, [start]
    while waiting:
        new = set(before[waiting.pop()]) - reached
        reached |= new
        waiting += new
    return reached


def _links(mappings: Mapping[str, MappingSpec]) -> Iterator[_Link]:
    written = {name: _written(spec) for name, spec in mappings.items()}
    for name, spec in mappings.items():
        linked = _linked(spec)
        for target, type_ in written.items():
            if target == name or type_ == _NO_RECORD:
                continue
            shared = linked if type_ is None else linked & {type_, None}
            if shared:
                yield _Link(name, target, type_)


def _is_spare(link: _Link, links: Sequence[_Link], pairs: Set[tuple[str, str]]) -> bool:
    """Whether a link is mutual, and the mapping has others of that type that are not.

    So companies come after the contacts that identify events make, and before those contacts that
    another mapping associates with them.
    """
    others = (each for each in links if each.mapping == link.mapping and each.target != link.target)
    return (link.target, link.mapping) in pairs and any(
        each.object_type == link.object_type and (each.target, each.mapping) not in pairs
        for each in others
    )


def _rank(object_type: str | None) -> int:
    return _FIRST.index(object_type) if object_type in _FIRST else len(_FIRST)


_NO_RECORD = "an event"
"""What a mapping of an event action writes: nothing that others could link to."""


def _written(spec: MappingSpec) -> str | None:
    """Return the type of the records that a mapping writes; None where it may be any."""
    given = _fields(spec)
    match spec.action:
        case "upsertContact":
            return CONTACTS
        case "upsertCompany":
            return COMPANIES
        case "upsertCustomObjectRecord":
            return _object_type(given.get("objectType"))
        case "upsertObject":
            return next(_types_in(given.get("object_details")), None)
        case _:
            return _NO_RECORD


def _linked(spec: MappingSpec) -> set[str | None]:
    """Return the types of the records that a mapping links to, None among them for any."""
    given = _fields(spec)
    match spec.action:
        case "upsertCompany":
            return {CONTACTS}
        case "upsertCustomObjectRecord":
            return {_object_type(given["toObjectType"])} if "toObjectType" in given else set()
        case "upsertObject":
            lists = (given[name] for name in ("associations", "dissociations") if name in given)
            return {type_ for items in lists for type_ in _types_in(items)}
        case "sendCustomBehavioralEvent":
            return {CONTACTS, None} if "objectId" in given else {CONTACTS}
        case "customEvent":
            return set(_types_in(given.get("record_details")))
        case _:
            return set()


def _fields(spec: MappingSpec) -> dict[str, Any]:
    """Return a mapping's fields; no object type has a default."""
    return {} if spec.mapping == "default" else spec.mapping


def _types_in(value: Any) -> Iterator[str | None]:
    """Yield the object types in the members of a value, however deep in directives they stand.

    None is any type: where one is computed, or where nothing with an object type is to be seen.
    """
    found = list(_members_named("object_type", value))
    yield from map(_object_type, found)
    if not found and value not in ([], {}, None):
        yield None


def _members_named(name: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key == name:
                yield member
            else:
                yield from _members_named(name, member)
    elif isinstance(value, list):
        for item in value:
            yield from _members_named(name, item)


def _object_type(value: Any) -> str | None:
    """Return a literal object type under one of its names; None where it is computed."""
    text = literal(value)
    if text is None:
        return None
    known = standard_type(text)
    return known.name if known else _ACCOUNTS_OWN.sub("", folded_name(text)).removesuffix("s")
