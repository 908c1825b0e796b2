"""Paths and directives."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.liquid import TemplateError, template_of
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


def replace(options: dict[str, Any], payload: Any) -> Any:
    if is_falsy(options.get("value", UNDEFINED)):
        return UNDEFINED
    value = resolve(options["value"], payload)
    if type_of(value) in ("boolean", "number"):
        value = to_string(value)
    if not isinstance(value, str):
        return ""
    for number in ("", "2"):
        pattern = options.get(f"pattern{number}")
        if pattern:
            value = replace_text(
                value,
                pattern,
                options.get(f"replacement{number}", ""),
                everywhere=options.get("global") is not False,
                any_case=options.get("ignorecase") is True,
            )
    return value


def replace_text(
    text: str, pattern: str, replacement: str, *, everywhere: bool, any_case: bool
) -> str:
    """``String.prototype.replace`` of an escaped pattern, walking the text letter by letter."""
    done, at = "", 0
    while at < len(text):
        found = text[at : at + len(pattern)]
        if len(found) == len(pattern) and all(
            same_letter(one, other, any_case=any_case)
            for one, other in zip(found, pattern, strict=True)
        ):
            done += inserted(replacement, found, text[:at], text[at + len(pattern) :])
            at += len(pattern)
            if not everywhere:
                break
        else:
            done += text[at]
            at += 1
    return done + text[at:]


def same_letter(one: str, other: str, *, any_case: bool) -> bool:
    return one == other or (any_case and folded(one) == folded(other))


def folded(letter: str) -> str:
    """ECMA-262, Canonicalize, without the ``u`` flag."""
    capital = letter.upper()
    if len(capital) != 1 or ord(letter) > 0xFFFF or (ord(letter) >= 128 and ord(capital) < 128):
        return letter
    return capital


def inserted(replacement: str, found: str, before: str, after: str) -> str:
    text, at = "", 0
    while at < len(replacement):
        pair = replacement[at : at + 2]
        meaning = {"$$": "$", "$&": found, "$`": before, "$'": after}.get(pair)
        text += replacement[at] if meaning is None else meaning
        at += 1 if meaning is None else 2
    return text


def array_path(argument: list[Any], payload: Any) -> Any:
    path_, shape = (*argument, UNDEFINED)[:2]
    if isinstance(path_, str):
        root = get(payload, path_.replace("$.", "", 1))
    else:
        root = resolve(path_, payload)
    if isinstance(shape, dict) and shape and isinstance(root, (list, dict)):
        return [resolve(shape, item) for item in (root if isinstance(root, list) else [root])]
    return root


def json_(options: dict[str, Any], payload: Any) -> Any:
    value = resolve(options["value"], payload)
    if options["mode"] == "encode":
        return UNDEFINED if value is UNDEFINED else stringify(value)
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def stringify(value: Any) -> str:
    if value is None or value is UNDEFINED or value in (float("inf"), float("-inf")):
        return "null"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ",".join(map(stringify, value)) + "]"
    if isinstance(value, dict):
        members = [
            f"{stringify(key)}:{stringify(value[key])}"
            for key in in_order(value)
            if value[key] is not UNDEFINED
        ]
        return "{" + ",".join(members) + "}"
    return to_string(value)


def in_order(value: dict[str, Any]) -> list[str]:
    """An object's keys: small integers first, the others as they came."""
    numbers = [key for key in value if re.fullmatch("0|[1-9][0-9]{0,8}", key)]
    return sorted(numbers, key=int) + [key for key in value if key not in numbers]


def flatten(options: dict[str, Any], payload: Any) -> Any:
    flat: dict[str, Any] = {}

    def walk(value: Any, name: str) -> None:
        if isinstance(value, list) and not options.get("omitArrays"):
            value = {str(index): item for index, item in enumerate(value)}
        if not isinstance(value, dict):
            flat[name] = value
            return
        for key in in_order(value):
            walk(value[key], f"{name}{options['separator']}{key}" if name else key)

    value = resolve(options["value"], payload)
    if value is not UNDEFINED:
        walk(without_undefined(value), "")
    return flat


def merge(options: dict[str, Any], payload: Any) -> Any:
    objects = [resolve(one, payload) for one in options["objects"]]
    merged: dict[str, Any] = {}
    for one in reversed(objects) if options["direction"] == "left" else objects:
        if isinstance(one, dict):
            merged.update(one)
        elif isinstance(one, (list, str)):
            # An undefined item of a list is null here: a list of columns holds JSON values.
            merged.update(
                {str(at): None if item is UNDEFINED else item for at, item in enumerate(one)}
            )
    return merged


def transform_(options: dict[str, Any], payload: Any) -> Any:
    if not isinstance(payload, dict):
        raise Failed(f"data must be an object, got {type_of(payload)}")
    return resolve(options["mapping"], transform(options["apply"], payload))


def exclude_when_null(argument: Any, payload: Any) -> Any:
    value = resolve(argument, payload)
    return UNDEFINED if value is None else without_nulls(value)


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return value


def liquid(argument: str, payload: Any) -> str:
    """The same library, for one whole event at a time."""
    found = without_undefined(payload) if isinstance(payload, dict) else {}
    try:
        return template_of(argument).render(json_text.parse(json_text.dump(found)))
    except TemplateError as error:
        raise Failed(f"@liquid: {error}") from error


DIRECTIVES = {
    "@path": path,
    "@template": template,
    "@if": if_,
    "@case": case,
    "@literal": resolve,
    "@replace": replace,
    "@arrayPath": array_path,
    "@json": json_,
    "@flatten": flatten,
    "@merge": merge,
    "@transform": transform_,
    "@excludeWhenNull": exclude_when_null,
    "@liquid": liquid,
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
    if isinstance(mapping, dict) and "__segment_internal_directive" in mapping:
        ((name, options),) = mapping["__segment_internal_directive"].items()
        others = {k: v for k, v in mapping.items() if k != "__segment_internal_directive"}
        mapping = {name: {**options, "mapping": others}}
    return without_undefined(resolve(mapping, payload))
