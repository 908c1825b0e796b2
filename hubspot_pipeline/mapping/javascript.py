"""JavaScript's rules where a user would see them: numbers as text, text as numbers, lengths."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

Json = Any  # a JSON value: None, bool, int, float, str, list, dict

LARGEST_EXACT_INTEGER = 2**53
"""Above this, numbers skip integers: 12345678901234567890 becomes 12345678901234567000."""

WHITESPACE = (
    " \t\n\v\f\r\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What ``trim`` removes (Python's ``strip`` also takes the separators U+001C to U+001F)."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?", re.ASCII)
_PREFIXED = re.compile(r"0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+)", re.ASCII)
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)


def number_text(number: float) -> str:
    """``String(number)``: 1.0 prints ``1``, 1e21 prints ``1e+21``, 1e-7 prints ``1e-7``."""
    value = float(number)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if 1e-4 <= abs(value) < 1e15 and not value.is_integer():
        return repr(value)  # Python writes these no otherwise
    sign, digits, point = _shortest_digits(value)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    exponent = f"{point - 1:+d}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{exponent}"


def number_value(text: str) -> float:
    """``Number(text)``: NaN where the text is no number, 0 where it is blank."""
    trimmed = text.strip(WHITESPACE)
    if not trimmed:
        return 0.0
    if _DECIMAL.fullmatch(trimmed):
        return float(trimmed)
    if _PREFIXED.fullmatch(trimmed):
        return float(int(trimmed, 0))
    if trimmed.lstrip("+-") == "Infinity" and len(trimmed) <= len("+Infinity"):
        return -math.inf if trimmed.startswith("-") else math.inf
    return math.nan


def plain_number(number: float) -> int | float:
    """The Python number that prints as JavaScript would print this one: 5.0 is 5."""
    value = float(number)
    if value.is_integer() and abs(value) < 1e21:
        return int(number_text(value))
    return value


def text_of(value: Json) -> str:
    """``String(value)`` of a JSON value; null and undefined inside lists print as nothing."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, list):
        return ",".join("" if item is None else text_of(item) for item in value)
    return "[object Object]"


def is_falsy(value: Json) -> bool:
    """Whether an ``if`` takes the value for no: null, false, 0, "" — but not ``[]`` and ``{}``."""
    return not value and not isinstance(value, list | dict)


def is_text(text: str) -> bool:
    """Whether a text can be written down: JavaScript's may hold half a letter, a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def length(text: str) -> int:
    """``text.length``: UTF-16 units, so an emoji counts two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def without_case(text: str) -> str:
    """A text as a regular expression's ``i`` flag compares it, letter by letter.

    A letter whose capital is several letters keeps its form, and none outside ASCII becomes one
    inside: ``ß`` is not ``SS``, the Kelvin sign is not ``K``.
    """
    return "".join(map(_without_case, text))


def list_index(key: str) -> int | None:
    """The list index a path part stands for, if it does."""
    return int(key) if _INDEX.fullmatch(key) and len(key) < 10 else None


def _shortest_digits(value: float) -> tuple[str, str, int]:
    """Sign, shortest digits that read back as the value, and where the decimal point goes."""
    mantissa, _, exponent = f"{value!r}".lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    point = len(whole) + int(exponent or 0)
    digits = whole + fraction
    stripped = digits.lstrip("0")
    point -= len(digits) - len(stripped)
    return "-" if value < 0 else "", stripped.rstrip("0") or "0", point


@cache
def _without_case(letter: str) -> str:
    capital = letter.upper()
    if len(capital) != 1 or len(letter.encode("utf-16-le", "surrogatepass")) != 2:
        return letter
    return letter if ord(letter) >= 128 > ord(capital) else capital
