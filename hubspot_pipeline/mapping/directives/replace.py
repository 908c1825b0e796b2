"""``@replace``: one or two literal patterns replaced in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import javascript
from hubspot_pipeline.mapping.column import Column, Kind
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    flag_of,
    is_directive,
    kind_name,
    options_of,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import UNDEFINED, Expression, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.json_text import map_distinct

LONGEST = 10
"""UTF-16 units of a pattern and of a replacement (mappings §1, ``@replace``)."""

_MEANINGS = re.compile(r"\$[$&`']")
_OPTIONS = {
    "pattern", "replacement", "pattern2", "replacement2", "value", "global", "ignorecase",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Replacement:
    """A literal text and what stands in its place: ``$&``, ``$$`` and the like have a meaning."""

    pattern: str
    replacement: str
    everywhere: bool
    any_case: bool

    def of(self, texts: pa.StringArray) -> pa.StringArray:
        """The texts with the pattern replaced; null stays null."""
        # RE2 folds more letters than JavaScript does (the Kelvin sign is a k to it).
        plain = pc.fill_null(pc.string_is_ascii(texts), True)
        if "$`" in self.replacement or "$'" in self.replacement:
            return map_distinct(texts, self._of_text, pa.string())
        if not self.any_case or (self.pattern.isascii() and pc.all(plain).as_py()):
            return self._of_column(texts)
        if not self.pattern.isascii():
            return map_distinct(texts, self._of_text, pa.string())
        changed = self._of_column(pc.if_else(plain, texts, pa.scalar(None, pa.string())))
        wide = pc.invert(plain)
        return pc.replace_with_mask(
            changed, wide, map_distinct(texts.filter(wide), self._of_text, pa.string())
        )

    def _of_column(self, texts: pa.StringArray) -> pa.StringArray:
        most = None if self.everywhere else 1
        if not self.any_case:
            meanings = {"$$": "$", "$&": self.pattern}
            inserted = _MEANINGS.sub(lambda found: meanings[found[0]], self.replacement)
            return pc.replace_substring(texts, self.pattern, inserted, max_replacements=most)
        meanings = {"$$": "$", "$&": r"\0"}
        escaped = self.replacement.replace("\\", r"\\")
        inserted = _MEANINGS.sub(lambda found: meanings[found[0]], escaped)
        letters = "".join(f"\\x{{{ord(letter):x}}}" for letter in self.pattern)
        return pc.replace_substring_regex(texts, f"(?i){letters}", inserted, max_replacements=most)

    def _of_text(self, text: str) -> str:
        """One text, as ``String.prototype.replace`` has it."""
        where, pattern = text, self.pattern
        if self.any_case:
            where, pattern = javascript.without_case(text), javascript.without_case(pattern)
        pieces, end = [], 0
        while (start := where.find(pattern, end)) >= 0:
            pieces += [text[end:start], self._inserted(text, start)]
            end = start + len(pattern)
            if not self.everywhere:
                break
        return "".join([*pieces, text[end:]])

    def _inserted(self, text: str, start: int) -> str:
        end = start + len(self.pattern)
        meanings = {"$$": "$", "$&": text[start:end], "$`": text[:start], "$'": text[end:]}
        return _MEANINGS.sub(lambda found: meanings[found[0]], self.replacement)


@dataclass(frozen=True, slots=True)
class Replace(Expression):
    """Numbers and booleans count as their text; what is no text, or missing, becomes ``""``."""

    value: Expression
    replacements: tuple[Replacement, ...]

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """A text in every row."""
        column = scope.column(self.value)
        printed = pc.or_(
            column.where(Kind.STRING), pc.or_(column.where(Kind.NUMBER), column.where(Kind.BOOLEAN))
        )
        texts = pc.if_else(printed, column.text(), "")
        for replacement in self.replacements:
            texts = replacement.of(texts)
        return Column(pc.if_else(printed, texts, ""), Kind.STRING)


@directive("@replace")
def read_replace(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@replace": {"pattern": "-", "replacement": "", "value": …}}``, every one by default."""
    options = options_of(argument, place, _OPTIONS, needed=("pattern",))
    everywhere = flag_of(options, "global", place, default=True)
    any_case = flag_of(options, "ignorecase", place, default=False)
    replacements = [
        Replacement(
            _text(options, f"pattern{number}", place, shortest=0 if number else 1),
            _text(options, f"replacement{number}", place, shortest=0),
            everywhere,
            any_case,
        )
        for number in ("", "2")
    ]
    value = options.get("value", "")
    if not isinstance(value, str) and not is_directive(value):
        raise MappingError(
            written((*place, "value")), f"must be text or a directive, not {kind_name(value)}"
        )
    if not value:
        return UNDEFINED
    return Replace(
        compile_(value, (*place, "value")), tuple(one for one in replacements if one.pattern)
    )


def _text(options: dict[str, Json], name: str, place: Place, *, shortest: int) -> str:
    text = options.get(name, "")
    if not isinstance(text, str):
        raise MappingError(written((*place, name)), f"must be text, not {kind_name(text)}")
    if not shortest <= javascript.length(text) <= LONGEST:
        raise MappingError(
            written((*place, name)),
            f"must have {shortest} to {LONGEST} characters, not {javascript.length(text)}",
        )
    return text
