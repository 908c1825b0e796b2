"""What is left to do once a record is written, associations and lists, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step failed: in words, HubSpot's or our category, and HubSpot's id of the call."""

    reason: str
    category: str | None = None
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True)
class OtherSide:
    """What was found at the other end of an association.

    Attributes:
        record_id: The record's id; None where there is no record.
        missing: Why there is none, in words.
        problem: Why that cannot be said, or why none could be made.
        created: Whether this run created it.
        email: Where the record is that of an earlier identify event: the contact's address, by
            which it is looked up should HubSpot no longer know the id.
    """

    record_id: str | None = None
    missing: str | None = None
    problem: Problem | None = None
    created: bool = False
    email: str | None = None


@dataclass(slots=True)
class Association:
    """An association to add or to remove; what it is, is told as in ``writes.ASSOCIATIONS``.

    Attributes:
        row: Its row there.
        comes_first: Whether it is removed before any are added, as later events add to its pair.
        other: The other side; None while it is not known whether there is one.
        done: Whether HubSpot has it as it should be.
        skipped: Why there is nothing to associate with, where that is no failure.
        problem: Why it failed.
    """

    to_type: str
    label: str | None
    id_property: str | None
    id: str | None
    user_id: str | None
    other_side: Literal["create", "skip", "require"]
    remove: bool
    replaces_labels: bool
    row: int
    comes_first: bool = False
    other: OtherSide | None = None
    done: bool = False
    skipped: str | None = None
    problem: Problem | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of it."""
        return self.done or self.skipped is not None or self.problem is not None

    def known_by(self) -> Iterator[str]:
        """Yield the texts by which the other record is known."""
        if self.id and self.id_property is None:
            yield from orjson.loads(self.id).values()
        address = self.other.email if self.other else None
        yield from filter(None, (self.id, self.user_id, address))


def is_required(each: Association) -> bool:
    """Return whether nothing is to be written where the other side is not there."""
    return each.other_side == "require"


@dataclass(slots=True)
class ListChange:
    """A list that the record joins or leaves; see ``writes.LISTS``.

    Attributes:
        row: Its row there.
        done: Whether HubSpot says so.
        problem: Why it failed.
    """

    name: str
    add: bool
    create: bool
    row: int
    done: bool = False
    problem: Problem | None = None

    @property
    def is_settled(self) -> bool:
        """Whether it is known what became of it."""
        return self.done or self.problem is not None


def outcome_of(associations: Sequence[Association], lists: Sequence[ListChange]) -> dict[str, Any]:
    """Return what later steps did, leaving out what they had not to do."""
    told: dict[str, Any] = {
        "associated": sum(each.done for each in associations if not each.remove),
        "skipped_associations": [
            each.skipped for each in associations if each.skipped and not each.remove
        ],
        "dissociated": sum(each.done for each in associations if each.remove),
        "skipped_dissociations": [
            each.skipped for each in associations if each.skipped and each.remove
        ],
        "lists": {each.name: "added" if each.add else "removed" for each in lists if each.done},
    }
    return {name: value for name, value in told.items() if value}
