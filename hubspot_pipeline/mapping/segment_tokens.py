"""A trigger's tokens as the reference destination's own lexer cuts them (mappings §2, Lexing)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from hubspot_pipeline.mapping.errors import TriggerError

Kind = Literal["word", "joiner", "null", "operator", "number", "string", "mark", "end"]

_ENDS = r" \t\n,\])"
_END = rf"(?=[{_ENDS}]|\Z)"
_TOKEN = re.compile(
    rf"""(?P<space>[ \t\n]+)
    |(?P<operator>!(?=[A-Za-z(])|(?:!=|<=|>=){_END}|[<>=])
    |(?P<joiner>(?:and|or){_END})
    |(?P<null>null{_END})
    |(?P<short>(?:a[^{_ENDS}]|n[^{_ENDS}]{{1,2}})\Z)
    |(?P<word>(?:\\[^\U00010000-\U0010ffff]|[A-Za-z_])(?:\\[^\U00010000-\U0010ffff]|[\w-])*)
    |(?P<number>[-+0-9][0-9]*(?:\.[0-9]*)?)
    |(?P<string>"[^"]*"|'[^']*')
    |(?P<mark>[.,()\[\]])
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_AFTER_WORD = re.compile(rf"[.(=!]|{_END}")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a trigger.

    Attributes:
        kind: What it is; brackets, dots and commas are marks.
        text: What it says: a string with its quotes, a word without its backslashes.
        column: Where it begins, from 1.
    """

    kind: Kind
    text: str
    column: int


def tokens_of(text: str) -> list[Token]:
    """The tokens of a trigger, the last of kind ``end``; words joined by dots are one.

    Raises:
        TriggerError: The reference destination cannot read the text either; names the column.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise TriggerError(text, position + 1, _unreadable(text[position]))
        token, position = _token(text, match)
        if token is not None:
            tokens.append(token)
    return _joined([*tokens, Token("end", "eos", len(text) + 1)])


def _token(text: str, match: re.Match[str]) -> tuple[Token | None, int]:
    """The token found, none for blanks, and where the next one begins."""
    kind, found, column, end = cast(str, match.lastgroup), match[0], match.start() + 1, match.end()
    if kind == "space":
        return None, end
    if kind == "short":
        # Looking for "and" and "null" runs into the end, and what was looked at is not put back.
        return Token("word", found[0], column), end
    if kind == "word":
        if not _AFTER_WORD.match(text, end):
            raise TriggerError(text, end + 1, f"a word ends before {text[end]!r}: write a space")
        found = _ESCAPE.sub(r"\1", found)
    if kind == "number" and (text[end : end + 1] == "." or _ends_in_a_dot(text, match)):
        raise TriggerError(text, column, "numbers are written like 5, -5 or 2.5")
    if kind == "string" and not re.match(_END, text[end:]):
        end -= 1  # A closing quote that nothing follows properly is left, to open another string.
    return Token(cast(Kind, kind), found, column), end


def _ends_in_a_dot(text: str, number: re.Match[str]) -> bool:
    return number[0].endswith(".") and re.match(_END, text[number.end() :]) is not None


def _joined(tokens: list[Token]) -> list[Token]:
    """The tokens with every word, dot, word made one, blanks between them or not."""
    joined: list[Token] = []
    for token in tokens:
        if token.kind == "word" and len(joined) > 1:
            head, dot = joined[-2:]
            if (head.kind, dot.kind, dot.text) == ("word", "mark", "."):
                joined[-2:] = [Token("word", f"{head.text}.{token.text}", head.column)]
                continue
        joined.append(token)
    return joined


def _unreadable(letter: str) -> str:
    if letter in "\"'":
        return f"this text is not closed: write {letter} at its end"
    if letter == "!":
        return "write a space after '!=', and '!' right before contains or match"
    if letter == "\r":
        return "a carriage return is no space to the reference destination: take it out"
    if letter == "\\":
        return "a backslash stands before another character"
    return f"{letter!r} has no meaning here"
