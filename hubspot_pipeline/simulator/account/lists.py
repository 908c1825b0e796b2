"""Lists of records: their names, their members and since when, and what was deleted of late."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.clock import NANOSECONDS

RESTORABLE_DAYS = 90
_RESTORABLE = RESTORABLE_DAYS * 86_400 * NANOSECONDS

Member = tuple[str, int]
"""Since when a record is a member (as HubSpot writes an instant), and its id."""

Order = Callable[[Member], Any]
"""What members are ordered by: `by_id` or `by_time`."""


def by_id(member: Member) -> int:
    """In the order of their ids."""
    return member[1]


def by_time(member: Member) -> Member:
    """In the order of joining; those of one instant by their ids."""
    return member


@dataclass(frozen=True, slots=True)
class Page:
    """Some members; `before` and `after` are the outermost ones if there are others beyond."""

    members: list[Member]
    before: Member | None
    after: Member | None


@dataclass(slots=True)
class List:
    """One list, or segment (hubspot-api §6).

    Attributes:
        id: Decimal digits.
        type_id: The object type of its members.
        processing_type: MANUAL, SNAPSHOT or DYNAMIC.
        filter_branch: What it was defined by; kept and shown, never evaluated.
        version: Counts up with every change of the definition.
        members: Record ids, in the order of joining, each with the instant.
        first_joined: When records that left and came back had first joined.
        last_added: When a record last joined, if ever; likewise `last_removed`.
        deleted_at: When it was deleted (nanoseconds), if it is.
    """

    id: str
    name: str
    type_id: str
    processing_type: str
    created: str
    updated: str
    filter_branch: dict[str, Any] | None = None
    version: int = 1
    members: dict[str, str] = field(default_factory=dict)
    first_joined: dict[str, str] = field(default_factory=dict)
    last_added: str = ""
    last_removed: str = ""
    deleted_at: int | None = None
    _ordered: dict[Order, list[Member]] = field(default_factory=dict, repr=False, compare=False)

    def add(self, ids: Iterable[str], now: str) -> list[str]:
        """Let records join; those that are members already are left as they are (§6)."""
        added = [one for one in dict.fromkeys(ids) if one not in self.members]
        for one in added:
            self.members[one] = now
        if added:
            self.last_added = now
            self._ordered.clear()
        return added

    def remove(self, ids: Iterable[str], now: str) -> list[str]:
        """Let records leave; who is no member is not told."""
        removed = [one for one in dict.fromkeys(ids) if one in self.members]
        for one in removed:
            self.first_joined.setdefault(one, self.members.pop(one))
        if removed:
            self.last_removed = now
            self._ordered.clear()
        return removed

    def since(self, record_id: str) -> tuple[str, str]:
        """When a member first joined, and when it last did."""
        joined = self.members[record_id]
        return self.first_joined.get(record_id, joined), joined

    def page(self, order: Order, after: Member | None, before: Member | None, limit: int) -> Page:
        """Members after a place, ascending; or before one, descending; `after` goes first (§6)."""
        ordered = self._in_order(order)
        backward = False
        start, end = 0, limit
        if after is not None:
            start = bisect_right(ordered, order(after), key=order)
            end = start + limit
        elif before is not None:
            backward = True
            end = bisect_left(ordered, order(before), key=order)
            start = max(0, end - limit)
        chosen = ordered[start:end]
        return Page(
            chosen[::-1] if backward else chosen,
            before=chosen[0] if chosen and start else None,
            after=chosen[-1] if chosen and end < len(ordered) else None,
        )

    def forget(self, record_id: str) -> None:
        """Lose every trace of a record."""
        self.first_joined.pop(record_id, None)
        if self.members.pop(record_id, None) is not None:
            self._ordered.clear()

    def move(self, from_id: str, to_id: str) -> None:
        """Let one record take another's place; of two memberships the older one stays."""
        joined = self.members.get(from_id)
        first = self.first_joined.get(from_id)
        self.forget(from_id)
        if joined is not None:
            self.members[to_id] = min(joined, self.members.get(to_id, joined))
            self._ordered.clear()
        if first is not None:
            self.first_joined[to_id] = min(first, self.first_joined.get(to_id, first))

    def _in_order(self, order: Order) -> list[Member]:
        known = self._ordered.get(order)
        if known is None:
            unordered = ((at, int(one)) for one, at in self.members.items())
            known = self._ordered[order] = sorted(unordered, key=order)
        return known


