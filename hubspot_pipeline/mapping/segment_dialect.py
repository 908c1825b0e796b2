"""FQL as the reference destination really reads it, for triggers that are moved over."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from typing import Literal, cast

from hubspot_pipeline.mapping.conditions import (
    Comparison,
    Condition,
    Group,
    Never,
    Order,
    TextTest,
    TextTestName,
)
from hubspot_pipeline.mapping.errors import TriggerError
from hubspot_pipeline.mapping.javascript import number_value, text_of
from hubspot_pipeline.mapping.paths import Path
from hubspot_pipeline.mapping.segment_tokens import Token, tokens_of

_TEXT_FIELDS = ("type", "event", "name", "userId")
_DOCUMENTS = ("properties", "traits", "context")
_FUNCTIONS = ("contains", "match")
_KEY = re.compile(r"[^\[.\]]+")

Value = str | float | bool


def parse_segment(text: str) -> Condition:
    """Read a trigger as the reference destination does, traps and all (mappings §2).

    Raises:
        TriggerError: The reference destination cannot read it either, or fails at events because of
            it (empty parentheses); names the column, and says what to write instead.
    """
    return _Parser(text).parse()


class _Parser:
    """Goes through the tokens once and keeps the conditions it comes upon."""

    def __init__(self, text: str) -> None:
        self.text = text

    def parse(self) -> Condition:
        condition = self.level(deque(tokens_of(self.text)))
        if condition is None:
            raise TriggerError(
                self.text,
                1,
                "there is no condition here: a trigger looks at "
                f"{', '.join(_TEXT_FIELDS)}, properties.…, traits.… or context.…",
            )
        return condition

    def level(self, tokens: deque[Token]) -> Condition | None:
        """One level of parentheses: all its conditions, joined by the last joiner written."""
        children: list[Condition] = []
        joiner: Literal["and", "or"] = "and"
        while tokens and (token := tokens.popleft()).kind != "end":
            if token.kind == "joiner":
                joiner = cast(Literal["and", "or"], token.text)
            elif (token.kind, token.text) == ("mark", "("):
                children.append(self.group(token, tokens))
            elif (token.kind, token.text) == ("operator", "!") and _is_function(tokens[0]):
                children += self.call(tokens.popleft(), tokens, negated=True)
            elif _is_function(token):
                children += self.call(token, tokens, negated=False)
            elif token.kind == "word" and _head(token) in (*_TEXT_FIELDS, *_DOCUMENTS):
                children.append(self.comparison(token, tokens))
        if len(children) > 1:
            return Group(joiner, tuple(children))
        return children[0] if children else None

    def group(self, opening: Token, tokens: deque[Token]) -> Condition:
        """What stands up to the next ``)``, whatever that one was meant to close."""
        inner: deque[Token] = deque()
        while tokens and (tokens[0].kind, tokens[0].text) != ("mark", ")"):
            inner.append(tokens.popleft())
        if not tokens:
            raise self.error(
                opening,
                "this '(' is not closed, or stands in other parentheses: the reference destination "
                "reads one level of them",
            )
        closing = tokens.popleft()
        condition = self.level(deque([*inner, Token("end", "eos", closing.column)]))
        if condition is None:
            raise self.error(
                opening,
                "there is no condition in these parentheses, and the reference destination fails "
                "at events because of it: take them out",
            )
        return condition

    def comparison(self, field: Token, tokens: deque[Token]) -> Condition:
        if len(tokens) < 2:
            raise self.error(field, f'write what {field.text} is to be: {field.text} = "text"')
        operator, value = tokens.popleft().text, tokens.popleft()
        head, path = _head(field), self.path(field)
        if value.text == "null" and operator in ("=", "!=") and head not in ("type", "event"):
            return Comparison(path, cast(Literal["=", "!="], operator), None)
        if value.text in ("true", "false") and operator == "=" and head in ("userId", *_DOCUMENTS):
            return Comparison(path, "=", value.text == "true")
        if value.kind == "number" and head in _DOCUMENTS:
            operator = {"=": "number_equals", "!=": "number_not_equals"}.get(operator, operator)
        expected = _value(value)
        test = _OPERATORS.get(operator)
        if test is None:
            return Never()
        return test(path, expected if head in _DOCUMENTS else text_of(expected))

    def call(self, function: Token, tokens: deque[Token], *, negated: bool) -> list[Condition]:
        """A function's condition; none where it cannot look at the field."""
        if len(tokens) < 4:
            raise self.error(function, f'write {function.text}(event, "text")')
        _, field, _, value = (tokens.popleft() for _ in range(4))
        if tokens:
            tokens.popleft()
        if field.text not in _TEXT_FIELDS[1:] and not field.text.startswith(_DOCUMENTS):
            return []
        text = text_of(_value(value))
        test: TextTestName = "contains"
        if function.text == "match":
            is_start = value.text.endswith('*"')
            test = "starts with" if is_start else "ends with"
            text = text[:-1] if is_start else _without_first(text)
        return [TextTest(self.path(field), test, text, negated)]

    def path(self, field: Token) -> Path:
        """The path of a field; a word that only begins like a document is a key of it."""
        for document in _DOCUMENTS:
            if field.text.startswith(document):
                keys = _KEY.findall(field.text.removeprefix(f"{document}."))
                if not keys:
                    raise self.error(field, f"write which of the {document}: {document}.name")
                return (document, *keys)
        return (_head(field),)

    def error(self, token: Token, reason: str) -> TriggerError:
        return TriggerError(self.text, token.column, reason)


