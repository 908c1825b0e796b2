"""Triggers: a condition is (field, operator, value), ("and" | "or", …) or a text test."""

from __future__ import annotations

from typing import Any

from tests.mapping.reference.javascript import (
    UNDEFINED,
    is_falsy,
    member,
    number_of_text,
    number_to_string,
    type_of,
)

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
            right = number_of_text(value) if isinstance(value, str) else float(value)
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
