"""From JSON values to a field's type, column-wise, by the reference's table (mappings §1.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import dates, javascript, json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose

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
        return Coerced(column.values, pa.repeat(False, len(column)), "")
    objects = column.where(Kind.OBJECT)
    bad = pc.and_(column.exists(), pc.invert(objects))
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


def without_lists_of_one(column: Column) -> Column:
    """A list of one scalar is that scalar, whatever the field's type."""
    lists = column.where(Kind.LIST)
    if not pc.any(lists).as_py():
        return column
    texts = json_text.map_distinct(column.json().filter(lists), _only_scalar, pa.string())
    return Column.of_json(pc.replace_with_mask(column.json(), lists, texts))


def without_empty(column: Column) -> Column:
    """Null and the empty string are dropped, unless the mapping itself wrote the empty string."""
    empty = pc.fill_null(pc.equal(column.strings(), ""), False)
    kept = pc.and_not(empty, column.clears) if column.clears is not None else empty
    return choose(pc.and_not(column.exists(), kept), column, Column.missing(len(column)))


def items_of(column: Column) -> pa.ListArray:
    """Each value as a list of JSON texts: a single value is a list of one, null items go."""
    return json_text.map_distinct(column.json(), _items, pa.list_(pa.string()))


def _items(text: str) -> list[str]:
    value = json_text.parse(text)
    items = value if isinstance(value, list) else [value]
    return [json_text.dump(item) for item in items if item is not None]


def _only_scalar(text: str) -> str:
    items = json_text.parse(text)
    if len(items) == 1 and not isinstance(items[0], list | dict):
        return json_text.dump(items[0])
    return text


def _numbers_in(strings: pa.StringArray) -> pa.DoubleArray:
    """``Number(text)``; null where the text is none."""
    simple = pc.fill_null(pc.match_substring_regex(strings, r"^-?[0-9]+(\.[0-9]+)?$"), False)
    numbers = pc.if_else(simple, strings, _NO_TEXT).cast(pa.float64())
    other = pc.and_not(strings.is_valid(), simple)
    if not pc.any(other).as_py():
        return numbers
    read = json_text.map_distinct(strings.filter(other), javascript.number_value, pa.float64())
    return pc.replace_with_mask(numbers, other, read)


_NO_TEXT = pa.scalar(None, pa.string())
