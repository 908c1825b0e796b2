"""Values as templates see them: how they print, compare and are looked into."""

from __future__ import annotations

import math
import re
from typing import Any

from liquid import Undefined
from liquid.builtin.expressions.primitive import Blank, Empty, Nil

from hubspot_pipeline.mapping import javascript

LARGEST = 1_000_000
"""How many characters a text may have that a template makes."""
MOST_ITEMS = 100_000
"""How many items a list may have that a template looks into: no step is to take long."""

_SIMPLE = frozenset({str, int, float, bool, type(None)})
_BLANK = re.compile(rf"[{javascript.WHITESPACE}]*")


class TooMuch(Exception):  # noqa: N818 - reads as the reason it is
    """A template makes more than it may."""


def plain(value: Any) -> Any:
    """A value as filters take it: ranges as lists, ``empty`` and ``blank`` as ``""``."""
    if type(value) in _SIMPLE:
        return value
    if isinstance(value, range | list) and len(value) > MOST_ITEMS:
        raise TooMuch(f"looks at a list of more than {MOST_ITEMS:,} items")
    if isinstance(value, range):
        return list(value)
    return "" if isinstance(value, Empty | Blank) else value


def check_size(size: int) -> None:
    """Raise where a value would become too large."""
    if size > LARGEST:
        raise TooMuch(f"makes more than {LARGEST:,} characters")


def check_value(value: Any) -> None:
    """Raise where a value, printed in full, is too large."""
    weight, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        weight += LARGEST // MOST_ITEMS + (len(one) if isinstance(one, str) else 0)
        check_size(weight)
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += one.values()


def is_nil(value: Any) -> bool:
    """Whether a value is null or missing."""
    # By its very type: isinstance() of a Mapping takes ten times as long, and this is asked a lot.
    return value is None or type(value) is Undefined


def is_truthy(value: Any) -> bool:
    """Whether a condition takes the value for yes: all but false, null and a missing one."""
    return not (value is False or is_nil(value))


def is_number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def printed(value: Any) -> str:
    """A value as ``{{ value }}`` prints it: lists without anything between their items."""
    if isinstance(value, str):
        return value
    value = plain(value)
    if is_nil(value):
        return ""
    if isinstance(value, list):
        return "".join(map(printed, value))
    return javascript.text_of(value)


def number_of(value: Any) -> float:
    """``Number(value)``; NaN where it is none."""
    if type(value) is Undefined:
        return math.nan
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return 0.0
    return javascript.number_value(_primitive(value))


def number_or_0(value: Any) -> float:
    """A filter's number; 0 where it is none."""
    number = number_of(plain(value))
    return 0.0 if math.isnan(number) else number


def is_same(left: Any, right: Any) -> bool:
    """``left == right``: of one type, lists item by item, objects only themselves."""
    if type(left) in _SIMPLE and type(right) in _SIMPLE:
        return bool(left == right) and isinstance(left, bool) == isinstance(right, bool)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Nil):
            return isinstance(other, Nil) or is_nil(other)
        if isinstance(one, Empty | Blank):
            return _is_empty(one, other)
    left, right = plain(left), plain(right)
    if type(left) is Undefined or type(right) is Undefined:
        return type(left) is type(right)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(is_same, left, right))
    return left is right


def is_less(left: Any, right: Any) -> bool:
    """``left < right``: texts by their letters, anything else as numbers."""
    return _is_ordered(left, right, or_same=False)


def is_at_most(left: Any, right: Any) -> bool:
    """``left <= right``."""
    return _is_ordered(left, right, or_same=True)


def contains(left: Any, right: Any) -> bool:
    """``left contains right``: a list has the item, a text has the text in it."""
    left = plain(left)
    if isinstance(left, list):
        return any(is_same(item, right) for item in left)
    right = None if isinstance(right, Nil) else plain(right)
    return isinstance(left, str) and javascript_text(right) in left


def member(value: Any, key: Any) -> Any:
    """``value.key``; raises KeyError where there is none."""
    value, key = plain(value), plain(key)
    if is_nil(value):
        return value
    if isinstance(value, dict):
        name = javascript_text(key)
        if name in value:
            return value[name]
        if name == "size":
            return len(value)
        raise KeyError(name)
    if isinstance(value, list | str):
        return _item(value, key)
    raise KeyError(key)


def javascript_text(value: Any) -> str:
    """``String(value)``."""
    return "undefined" if type(value) is Undefined else javascript.text_of(value)


def _item(value: list[Any] | str, key: Any) -> Any:
    length = javascript.length(value) if isinstance(value, str) else len(value)
    if key in ("size", "length"):
        return length
    if isinstance(value, list) and key in ("first", "last"):
        key = 0 if key == "first" else -1
    index: Any = javascript.list_index(key) if isinstance(key, str) else key
    if not is_number(index) or index != int(index):
        raise KeyError(key)
    index = int(index)
    if isinstance(value, list) and index < 0:
        index += length
    if not 0 <= index < len(value):
        raise KeyError(key)
    return value[index]


def _is_empty(drop: Empty | Blank, value: Any) -> bool:
    if isinstance(value, Empty | Blank):
        return False
    value = plain(value)
    if isinstance(drop, Blank):
        if not is_truthy(value):
            return True
        if isinstance(value, str):
            return _BLANK.fullmatch(value) is not None
    return isinstance(value, str | list | dict) and not value


def _is_ordered(left: Any, right: Any, *, or_same: bool) -> bool:
    if any(isinstance(one, Empty | Blank | Nil) for one in (left, right)):
        return False
    left, right = _primitive(plain(left)), _primitive(plain(right))
    if isinstance(left, str) and isinstance(right, str):
        one, other = (text.encode("utf-16-be", "surrogatepass") for text in (left, right))
        return one <= other if or_same else one < other
    low, high = number_of(left), number_of(right)
    return low <= high if or_same else low < high


def _primitive(value: Any) -> Any:
    return javascript.text_of(value) if isinstance(value, list | dict) else value
