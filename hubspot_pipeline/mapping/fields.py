"""An action's inputs: coercion and validation of whole columns, with a reason for each bad row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.coercion import (
    COERCIONS,
    items_of,
    without_empty,
    without_lists_of_one,
)
from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.javascript import Json

FieldType = Literal["string", "text", "number", "integer", "boolean", "datetime", "object"]


@dataclass(frozen=True, slots=True)
class Field:
    """One input of an action.

    Attributes:
        default: The directive that a mapping of defaults has for it. A mapping that leaves the
            field out does not get the default (mappings §1.1).
        format: ``email``, or None.
        choices: The values allowed, or none for any.
        multiple: Whether it takes a list; a single value counts as a list of one.
    """

    key: str
    label: str
    type: FieldType
    required: bool = False
    default: Json = None
    format: Literal["email"] | None = None
    choices: tuple[str, ...] = ()
    description: str = ""
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Validated:
    """Payloads, and the rows that have none.

    Attributes:
        payloads: A column for each field, a row for each event; null where the field is not given.
            string, text, datetime: string. number: double. integer: int64. boolean: bool.
            object, and lists of anything: JSON text.
        errors: ``index`` (int64, the row), ``field`` (the first bad field's key), ``reason`` (every
            reason of the row). At most one for each row, in row order; the payload of such a row is
            not to be used.
    """

    payloads: pa.Table
    errors: pa.Table


def default_mapping(fields: Sequence[Field]) -> dict[str, Json]:
    """The mapping that ``"mapping": "default"`` stands for."""
    return {field.key: field.default for field in fields if field.default is not None}


def validate(fields: Sequence[Field], columns: Mapping[str, Column], rows: int) -> Validated:
    """Bring mapped columns into the fields' types, and say which rows do not fit.

    Null is dropped. An empty string is dropped too, except where the mapping itself writes it: a
    literal ``""``, alone or as the branch that an ``@if`` takes. Only such a one clears a property;
    an empty string that comes out of the event (or a template) does not. Columns that are no field
    are dropped (mappings §1.1).
    """
    payloads: dict[str, pa.Array] = {}
    reasons: dict[str, pa.StringArray] = {}
    for field in fields:
        column = columns.get(field.key) or Column.missing(rows)
        payloads[field.key], reason = _validate_field(field, column)
        if reason is not None:
            reasons[field.key] = reason
    return Validated(pa.table(payloads), _errors(reasons))


EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$"
)
"""ajv-formats' full pattern: ASCII, no surrounding spaces, a dot in the domain (actions §2.5)."""

_SHOWN = 40
_READABLE = 500


def _validate_field(field: Field, column: Column) -> tuple[pa.Array, pa.StringArray | None]:
    """The field's payload column, and a reason for each row that does not fit (None for none)."""
    given = without_empty(column if field.multiple else without_lists_of_one(column))
    values, problems = _check_each(field, given) if field.multiple else _check(field, given)
    found = [_failed(field, column)]
    found += [_reasons(field, bad, problem, given) for bad, problem in problems]
    if field.required:
        found.append(pc.if_else(given.values.is_null(), f"{field.label} is required", _NO_TEXT))
    reasons = [reason for reason in found if reason is not None]
    return values, pc.coalesce(*reasons) if reasons else None


def _check(field: Field, given: Column) -> tuple[pa.Array, list[tuple[pa.BooleanArray, str]]]:
    """The values in the field's type, and the rows that each check finds wrong."""
    coerced = COERCIONS[field.type](given)
    values = coerced.values
    problems = [(coerced.bad, coerced.problem)]
    if field.format == "email":
        bad = _sure(pc.invert(pc.match_substring_regex(values, EMAIL)))
        problems.append((bad, "is not a valid e-mail address"))
    if field.choices:
        bad = pc.and_not(values.is_valid(), pc.is_in(values, pa.array(field.choices)))
        problems.append((bad, f"must be one of {', '.join(map(repr, field.choices))}"))
    return values, problems


def _check_each(field: Field, given: Column) -> tuple[pa.Array, list[tuple[pa.BooleanArray, str]]]:
    """As ``_check``, over the items of lists; a single value counts as a list of one."""
    lists = items_of(given)
    rows = pc.list_parent_indices(lists)
    values, problems = _check(field, Column.of_json(pc.list_flatten(lists)))
    texts = values if field.type == "object" else Column.of(values).json()
    every_row = pa.array(range(len(given)), rows.type)
    return json_text.join_items(texts, lists), [
        (pc.is_in(every_row, rows.filter(bad)), problem) for bad, problem in problems
    ]


def _failed(field: Field, column: Column) -> pa.StringArray | None:
    if column.errors is None:
        return None
    return pc.binary_join_element_wise(f"{field.label} could not be mapped: ", column.errors, "")


def _reasons(
    field: Field, bad: pa.BooleanArray, problem: str, given: Column
) -> pa.StringArray | None:
    """A reason for each bad row, with its value shortened; None where all fit."""
    if not pc.any(bad).as_py():
        return None
    shown = map(_show, given.take(pc.indices_nonzero(bad)).json().to_pylist())
    texts = pa.array([f"{field.label} {problem}: {text}" for text in shown], pa.string())
    return pc.replace_with_mask(pa.nulls(len(bad), pa.string()), bad, texts)


def _show(text: str) -> str:
    """A JSON text as a reason shows it; a long one is not read, only cut."""
    shown = text
    if len(text) <= _READABLE:
        value = json_text.parse(text)
        shown = repr(value) if isinstance(value, str) else json_text.dump(value)
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _errors(reasons: Mapping[str, pa.StringArray]) -> pa.Table:
    """One row for each row with a reason: the first bad field, all reasons."""
    if not reasons:
        return _NO_ERRORS
    fields = (pc.if_else(reason.is_valid(), key, _NO_TEXT) for key, reason in reasons.items())
    first = pc.coalesce(*fields)
    rows = pc.indices_nonzero(first.is_valid())
    joined = pa.repeat("", len(rows))
    for reason in reasons.values():
        more = pc.binary_join_element_wise("; ", reason.take(rows), "")
        joined = pc.binary_join_element_wise(joined, pc.fill_null(more, ""), "")
    columns = [rows.cast(pa.int64()), first.take(rows), pc.utf8_slice_codeunits(joined, 2)]
    return pa.table(columns, schema=_NO_ERRORS.schema)


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
