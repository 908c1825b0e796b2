"""Property values as HubSpot's search compares them, and as it wants them written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeAlias

Key: TypeAlias = str | int | Decimal
"""A value in the form in which values of its property are equal or not."""

_MILLISECONDS = re.compile(r"-?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_DAY = 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value that records are to have.

    Attributes:
        kind: the HubSpot type of its property, such as `number`.
        key: what values that are equal to it have the same of.
        text: how a filter says it.
    """

    kind: str
    key: Key
    text: str

    @property
    def may_be_several(self) -> bool:
        """Whether HubSpot might take it for several options; it is not known what it then does."""
        return self.kind == "enumeration" and ";" in self.text


def wanted_value(kind: str, text: str) -> Wanted:
    """A value of a property of this type, as a filter takes it.

    Texts go in lower case, as lists of them must (hubspot-api §2.9); times in milliseconds.

    Raises:
        ValueError: it is no value of that type; the message says so.
    """
    key = _key_of(kind)(text)
    said = format(key, "f") if isinstance(key, Decimal) else str(key)
    return Wanted(kind, key, said)


def held_keys(kind: str, text: str | None) -> tuple[Key, ...]:
    """What a record's value is equal to: each of its options, where it has several."""
    if not text:
        return ()
    if kind == "enumeration":
        return tuple(text.split(";"))
    try:
        return (_key_of(kind)(text),)
    except ValueError:
        return ()


def _key_of(kind: str) -> Callable[[str], Key]:
    return _KEYS.get(kind, str.lower)


def _number(text: str) -> Decimal:
    """Digits with a sign and a point; no other spelling is a number there (hubspot-api §3.6)."""
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"'{text}' is no number")
    return Decimal(text)


def _instant(text: str) -> int:
    """Milliseconds since 1970; a time without a zone is UTC."""
    if _MILLISECONDS.fullmatch(text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"'{text}' is no date") from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _day(text: str) -> int:
    return _instant(text) // _DAY * _DAY


_KEYS: dict[str, Callable[[str], Key]] = {
    "number": _number,
    "date": _day,
    "datetime": _instant,
    "enumeration": str,
    "bool": str,
}
