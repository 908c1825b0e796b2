"""The mapping language, row by row and as plain as it can be: what the column engine is held to.

Written from the reference (mappings-and-triggers), and shares no code with the engine.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import cache
from typing import Any


class Undefined:
    def __repr__(self) -> str:
        return "UNDEFINED"


UNDEFINED = Undefined()


class Failed(Exception):  # noqa: N818 - reads as the verdict it is
    """What the original throws for an event."""


# --- JavaScript ----------------------------------------------------------------------------------


def number_to_string(number: float) -> str:
    """ECMA-262, Number::toString."""
    value = float(number)
    if value == 0:
        return "0"
    if value < 0:
        return "-" + number_to_string(-value)
    if value == float("inf"):
        return "Infinity"
    digits = "".join(map(str, Decimal(repr(value)).as_tuple().digits)).strip("0")
    n = Decimal(repr(value)).adjusted() + 1
    k = len(digits)
    if k <= n <= 21:
        return digits + "0" * (n - k)
    if 0 < n <= 21:
        return digits[:n] + "." + digits[n:]
    if -6 < n <= 0:
        return "0." + "0" * -n + digits
    exponent = ("+" if n > 0 else "-") + str(abs(n - 1))
    return digits[0] + ("." + digits[1:] if k > 1 else "") + "e" + exponent


def to_string(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_to_string(value)
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join("" if item in (None, UNDEFINED) else to_string(item) for item in value)
    return "[object Object]"


def type_of(value: Any) -> str:
    if value is UNDEFINED:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def is_falsy(value: Any) -> bool:
    kind = type_of(value)
    return kind in ("undefined", "null") or (kind in ("boolean", "number", "string") and not value)


def loosely_empty(value: Any) -> bool:
    """``value == ''``."""
    kind = type_of(value)
    if kind in ("boolean", "number"):
        return float(value) == 0
    if kind in ("array", "object"):
        return to_string(value) == ""
    return value == ""


def member(value: Any, key: str) -> Any:
    """``value[key]``, own members only."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, str):
        units = value.encode("utf-16-le")
        if key == "length":
            return len(units) // 2
        # Letters outside the first plane are two units in JavaScript, and one letter here.
        value = list(value)
    if isinstance(value, list):
        if key == "length":
            return len(value)
        if key.isascii() and key.isdigit() and str(int(key)) == key and int(key) < len(value):
            return value[int(key)]
    return UNDEFINED


# --- paths ---------------------------------------------------------------------------------------


@cache
def split_path(path: str) -> list[str]:
    parts, part = [], ""
    for index, letter in enumerate(path):
        before = path[index - 1] if index else ""
        after = path[index + 1 : index + 2]
        splits = (
            letter == "."
            or (letter == "[" and after in list("0123456789'\""))
            or (letter == "]" and before in list("0123456789'\""))
        )
        if splits:
            parts.append(part)
            part = ""
        else:
            part += letter
    parts.append(part)
    return [part.replace("'", "").replace('"', "") for part in parts if part]


def get(payload: Any, path: str) -> Any:
    value = payload
    for key in split_path(path):
        if is_falsy(value):
            return value
        value = member(value, key)
    return value


# --- directives ----------------------------------------------------------------------------------


def is_directive(mapping: Any) -> bool:
    return isinstance(mapping, dict) and any(key.startswith("@") for key in mapping)


def resolve(mapping: Any, payload: Any) -> Any:
    if is_directive(mapping):
        (name,) = [key for key in mapping if key != "_metadata"]
        return DIRECTIVES[name](mapping[name], payload)
    if isinstance(mapping, dict):
        return {key: resolve(value, payload) for key, value in mapping.items()}
    if isinstance(mapping, list):
        return [resolve(item, payload) for item in mapping]
    return mapping


def text_argument(name: str, argument: Any, payload: Any) -> str:
    text = resolve(argument, payload)
    if not isinstance(text, str):
        raise Failed(f"{name}: expected string, got {type_of(text)}")
    return text


def path(argument: Any, payload: Any) -> Any:
    return get(payload, text_argument("@path", argument, payload).replace("$.", "", 1))


def template(argument: Any, payload: Any) -> str:
    def insert(match: re.Match[str]) -> str:
        value = get(payload, match[1].strip())
        return "" if value in (None, UNDEFINED) else to_string(value)

    text = text_argument("@template", argument, payload)
    text = re.sub(r"\{\{\{([^}]+)\}\}\}", insert, text)
    return re.sub(r"\{\{([^}]+)\}\}", insert, text)


def if_(options: dict[str, Any], payload: Any) -> Any:
    if "exists" in options:
        value = resolve(options["exists"], payload)
        holds = value is not UNDEFINED and value is not None
    else:
        value = resolve(options["blank"], payload)
        holds = value is not UNDEFINED and value is not None and not loosely_empty(value)
    if holds and "then" in options:
        return resolve(options["then"], payload)
    if not holds and not is_falsy(options.get("else", UNDEFINED)):
        return resolve(options["else"], payload)
    return UNDEFINED


