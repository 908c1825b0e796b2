"""What is wrong with a mapping or a trigger as a person wrote it.

Error tree::

    ValueError
    ├── MappingError    a mapping that cannot be compiled; names the place in it
    └── TriggerError    a trigger that cannot be read; names the column in its text
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class MappingError(ValueError):
    """A mapping that cannot be compiled.

    Attributes:
        place: Where in the mapping, such as ``mapping.email.@if.exists``.
        reason: What is wrong there, and what to write instead.
    """

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place
        self.reason = reason


class TriggerError(ValueError):
    """A trigger that cannot be read.

    Attributes:
        text: The trigger.
        column: Where in it, from 1.
        reason: What is wrong there, and what to write instead.
    """

    def __init__(self, text: str, column: int, reason: str) -> None:
        super().__init__(f"column {column} of the trigger: {reason}\n{_marked(text, column - 1)}")
        self.text = text
        self.column = column
        self.reason = reason


def _marked(text: str, position: int) -> str:
    """The line of a text that a position is in, and below it a mark at the position."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    return f"    {line.replace(chr(9), ' ')}\n    {' ' * (position - start)}^"


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest of the names, or nothing where none is near."""
    near = get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