def _head(field: Token) -> str:
    return field.text.partition(".")[0]


def _is_function(token: Token) -> bool:
    return token.kind == "word" and token.text in _FUNCTIONS


def _value(token: Token) -> Value:
    """What a token means as a value; any but a number and two words is text."""
    if token.kind == "string":
        return token.text.strip('"')
    if token.kind == "number":
        return number_value(token.text)
    if token.kind == "word" and token.text in ("true", "false"):
        return token.text == "true"
    return token.text


def _number(value: Value) -> float:
    return number_value(value) if isinstance(value, str) else float(value)


def _without_first(text: str) -> str:
    """The text without its first UTF-16 unit.

    Half of a character cannot be looked for in UTF-8: the whole of it is taken in its place.
    """
    return text if text[:1] > "\uffff" else text[1:]


def _same(operator: Literal["=", "!="]) -> Callable[[Path, Value], Condition]:
    return lambda path, value: Comparison(path, operator, text_of(value))


def _order(operator: Order) -> Callable[[Path, Value], Condition]:
    return lambda path, value: Comparison(path, operator, _number(value))


def _fixed(operator: Literal["=", "!="], value: bool | None) -> Callable[[Path, Value], Condition]:
    return lambda path, _: Comparison(path, operator, value)


def _text_test(test: TextTestName, *, negated: bool = False) -> Callable[[Path, Value], Condition]:
    return lambda path, value: TextTest(path, test, text_of(value), negated)


_OPERATORS: dict[str, Callable[[Path, Value], Condition]] = {
    "=": _same("="),
    "!=": _same("!="),
    "<": _order("<"),
    "<=": _order("<="),
    ">": _order(">"),
    ">=": _order(">="),
    "number_equals": lambda path, value: Comparison(path, "=", _number(value)),
    "number_not_equals": lambda path, value: Comparison(path, "!=", _number(value)),
    "contains": _text_test("contains"),
    "not_contains": _text_test("contains", negated=True),
    "starts_with": _text_test("starts with"),
    "not_starts_with": _text_test("starts with", negated=True),
    "ends_with": _text_test("ends with"),
    "not_ends_with": _text_test("ends with", negated=True),
    "exists": _fixed("!=", None),
    "not_exists": _fixed("=", None),
    "is_true": _fixed("=", value=True),
    "is_false": _fixed("=", value=False),
}
"""Every word that the reference destination takes for an operator: it passes its own names on."""
