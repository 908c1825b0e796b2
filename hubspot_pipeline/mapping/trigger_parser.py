"""FQL's strict dialect, which refuses what the reference takes for another thing than it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from hubspot_pipeline.mapping.conditions import Comparison, Condition, Group, TextTest
from hubspot_pipeline.mapping.errors import TriggerError, did_you_mean
from hubspot_pipeline.mapping.javascript import number_text
from hubspot_pipeline.mapping.paths import Path

_TEXT_FIELDS = ("type", "event", "name", "userId")
_DOCUMENTS = ("properties", "traits", "context")
_FUNCTIONS = ("contains", "match")
_DEEPEST = 50
_KEY = re.compile(r"(?:\\.|[^.\\])+")
_ESCAPE = re.compile(r"\\(.)")
_CUT_SHORT = re.compile(r"a[\w-]|n[\w-]{1,2}", re.ASCII)

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
    |"(?P<string>[^"]*)"
    |(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?)(?![\w.])
    |(?P<operator>!=|<=|>=|=|<|>)
    |(?P<mark>[!(),])
    |(?P<word>(?:\\.|[A-Za-z_])(?:\\.|[\w-])*(?:\.(?:\\.|[A-Za-z_])(?:\\.|[\w-])*)*)
    """,
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: Literal["string", "number", "operator", "mark", "word", "end"]
    text: str
    column: int


def parse_strict(text: str) -> Condition:
    """Read a trigger.

    Nested parentheses and function calls inside them mean what they say. Everything else that the
    strict dialect accepts means the same to the reference destination (mappings §2).

    Raises:
        TriggerError: Names the column, and says what to write instead.
    """
    return _Parser(text).parse()


