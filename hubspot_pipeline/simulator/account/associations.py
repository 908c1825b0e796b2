"""Which records are associated with which, and by which types: one store for both directions."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hubspot_pipeline.simulator.account.association_types import AssociationType, AssociationTypes
from hubspot_pipeline.simulator.account.object_types import ObjectType, ObjectTypes

_TypeKey = tuple[str, int]
_Set = tuple[str, str, tuple[_TypeKey, ...]]
_SET_BITS = 20
_SET_MASK = (1 << _SET_BITS) - 1


class _Side:
    """The associations of one object type's records with those of another, by record id.

    Most records have one only; it takes a single number: the other record's id and the number of
    the set of types. A million associations so take about 100 bytes each way.
    """

    __slots__ = ("_of", "size")

    def __init__(self) -> None:
        self._of: dict[int, int | dict[int, int]] = {}
        self.size = 0

    def __contains__(self, record_id: int) -> bool:
        return record_id in self._of

    def __iter__(self) -> Iterator[int]:
        return iter(self._of)

    def of(self, record_id: int) -> dict[int, int]:
        """Other record's id → number of its set of types; not to be changed."""
        kept = self._of.get(record_id, {})
        return {kept >> _SET_BITS: kept & _SET_MASK} if isinstance(kept, int) else kept

    def count(self, record_id: int) -> int:
        """How many records it is associated with."""
        kept = self._of.get(record_id, {})
        return 1 if isinstance(kept, int) else len(kept)

    def put(self, record_id: int, other_id: int, number: int) -> None:
        """Add an association, or give it other types."""
        kept = self._of.get(record_id)
        if isinstance(kept, dict):
            self.size += other_id not in kept
            kept[other_id] = number
        elif kept is None or kept >> _SET_BITS == other_id:
            self.size += kept is None
            self._of[record_id] = other_id << _SET_BITS | number
        else:
            self.size += 1
            self._of[record_id] = {kept >> _SET_BITS: kept & _SET_MASK, other_id: number}

    def drop(self, record_id: int, other_id: int) -> None:
        """Take an association out, if it is there."""
        kept = self._of.get(record_id)
        if isinstance(kept, dict):
            self.size -= kept.pop(other_id, None) is not None
            if not kept:
                del self._of[record_id]
        elif kept is not None and kept >> _SET_BITS == other_id:
            self.size -= 1
            del self._of[record_id]


