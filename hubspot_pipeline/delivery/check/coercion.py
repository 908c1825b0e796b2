"""Text columns held to a property's type: what HubSpot will store, and the rows it would refuse.

Each function looks at a column as a whole, and at single values only where they are not yet as
HubSpot wants them, once for each distinct one. Null says nothing and the empty text clears, so both
pass everywhere (hubspot-api §3.6).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

LONGEST_TEXT = 65_536
"""How many characters the value of a text property has at most (hubspot-api §3.6)."""

_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_WITH_EXPONENT = re.compile(rf"{_NUMBER}[eE]([+-]?[0-9]{{1,3}})")
_MOST_ZEROS = 308
"""The largest exponent that a JSON number has in practice."""

_TRUTHS = {"1": "true", "0": "false"}


@dataclass(frozen=True, slots=True)
class Coerced:
    """A column of a property's values.

    Attributes:
        values: Text, as HubSpot will store it; where a row is bad, as it came.
        bad: Which rows HubSpot would refuse; never null.
    """

    values: pa.ChunkedArray
    bad: pa.ChunkedArray


class Choices:
    """What an enumeration takes: its options' values, which people also call by their labels.

    Attributes:
        values: The internal values, in HubSpot's order.
    """

    def __init__(
        self, options: Iterable[tuple[str, str]], *, aliases: Mapping[str, str] | None = None
    ) -> None:
        """Take in options, as pairs of value and label, and other names for some of the values."""
        options = list(options)
        self.values = tuple(value for value, _ in options)
        self._exact = frozenset(self.values)
        self._column = pa.array(["", *self.values], pa.string())
        self._by_value = _unambiguous((value, value) for value in self.values)
        self._by_label = {**(aliases or {}), **_unambiguous((lab, val) for val, lab in options)}

    def find(self, text: str) -> str | None:
        """Return the value that a text names: exactly, in another case, or by its label.

        None where it names none, or where two options differ in nothing but case.
        """
        if text in self._exact:
            return text
        folded = text.strip().casefold()
        return self._by_value.get(folded) or self._by_label.get(folded)

    def find_all(self, text: str) -> str | None:
        """Return the values that ``A;B`` names; a leading ``;``, which asks to append, is kept.

        A list's JSON text names what its members do. None where a member names none, or where
        there is no member.
        """
        found = [self.find(member) for member in _members(text)]
        if not found or None in found:
            return None
        return (";" if text.startswith(";") else "") + ";".join(filter(None, found))

    def unknown(self, text: str) -> str:
        """Return the first member of ``A;B``, or a list, that names no option; else all of it."""
        return next((member for member in _members(text) if not self.find(member)), text)

    def are(self, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        """Return which texts are the values of options, or empty."""
        return pc.is_in(texts, self._column)


def as_text(texts: pa.ChunkedArray, longest: int = LONGEST_TEXT) -> Coerced:
    """Texts of at most so many characters."""
    return Coerced(texts, pc.fill_null(pc.greater(pc.utf8_length(texts), longest), False))


def as_number(texts: pa.ChunkedArray) -> Coerced:
    """Decimal digits with a sign and one point; an exponent is written out, as HubSpot takes none.

    Digits stay as they are: leading zeros, and more of them than a float holds.
    """
    plain = pc.match_substring_regex(texts, rf"^({_NUMBER})?$")
    return by_distinct(texts, plain, _number)


def as_option(texts: pa.ChunkedArray, choices: Choices) -> Coerced:
    """One of the options: its value, or else its label."""
    return by_distinct(texts, choices.are(texts), choices.find)


def as_options(texts: pa.ChunkedArray, choices: Choices) -> Coerced:
    """Several of the options, ``A;B``; ``;C`` adds to those that a record has."""
    return by_distinct(texts, choices.are(texts), choices.find_all)


def truths(options: Sequence[tuple[str, str]] = ()) -> Choices:
    """Return the choices of a property that is true or false, with the labels it has for them."""
    labels = dict(options)
    return Choices(
        [(value, labels.get(value, value)) for value in ("true", "false")], aliases=_TRUTHS
    )


def by_distinct(
    texts: pa.ChunkedArray, plain: pa.ChunkedArray, find: Callable[[str], str | None]
) -> Coerced:
    """Put right the values that are not plain, each distinct one once.

    Args:
        texts: The values.
        plain: Which of them HubSpot takes as they are; of nulls it does not matter.
        find: A value → what HubSpot takes in its stead; None where there is nothing.
    """
    odd = pc.and_(texts.is_valid(), pc.invert(pc.fill_null(plain, True)))
    if not pc.any(odd).as_py():
        return Coerced(texts, odd)
    encoded = texts.filter(odd).combine_chunks().dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    found = [find(each) for each in distinct]
    known = pa.array([each is not None for each in found], pa.bool_()).take(encoded.indices)
    put_right = pa.array(
        [given if each is None else each for given, each in zip(distinct, found, strict=True)],
        pa.string(),
    ).take(encoded.indices)
    mask = odd.combine_chunks()
    bad = pc.replace_with_mask(mask, mask, pc.invert(known))
    return Coerced(pc.replace_with_mask(texts, mask, put_right), pa.chunked_array([bad]))


def _number(text: str) -> str | None:
    text = text.strip()
    if re.fullmatch(_NUMBER, text):
        return text
    written = _WITH_EXPONENT.fullmatch(text)
    if written is None or abs(int(written[3])) > _MOST_ZEROS:
        return None
    return format(Decimal(text), "f")


def _members(text: str) -> list[str]:
    """Return the members of ``A;B``, or of a list in JSON, as Custom Object V2 has lists."""
    members = text.split(";")
    if text.startswith("["):
        with contextlib.suppress(orjson.JSONDecodeError):
            items = orjson.loads(text)
            members = [
                each if isinstance(each, str) else orjson.dumps(each).decode() for each in items
            ]
    return [member for member in members if member.strip()]


def _unambiguous(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the values by their names in small letters; a name of two values is left out."""
    found: dict[str, set[str]] = {}
    for name, value in names:
        found.setdefault(name.strip().casefold(), set()).add(value)
    return {name: min(values) for name, values in found.items() if len(values) == 1}
