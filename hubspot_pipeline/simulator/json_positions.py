"""Where a value stands in a JSON text, and what HubSpot's reader calls it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

Path = Sequence[str | int]
"""Keys and positions from the outermost value inward: ``("inputs", 2, "properties")``."""

_SKIP = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = " \t\n\r"
_NAMES = {
    "{": ("Object", "START_OBJECT"),
    "[": ("Array", "START_ARRAY"),
    '"': ("String", "VALUE_STRING"),
    "t": ("Boolean", "VALUE_TRUE"),
    "f": ("Boolean", "VALUE_FALSE"),
    "n": ("Null", "VALUE_NULL"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A value of a JSON text.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last one.
    """

    text: str
    start: int
    end: int

    @property
    def shape(self) -> tuple[str, str]:
        """Its kind in words, and its token: ``("Array", "START_ARRAY")``."""
        first = self.text[self.start]
        if first in _NAMES:
            return _NAMES[first]
        whole = self.text[self.start : self.end].lstrip("-").isdecimal()
        return (
            ("Integer", "VALUE_NUMBER_INT") if whole else ("Floating-point", "VALUE_NUMBER_FLOAT")
        )

    def line_and_column(self, *, of_end: bool = False) -> tuple[int, int]:
        """Where its first (or last) character is, both counted from 1."""
        at = self.end - 1 if of_end else self.start
        return self.text.count("\n", 0, at) + 1, at - self.text.rfind("\n", 0, at)


def locate(text: str, path: Path) -> Found:
    """The value at this path of a text that is JSON and has it; of a key given twice, the last."""
    start = _after_space(text, 0)
    for step in path:
        start = _member(text, start, step) if isinstance(step, str) else _item(text, start, step)
    return Found(text, start, _end(text, start))


def _member(text: str, at: int, key: str) -> int:
    found = None
    at = _after_space(text, at + 1)
    while text[at] != "}":
        name, at = _SKIP.raw_decode(text, at)
        at = _after_space(text, _after_space(text, at) + 1)
        if name == key:
            found = at
        at = _after_comma(text, _end(text, at))
    if found is None:
        raise KeyError(key)
    return found


def _item(text: str, at: int, index: int) -> int:
    at = _after_space(text, at + 1)
    for _ in range(index):
        at = _after_comma(text, _end(text, at))
    return at


def _end(text: str, at: int) -> int:
    after: int = _SKIP.raw_decode(text, at)[1]
    return after


def _after_comma(text: str, at: int) -> int:
    at = _after_space(text, at)
    return _after_space(text, at + 1) if text[at] == "," else at


def _after_space(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at