class Lists:
    """All lists of the account, of all object types; their names are unique among them (§6)."""

    def __init__(self, *, deleted_keep_their_names: bool) -> None:
        self._deleted_keep_their_names = deleted_keep_their_names
        self._next_id = 1
        self._all: dict[str, List] = {}

    # -- finding ------------------------------------------------------------------------------

    def live(self) -> list[List]:
        """Every list that is not deleted, in the order of creation."""
        return [one for one in self._all.values() if one.deleted_at is None]

    def find(self, id_: str) -> List | None:
        """The list of this id, unless it is deleted."""
        found = self._all.get(id_)
        return None if found is None or found.deleted_at is not None else found

    def named(self, name: str) -> List | None:
        """The list of this name, in any case."""
        lowered = name.lower()
        return next((one for one in self.live() if one.name.lower() == lowered), None)

    def is_taken(self, name: str, now: int, besides: List | None = None) -> bool:
        """Whether another list has this name, or keeps it from after its deletion."""
        lowered = name.lower()
        return any(
            one.name.lower() == lowered and one is not besides and self._holds_name(one, now)
            for one in self._all.values()
        )

    def of_record(self, kind: ObjectType, record_id: str) -> list[List]:
        """The lists that a record is in."""
        return [one for one in self.live() if one.type_id == kind.id and record_id in one.members]

    # -- changing -----------------------------------------------------------------------------

    def create(self, name: str, kind: ObjectType, processing_type: str, now: str) -> List:
        """A new list without members."""
        made = List(str(self._next_id), name, kind.id, processing_type, now, now)
        self._next_id += 1
        self._all[made.id] = made
        return made

    def rename(self, one: List, name: str, now: str) -> None:
        """Give a list another name."""
        one.name, one.updated = name, now
        one.version += 1

    def delete(self, one: List, now: int) -> None:
        """Delete a list; for 90 days it can be restored."""
        one.deleted_at = now

    def restorable(self, id_: str, now: int) -> List | None:
        """The list of this id, live or deleted no longer than 90 days ago."""
        found = self._all.get(id_)
        if found is None or _is_gone(found, now):
            return None
        return found

    def restore_deleted(self, one: List, now: str) -> None:
        """Bring a deleted list back, its members with it."""
        one.deleted_at, one.updated = None, now

    def forget(self, kind: ObjectType, record_id: str) -> None:
        """Take a record out of every list: it was archived or deleted."""
        for one in self._all.values():
            if one.type_id == kind.id:
                one.forget(record_id)

    def move(self, kind: ObjectType, from_id: str, to_id: str) -> None:
        """Put the record that survives a merge into the lists of the other one."""
        for one in self._all.values():
            if one.type_id == kind.id:
                one.move(from_id, to_id)

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> Any:
        """All of it as plain data."""
        return {
            "next": self._next_id,
            "lists": [{name: getattr(one, name) for name in _SAVED} for one in self._all.values()],
        }

    def restore(self, saved: Any) -> None:
        """Take in what `saved` gave."""
        self._next_id = saved["next"]
        self._all = {one["id"]: List(**one) for one in saved["lists"]}

    def _holds_name(self, one: List, now: int) -> bool:
        if one.deleted_at is None:
            return True
        return self._deleted_keep_their_names and not _is_gone(one, now)


_SAVED = tuple(name for name in List.__slots__ if not name.startswith("_"))


def _is_gone(one: List, now: int) -> bool:
    return one.deleted_at is not None and now - one.deleted_at > _RESTORABLE
