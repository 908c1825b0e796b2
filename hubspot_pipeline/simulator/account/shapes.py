"""What the names of a write ask for, worked out once for all writes of the same names."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from operator import itemgetter

from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.account.properties import Properties

MAX_KNOWN = 1_000
_LIFECYCLE_TYPES = ("contacts", "companies")


@dataclass(frozen=True, slots=True)
class Shape:
    """What the names of a write ask for; a hundred inputs mostly have but one shape.

    Attributes:
        names: The names, in the order in which they were written.
        unique: Those whose values belong to one record each.
        multiple: Those that hold several members.
        stage: Whether there is a lifecycle stage among them, of a type that has such a thing.
        addresses: Whether secondary e-mail addresses are among them.
        held: Gives what a record holds of these names; raises KeyError if it lacks one.
    """

    names: tuple[str, ...]
    unique: tuple[str, ...]
    multiple: tuple[str, ...]
    stage: bool
    addresses: bool
    held: Callable[[dict[str, str]], tuple[str | None, ...]]


class Shapes:
    """The shapes of the writes to one object type, until its definitions change."""

    def __init__(self, kind: ObjectType, properties: Properties) -> None:
        self._kind = kind
        self._properties = properties
        self._known: dict[tuple[str, ...], Shape] = {}
        self._made_for = properties.unique_with_email
        self._last: Shape | None = None

    def of(self, written: dict[str, str]) -> Shape:
        """The shape of a write."""
        if self._made_for is not self._properties.unique_with_email:  # definitions changed
            self._known, self._last = {}, None
            self._made_for = self._properties.unique_with_email
        names = tuple(written)
        last = self._last
        if last is not None and names == last.names:
            return last
        found = self._known.get(names)
        if found is None:
            found = self._make(names)
            if len(self._known) < MAX_KNOWN:
                self._known[names] = found
        self._last = found
        return found

    def _make(self, names: tuple[str, ...]) -> Shape:
        kind, properties = self._kind, self._properties
        return Shape(
            names,
            tuple(name for name in unique_names(kind, properties) if name in names),
            tuple(name for name in properties.multiple if name in names),
            kind.name in _LIFECYCLE_TYPES and "lifecyclestage" in names,
            kind is CONTACTS and "hs_additional_emails" in names,
            itemgetter(*names) if len(names) > 1 else partial(held, names),
        )


def unique_names(kind: ObjectType, properties: Properties) -> list[str]:
    """The properties whose values belong to one record each; of contacts, the e-mail too."""
    return properties.unique_with_email if kind is CONTACTS else properties.unique


def held(names: tuple[str, ...], kept: dict[str, str]) -> tuple[str | None, ...]:
    """What a record holds of these names; None where it never had a value."""
    return tuple(map(kept.get, names))