class _Parser:
    """Recursive descent: group, condition, comparison, function call."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(_tokens(text))
        self.next = 0

    def parse(self) -> Condition:
        condition = self.group(depth=0)
        token = self.peek()
        if token.kind != "end":
            raise self.error(token, "this ')' closes nothing: take it out")
        return condition

    def group(self, depth: int) -> Condition:
        """Conditions joined by one of ``and`` and ``or``, up to a ``)`` or the end."""
        if depth > _DEEPEST:
            raise self.error(self.peek(), f"parentheses are more than {_DEEPEST} deep")
        children = [self.condition(depth)]
        operator: Literal["and", "or"] | None = None
        while True:
            token = self.peek()
            if token.kind == "end" or (token.kind, token.text) == ("mark", ")"):
                break
            joiner = self.joiner()
            if operator not in (None, joiner):
                raise self.error(
                    token,
                    "'and' and 'or' stand side by side here, and the reference destination takes "
                    "the last one for all: put parentheses round one of the two",
                )
            operator = joiner
            children.append(self.condition(depth))
        return Group(operator, tuple(children)) if operator else children[0]

    def joiner(self) -> Literal["and", "or"]:
        token = self.take()
        if token.kind == "word" and token.text in ("and", "or"):
            return cast(Literal["and", "or"], token.text)
        if token.kind == "word" and token.text.lower() in ("and", "or"):
            raise self.error(
                token,
                f"write {token.text.lower()!r} in lower case: the reference destination reads "
                f"{token.text!r} as 'and'",
            )
        raise self.error(token, "write 'and' or 'or' between two conditions")

    def condition(self, depth: int) -> Condition:
        token = self.take()
        if (token.kind, token.text) == ("mark", "("):
            inner = self.group(depth + 1)
            self.expect(")", f"the '(' in column {token.column} is not closed: write ')'")
            return inner
        if (token.kind, token.text) == ("mark", "!"):
            return self.negated_call(token)
        if token.kind != "word" or token.text in ("and", "or"):
            raise self.error(token, 'expected a condition such as type = "track"')
        if token.text.lower() == "not":
            raise self.error(token, "there is no 'not': write != or !contains(…)")
        if token.text in _FUNCTIONS and self.peek().text == "(":
            return self.call(token, negated=False)
        return self.comparison(token)

    def negated_call(self, bang: _Token) -> TextTest:
        token = self.take()
        if token.kind != "word" or token.text not in _FUNCTIONS or token.column != bang.column + 1:
            raise self.error(
                bang,
                "'!' stands right before contains(…) or match(…) only: write the opposite test",
            )
        return self.call(token, negated=True)

    def call(self, function: _Token, *, negated: bool) -> TextTest:
        usage = f'write {function.text}(event, "text")'
        self.expect("(", usage)
        field = self.take()
        if field.kind != "word":
            raise self.error(field, usage)
        path = self.path(field)
        if path == ("type",):
            raise self.error(field, f'{function.text} cannot look at type: write type = "track"')
        self.expect(",", usage)
        value = self.take()
        if value.kind != "string":
            raise self.error(value, f"the text stands in double quotes: {usage}")
        self.expect(")", usage)
        if function.text == "contains":
            return TextTest(path, "contains", value.text, negated)
        return self.match(path, value, negated)

    def match(self, path: Path, pattern: _Token, negated: bool) -> TextTest:
        """``"x*"`` starts with, ``"*x"`` ends with; nothing else is matched as it reads."""
        text = pattern.text
        if text.endswith("*") and "*" not in text[:-1]:
            return TextTest(path, "starts with", text[:-1], negated)
        if text.startswith("*") and "*" not in text[1:]:
            return TextTest(path, "ends with", text[1:], negated)
        raise self.error(
            pattern, 'match takes "text*" or "*text": for text in the middle write contains(…)'
        )

    def comparison(self, field: _Token) -> Comparison:
        path = self.path(field)
        operator = self.take()
        if operator.kind == "word" and operator.text in (*_FUNCTIONS, "starts_with", "ends_with"):
            raise self.error(
                operator, f'write contains({field.text}, "…") or match({field.text}, "…*")'
            )
        if operator.kind != "operator":
            raise self.error(operator, "expected one of = != < <= > >= after the field")
        self.check_spacing(operator)
        value = self.take()
        if value.kind not in ("string", "number", "word"):
            raise self.error(value, f"expected a value after {operator.text!r}")
        if value.kind == "word" and value.text in ("and", "or"):
            raise self.error(value, f"expected a value after {operator.text!r}, not {value.text!r}")
        if value.kind == "word" and ("\\" in value.text or self.is_cut_short(value)):
            raise self.error(value, f'write the text in double quotes: "{value.text}"')
        if operator.text in ("=", "!="):
            self.check_type(field, operator, value)
        return Comparison(path, cast(Any, operator.text), _typed(path, operator.text, value))

    def check_type(self, field: _Token, operator: _Token, value: _Token) -> None:
        """The reference destination takes some numbers and words for texts, which never match."""
        is_boolean = value.kind == "word" and value.text in ("true", "false")
        is_null = value.kind == "word" and value.text == "null"
        if is_null and field.text in ("type", "event"):
            raise self.error(
                value,
                f"{field.text} cannot be tested for null, which the reference destination takes "
                'for the text "null" here: compare it with a text',
            )
        if field.text in _TEXT_FIELDS and value.kind == "number":
            text = number_text(float(value.text))
            raise self.error(value, f'{field.text} is text: write it in double quotes: "{text}"')
        if field.text in ("type", "event", "name") and is_boolean:
            raise self.error(
                value, f'{field.text} is text: write it in double quotes: "{value.text}"'
            )
        if operator.text == "!=" and is_boolean:
            other = "false" if value.text == "true" else "true"
            raise self.error(
                operator,
                f"write {field.text} = {other}: the reference destination compares with the text "
                f'"{value.text}" here, so that every boolean matches',
            )

    def check_spacing(self, operator: _Token) -> None:
        """The reference destination misreads these operators where a space is missing."""
        start = operator.column - 1
        after = self.text[start + len(operator.text) : start + len(operator.text) + 1]
        if operator.text in ("!=", "<=", ">=") and not after.isspace():
            raise self.error(operator, f"write a space after {operator.text!r}")
        if operator.text in ("<", ">") and not self.text[start - 1].isspace():
            raise self.error(operator, f"write a space before {operator.text!r}")

    def is_cut_short(self, value: _Token) -> bool:
        """Whether it is the trigger's last word and the reference destination loses its end."""
        return _CUT_SHORT.fullmatch(self.text, value.column - 1) is not None

    def path(self, field: _Token) -> Path:
        head, *rest = _KEY.findall(field.text)
        if any(escaped in ".[]" for escaped in _ESCAPE.findall(field.text)):
            raise self.error(field, "a key that holds a dot or a square bracket cannot be reached")
        if rest and rest[-1] in ("and", "or", "null"):
            key = rest[-1]
            raise self.error(field, f"write a backslash before the key {key!r}: \\{key}")
        if head in _DOCUMENTS:
            if not rest:
                raise self.error(field, f"write which of the {head}: {head}.name")
            return (head, *(_ESCAPE.sub(r"\1", part) for part in rest))
        if head in _TEXT_FIELDS:
            if rest:
                raise self.error(field, f"{head!r} holds no keys: write {head!r}")
            return (head,)
        raise self.error(
            field,
            f"a trigger cannot look at {head!r}{did_you_mean(head, (*_TEXT_FIELDS, *_DOCUMENTS))} "
            f"(it can at {', '.join(_TEXT_FIELDS)}, properties.…, traits.… and context.…)",
        )

    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.tokens[self.next]
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def expect(self, mark: str, otherwise: str) -> None:
        token = self.take()
        if (token.kind, token.text) != ("mark", mark):
            raise self.error(token, otherwise)

    def error(self, token: _Token, reason: str) -> TriggerError:
        return TriggerError(self.text, token.column, reason)


def _typed(path: Path, operator: str, value: _Token) -> str | float | bool | None:
    """The value in the type it is compared as (mappings §2, Evaluation)."""
    if value.kind == "string":
        return value.text
    if value.kind == "number":
        return float(value.text)
    if value.text == "null" and operator in ("=", "!="):
        return None
    if value.text in ("true", "false") and path[0] not in ("type", "event", "name"):
        return value.text == "true"
    return value.text


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise TriggerError(text, position + 1, _unreadable(text, position))
        if match.lastgroup != "space":
            kind = cast(Any, match.lastgroup)
            tokens.append(_Token(kind, match[match.lastgroup], position + 1))
        position = match.end()
        if match.lastgroup == "string" and text[position : position + 1].strip(" \t\r\n,)]"):
            raise TriggerError(text, position + 1, "write a space after the closing quote")
    return [*tokens, _Token("end", "", len(text) + 1)]


def _unreadable(text: str, position: int) -> str:
    letter = text[position]
    if letter == '"':
        return "this text is not closed: write '\"' at its end (a text cannot hold a double quote)"
    if letter in "'‘’“”":
        return 'texts stand in plain double quotes: write "text"'
    if letter in "[]":
        return "the items of a list cannot be reached in a trigger"
    if letter in "0123456789.+-":
        return "numbers are written like 5, -5 or 2.5, and no key in a path begins with a digit"
    if letter in "&|":
        return "write 'and' or 'or'"
    return f"{letter!r} has no meaning here; in a key, write a backslash before it"
