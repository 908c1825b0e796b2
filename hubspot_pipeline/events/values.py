"""Brings Arrow arrays of any type to the types that JSON has."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

_INT64_DIGITS = 18


class NoJsonFormError(Exception):
    """An Arrow type has no JSON form; `str()` names it."""


@dataclass(frozen=True, slots=True)
class Plain:
    """An array of JSON types.

    Attributes:
        values: string, bool, int64, double, or struct, list or map of these; null is missing.
        broken: bool without nulls; the rows that hold bytes which are not UTF-8 text (their
            values are not to be used), or None if there are none.
    """

    values: pa.Array
    broken: pa.Array | None = None


def to_plain(array: pa.Array) -> Plain:
    """Return an array with its values in JSON's types.

    Whole numbers become int64, other numbers double; NaN and the infinities become missing. Times
    become ISO 8601 text in UTC (a time without a zone is taken for UTC); bytes become text.

    Raises:
        NoJsonFormError: For a type that JSON cannot say.
    """
    type_ = array.type
    if pt.is_struct(type_):
        return _struct(array)
    if pt.is_map(type_):
        return _map(array)
    if _is_list(type_):
        return _list(array)
    if pt.is_dictionary(type_) or pt.is_run_end_encoded(type_):
        return to_plain(
            pc.run_end_decode(array) if pt.is_run_end_encoded(type_) else array.dictionary_decode()
        )
    if isinstance(type_, pa.JsonType):
        return _text(array.storage)
    if _is_text(type_):
        return _text(array)
    if pt.is_boolean(type_):
        return Plain(array)
    if pt.is_null(type_):
        return Plain(array.cast(pa.string()))
    if pt.is_integer(type_):
        return Plain(array.cast(pa.int64()) if type_ != pa.uint64() else _unsigned(array))
    if pt.is_floating(type_) or pt.is_decimal(type_):
        return Plain(_number(array))
    if pt.is_temporal(type_) and not pt.is_duration(type_) and not pt.is_interval(type_):
        return Plain(_time(array))
    raise NoJsonFormError(str(type_))


def to_text(array: pa.Array) -> Plain:
    """Return an array as text: a number or a boolean as its JSON text, a time as ISO 8601.

    Raises:
        NoJsonFormError: For a type that JSON cannot say, and for structs, lists and maps.
    """
    if pt.is_nested(array.type):
        raise NoJsonFormError(str(array.type))
    plain = to_plain(array)
    if plain.values.type == pa.float64():
        return Plain(whole_numbers_without_point(plain.values.cast(pa.string())))
    return Plain(plain.values.cast(pa.string()), plain.broken)


def whole_numbers_without_point(texts: pa.Array) -> pa.Array:
    """Return `5.0` as `5`, as JavaScript writes it."""
    return pc.replace_substring_regex(texts, r"^(-?\d+)\.0+$", r"\1")


def has_map(type_: pa.DataType) -> bool:
    """Return whether a plain type holds objects whose keys are data."""
    if pt.is_map(type_):
        return True
    return pt.is_nested(type_) and any(
        has_map(type_.field(index).type) for index in range(type_.num_fields)
    )


def any_of(masks: list[pa.Array | None]) -> pa.Array | None:
    """Return the rows that are true in any of the masks."""
    found: pa.Array | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else pc.or_(found, mask)
    return found


def _is_list(type_: pa.DataType) -> bool:
    return bool(
        pt.is_list(type_)
        or pt.is_large_list(type_)
        or pt.is_fixed_size_list(type_)
        or pt.is_list_view(type_)
        or pt.is_large_list_view(type_)
    )


def _is_text(type_: pa.DataType) -> bool:
    return bool(
        pt.is_string(type_)
        or pt.is_large_string(type_)
        or pt.is_string_view(type_)
        or pt.is_binary(type_)
        or pt.is_large_binary(type_)
        or pt.is_binary_view(type_)
    )


def _struct(array: pa.Array) -> Plain:
    children = [to_plain(child) for child in array.flatten()]
    names = [array.type.field(index).name for index in range(array.type.num_fields)]
    values = pa.StructArray.from_arrays(
        [child.values for child in children],
        fields=[
            pa.field(name, child.values.type) for name, child in zip(names, children, strict=True)
        ],
        mask=array.is_null(),
    )
    return Plain(values, any_of([child.broken for child in children]))


def _list(array: pa.Array) -> Plain:
    items = to_plain(array.flatten())
    lengths = pc.fill_null(pc.list_value_length(array), 0).cast(pa.int32())
    values = pa.ListArray.from_arrays(_offsets(lengths), items.values, mask=array.is_null())
    return Plain(values, _broken_parents(array, items.broken))


def _map(array: pa.Array) -> Plain:
    pairs = array.cast(
        pa.list_(pa.struct([("key", array.type.key_type), ("value", array.type.item_type)]))
    )
    plain = _list(pairs)
    entries = plain.values.values
    values = pa.MapArray.from_arrays(
        plain.values.offsets,
        entries.field("key").cast(pa.string()),
        entries.field("value"),
    )
    return Plain(pc.if_else(array.is_valid(), values, None), plain.broken)


def _broken_parents(array: pa.Array, broken: pa.Array | None) -> pa.Array | None:
    if broken is None:
        return None
    parents = set(pc.list_parent_indices(array).filter(broken).to_pylist())
    return pa.array([index in parents for index in range(len(array))])


def _offsets(lengths: pa.Array) -> pa.Array:
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])


def _text(array: pa.Array) -> Plain:
    """Return text that is UTF-8 for certain; Parquet does not hold its writers to it."""
    try:
        texts = array.cast(pa.string())
        texts.validate(full=True)
    except pa.ArrowInvalid:
        cells = [_decode(cell) for cell in array.cast(pa.large_binary()).to_pylist()]
        broken = pa.array([cell is False for cell in cells])
        return Plain(
            pa.array([None if cell is False else cell for cell in cells], pa.string()), broken
        )
    return Plain(texts)


def _decode(cell: bytes | None) -> str | bool | None:
    if cell is None:
        return None
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return False


def _unsigned(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.int64())
    except pa.ArrowInvalid:
        return array.cast(pa.float64(), safe=False)


def _number(array: pa.Array) -> pa.Array:
    if pt.is_decimal(array.type) and array.type.scale == 0:
        try:
            return array.cast(pa.int64())
        except pa.ArrowInvalid:
            pass
    numbers = array.cast(pa.float64(), safe=False)
    return pc.if_else(pc.is_finite(numbers), numbers, None)


def _time(array: pa.Array) -> pa.Array:
    if pt.is_date(array.type):
        return array.cast(pa.date32()).cast(pa.string())
    if pt.is_time(array.type):
        return array.cast(pa.string())
    unit = array.type.unit
    moments = array.view(pa.timestamp(unit))
    if unit == "ns":
        moments = moments.cast(pa.timestamp("us"), safe=False)
    texts = pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.replace_substring_regex(texts, r"(\.\d{3})000Z$", r"\1Z")
