"""``@path``, ``@template`` and ``@literal``: values from the event, and values as written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    is_directive,
    kind_name,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import Expression, PathTo, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import Path, parse_rooted_path
from hubspot_pipeline.mapping.templates import template_of


@dataclass(frozen=True, slots=True)
class FromText(Expression):
    """A directive whose argument is itself a directive: each row's text is read as the argument."""

    name: str
    argument: Expression

    def parts(self) -> Iterator[Expression]:
        """The argument."""
        yield self.argument

    def own_paths(self) -> frozenset[Path]:
        """The whole event: the text may name any path."""
        return frozenset([()])

    @property
    def is_careful(self) -> bool:
        """It fails in rows whose argument is no text."""
        return True

    def evaluate(self, scope: Scope) -> Column:
        """What each row's text stands for; a row without a text fails."""
        argument = scope.column(self.argument)
        column = scope.per_text(argument.strings(), _FROM_TEXT[self.name])
        wrong = pc.invert(argument.where(Kind.STRING))
        if not pc.any(wrong).as_py():
            return column
        reasons = pc.binary_join_element_wise(
            f"{self.name}: expected string, got ", type_names(argument), ""
        )
        return replace(column, errors=pc.if_else(wrong, reasons, pa.scalar(None, pa.string())))


@directive("@path")
def read_path(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@path": "$.traits.email"}``; the path may come from a directive."""
    return _read_text("@path", argument, place, compile_)


@directive("@template")
def read_template(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@template": "Hello {{traits.name}}"}``; the template may come from a directive."""
    return _read_text("@template", argument, place, compile_)


@directive("@literal")
def read_literal(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@literal": value}``: directives inside it do run, as in the original."""
    return compile_(argument, place)


def _read_text(name: str, argument: Json, place: Place, compile_: Compile) -> Expression:
    if isinstance(argument, str):
        return _FROM_TEXT[name](argument)
    if is_directive(argument):
        return FromText(name, compile_(argument, place))
    raise MappingError(written(place), f"takes text or a directive, not {kind_name(argument)}")


def type_names(column: Column) -> pa.StringArray:
    """Each value's type as JavaScript people know it."""
    names = pa.repeat("undefined", len(column))
    for kind, name in {**{kind: kind.value for kind in Kind}, Kind.LIST: "array"}.items():
        names = pc.if_else(column.where(kind), name, names)
    return names


_FROM_TEXT: dict[str, Callable[[str], Expression]] = {
    "@path": lambda text: PathTo(parse_rooted_path(text)),
    "@template": template_of,
}
