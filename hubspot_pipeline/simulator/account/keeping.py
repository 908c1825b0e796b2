"""What every part of an account offers so that it can outlive the process."""

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Store(Protocol):
    """A part of the account that can tell all it holds as plain data, and take it up again."""

    def saved(self) -> Any:
        """All of it, as what JSON can hold."""

    def restore(self, saved: Any) -> None:
        """Become what `saved` gave."""
