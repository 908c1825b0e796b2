"""Triggers as ``dialect: segment`` reads them: letter by letter, token by token, event by event."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.mapping.reference.javascript import (
    UNDEFINED,
    is_falsy,
    member,
    number_of_text,
    number_to_string,
    type_of,
)

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
DIGITS = "0123456789"
END = ""
ENDS_A_TOKEN = (END, " ", "\t", "\n", ",", "]", ")")


class Unreadable(Exception):  # noqa: N818 - reads as the verdict it is
    """The text cannot be parsed, or what it says cannot be evaluated."""


# --- letters to tokens: (kind, text) ---


@dataclass
class Letters:
    text: str
    at: int = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1 : self.at]

    def accept(self, wanted: str) -> bool:
        """Whether the next letters are these, and a token; looking into the end loses letters."""
        seen = ""
        for _ in wanted:
            if self.peek() == END:
                return False
            seen += self.take()
            if seen[-1] in ENDS_A_TOKEN:
                break
        if seen == wanted and self.peek() in ENDS_A_TOKEN:
            return True
        self.at -= len(seen)
        return False


def tokens(text: str) -> list[tuple[str, str]]:
    letters, found = Letters(text), []
    while letters.peek() != END:
        letter = letters.take()
        if letter not in " \t\n":
            found.append(token(letter, letters))
    return [*found, ("end", "eos")]


def token(letter: str, letters: Letters) -> tuple[str, str]:
    following = letters.peek()
    if letter == "!" and following != END and following in LETTERS + "(":
        return ("operator", "!")
    if letter == "!":
        if letters.accept("="):
            return ("operator", "!=")
        raise Unreadable
    if letter in "<>":
        return ("operator", letter + "=" if letters.accept("=") else letter)
    if letter == "=":
        return ("operator", "=")
    for kind, word in (("joiner", "and"), ("joiner", "or"), ("null", "null")):
        if letter == word[0] and letters.accept(word[1:]):
            return (kind, word)
    if letter in LETTERS + "\\_":
        return ("word", word_from(letter, letters))
    if letter in DIGITS + "+-":
        return ("number", number_from(letter, letters))
    if letter in "\"'":
        return ("string", string_from(letter, letters))
    if letter in ".,()[]":
        return ("mark", letter)
    raise Unreadable


def word_from(letter: str, letters: Letters) -> str:
    word = ""
    while True:
        if letter == "\\":
            letter = letters.take()
            if letter == END or ord(letter) > 0xFFFF:
                raise Unreadable
        word += letter
        if letters.peek() == END or letters.peek() not in LETTERS + DIGITS + "_-\\":
            break
        letter = letters.take()
    if letters.peek() not in (*ENDS_A_TOKEN, ".", "(", "=", "!"):
        raise Unreadable
    return word


def number_from(letter: str, letters: Letters) -> str:
    number = letter
    while letters.peek() != END and letters.peek() in DIGITS + ".":
        if letters.peek() == "." and "." in number:
            raise Unreadable
        number += letters.take()
        if number.endswith(".") and letters.peek() in ENDS_A_TOKEN:
            raise Unreadable
    return number


def string_from(quote: str, letters: Letters) -> str:
    inside = ""
    while letters.peek() != quote:
        if letters.peek() == END:
            raise Unreadable
        inside += letters.take()
    letters.accept(quote)
    return quote + inside + quote


# --- tokens to conditions ---


@dataclass
class All:
    """A level of parentheses: its conditions and the last joiner written."""

    joiner: str = "and"
    conditions: list[Any] = field(default_factory=list)


@dataclass
class Test:
    head: str
    name: str | None
    operator: str
    expected: Any = None


def parse(text: str) -> All:
    left = tokens(text)
    at = 1
    while at + 1 < len(left):
        if [left[at - 1][0], left[at], left[at + 1][0]] == ["word", ("mark", "."), "word"]:
            left[at - 1 : at + 2] = [("word", left[at - 1][1] + "." + left[at + 1][1])]
        else:
            at += 1
    return level(left)


def shift(left: list[tuple[str, str]]) -> tuple[str, str]:
    if not left:
        raise Unreadable
    return left.pop(0)


def level(left: list[tuple[str, str]]) -> All:
    all_ = All()
    while left:
        kind, text = shift(left)
        if kind == "end":
            break
        if kind == "joiner":
            all_.joiner = text
        if kind == "word" and text.split(".")[0] in HEADS:
            operator, value = shift(left), shift(left)
            all_.conditions.append(comparison(text, operator[1], value))
        if kind == "word" and text in ("contains", "match"):
            call(text, left, all_, "")
        if (kind, text) == ("operator", "!") and left[0] in FUNCTIONS:
            call(shift(left)[1], left, all_, "not_")
        if (kind, text) == ("mark", "("):
            inside = []
            while (one := shift(left)) != ("mark", ")"):
                inside.append(one)
            all_.conditions.append(level([*inside, ("end", "eos")]))
    if not all_.conditions:
        raise Unreadable
    return all_


HEADS = ("type", "event", "name", "userId", "properties", "traits", "context")
DOCUMENTS = HEADS[4:]
FUNCTIONS = [("word", "contains"), ("word", "match")]


def comparison(name: str, operator: str, token_: tuple[str, str]) -> Test:
    head = name.split(".", maxsplit=1)[0]
    kind, text = token_
    key = name.replace(head + ".", "", 1) if head in DOCUMENTS else None
    if text == "null" and head not in ("type", "event") and operator in ("=", "!="):
        return Test(head, key, "exists" if operator == "!=" else "not_exists")
    if text in ("true", "false") and operator == "=" and head in ("userId", *DOCUMENTS):
        return Test(head, key, "is_" + text)
    if kind == "number" and head in DOCUMENTS and operator in ("=", "!="):
        return Test(head, key, "number_equals" if operator == "=" else "number_not_equals", token_)
    expected = value_of(token_)
    return Test(head, key, operator, expected if head in DOCUMENTS else string(expected))


def call(function: str, left: list[tuple[str, str]], all_: All, negation: str) -> None:
    shift(left)
    name = shift(left)[1]
    shift(left)
    value = shift(left)
    if left:
        shift(left)
    expected, operator = string(value_of(value)), function
    if function == "match" and value[1].endswith('*"'):
        expected, operator = expected[:-1], "starts_with"
    elif function == "match":
        operator = "ends_with"
        expected = expected if expected[:1] > "\uffff" else expected[1:]
    if name in ("event", "name", "userId"):
        all_.conditions.append(Test(name, None, negation + operator, expected))
    for head in DOCUMENTS:
        if name.startswith(head):
            key = name.replace(head + ".", "", 1)
            all_.conditions.append(Test(head, key, negation + operator, expected))


def value_of(token_: tuple[str, str]) -> Any:
    kind, text = token_
    if kind == "string":
        return text[1:-1] if text[0] == '"' else text
    if kind == "number":
        return number_of_text(text)
    if kind == "word" and text in ("true", "false"):
        return text == "true"
    return text


def string(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "NaN" if value != value else number_to_string(value)
    return value


def number(value: Any) -> float:
    if isinstance(value, tuple):
        value = value_of(value)
    return number_of_text(value) if isinstance(value, str) else float(value)


# --- conditions over one event ---


def matches(condition: All | Test, event: Any) -> bool:
    if isinstance(condition, All):
        results = [matches(one, event) for one in condition.conditions]
        return all(results) if condition.joiner == "and" else any(results)
    return holds(condition.operator, actual_of(condition, event), condition.expected)


def actual_of(test: Test, event: Any) -> Any:
    actual = member(event, test.head)
    if test.name is None:
        return actual
    keys = [key for key in test.name.replace("[", ".").replace("]", ".").split(".") if key]
    if not keys:
        raise Unreadable
    for key in keys:
        if is_falsy(actual):
            return actual
        actual = member(actual, key)
    return actual


def holds(operator: str, actual: Any, expected: Any) -> bool:
    is_number, is_text = type_of(actual) == "number", type_of(actual) == "string"
    if operator in ("=", "!="):
        return (is_text and actual == string(expected)) is (operator == "=")
    if operator == "number_equals":
        return is_number and float(actual) == number(expected)
    if operator == "number_not_equals":
        return is_number and float(actual) != number(expected)
    if operator in ("<", "<=", ">", ">="):
        left, right = (float(actual), number(expected)) if is_number else (0.0, float("nan"))
        return {
            "<": left < right,
            "<=": left <= right,
            ">": left > right,
            ">=": left >= right,
        }[operator]
    if operator in ("exists", "not_exists"):
        return (actual is UNDEFINED or actual is None) is (operator == "not_exists")
    if operator in ("is_true", "is_false"):
        return actual is (operator == "is_true")
    tests = {
        "contains": lambda: string(expected) in actual,
        "starts_with": lambda: actual.startswith(string(expected)),
        "ends_with": lambda: actual.endswith(string(expected)),
    }
    test = tests.get(operator.removeprefix("not_"))
    if test is None or not is_text:
        return False
    return test() is not operator.startswith("not_")
