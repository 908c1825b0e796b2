"""Paths and directives."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from tests.mapping.reference.javascript import (
    UNDEFINED,
    Failed,
    is_falsy,
    loosely_empty,
    member,
    to_string,
    type_of,
)


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
