"""The kinds of association between object types: HubSpot's own, and the account's labels."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from hubspot_pipeline.simulator.account.object_types import STANDARD_TYPES, ObjectType
from hubspot_pipeline.simulator.answers import validation_error

HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
USER_DEFINED = "USER_DEFINED"
MAX_LABELS = 10
"""Custom labels of one pair of object types (hubspot-api §4.2); paired labels count as one."""

_TABLE = """
contacts companies 279 280
contacts deals 4 3
contacts tickets 15 16
companies deals 342 341
companies tickets 340 339
deals tickets 27 28
contacts contacts 449 449
companies companies 450 450
deals deals 451 451
tickets tickets 452 452
contacts calls 193 194
contacts emails 197 198
contacts meetings 199 200
contacts notes 201 202
contacts tasks 203 204
companies calls 181 182
companies emails 185 186
companies meetings 187 188
companies notes 189 190
companies tasks 191 192
"""
"""The unlabeled types there and back (§4.3; from companies' activities back: not listed there)."""

_LABELLED = """
contacts companies 1 2 Primary|Contact with Primary Company
companies deals 6 5 Deal with Primary Company|Primary
companies tickets 25 26 Ticket with Primary Company|Primary
companies companies 13 14 Child Company|Parent Company
"""
"""HubSpot's labelled types there and back (§4.3), with their labels."""

_FIRST_UNLISTED = 10_000
"""Pairs of standard types that the reference does not list get ids from here on."""


@dataclass(frozen=True, slots=True)
class AssociationType:
    """One type of association, in one direction.

    Attributes:
        category: HUBSPOT_DEFINED, USER_DEFINED, …; ids are unique only within one.
        type_id: Its id.
        label: What the record it leads to is to the other; None for the unlabeled type.
    """

    category: str
    type_id: int
    label: str | None


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a type leads from and to, and which type is the way back (of the same category)."""

    type: AssociationType
    from_id: str
    to_id: str
    inverse: int
    name: str = ""


_Pair = tuple[str, str]
_Key = tuple[str, str, str, int]


class AssociationTypes:
    """The account's association types, all of them in both directions."""

    def __init__(self) -> None:
        self._own: dict[_Key, Definition] = {}
        self._own_pairs: dict[_Pair, list[_Key]] = {}
        self._next_id = 1

    def unlabeled(self, from_kind: ObjectType, to_kind: ObjectType) -> AssociationType:
        """The type that every association of the pair has, whatever other types it has (§4.1).

        With custom objects it is the account's own; its id is given when first asked for.
        """
        pair = (from_kind.id, to_kind.id)
        for key in (*_STANDARD_PAIRS.get(pair, ()), *self._own_pairs.get(pair, ())):
            definition = self._definition(key)
            if definition.type.label is None:
                return definition.type
        back = self._next_id if pair[0] == pair[1] else self._next_id + 1
        self._define(pair, self._next_id, back, ("", None), None)
        return self.unlabeled(from_kind, to_kind)

    def primary(self, from_kind: ObjectType, to_kind: ObjectType) -> AssociationType | None:
        """The type Primary from contacts, deals and tickets to companies."""
        type_id = _PRIMARY.get((from_kind.id, to_kind.id))
        if type_id is None:
            return None
        return self.find(from_kind, to_kind, HUBSPOT_DEFINED, type_id)

    def find(
        self, from_kind: ObjectType, to_kind: ObjectType, category: str, type_id: int
    ) -> AssociationType | None:
        """The type of this id from one object type to another; None if there is none."""
        key = (from_kind.id, to_kind.id, category, type_id)
        found = _STANDARD.get(key) or self._own.get(key)
        return None if found is None else found.type

    def inverse(
        self, from_kind: ObjectType, to_kind: ObjectType, one: AssociationType
    ) -> AssociationType:
        """The type that the same association has seen from the other record."""
        there = self._definition((from_kind.id, to_kind.id, one.category, one.type_id))
        return self._definition((to_kind.id, from_kind.id, one.category, there.inverse)).type

    def between(self, from_kind: ObjectType, to_kind: ObjectType) -> list[AssociationType]:
        """All types from one object type to another, the unlabeled one first."""
        unlabeled = self.unlabeled(from_kind, to_kind)
        pair = (from_kind.id, to_kind.id)
        keys = [*_STANDARD_PAIRS.get(pair, ()), *self._own_pairs.get(pair, ())]
        types = [self._definition(key).type for key in keys]
        return [unlabeled, *(one for one in types if one is not unlabeled)]

    def leading_from(self, kind: ObjectType, category: str, type_id: int) -> str | None:
        """The id of the object type that a type leads to from another; None if it does not."""
        keys: Iterator[_Key] = chain(_STANDARD_FROM.get(kind.id, ()), self._own)
        wanted = (kind.id, category, type_id)
        return next((to for from_id, to, *key in keys if (from_id, *key) == wanted), None)

    def leading(self, kind: ObjectType) -> list[Definition]:
        """Every type that leads from an object type, as far as they have ids by now."""
        standard = [_STANDARD[key] for key in _STANDARD_FROM.get(kind.id, ())]
        return standard + [one for one in self._own.values() if one.from_id == kind.id]

    # -- labels -------------------------------------------------------------------------------

    def add_label(
        self,
        from_kind: ObjectType,
        to_kind: ObjectType,
        name: str,
        label: str,
        inverse_label: str | None,
    ) -> list[AssociationType]:
        """A new label of a pair; with an inverse label it is two types, one each way.

        Raises:
            Refusal: The pair has ten labels, or one of this name.
        """
        pair = (from_kind.id, to_kind.id)
        own = self._labels(pair)
        if len({frozenset((one.type.type_id, one.inverse)) for one in own}) >= MAX_LABELS:
            raise validation_error(
                f"At most {MAX_LABELS} association labels are allowed between "
                f"{from_kind.singular} and {to_kind.singular}"
            )
        if any(one.name == name or one.type.label == label for one in own):
            raise validation_error(f"An association label named '{name}' already exists")
        there = self._next_id
        same_way_back = pair[0] == pair[1] and inverse_label is None
        back = there if same_way_back else there + 1
        self._define(pair, there, back, (name, label), inverse_label or label)
        made = [self._definition((*pair, USER_DEFINED, there)).type]
        if inverse_label is not None:
            made.append(self._definition((pair[1], pair[0], USER_DEFINED, back)).type)
        return made

    def change_label(
        self, from_kind: ObjectType, to_kind: ObjectType, type_id: int,
        label: str, inverse_label: str | None,
    ) -> None:  # fmt: skip
        """Give a custom label other words; the way back keeps its own unless it was the same."""
        there = self._own[from_kind.id, to_kind.id, USER_DEFINED, type_id]
        back_key = (to_kind.id, from_kind.id, USER_DEFINED, there.inverse)
        back = self._own[back_key]
        same = back.type.label == there.type.label
        self._own[back_key] = _named(back, inverse_label or (label if same else back.type.label))
        self._own[from_kind.id, to_kind.id, USER_DEFINED, type_id] = _named(there, label)

    def remove_label(self, from_kind: ObjectType, to_kind: ObjectType, type_id: int) -> None:
        """Take a custom label out of the account, both ways."""
        there = (from_kind.id, to_kind.id, USER_DEFINED, type_id)
        back = (to_kind.id, from_kind.id, USER_DEFINED, self._own[there].inverse)
        for key in {there, back}:
            del self._own[key]
            self._own_pairs[key[:2]].remove(key)

    def label(
        self, from_kind: ObjectType, to_kind: ObjectType, type_id: int
    ) -> AssociationType | None:
        """The custom label of this id; None if there is none."""
        found = self.find(from_kind, to_kind, USER_DEFINED, type_id)
        return None if found is None or found.label is None else found

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> Any:
        """What the account defined itself, as plain data."""
        return {
            "next_id": self._next_id,
            "types": [
                [one.from_id, one.to_id, one.type.type_id, one.type.label, one.inverse, one.name]
                for one in self._own.values()
            ],
        }

    def restore(self, saved: Any) -> None:
        """Become what was saved."""
        self._own, self._own_pairs = {}, {}
        self._next_id = saved["next_id"]
        for from_id, to_id, type_id, label, inverse, name in saved["types"]:
            made = AssociationType(USER_DEFINED, type_id, label)
            self._add(Definition(made, from_id, to_id, inverse, name))

    # -- inside -------------------------------------------------------------------------------

    def _definition(self, key: _Key) -> Definition:
        return _STANDARD.get(key) or self._own[key]

    def _labels(self, pair: _Pair) -> list[Definition]:
        own = (self._own[key] for key in self._own_pairs.get(pair, ()))
        return [one for one in own if one.type.label is not None]

    def _define(
        self, pair: _Pair, there: int, back: int,
        named: tuple[str, str | None], inverse_label: str | None,
    ) -> None:  # fmt: skip
        name, label = named
        forward = AssociationType(USER_DEFINED, there, label)
        self._add(Definition(forward, *pair, back, name))
        if back != there:
            backward = AssociationType(USER_DEFINED, back, inverse_label)
            self._add(Definition(backward, pair[1], pair[0], there, name))
        self._next_id = max(there, back) + 1

    def _add(self, definition: Definition) -> None:
        one = definition.type
        key = (definition.from_id, definition.to_id, one.category, one.type_id)
        self._own[key] = definition
        self._own_pairs.setdefault(key[:2], []).append(key)


def _named(definition: Definition, label: str | None) -> Definition:
    return replace(definition, type=replace(definition.type, label=label))


def _standard() -> Iterator[Definition]:
    """HubSpot's own types between all standard object types."""
    ids = {kind.name: kind.id for kind in STANDARD_TYPES}
    listed: dict[_Pair, tuple[int, int]] = {}
    for line in _TABLE.strip().splitlines():
        from_name, to_name, first, second = line.split()
        listed[ids[from_name], ids[to_name]] = int(first), int(second)
        listed[ids[to_name], ids[from_name]] = int(second), int(first)
    for at, one in enumerate(STANDARD_TYPES):
        for other_at, other in enumerate(STANDARD_TYPES):
            own = _FIRST_UNLISTED + at * 100 + other_at, _FIRST_UNLISTED + other_at * 100 + at
            there, back = listed.get((one.id, other.id), own)
            yield Definition(AssociationType(HUBSPOT_DEFINED, there, None), one.id, other.id, back)
    for line in _LABELLED.strip().splitlines():
        from_name, to_name, first, second, words = line.split(maxsplit=4)
        label, inverse_label = words.split("|")
        one_id, other_id, there, back = ids[from_name], ids[to_name], int(first), int(second)
        forward = AssociationType(HUBSPOT_DEFINED, there, label)
        backward = AssociationType(HUBSPOT_DEFINED, back, inverse_label)
        yield Definition(forward, one_id, other_id, back)
        yield Definition(backward, other_id, one_id, there)


_STANDARD: dict[_Key, Definition] = {
    (one.from_id, one.to_id, one.type.category, one.type.type_id): one for one in _standard()
}
_STANDARD_PAIRS: dict[_Pair, list[_Key]] = {}
_STANDARD_FROM: dict[str, list[_Key]] = {}
_PRIMARY: dict[_Pair, int] = {}
for _key, _one in _STANDARD.items():
    _STANDARD_PAIRS.setdefault(_key[:2], []).append(_key)
    _STANDARD_FROM.setdefault(_key[0], []).append(_key)
    if _one.type.label == "Primary":
        _PRIMARY[_key[:2]] = _key[3]
