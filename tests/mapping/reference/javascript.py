"""JavaScript's values: undefined, numbers as text, truth, members."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any


class Undefined:
    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()


class Failed(Exception):  # noqa: N818 - reads as the verdict it is
    """What the original throws for an event."""


def number_to_string(number: float) -> str:
    """ECMA-262, Number::toString."""
    value = float(number)
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number_to_string(-value)
    if value == float("inf"):
        return "Infinity"
    digits = "".join(map(str, Decimal(repr(value)).as_tuple().digits)).strip("0")
    n = Decimal(repr(value)).adjusted() + 1
    k = len(digits)
    if k <= n <= 21:
        return digits + "0" * (n - k)
    if 0 < n <= 21:
        return digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + digits
    exponent = ("+" if n > 0 else "-") + str(abs(n - 1))
    return digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + exponent


def to_string(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_to_string(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join("" if item in (None, UNDEFINED) else to_string(item) for item in value)
    return "[object Object]"


def type_of(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def is_falsy(value: Any) -> bool:
    kind = type_of(value)
    return kind in ("undefined", "null") or (kind in ("boolean", "number", "string") and not value)


def loosely_empty(value: Any) -> bool:
    """``value == ''``."""
    kind = type_of(value)
    if kind in ("boolean", "number"):
        return float(value) == 0
    if kind in ("array", "object"):
        return to_string(value) == ""
    return value == ""


def member(value: Any, key: str) -> Any:
    """``value[key]``, own members only."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, str):
        units = value.encode("utf-16-le")
        if key == "length":
            return len(units) // 2
        # Letters outside the first plane are two units in JavaScript, and one letter here.
        value = list(value)
    if isinstance(value, list):
        if key == "length":
            return len(value)
        if key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < len(value):
            return value[int(key)]
    return UNDEFINED


def number_of_text(text: str) -> float:
    """``Number(text)``."""
    text = text.strip(" \t\n\r\v\f\u00a0\ufeff")
    if text == "":
        return 0.0
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        return float(int(text, 16))
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text, re.ASCII):
        return float(text)
    return float("nan")


def same_text(value: Any) -> str:
    """A text that two values share if and only if they are the same to JavaScript."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{same_text(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(same_text, value)) + "]"
    if type_of(value) == "number":
        return number_to_string(value)
    return json.dumps(value)
