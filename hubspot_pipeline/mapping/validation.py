"""Mapped columns held to an action's fields: types, required members, a reason for each bad row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import emptiness, json_text
from hubspot_pipeline.mapping.coercion import COERCIONS, without_lists_of_one
from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.deep import deeply
from hubspot_pipeline.mapping.emptiness import Level
from hubspot_pipeline.mapping.extract import values_at
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.privacy import HIDDEN


@dataclass(frozen=True, slots=True)
class Validated:
    """Payloads, and the rows that have none.

    Attributes:
        payloads: A column for each field, a row for each event; null where the field is not given.
            string, text, datetime: string. number: double. integer: int64. boolean: bool.
            object, and lists of anything: JSON text.
        errors: ``index`` (int64, the row), ``field`` (the first bad field's key), ``reason`` (every
            reason of the row; those inside objects and lists begin with the place, such as
            ``associations.0.id_field_value``). At most one for each row, in row order; the payload
            of such a row is not to be used.
    """

    payloads: pa.Table
    errors: pa.Table


def validate(
    fields: Sequence[Field],
    columns: Mapping[str, Column],
    rows: int,
    private: frozenset[str] = frozenset(),
) -> Validated:
    """Bring mapped columns into the fields' types, and say which rows do not fit.

    The values of private fields (dotted, without the places of a list's items) are in no reason.

    Empty values are dropped first (``emptiness``). Columns that are no field are dropped, and so
    are members of objects with declared members that are none of them (mappings §1.1).
    """
    payloads: dict[str, pa.Array] = {}
    reasons: dict[str, pa.StringArray] = {}
    for field in fields:
        column = columns.get(field.key) or Column.missing(rows)
        checked = _check_given(
            field, column, _Name(field.label, field.key, field.key, private), Level.TOP, None
        )
        payloads[field.key] = checked.values
        if checked.reasons:
            reasons[field.key] = reduce(_both, checked.reasons)
    return Validated(pa.table(payloads), _errors(reasons))


EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$"
)
"""ajv-formats' full pattern: ASCII, no surrounding spaces, a dot in the domain (actions §2.5)."""

_SHOWN = 40
_READABLE = 500

_Text: TypeAlias = "str | pa.StringArray"
"""A text for all rows, or one for each."""


@dataclass(frozen=True, slots=True)
class _Name:
    """How reasons call a field, and the place that its members begin with.

    Attributes:
        own: What it is called.
        place: What its members begin with.
        path: Its keys, dotted: as a mapping names it.
        private: The paths of private fields.
    """

    own: _Text
    place: _Text
    path: str
    private: frozenset[str]

    @property
    def is_private(self) -> bool:
        """Whether it, or what it is a member of, is private; or any member, which it would show."""
        return any(
            f"{self.path}.".startswith(f"{each}.") or each.startswith(f"{self.path}.")
            for each in self.private
        )

    def member(self, key: str) -> _Name:
        place, path = self.place, f"{self.path}.{key}"
        if isinstance(place, str):
            return replace(self, own=f"{place}.{key}", place=f"{place}.{key}", path=path)
        below = pc.binary_join_element_wise(place, f".{key}", "")
        return replace(self, own=below, place=below, path=path)

    def items(self, lists: pa.ListArray) -> _Name:
        """The names of the lists' items, one below the other."""
        rows = pc.list_parent_indices(lists)
        starts = pc.take(lists.offsets, rows)
        indexes = pc.subtract(pa.array(range(len(rows)), starts.type), starts).cast(pa.string())
        place = self.place if isinstance(self.place, str) else self.place.take(rows)
        each = pc.binary_join_element_wise(place, indexes, ".")
        return replace(self, own=each, place=each)


@dataclass(frozen=True, slots=True)
class _Checked:
    """Values in their field's type.

    Attributes:
        values: As in ``Validated.payloads``; of no use in rows with a reason.
        reasons: Why rows do not fit, null for those that do; a row may have one in each.
    """

    values: pa.Array
    reasons: list[pa.StringArray]


def _check_given(
    field: Field, column: Column, name: _Name, level: Level, within: pa.BooleanArray | None
) -> _Checked:
    """The field's values, and whether it is there where it must be.

    That is so where it is required in the rows of ``within``, which have the object around it.
    """
    given = emptiness.removed(field, column, level)
    checked = _check(field, given, name, level)
    reasons = list(checked.reasons)
    if field.required:
        missing = given.values.is_null()
        if within is not None:
            missing = pc.and_(missing, within)
        reasons += _reasons(name, missing, "is required", None)
    if column.errors is not None:
        told = (
            pc.if_else(column.errors.is_valid(), HIDDEN, None) if name.is_private else column.errors
        )
        failed = _joined(name.own, " could not be mapped: ", told)
        # What else is wrong in such a row follows from that.
        reasons = [pc.if_else(failed.is_valid(), _NO_TEXT, reason) for reason in reasons]
        reasons.insert(0, failed)
    return _Checked(checked.values, reasons)


def _check(field: Field, given: Column, name: _Name, level: Level) -> _Checked:
    if field.multiple:
        return _check_list(field, given, name)
    if field.fields:
        return _check_object(field, given, name, level)
    return _check_value(field, given, name)


def _check_value(field: Field, given: Column, name: _Name) -> _Checked:
    """Values without declared members: the first thing that is wrong with each."""
    coerced = COERCIONS[field.type](given)
    values = coerced.values
    found = _reasons(name, coerced.bad, coerced.problem, given)
    if field.format == "email":
        bad = _sure(pc.invert(pc.match_substring_regex(values, EMAIL)))
        found += _reasons(name, bad, "is not a valid e-mail address", given)
    if field.choices:
        bad = pc.and_not(values.is_valid(), pc.is_in(values, pa.array(field.choices)))
        found += _reasons(name, bad, f"must be one of {', '.join(map(repr, field.choices))}", given)
    return _Checked(values, [pc.coalesce(*found)] if found else [])


def _check_object(field: Field, given: Column, name: _Name, level: Level) -> _Checked:
    """Objects with declared members: each in its own type, no others."""
    objects = given.where(Kind.OBJECT)
    reasons = _reasons(name, pc.and_not(given.present(), objects), "must be an object", given)
    held = given if given.kind is Kind.OBJECT or not reasons else _only(objects, given)
    found = values_at(held, [(member.key,) for member in field.fields])
    below = Level.IN_ITEM if level is Level.IN_ITEM else Level.IN_OBJECT
    texts = []
    for member in field.fields:
        named = name.member(member.key)
        checked = _check_given(member, found[(member.key,)], named, below, objects)
        texts.append((member.key, _json(member, checked.values)))
        reasons += checked.reasons
    values = json_text.join_objects(texts, len(given))
    return _Checked(pc.if_else(objects, values, _NO_TEXT), reasons)


def _check_list(field: Field, given: Column, name: _Name) -> _Checked:
    """Lists: each item in the field's type."""
    lists, items = emptiness.items_of(field, given)
    one = replace(field, multiple=False)
    if not field.fields:
        items = without_lists_of_one(field.type, items)
    checked = _check(one, items, name.items(lists), Level.IN_ITEM)
    values = json_text.join_items(_json(one, checked.values), lists)
    reasons = [_of_rows(reduce(_both, checked.reasons), lists)] if checked.reasons else []
    return _Checked(values, reasons)


def _json(field: Field, values: pa.Array) -> pa.StringArray:
    """Checked values as JSON text."""
    return values if field.type == "object" or field.multiple else Column.of(values).json()


def _only(mask: pa.BooleanArray, column: Column) -> Column:
    return choose(mask, column, Column.missing(len(column)))


def _reasons(
    name: _Name, bad: pa.BooleanArray, problem: str, given: Column | None
) -> list[pa.StringArray]:
    """A reason for each bad row, with its value if there is one, shortened; no array if all fit."""
    if not pc.any(bad).as_py():
        return []
    own = name.own if isinstance(name.own, str) else name.own.filter(bad)
    shown = ""
    if given is not None and not name.is_private:
        values = given.take(pc.indices_nonzero(bad)).json().to_pylist()
        shown = pa.array([f": {_show(text)}" for text in values], pa.string())
    reasons = pc.if_else(bad.filter(bad), _joined(own, f" {problem}", shown), _NO_TEXT)
    return [pc.replace_with_mask(pa.nulls(len(bad), pa.string()), bad, reasons)]


def _show(text: str) -> str:
    """A JSON text as a reason shows it; a long one is not read, only cut."""
    shown = text
    if len(text) <= _READABLE:
        value = deeply(json_text.parse, text)
        shown = repr(value) if isinstance(value, str) else deeply(json_text.dump, value)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _of_rows(reasons: pa.StringArray, lists: pa.ListArray) -> pa.StringArray:
    """The reasons of a row's items in one text; null where all its items fit."""
    bad = reasons.is_valid()
    counts = pa.table({"row": pc.list_parent_indices(lists).filter(bad)}).group_by("row")
    # Rows ascend, so each row's reasons stand together.
    lengths = counts.aggregate([([], "count_all")]).sort_by("row")
    ends = pc.cumulative_sum(lengths["count_all"].combine_chunks()).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, reasons.filter(bad)), "; ")
    rows = pc.index_in(
        pa.array(range(len(lists)), lengths["row"].type), lengths["row"].combine_chunks()
    )
    return joined.take(rows)


def _errors(reasons: Mapping[str, pa.StringArray]) -> pa.Table:
    """One row for each row with a reason: the first bad field, all reasons."""
    if not reasons:
        return _NO_ERRORS
    fields = (pc.if_else(reason.is_valid(), key, _NO_TEXT) for key, reason in reasons.items())
    first = pc.coalesce(*fields)
    rows = pc.indices_nonzero(first.is_valid())
    joined = reduce(_both, [reason.take(rows) for reason in reasons.values()])
    return pa.table([rows.cast(pa.int64()), first.take(rows), joined], schema=_NO_ERRORS.schema)


def _both(one: pa.StringArray, other: pa.StringArray) -> pa.StringArray:
    """Two reasons of each row as one."""
    return pc.coalesce(pc.binary_join_element_wise(one, other, "; "), one, other)


def _joined(*texts: _Text) -> pa.StringArray:
    return pc.binary_join_element_wise(*texts, "")


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


_NO_TEXT = pa.scalar(None, pa.string())
_NO_ERRORS = pa.table(
    {
        "index": pa.array([], pa.int64()),
        "field": pa.array([], pa.string()),
        "reason": pa.array([], pa.string()),
    }
)
