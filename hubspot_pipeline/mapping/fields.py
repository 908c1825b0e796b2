"""An action's inputs: coercion and validation of whole columns, with a reason for each bad row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.coercion import COERCIONS, without_empty, without_lists_of_one
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
    values: list[pa.Array] = []
    reasons: list[pa.StringArray] = []
    for field in fields:
        column = columns.get(field.key) or Column.missing(rows)
        answer, reason = _validate_field(field, column)
        values.append(answer)
        reasons.append(reason)
    payloads = pa.table(values, names=[field.key for field in fields])
    return Validated(payloads, _errors(fields, reasons))


EMAIL = (
    r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$"
)
"""ajv-formats' full pattern: ASCII, no surrounding spaces, a dot in the domain (actions §2.5)."""

_SHOWN = 40


def _validate_field(field: Field, column: Column) -> tuple[pa.Array, pa.StringArray]:
    """The field's payload column, and a reason for each row that does not fit (null elsewhere)."""
    given = without_empty(without_lists_of_one(column))
    coerced = COERCIONS[field.type](given)
    found = [_failed(field, column), _reasons(field, coerced.bad, coerced.problem, given)]
    if field.format == "email":
        wrong = _sure(pc.invert(pc.match_substring_regex(coerced.values, EMAIL)))
        found.append(_reasons(field, wrong, "is not a valid e-mail address", given))
    if field.choices:
        wrong = pc.and_not(
            coerced.values.is_valid(), pc.is_in(coerced.values, pa.array(field.choices))
        )
        allowed = ", ".join(map(repr, field.choices))
        found.append(_reasons(field, wrong, f"must be one of {allowed}", given))
    if field.required:
        absent = pa.array(given.values.is_null())
        found.append(pc.if_else(absent, f"{field.label} is required", _NO_TEXT))
    reasons = [reason for reason in found if reason is not None]
    return coerced.values, pc.coalesce(*reasons) if reasons else pa.nulls(len(column), pa.string())


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
    shown = [_show(text) for text in given.json().filter(bad).to_pylist()]
    texts = pa.array([f"{field.label} {problem}: {text}" for text in shown], pa.string())
    return pc.replace_with_mask(pa.nulls(len(bad), pa.string()), bad, texts)


def _show(text: str) -> str:
    value = json_text.parse(text)
    shown = repr(value) if isinstance(value, str) else text
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"


def _errors(fields: Sequence[Field], reasons: Sequence[pa.StringArray]) -> pa.Table:
    """One row for each row with a reason: the first bad field, all reasons."""
    first = pc.coalesce(
        *(
            pc.if_else(reason.is_valid(), field.key, _NO_TEXT)
            for field, reason in zip(fields, reasons, strict=True)
        )
    )
    rows = pc.indices_nonzero(first.is_valid())
    joined = [
        "; ".join(reason for reason in row if reason is not None)
        for row in zip(*(reason.take(rows).to_pylist() for reason in reasons), strict=True)
    ]
    return pa.table(
        {
            "index": rows.cast(pa.int64()),
            "field": first.take(rows),
            "reason": pa.array(joined, pa.string()),
        }
    )


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


_NO_TEXT = pa.scalar(None, pa.string())
