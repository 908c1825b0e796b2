"""Templates: text with ``{{paths}}`` in it, as ``@template`` renders them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.expressions import Expression, Scope
from hubspot_pipeline.mapping.javascript import WHITESPACE
from hubspot_pipeline.mapping.paths import Path, parse_path

_TRIPLE = re.compile(r"\{\{\{([^}]+)\}\}\}")
_DOUBLE = re.compile(r"\{\{([^}]+)\}\}")
_STAND_IN = "\0"

Piece = str | Path
"""A text, or the path whose value is printed in its place."""


@dataclass(frozen=True, slots=True)
class Template(Expression):
    """Texts and the values printed between them."""

    pieces: tuple[Piece, ...]

    def own_paths(self) -> frozenset[Path]:
        """The paths printed."""
        return frozenset(piece for piece in self.pieces if not isinstance(piece, str))

    def evaluate(self, scope: Scope) -> Column:
        """One text a row; undefined and null print as nothing."""
        texts = [
            pa.repeat(piece, scope.rows) if isinstance(piece, str) else _printed(scope, piece)
            for piece in self.pieces
        ]
        return Column(pc.binary_join_element_wise(*texts, ""), Kind.STRING)


@dataclass(frozen=True, slots=True)
class RescannedTemplate(Expression):
    """A template with triple braces: what they insert is scanned for double braces in turn.

    Attributes:
        first: The template with only its triple braces as paths.
        plain: The whole template as it reads where inserted texts hold no brace; None where they
            always become part of a name.
    """

    first: Template
    plain: Template | None

    def own_paths(self) -> frozenset[Path]:
        """The whole event: an inserted text may name any path."""
        return frozenset(
            [(), *self.first.own_paths(), *(self.plain.own_paths() if self.plain else ())]
        )

    @property
    def is_careful(self) -> bool:
        """It is slow where inserted texts hold braces."""
        return True

    def evaluate(self, scope: Scope) -> Column:
        """One text a row."""
        inserted = [_printed(scope, path) for path in self.first.own_paths()]
        braced = reduce(pc.or_, (pc.match_substring_regex(text, "[{}]") for text in inserted))
        if self.plain is None:
            braced = pa.repeat(True, scope.rows)
        once = self.first.evaluate(scope).values
        again = scope.per_text(
            pc.if_else(braced, once, pa.scalar(None, pa.string())),
            lambda text: Template(_pieces(_DOUBLE, text)),
        )
        return again if self.plain is None else choose(braced, again, self.plain.evaluate(scope))


def template_of(text: str) -> Expression:
    """The expression of a template (mappings §1, ``@template``)."""
    first = _pieces(_TRIPLE, text)
    if not any(isinstance(piece, tuple) for piece in first):
        return Template(_pieces(_DOUBLE, text))
    paths = iter([piece for piece in first if isinstance(piece, tuple)])
    masked = "".join(piece if isinstance(piece, str) else _STAND_IN for piece in first)
    names = [match[1] for match in _DOUBLE.finditer(masked)]
    if _STAND_IN in text or any(_STAND_IN in name for name in names):
        return RescannedTemplate(Template(first), None)
    plain: list[Piece] = []
    for piece in _pieces(_DOUBLE, masked):
        if isinstance(piece, tuple):
            plain.append(piece)
            continue
        head, *rest = piece.split(_STAND_IN)
        plain.append(head)
        for part in rest:
            plain += [next(paths), part]
    return RescannedTemplate(Template(first), Template(tuple(plain)))


def _pieces(pattern: re.Pattern[str], text: str) -> tuple[Piece, ...]:
    """A template split at one kind of brace; names are trimmed, and keep a leading ``$.``."""
    parts = pattern.split(text)
    return tuple(
        parse_path(part.strip(WHITESPACE)) if index % 2 else part
        for index, part in enumerate(parts)
    )


def _printed(scope: Scope, path: Path) -> pa.StringArray:
    return pc.fill_null(scope.path(path).text(), "")