def case(options: dict[str, Any], payload: Any) -> Any:
    if is_falsy(options.get("value", UNDEFINED)):
        return UNDEFINED
    value = resolve(options["value"], payload)
    if isinstance(value, str):
        return value.lower() if options["operator"] == "lower" else value.upper()
    return value


DIRECTIVES = {
    "@path": path,
    "@template": template,
    "@if": if_,
    "@case": case,
    "@literal": resolve,
}


def without_undefined(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: without_undefined(item) for key, item in value.items() if item is not UNDEFINED
        }
    if isinstance(value, list):
        # An undefined item stays in its place; JSON prints it as null.
        return [None if item is UNDEFINED else without_undefined(item) for item in value]
    return value


def transform(mapping: Any, payload: Any) -> Any:
    return without_undefined(resolve(mapping, payload))


# --- triggers: a condition is (field, operator, value), ("and" | "or", …) or a text test ---------


Condition = tuple[Any, ...]


class Word(str):  # noqa: SLOT000 - a marker, never many
    """A value written without quotes: ``true``, ``null``, ``hello``."""


def written_field(field: tuple[str, ...]) -> str:
    return ".".join(field)


def write(condition: Condition) -> str:
    kind = condition[0]
    if kind in ("and", "or"):
        return f" {kind} ".join(
            f"({write(child)})" if child[0] in ("and", "or") else write(child)
            for child in condition[1]
        )
    if kind in ("contains", "match"):
        _, field, text, negated = condition
        return f'{"!" if negated else ""}{kind}({written_field(field)}, "{text}")'
    _, field, operator, value = condition
    if isinstance(value, str) and not isinstance(value, Word):
        value = f'"{value}"'
    return f"{written_field(field)} {operator} {value}"


def matches(condition: Condition, event: Any) -> bool:
    kind = condition[0]
    if kind in ("and", "or"):
        results = [matches(child, event) for child in condition[1]]
        return all(results) if kind == "and" else any(results)
    field = condition[1]
    actual = event
    for key in field:
        actual = actual if is_falsy(actual) else member(actual, key)
    if kind in ("contains", "match"):
        return text_test(condition, actual)
    return compare(field[0], condition[2], condition[3], actual)


def text_test(condition: Condition, actual: Any) -> bool:
    kind, _, text, negated = condition
    if not isinstance(actual, str):
        return False
    if kind == "contains":
        return (text in actual) is not negated
    holds = actual.startswith(text[:-1]) if text.endswith("*") else actual.endswith(text[1:])
    return holds is not negated


def compare(field: str, operator: str, value: Any, actual: Any) -> bool:
    is_number = type_of(actual) == "number"
    if operator in ("<", "<=", ">", ">="):
        right = {"true": 1.0, "false": 0.0}.get(value) if isinstance(value, Word) else None
        if right is not None and field not in ("properties", "traits", "context", "userId"):
            right = float("nan")
        if right is None:
            right = to_number(value)
        orders = {
            "<": lambda left: left < right,
            "<=": lambda left: left <= right,
            ">": lambda left: left > right,
            ">=": lambda left: left >= right,
        }
        return is_number and orders[operator](float(actual))
    equal = operator == "="
    in_document = field in ("properties", "traits", "context")
    if isinstance(value, Word) and value == "null" and field not in ("type", "event"):
        return (actual is UNDEFINED or actual is None) is equal
    has_booleans = in_document or field == "userId"
    if isinstance(value, Word) and value in ("true", "false") and equal and has_booleans:
        return actual is (value == "true")
    if isinstance(value, (int, float)):
        if in_document:
            return is_number and (float(actual) == float(value)) is equal
        value = number_to_string(value)
    return (isinstance(actual, str) and actual == str(value)) is equal


def to_number(value: Any) -> float:
    """``Number(value)`` of the values that triggers are generated with."""
    if not isinstance(value, str):
        return float(value)
    text = value.strip()
    if not text:
        return 0.0
    try:
        return float(text) if re.fullmatch(r"[-+]?\d+(\.\d*)?(e[-+]?\d+)?", text) else float("nan")
    except ValueError:
        return float("nan")


# --- fields --------------------------------------------------------------------------------------

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
    number = js_number(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise Failed("number")
    return number


def js_number(text: str) -> float:
    text = text.strip(" \t\n\r\v\f\u00a0\ufeff")
    if text == "":
        return 0.0
    if re.fullmatch(r"0[xX][0-9a-fA-F]+", text):
        return float(int(text, 16))
    if re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text, re.ASCII):
        return float(text)
    return float("nan")


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


# --- comparing answers ---------------------------------------------------------------------------


def same_text(value: Any) -> str:
    """A text that two values share if and only if they are the same to JavaScript."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{same_text(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(same_text, value)) + "]"
    if type_of(value) == "number":
        return number_to_string(value)
    return json.dumps(value)