class Associations:
    """All associations of the account (hubspot-api §4.1).

    Each has the unlabeled type, whatever other types it has, and is the same seen from both
    records. Contacts, deals and tickets have at most one primary company.
    """

    def __init__(
        self, kinds: ObjectTypes, types: AssociationTypes, *, first_is_primary: bool
    ) -> None:
        self.types = types
        self._kinds = kinds
        self._first_is_primary = first_is_primary
        self._sides: dict[tuple[str, str], _Side] = {}
        self._sets: list[_Set] = []
        self._numbers: dict[_Set, int] = {}
        self._twins: list[int] = []

    def __len__(self) -> int:
        """How many pairs of records are associated, of two types or of one."""
        return sum(
            side.size if near < far else side.size // 2
            for (near, far), side in self._sides.items()
            if near <= far
        )

    # -- reading ------------------------------------------------------------------------------

    def of(
        self, kind: ObjectType, record_id: str, to_kind: ObjectType
    ) -> Mapping[str, tuple[AssociationType, ...]]:
        """Other record's id → types, in the order in which they were associated."""
        side = self._sides.get((kind.id, to_kind.id))
        if side is None:
            return {}
        shown = side.of(int(record_id))
        known = {number: self._types(kind, to_kind, number) for number in set(shown.values())}
        return {str(other): known[number] for other, number in shown.items()}

    def types_of(
        self, kind: ObjectType, record_id: str, to_kind: ObjectType, to_id: str
    ) -> tuple[AssociationType, ...]:
        """The types of one association; none if there is no such."""
        side = self._sides.get((kind.id, to_kind.id))
        number = None if side is None else side.of(int(record_id)).get(int(to_id))
        return () if number is None else self._types(kind, to_kind, number)

    def kinds(self, kind: ObjectType, record_id: str) -> list[ObjectType]:
        """The object types of which the record is associated with some record."""
        return [
            self._kinds.find(to_kind)
            for (from_kind, to_kind), side in self._sides.items()
            if from_kind == kind.id and int(record_id) in side
        ]

    def count(
        self, kind: ObjectType, record_id: str, to_kind: ObjectType, one: AssociationType
    ) -> int:
        """How many records of a type a record is associated with by one association type."""
        side = self._sides.get((kind.id, to_kind.id))
        if side is None:
            return 0
        if one.label is None:
            return side.count(int(record_id))
        key = (one.category, one.type_id)
        return sum(key in self._sets[number][2] for number in side.of(int(record_id)).values())

    # -- writing ------------------------------------------------------------------------------

    def link(
        self,
        from_kind: ObjectType,
        from_id: str,
        to_kind: ObjectType,
        to_id: str,
        types: Iterable[AssociationType] = (),
        *,
        replace: bool = True,
    ) -> None:
        """Associate two records by these types and the unlabeled one.

        Args:
            from_kind: Of the record that the types lead from.
            from_id: Its id.
            to_kind: Of the record that they lead to.
            to_id: Its id.
            types: Which lead from the first object type to the second.
            replace: Whether other types that the association has go away (§4.1).
        """
        wanted = {(one.category, one.type_id) for one in types}
        unlabeled = self.types.unlabeled(from_kind, to_kind)
        wanted.add((unlabeled.category, unlabeled.type_id))
        near, far = int(from_id), int(to_id)
        if not replace:
            number = self._side(from_kind, to_kind).of(near).get(far)
            wanted.update(() if number is None else self._sets[number][2])
        self._put(from_kind, near, to_kind, far, wanted)
        self._settle_primary(from_kind, near, to_kind, far)
        if from_kind.id != to_kind.id:
            self._settle_primary(to_kind, far, from_kind, near)

    def unlink(self, from_kind: ObjectType, from_id: str, to_kind: ObjectType, to_id: str) -> None:
        """Take all types of an association away."""
        near, far = int(from_id), int(to_id)
        self._side(from_kind, to_kind).drop(near, far)
        self._side(to_kind, from_kind).drop(far, near)

    def unlabel(
        self,
        from_kind: ObjectType,
        from_id: str,
        to_kind: ObjectType,
        to_id: str,
        types: Iterable[AssociationType],
    ) -> None:
        """Take some types away; with the unlabeled one the whole association goes (§4.1)."""
        number = self._side(from_kind, to_kind).of(int(from_id)).get(int(to_id))
        if number is None:
            return
        gone = {(one.category, one.type_id) for one in types}
        unlabeled = self.types.unlabeled(from_kind, to_kind)
        if (unlabeled.category, unlabeled.type_id) in gone:
            self.unlink(from_kind, from_id, to_kind, to_id)
        else:
            left = set(self._sets[number][2]) - gone
            self._put(from_kind, int(from_id), to_kind, int(to_id), left)

    def forget(self, kind: ObjectType, record_id: str) -> None:
        """All associations of a record vanish, as it is archived or deleted."""
        gone = int(record_id)
        for to_kind in self.kinds(kind, record_id):
            for other in list(self._side(kind, to_kind).of(gone)):
                self._side(kind, to_kind).drop(gone, other)
                self._side(to_kind, kind).drop(other, gone)

    def move(self, kind: ObjectType, from_id: str, to_id: str) -> None:
        """A record's associations become another's, as it is merged into it.

        Types add up; the survivor's primary company stays if it has one.
        """
        for to_kind in self.kinds(kind, from_id):
            primary = self.types.primary(kind, to_kind)
            taken = primary is not None and self.count(kind, to_id, to_kind, primary) > 0
            for other, types in self.of(kind, from_id, to_kind).items():
                self.unlink(kind, from_id, to_kind, other)
                if to_kind.id == kind.id and other == to_id:
                    continue
                kept = [one for one in types if not (taken and one == primary)]
                self.link(kind, to_id, to_kind, other, kept, replace=False)

    def forget_label(
        self, from_kind: ObjectType, to_kind: ObjectType, one: AssociationType
    ) -> None:
        """Take a type off all associations, as its definition goes away."""
        back = self.types.inverse(from_kind, to_kind, one)
        gone = {
            (from_kind.id, to_kind.id, one.category, one.type_id),
            (to_kind.id, from_kind.id, back.category, back.type_id),
        }
        for number, (near, far, keys) in enumerate(self._sets):
            left = tuple(key for key in keys if (near, far, *key) not in gone)
            self._sets[number] = (near, far, left)
        self._numbers = {kept: number for number, kept in enumerate(self._sets)}

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> Any:
        """The types, and every association once: three columns for each pair of object types."""
        pairs = []
        for (near_kind, far_kind), side in self._sides.items():
            if near_kind > far_kind:
                continue
            rows = [
                (near, far, number)
                for near in side
                for far, number in side.of(near).items()
                if near_kind != far_kind or near < far
            ]
            columns = [list(column) for column in zip(*rows, strict=True)]
            if columns:
                pairs.append([near_kind, far_kind, *columns])
        sets = [list(kept) for kept in self._sets]
        return {"types": self.types.saved(), "sets": sets, "twins": self._twins, "pairs": pairs}

    def restore(self, saved: Any) -> None:
        """Become what was saved."""
        self.types.restore(saved["types"])
        self._sets = [
            (near, far, tuple((category, type_id) for category, type_id in keys))
            for near, far, keys in saved["sets"]
        ]
        self._twins = list(saved["twins"])
        self._numbers = {kept: number for number, kept in enumerate(self._sets)}
        self._sides = {}
        for near_kind, far_kind, *columns in saved["pairs"]:
            there = self._sides.setdefault((near_kind, far_kind), _Side())
            back = self._sides.setdefault((far_kind, near_kind), _Side())
            for near, far, number in zip(*columns, strict=True):
                there.put(near, far, number)
                back.put(far, near, self._twins[number])

    # -- inside -------------------------------------------------------------------------------

    def _side(self, from_kind: ObjectType, to_kind: ObjectType) -> _Side:
        pair = (from_kind.id, to_kind.id)
        side = self._sides.get(pair)
        return self._sides.setdefault(pair, _Side()) if side is None else side

    def _put(
        self, from_kind: ObjectType, near: int, to_kind: ObjectType, far: int, keys: set[_TypeKey]
    ) -> None:
        number = self._number(from_kind, to_kind, tuple(sorted(keys)))
        self._side(from_kind, to_kind).put(near, far, number)
        self._side(to_kind, from_kind).put(far, near, self._twins[number])

    def _settle_primary(
        self, kind: ObjectType, record_id: int, to_kind: ObjectType, company_id: int
    ) -> None:
        """The first company becomes primary by itself; a new primary one displaces the old."""
        primary = self.types.primary(kind, to_kind)
        if primary is None:
            return
        key = (primary.category, primary.type_id)
        companies = self._side(kind, to_kind).of(record_id)
        keys = set(self._sets[companies[company_id]][2])
        if key not in keys and len(companies) == 1 and self._first_is_primary:
            self._put(kind, record_id, to_kind, company_id, keys | {key})
        elif key in keys:
            for other, number in list(companies.items()):
                held = set(self._sets[number][2])
                if other != company_id and key in held:
                    self._put(kind, record_id, to_kind, other, held - {key})

    def _number(
        self, from_kind: ObjectType, to_kind: ObjectType, keys: tuple[_TypeKey, ...]
    ) -> int:
        """The number of a set of types; its twin is the same set seen from the other record."""
        kept = (from_kind.id, to_kind.id, keys)
        known = self._numbers.get(kept)
        if known is not None:
            return known
        types = [self._type(from_kind, to_kind, key) for key in keys]
        backward = [self.types.inverse(from_kind, to_kind, one) for one in types]
        twin = (
            to_kind.id,
            from_kind.id,
            tuple(sorted((one.category, one.type_id) for one in backward)),
        )
        number = self._numbers[kept] = len(self._sets)
        self._sets.append(kept)
        self._twins.append(number)
        if twin != kept:
            self._numbers[twin] = self._twins[number] = len(self._sets)
            self._sets.append(twin)
            self._twins.append(number)
        return number

    def _types(
        self, from_kind: ObjectType, to_kind: ObjectType, number: int
    ) -> tuple[AssociationType, ...]:
        return tuple(self._type(from_kind, to_kind, key) for key in self._sets[number][2])

    def _type(self, from_kind: ObjectType, to_kind: ObjectType, key: _TypeKey) -> AssociationType:
        found = self.types.find(from_kind, to_kind, *key)
        if found is None:
            raise LookupError(f"no association type {key} from {from_kind.name} to {to_kind.name}")
        return found
