"""What every part of an account offers so that it can outlive the process."""

import random
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Store(Protocol):
    """A part of the account that can tell all it holds as plain data, and take it up again."""

    def saved(self) -> Any:
        """All of it, as what JSON can hold."""

    def restore(self, saved: Any) -> None:
        """Become what `saved` gave."""


def plain_state(chance: random.Random) -> list[Any]:
    """Where a source of chance stands, as plain data."""
    version, internal, gauss = chance.getstate()
    return [version, list(internal), gauss]


def set_state(chance: random.Random, state: list[Any]) -> None:
    """Let a source of chance go on from where it stood."""
    version, internal, gauss = state
    chance.setstate((version, tuple(internal), gauss))
