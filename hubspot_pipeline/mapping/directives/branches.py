"""``@if``: one of two branches, by whether there is a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    options_of,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import UNDEFINED, Expression, Scope
from hubspot_pipeline.mapping.javascript import Json, is_falsy


@dataclass(frozen=True, slots=True)
class If(Expression):
    """``@if``: ``exists`` is neither undefined nor null, ``blank`` is that and not like ``""``."""

    subject: Expression
    is_blank_test: bool
    then: Expression
    otherwise: Expression

    def parts(self) -> Iterator[Expression]:
        """Condition and branches."""
        return iter((self.subject, self.then, self.otherwise))

    def evaluate(self, scope: Scope) -> Column:
        """The branch each row takes; a missing branch is undefined."""
        subject = scope.column(self.subject)
        holds = not_blank(subject) if self.is_blank_test else subject.exists()
        return choose(
            holds,
            scope.where(holds, self.then),
            scope.where(pc.invert(holds), self.otherwise),
        )


@directive("@if")
def read_if(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@if": {"exists": …, "then": …, "else": …}}``; a falsy ``else`` is ignored."""
    options = options_of(argument, place, {"exists", "blank", "then", "else"})
    if is_falsy(options.get("exists")) and is_falsy(options.get("blank")):
        raise MappingError(
            written(place), "needs 'exists' or 'blank', with the directive whose value is looked at"
        )
    test = "exists" if "exists" in options else "blank"
    then = compile_(options["then"], (*place, "then")) if "then" in options else UNDEFINED
    otherwise: Expression = UNDEFINED
    if not is_falsy(options.get("else")):
        otherwise = compile_(options["else"], (*place, "else"))
    return If(compile_(options[test], (*place, test)), test == "blank", then, otherwise)


def not_blank(column: Column) -> pa.BooleanArray:
    """``value != null && value != ''``: false for 0, false, "" and lists that print as ""."""
    if column.kind is Kind.STRING:
        return _sure(pc.not_equal(column.values, ""))
    empty = pc.or_(
        _sure(pc.equal(column.numbers(), 0)),
        _sure(pc.invert(column.booleans())),
    )
    empty = pc.or_(empty, _sure(pc.equal(column.text(), "")))
    return pc.and_(column.exists(), pc.invert(empty))


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)
