"""From JSON values to a field's type, column-wise, by the reference's table (mappings §1.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import dates, javascript, json_text
from hubspot_pipeline.mapping.column import Column, Kind
from hubspot_pipeline.mapping.javascript import Json

_LARGEST_INT64 = 2.0**63


@dataclass(frozen=True, slots=True)
class Coerced:
    """A column in its field's type.

    Attributes:
        values: The values; null where the field is not given or the value does not fit.
        bad: The rows whose value does not fit, no nulls.
        problem: What is wrong with those, to be read after the field's label.
    """

    values: pa.Array
    bad: pa.BooleanArray
    problem: str


Coercion = Callable[[Column], Coerced]


def to_text(column: Column) -> Coerced:
    """Numbers and booleans as JavaScript prints them; lists and objects do not fit."""
    if column.kind is Kind.STRING:
        return Coerced(column.values, pa.repeat(False, len(column)), "")
    bad = pc.or_(column.where(Kind.OBJECT), column.where(Kind.LIST))
    return Coerced(pc.if_else(bad, _NO_TEXT, column.text()), bad, "must be text")


def to_number(column: Column) -> Coerced:
    """Numeric text by JavaScript's rules, true as 1, false as 0."""
    numbers = pc.coalesce(
        column.numbers(), column.booleans().cast(pa.float64()), _numbers_in(column.strings())
    )
    finite = pc.fill_null(pc.is_finite(numbers), False)
    bad = pc.and_(column.exists(), pc.invert(finite))
    return Coerced(
        pc.if_else(finite, numbers, pa.scalar(None, pa.float64())), bad, "must be a number"
    )


def to_integer(column: Column) -> Coerced:
    """As numbers, without a fraction and within 64 bits."""
    numbers = to_number(column).values
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _LARGEST_INT64))
    whole = pc.fill_null(whole, False)
    bad = pc.and_(column.exists(), pc.invert(whole))
    values = pc.if_else(whole, numbers, pa.scalar(None, pa.float64())).cast(pa.int64(), safe=False)
    return Coerced(values, bad, "must be a whole number")


def to_boolean(column: Column) -> Coerced:
    """``true`` and ``false``, as themselves or as text, and 1 and 0."""
    texts = pc.if_else(column.where(Kind.LIST), _NO_TEXT, column.text())
    quoted = column.where(Kind.STRING)
    yes = pc.or_(pc.equal(texts, "true"), pc.and_(pc.equal(texts, "1"), pc.invert(quoted)))
    no = pc.or_(pc.equal(texts, "false"), pc.and_(pc.equal(texts, "0"), pc.invert(quoted)))
    values = pc.if_else(pc.or_(yes, no), yes, pa.scalar(None, pa.bool_()))
    bad = pc.and_(column.exists(), values.is_null())
    return Coerced(values, bad, "must be true or false")


def to_datetime(column: Column) -> Coerced:
    """Text that reads as a date, unchanged; a number always fits and becomes its text."""
    texts = to_text(column).values
    unreadable = pc.invert(dates.is_date_like(texts))
    bad = pc.and_(column.exists(), pc.and_(unreadable, pc.invert(column.where(Kind.NUMBER))))
    return Coerced(pc.if_else(bad, _NO_TEXT, texts), bad, "must be a date or time")


def to_object(column: Column) -> Coerced:
    """Objects as JSON text, with nulls and empty strings inside left alone; nothing else fits."""
    if column.is_missing:
        return Coerced(pa.nulls(len(column), pa.string()), pa.repeat(False, len(column)), "")
    objects = column.where(Kind.OBJECT)
    bad = pc.and_not(column.present(), objects)
    return Coerced(pc.if_else(objects, column.json(), _NO_TEXT), bad, "must be an object")


COERCIONS: dict[str, Coercion] = {
    "string": to_text,
    "text": to_text,
    "number": to_number,
    "integer": to_integer,
    "boolean": to_boolean,
    "datetime": to_datetime,
    "object": to_object,
}


TEXT_TYPES = frozenset({"string", "text", "datetime"})
"""The types whose values may be the empty text."""

OF_NULL: dict[str, Json] = {
    "string": "",
    "text": "",
    "datetime": "",
    "number": 0,
    "integer": 0,
    "boolean": False,
}
"""What null is turned into where it is not dropped: alone in a list, and in items of lists."""


def without_lists_of_one(type_: str, column: Column) -> Column:
    """A list of one scalar is that scalar, in fields of every type but object."""
    lists = column.where(Kind.LIST)
    if type_ == "object" or not pc.any(lists).as_py():
        return column
    texts = json_text.map_distinct(
        column.json().filter(lists), partial(_only_scalar, OF_NULL[type_]), pa.string()
    )
    return replace(
        Column.of_json(pc.replace_with_mask(column.json(), lists, texts)), clears=column.clears
    )


def _only_scalar(of_null: Json, text: str) -> str:
    items = json_text.parse(text)
    if len(items) != 1 or isinstance(items[0], list | dict):
        return text
    return json_text.dump(of_null if items[0] is None else items[0])


def _numbers_in(strings: pa.StringArray) -> pa.DoubleArray:
    """``Number(text)``; null where the text is none, and where there is no text at all."""
    simple = pc.fill_null(pc.match_substring_regex(strings, r"^-?[0-9]+(\.[0-9]+)?$"), False)
    numbers = pc.if_else(simple, strings, _NO_TEXT).cast(pa.float64())
    other = pc.and_not(pc.fill_null(pc.not_equal(strings, ""), False), simple)
    if not pc.any(other).as_py():
        return numbers
    read = json_text.map_distinct(strings.filter(other), javascript.number_value, pa.float64())
    return pc.replace_with_mask(numbers, other, read)


_NO_TEXT = pa.scalar(None, pa.string())
