"""A column of JSON values: one value a row, with undefined, null and each JSON type kept apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import javascript, json_text
from hubspot_pipeline.mapping.deep import deeply
from hubspot_pipeline.mapping.javascript import Json


class Missing(Enum):
    """The value that is not there, JavaScript's undefined."""

    MISSING = "missing"

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = Missing.MISSING


class Kind(Enum):
    """What a value is, in JSON's words."""

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    NULL = "null"
    OBJECT = "object"
    LIST = "list"


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One JSON value a row.

    Attributes:
        values: The values. Where ``kind`` is set, an array of that one type (string, int64 or
            double, bool, struct, list); otherwise each value's JSON text. Arrow null is undefined.
        kind: The one kind of every value here, or None where kinds are mixed.
        clears: The rows whose empty string the mapping itself wrote, which clears a property;
            None for none.
        errors: Why a row has no value because its directive failed, null elsewhere; None for none.
    """

    values: pa.Array
    kind: Kind | None
    clears: pa.BooleanArray | None = None
    errors: pa.StringArray | None = None

    @classmethod
    def of(cls, array: pa.Array | pa.ChunkedArray) -> Column:
        """A column over an Arrow array as exports are read: plain, or ``arrow.json`` where mixed.

        NaN counts as missing: JSON has no such value, and it is how pandas writes a missing number.
        """
        if isinstance(array, pa.ChunkedArray):
            array = array.combine_chunks()
        if isinstance(array.type, pa.JsonType):
            texts = array.storage.cast(pa.string())
            indented = _sure(pc.less(texts, "!"))  # white space alone comes before it
            return cls.of_json(json_text.replace_where(texts, indented, pc.ascii_ltrim_whitespace))
        values = _plain(array)
        return cls(values, _kind_of(values.type))

    @classmethod
    def of_json(cls, texts: pa.Array) -> Column:
        """A column over JSON texts; where all are of one scalar kind it becomes a plain array."""
        present = len(texts) - texts.null_count
        if present == 0:
            return cls.missing(len(texts))
        if _count(pc.starts_with(texts, '"')) == present:
            return cls(json_text.decode_strings(texts), Kind.STRING)
        if _count(_is_number(texts)) == present:
            return cls(texts.cast(pa.float64()), Kind.NUMBER)
        if _count(_is_boolean(texts)) == present:
            return cls(pc.equal(texts, "true"), Kind.BOOLEAN)
        return cls(texts, None)

    @classmethod
    def missing(cls, rows: int) -> Column:
        """Undefined in every row."""
        return cls(pa.nulls(rows, pa.string()), Kind.STRING)

    @classmethod
    def constant(cls, value: Json, rows: int) -> Column:
        """The same value in every row; an empty string written this way clears."""
        if isinstance(value, str):
            clears = pa.repeat(True, rows) if value == "" else None
            return cls(pa.repeat(pa.scalar(value), rows), Kind.STRING, clears)
        if isinstance(value, bool):
            return cls(pa.repeat(value, rows), Kind.BOOLEAN)
        if isinstance(value, int | float):
            return cls(pa.repeat(float(value), rows), Kind.NUMBER)
        return cls(pa.repeat(json_text.dump(value), rows), None)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def is_missing(self) -> bool:
        """Whether no row has a value."""
        return bool(self.values.null_count == len(self.values))

    def present(self) -> pa.BooleanArray:
        """The rows that have a value, null included."""
        return self.values.is_valid()

    def exists(self) -> pa.BooleanArray:
        """The rows whose value is neither undefined nor null."""
        if self.kind is not None:
            return self.values.is_valid()
        return _sure(pc.not_equal(self.values, "null"))

    def where(self, kind: Kind) -> pa.BooleanArray:
        """The rows whose value is of this kind."""
        if self.kind is None:
            return _sure(_TESTS[kind](self.values))
        if self.kind is kind:
            return self.values.is_valid()
        return pa.repeat(False, len(self))

    def strings(self) -> pa.StringArray:
        """The strings; null in the rows of any other kind."""
        if self.kind is Kind.STRING:
            return self.values
        if self.kind is not None:
            return pa.nulls(len(self), pa.string())
        return json_text.decode_strings(self._texts_of(Kind.STRING))

    def numbers(self) -> pa.DoubleArray:
        """The numbers; null in the rows of any other kind."""
        if self.kind is Kind.NUMBER:
            return self.values.cast(pa.float64(), safe=False)
        if self.kind is not None:
            return pa.nulls(len(self), pa.float64())
        return self._texts_of(Kind.NUMBER).cast(pa.float64())

    def booleans(self) -> pa.BooleanArray:
        """The booleans; null in the rows of any other kind."""
        if self.kind is Kind.BOOLEAN:
            return self.values
        if self.kind is not None:
            return pa.nulls(len(self), pa.bool_())
        return pc.equal(self._texts_of(Kind.BOOLEAN), "true")

    def json(self) -> pa.StringArray:
        """Every value as JSON text, its numbers as JavaScript writes them; null where undefined."""
        if self.kind is None:
            return json_text.canonical(self.values)
        if self.kind is Kind.STRING:
            return json_text.encode_strings(self.values)
        if self.kind is Kind.BOOLEAN:
            return self.values.cast(pa.string())
        if self.kind is Kind.NUMBER:
            texts = json_text.encode_numbers(self.values)
            return pc.if_else(pc.match_substring(texts, "Infinity"), "null", texts)
        if self.kind is Kind.OBJECT:
            return _encode_structs(self.values)
        return _encode_lists(self.values)

    def text(self) -> pa.StringArray:
        """``String(value)`` as a template prints it; null where undefined or null."""
        if self.kind is Kind.STRING:
            return self.values
        if self.kind is Kind.BOOLEAN:
            return self.values.cast(pa.string())
        if self.kind is Kind.NUMBER:
            return json_text.encode_numbers(self.values)
        if self.kind is Kind.OBJECT:
            return pc.if_else(self.values.is_valid(), "[object Object]", _NO_TEXT)
        others = pc.and_not(self.exists(), self.where(Kind.STRING))
        return json_text.replace_where(self.strings(), others, lambda _: self._printed(others))

    def take(self, rows: pa.Array) -> Column:
        """The rows at these positions; a null position is a row of undefined."""
        return Column(
            self.values.take(rows),
            self.kind,
            None if self.clears is None else _sure(self.clears.take(rows)),
            None if self.errors is None else self.errors.take(rows),
        )

    def to_pylist(self) -> list[Any]:
        """Every value as plain Python, undefined as MISSING at the top and left out below.

        An undefined item of a list stays in its place as None, as JSON would print it.
        """
        if self.kind in (Kind.STRING, Kind.BOOLEAN):
            return [MISSING if value is None else value for value in self.values.to_pylist()]
        texts = self.json().to_pylist()
        return [MISSING if text is None else deeply(json_text.parse, text) for text in texts]

    def _texts_of(self, kind: Kind) -> pa.StringArray:
        return pc.if_else(self.where(kind), self.values, _NO_TEXT)

    def _printed(self, rows: pa.BooleanArray) -> pa.StringArray:
        """The text of the values in these rows, none of which is a string or null."""
        texts = self.values if self.kind is None else self.json()
        values = Column(texts.filter(rows), None)
        texts = values.values
        for kind in (Kind.NUMBER, Kind.OBJECT, Kind.LIST):
            texts = json_text.replace_where(texts, values.where(kind), partial(_print, kind))
        return texts


def choose(mask: pa.BooleanArray, then: Column, otherwise: Column) -> Column:
    """Row by row one of two columns; the mask has no nulls."""
    clears = None
    if then.clears is not None or otherwise.clears is not None:
        clears = pc.if_else(mask, _flags(then), _flags(otherwise))
    then, otherwise = _scalars(then), _scalars(otherwise)
    if otherwise.is_missing:
        return Column(_keep(mask, then.values), then.kind, clears)
    if then.is_missing:
        return Column(_keep(pc.invert(mask), otherwise.values), otherwise.kind, clears)
    if then.kind is otherwise.kind is Kind.NUMBER:
        return Column(pc.if_else(mask, then.numbers(), otherwise.numbers()), Kind.NUMBER, clears)
    if then.kind is otherwise.kind:
        return Column(pc.if_else(mask, then.values, otherwise.values), then.kind, clears)
    return Column(pc.if_else(mask, then.json(), otherwise.json()), None, clears)


def objects_of(members: Sequence[tuple[str, Column]], rows: int) -> Column:
    """Objects made of one column a key; undefined values leave their key out."""
    texts = [(key, column.json()) for key, column in members]
    return Column(json_text.join_objects(texts, rows), None)


def lists_of(items: Sequence[Column], rows: int) -> Column:
    """Lists made of one column a place; an undefined item keeps its place."""
    return Column(json_text.join_lists([item.json() for item in items], rows), None)


_NO_TEXT = pa.scalar(None, pa.string())


def _plain(array: pa.Array) -> pa.Array:
    """The array in one of the plain types; NaN becomes missing."""
    kind = array.type
    if pa.types.is_null(kind):
        return array.cast(pa.string())
    if pa.types.is_integer(kind) and kind != pa.int64():
        return array.cast(pa.float64() if kind == pa.uint64() else pa.int64())
    if pa.types.is_floating(kind):
        numbers = array.cast(pa.float64())
        return pc.if_else(pc.is_nan(numbers), pa.scalar(None, pa.float64()), numbers)
    return array


def _kind_of(arrow_type: pa.DataType) -> Kind:
    if pa.types.is_string(arrow_type):
        return Kind.STRING
    if pa.types.is_integer(arrow_type) or pa.types.is_floating(arrow_type):
        return Kind.NUMBER
    if pa.types.is_boolean(arrow_type):
        return Kind.BOOLEAN
    if pa.types.is_struct(arrow_type):
        return Kind.OBJECT
    if pa.types.is_list(arrow_type):
        return Kind.LIST
    raise TypeError(
        f"no JSON value is a {arrow_type}: read events as string, bool, int64, double, struct, "
        "list or arrow.json columns"
    )


def _scalars(column: Column) -> Column:
    """The column with objects and lists as JSON text: Arrow cannot choose among all such types."""
    if column.kind in (Kind.OBJECT, Kind.LIST):
        return Column(column.json(), None, column.clears)
    return column


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _flags(column: Column) -> pa.Array:
    return pa.repeat(False, len(column)) if column.clears is None else column.clears


def _keep(mask: pa.BooleanArray, values: pa.Array) -> pa.Array:
    return pc.if_else(mask, values, pa.scalar(None, values.type))


def _is_boolean(texts: pa.Array) -> pa.Array:
    return pc.or_(pc.equal(texts, "true"), pc.equal(texts, "false"))


def _is_number(texts: pa.Array) -> pa.Array:
    return pc.match_substring_regex(texts, "^[-0-9]")


_TESTS: dict[Kind, Callable[[pa.Array], pa.Array]] = {
    Kind.STRING: lambda texts: pc.starts_with(texts, '"'),
    Kind.NUMBER: _is_number,
    Kind.BOOLEAN: _is_boolean,
    Kind.NULL: lambda texts: pc.equal(texts, "null"),
    Kind.OBJECT: lambda texts: pc.starts_with(texts, "{"),
    Kind.LIST: lambda texts: pc.starts_with(texts, "["),
}


def _print(kind: Kind, texts: pa.Array) -> pa.Array:
    """``String(value)`` of JSON texts that are all numbers, objects or lists."""
    if kind is Kind.NUMBER:
        return json_text.encode_numbers(texts.cast(pa.float64()))
    if kind is Kind.OBJECT:
        return pa.repeat("[object Object]", len(texts))
    return json_text.map_distinct(
        texts, lambda text: javascript.text_of(json_text.parse(text)), pa.string()
    )


def _encode_structs(structs: pa.StructArray) -> pa.Array:
    """Struct rows as JSON objects; a null field is a key that is not there."""
    names = [field.name for field in structs.type]
    members = [
        (name, Column.of(pc.struct_field(structs, [index])).json())
        for index, name in enumerate(names)
    ]
    return _keep(structs.is_valid(), json_text.join_objects(members, len(structs)))


def _encode_lists(lists: pa.ListArray) -> pa.Array:
    """List rows as JSON lists; a null item is JSON's null."""
    return json_text.join_items(Column.of(pc.list_flatten(lists)).json(), lists)
