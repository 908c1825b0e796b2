"""How search compares a property's values with what a filter asks for (hubspot-api §2.9)."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.records import Record
from hubspot_pipeline.simulator.account.values import milliseconds_of
from hubspot_pipeline.simulator.clock import iso_milliseconds

OPERATORS = (
    "EQ", "NEQ", "LT", "LTE", "GT", "GTE", "BETWEEN", "IN", "NOT_IN", "HAS_PROPERTY",
    "NOT_HAS_PROPERTY", "CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN",
)  # fmt: skip
WITHOUT_VALUE = ("HAS_PROPERTY", "NOT_HAS_PROPERTY")
LISTED = ("IN", "NOT_IN")
_NEGATIVE = {"NEQ": "EQ", "NOT_IN": "IN", "NOT_CONTAINS_TOKEN": "CONTAINS_TOKEN"}
_WORDS = re.compile(r"[^\s;,]+")
_PIECES = re.compile(r"[^\W_]+")
_EARLIEST_MS, _LATEST_MS = -30_610_224_000_000, 62_135_596_800_000
"""The year 1000 and the year 3939: no property takes a time outside of them."""

Key = str | Decimal
"""A value in the form in which values of its property are equal, less or greater."""


@dataclass(frozen=True, slots=True)
class Field:
    """What a filter looks at: a property, or a record's associations with another type.

    Attributes:
        name: As the filter calls it.
        kind: The property's type; ``string`` is compared without regard to case.
        text_of: A record's value as text; None if it never had one.
        key_of: A text in its comparable form; raises ValueError if it has none.
        multiple: Its texts are several members, ``A;B``; one that fits is enough.
        holders: The live records that may have a key, where these are known without an index.
    """

    name: str
    kind: str
    text_of: Callable[[Record], str | None]
    key_of: Callable[[str], Key]
    multiple: bool = False
    holders: Callable[[Key], Iterable[Record]] | None = None

    def keys(self, text: str) -> list[Key]:
        """The keys of a record's value; values that cannot be compared have none."""
        try:
            return [self.key_of(one) for one in (text.split(";") if self.multiple else (text,))]
        except ValueError:
            return []


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter.

    Attributes:
        matches: Whether a record meets it.
        equals: If not None: only records whose value has one of these keys can meet it.
    """

    field: Field
    matches: Callable[[Record], bool]
    equals: tuple[Key, ...] | None = None


def property_field(
    definition: Property,
    text_of: Callable[[Record], str | None],
    holders: Callable[[Key], Iterable[Record]] | None,
) -> Field:
    """The field of a property: numbers and times as such, texts without regard to case."""
    kind = definition.type if definition.type in _KEYS else "string"
    return Field(definition.name, kind, text_of, _KEYS[kind], definition.multiple, holders)


def condition(
    field: Field, operator: str, given: Sequence[str], *, negatives_find_unset: bool
) -> Condition:
    """The filter `operator` with the values `given`: none, one, two (BETWEEN) or many (IN).

    Raises:
        ValueError: A value is of no use for the field.
    """
    if operator in WITHOUT_VALUE:
        wanted = operator == "HAS_PROPERTY"
        return Condition(field, lambda record: bool(field.text_of(record)) is wanted)
    positive = _NEGATIVE.get(operator, operator)
    equals: tuple[Key, ...] | None = None
    fits: Callable[[str], bool]
    if positive == "CONTAINS_TOKEN":
        fits = _has_tokens(given[0])
    elif positive in ("EQ", "IN"):
        # texts of a list are taken as they are: only lower-case ones can match (§2.9)
        as_is = positive == "IN" and field.kind == "string"
        equals = tuple(given) if as_is else tuple(field.key_of(one) for one in given)
        fits = _has_one_of(field, equals)
    else:
        fits = _is_between(field, positive, [field.key_of(one) for one in given])
    if positive == operator:
        return Condition(field, _on_values(field, fits, unset=False), equals)
    return Condition(field, _on_values(field, lambda text: not fits(text), negatives_find_unset))


def begins_words(
    texts: Sequence[Callable[[Record], str | None]], query: str
) -> Callable[[Record], bool]:
    """What `query` asks for: each of its words begins a word of one of the texts."""
    wanted = _WORDS.findall(query.lower())

    def matches(record: Record) -> bool:
        text = " ".join(filter(None, [text_of(record) for text_of in texts])).lower()
        if not all(word in text for word in wanted):
            return False  # most records end here
        tokens = _tokens(text)
        return all(any(token.startswith(word) for token in tokens) for word in wanted)

    return matches


def _lowered(text: str) -> str:
    """A text in lower case: itself, if it is so already, rather than a copy."""
    lowered = text.lower()
    return text if lowered == text else lowered


def _on_values(field: Field, fits: Callable[[str], bool], unset: bool) -> Callable[[Record], bool]:
    text_of = field.text_of
    remembered = lru_cache(1_000)(fits)  # many records have few values

    def matches(record: Record) -> bool:
        text = text_of(record)
        return remembered(text) if text else unset

    return matches


def _has_one_of(field: Field, wanted: tuple[Key, ...]) -> Callable[[str], bool]:
    known = frozenset(wanted)
    return lambda text: not known.isdisjoint(field.keys(text))


def _is_between(field: Field, operator: str, bounds: list[Any]) -> Callable[[str], bool]:
    first, last = bounds[0], bounds[-1]
    holds: dict[str, Callable[[Any], bool]] = {
        "LT": lambda key: key < first,
        "LTE": lambda key: key <= first,
        "GT": lambda key: key > first,
        "GTE": lambda key: key >= first,
        "BETWEEN": lambda key: first <= key <= last,
    }
    hold = holds[operator]
    return lambda text: any(hold(key) for key in field.keys(text))


def _has_tokens(given: str) -> Callable[[str], bool]:
    """Every word of `given` is a token; ``*`` stands for any characters of one token."""
    wanted = _WORDS.findall(given.lower())
    exact = {word for word in wanted if "*" not in word}
    patterns = [
        re.compile(".*".join(re.escape(part) for part in word.split("*")))
        for word in wanted
        if "*" in word
    ]

    def fits(text: str) -> bool:
        tokens = _tokens(text)
        return exact <= tokens and all(
            any(pattern.fullmatch(token) for token in tokens) for pattern in patterns
        )

    return fits


def _tokens(text: str) -> set[str]:
    """The words of a text, and what letters and digits alone make of them, in lower case."""
    lowered = text.lower()
    return {*_WORDS.findall(lowered), *_PIECES.findall(lowered)}


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{text} is no number")
    return number


def _time(text: str) -> str:
    """An instant as HubSpot writes it, in which form times are in order."""
    if len(text) == 24 and text[10] == "T" and text[23] == "Z":
        return text
    instant = milliseconds_of(text)
    if instant is None or not _EARLIEST_MS <= instant <= _LATEST_MS:
        raise ValueError(f"{text} is no time")
    return iso_milliseconds(instant)


_KEYS: dict[str, Callable[[str], Key]] = {
    "string": _lowered,
    "enumeration": str,
    "bool": str,
    "number": _number,
    "date": _time,
    "datetime": _time,
}
