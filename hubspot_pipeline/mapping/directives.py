"""The directives: each reads its argument once and becomes an expression, a function from columns to a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import Expression, Literal, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import Path, parse_rooted_path

Place = tuple[str, ...]
Compile = Callable[[Json, Place], Expression]
Reader = Callable[[Json, Place, Compile], Expression]

DIRECTIVES: dict[str, Reader] = {}
"""Every directive by its name, which is case-sensitive."""


def directive(name: str) -> Callable[[Reader], Reader]:
    """Register a function that turns a directive's argument into an expression."""

    def register(reader: Reader) -> Reader:
        DIRECTIVES[name] = reader
        return reader

    return register


@dataclass(frozen=True, slots=True)
class PathTo(Expression):
    """The value at a fixed path of the payload."""

    path: Path

    def own_paths(self) -> frozenset[Path]:
        """The path itself."""
        return frozenset([self.path])

    def evaluate(self, scope: Scope) -> Column:
        """The value there, undefined where there is none."""
        return scope.path(self.path)


@directive("@path")
def read_path(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@path": "$.traits.email"}``."""
    if not isinstance(argument, str):
        raise MappingError(written(place), f"a path is a string, not {kind_name(argument)}")
    return PathTo(parse_rooted_path(argument))


@directive("@literal")
def read_literal(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@literal": value}``: directives inside it do run, as in the original."""
    return compile_(argument, place)


@dataclass(frozen=True, slots=True)
class If(Expression):
    """``@if``: ``exists`` is neither undefined nor null, ``blank`` is that and not loosely ``""``."""

    subject: Expression
    is_blank_test: bool
    then: Expression | None
    otherwise: Expression | None

    def parts(self) -> Iterator[Expression]:
        """Condition and branches."""
        yield self.subject
        yield from (branch for branch in (self.then, self.otherwise) if branch is not None)

    def evaluate(self, scope: Scope) -> Column:
        """The branch each row takes; a missing branch is undefined."""
        subject = scope.column(self.subject)
        holds = not_blank(subject) if self.is_blank_test else subject.exists()
        return choose(
            holds,
            _branch(scope, holds, self.then),
            _branch(scope, pc.invert(holds), self.otherwise),
        )


@directive("@if")
def read_if(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@if": {"exists": …, "then": …, "else": …}}``; a falsy ``else`` is ignored (mappings §1)."""
    options = options_of(argument, place, {"exists", "blank", "then", "else"})
    if not options.get("exists") and not options.get("blank"):
        raise MappingError(
            written(place), "needs 'exists' or 'blank', with the directive whose value is looked at"
        )
    test = "exists" if "exists" in options else "blank"
    then = compile_(options["then"], (*place, "then")) if "then" in options else None
    otherwise = compile_(options["else"], (*place, "else")) if options.get("else") else None
    return If(compile_(options[test], (*place, test)), test == "blank", then, otherwise)


def not_blank(column: Column) -> pa.BooleanArray:
    """JavaScript's ``value != null && value != ''``: false for 0, false, "" and lists that print as ""."""
    if column.kind is Kind.STRING:
        return _sure(pc.not_equal(column.values, ""))
    empty = pc.or_(
        _sure(pc.equal(column.numbers(), 0)),
        _sure(pc.invert(column.booleans())),
    )
    empty = pc.or_(empty, _sure(pc.equal(column.text(), "")))
    return pc.and_(column.exists(), pc.invert(empty))


def options_of(argument: Json, place: Place, names: set[str]) -> dict[str, Json]:
    """The options of a directive that takes an object of them."""
    if not isinstance(argument, dict):
        raise MappingError(
            written(place), f"takes an object with {_listed(names)}, not {kind_name(argument)}"
        )
    for name in argument:
        if name not in names:
            hint = did_you_mean(name, names) or f"; it takes {_listed(names)}"
            raise MappingError(written((*place, name)), f"unknown option {name!r}{hint}")
    return argument


def kind_name(value: Json) -> str:
    """What a JSON value is, with its article."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def written(place: Place) -> str:
    """A place as messages show it."""
    return ".".join(place)


def _listed(names: set[str]) -> str:
    return ", ".join(map(repr, sorted(names)))


def _branch(scope: Scope, mask: pa.BooleanArray, branch: Expression | None) -> Column:
    return Column.missing(scope.rows) if branch is None else scope.where(mask, branch)


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


__all__ = ["DIRECTIVES", "Literal", "directive"]
