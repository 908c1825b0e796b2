"""An action's fields: coercion and validation of one value."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from tests.mapping.reference.javascript import UNDEFINED, Failed, number_of_text, to_string, type_of

EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?",
    re.IGNORECASE | re.ASCII,
)


TEXTS = ("string", "text", "datetime")


def field_value(field: Any, value: Any, *, clears: bool) -> Any:
    """A field's value, UNDEFINED where it is not given; raises Failed where it does not fit.

    An empty text that ``clears`` is one that the mapping wrote.
    """
    if value is None:
        value = UNDEFINED
    if is_empty_text(value) and (field.multiple or field.type not in TEXTS):
        value = UNDEFINED
    if value is not UNDEFINED:
        value = checked(field, value)
    if is_empty_text(value) and not clears:
        value = UNDEFINED
    return given(field, value)


def given(field: Any, value: Any) -> Any:
    if value is UNDEFINED and field.required:
        raise Failed("required")
    if value is not UNDEFINED and not field.multiple:
        # After the empty text is gone: an address that is not given is no wrong address.
        if field.format == "email" and not EMAIL.fullmatch(value):
            raise Failed("e-mail")
        if field.choices and value not in field.choices:
            raise Failed("choices")
    return value


def is_empty_text(value: Any) -> bool:
    return isinstance(value, str) and value == ""


def checked(field: Any, value: Any, *, in_item: bool = False) -> Any:
    """The value in the field's type."""
    if field.multiple:
        items = value if isinstance(value, list) else [value]
        items = [
            item
            for item in items
            if item is not None and not (is_empty_text(item) and field.type not in TEXTS)
        ]
        one = replace(field, multiple=False)
        return [given(one, checked(one, item, in_item=True)) for item in items]
    if field.type == "object":
        if not isinstance(value, dict):
            raise Failed("object")
        return members(field, value, in_item=in_item) if field.fields else value
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], (list, dict)):
        value = value[0]
    if value is None:
        value = {"number": 0, "integer": 0, "boolean": False}.get(field.type, "")
    return TYPES[field.type](value)


def members(field: Any, value: dict[str, Any], *, in_item: bool) -> dict[str, Any]:
    """An object's declared members, each in its type; inside items of lists nothing is empty."""
    found = {}
    for member in field.fields:
        inner = value.get(member.key, UNDEFINED)
        if not in_item and (
            inner is None
            or (is_empty_text(inner) and (member.multiple or member.type not in TEXTS))
        ):
            inner = UNDEFINED
        if inner is not UNDEFINED:
            inner = checked(member, inner, in_item=in_item)
        inner = given(member, inner)
        if inner is not UNDEFINED:
            found[member.key] = inner
    return found


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


TYPES = {
    "string": as_string,
    "text": as_string,
    "number": as_number,
    "integer": as_integer,
    "boolean": as_boolean,
}
