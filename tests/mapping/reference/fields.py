"""An action's fields: coercion and validation of one value."""

from __future__ import annotations

import re
from typing import Any

from tests.mapping.reference.javascript import UNDEFINED, Failed, number_of_text, to_string, type_of

EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE | re.ASCII,
)


def field_value(field: Any, value: Any, *, clears: bool) -> Any:
    """A field's value, UNDEFINED where it is not given; raises Failed where it does not fit."""
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (list, dict)):
        value = value[0]
    if value is None or (value == "" and isinstance(value, str) and not clears):
        value = UNDEFINED
    if value is UNDEFINED:
        if field.required:
            raise Failed("required")
        return UNDEFINED
    value = TYPES[field.type](value)
    if field.format == "email" and not EMAIL.fullmatch(value):
        raise Failed("e-mail")
    if field.choices and value not in field.choices:
        raise Failed("choices")
    return value


def as_string(value: Any) -> str:
    if isinstance(value, (list, dict)):
        raise Failed("string")
    return to_string(value)


def as_number(value: Any) -> float:
    if isinstance(value, (bool, int, float)):
        return float(value)
    if not isinstance(value, str) or value == "":
        raise Failed("number")
    number = number_of_text(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise Failed("number")
    return number


def as_integer(value: Any) -> int:
    number = as_number(value)
    if number != int(number) or abs(number) >= 2**63:
        raise Failed("integer")
    return int(number)


def as_boolean(value: Any) -> bool:
    for answer in (True, False):
        if value is answer or value == ("true" if answer else "false"):
            return answer
        if type_of(value) == "number" and value == int(answer):
            return answer
    raise Failed("boolean")


def as_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Failed("object")
    return value


TYPES = {
    "string": as_string,
    "text": as_string,
    "number": as_number,
    "integer": as_integer,
    "boolean": as_boolean,
    "object": as_object,
}
