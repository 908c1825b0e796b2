"""The directives: each becomes an expression, a function from columns to a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import UNDEFINED, Expression, PathTo, Scope
from hubspot_pipeline.mapping.javascript import Json, is_falsy
from hubspot_pipeline.mapping.json_text import map_distinct
from hubspot_pipeline.mapping.paths import Path, parse_rooted_path
from hubspot_pipeline.mapping.templates import template_of

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
            f"{self.name}: expected string, got ", _type_names(argument), ""
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


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """``@case``: a text in lower or upper case; any other value passes through."""

    operator: str
    value: Expression

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """Each text in its new case, by Unicode's full rules (``ß`` becomes ``SS``)."""
        column = scope.column(self.value)
        texts = Column(_CASES[self.operator](column.strings()), Kind.STRING)
        return choose(column.where(Kind.STRING), texts, replace(column, clears=None))


@directive("@case")
def read_case(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@case": {"operator": "lower", "value": …}}``; an empty literal value is undefined."""
    options = options_of(argument, place, {"operator", "value"})
    operator = options.get("operator")
    if operator not in _CASES:
        raise MappingError(
            written((*place, "operator")), f"must be 'lower' or 'upper', not {operator!r}"
        )
    value = options.get("value", "")
    if not isinstance(value, str) and not is_directive(value):
        raise MappingError(
            written((*place, "value")), f"must be text or a directive, not {kind_name(value)}"
        )
    return Case(operator, compile_(value, (*place, "value"))) if value else UNDEFINED


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


def is_directive(value: Json) -> bool:
    """Whether a value is a directive: an object with an ``@`` key."""
    return isinstance(value, dict) and any(key.startswith("@") for key in value)


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


def _read_text(name: str, argument: Json, place: Place, compile_: Compile) -> Expression:
    if isinstance(argument, str):
        return _FROM_TEXT[name](argument)
    if is_directive(argument):
        return FromText(name, compile_(argument, place))
    raise MappingError(written(place), f"takes text or a directive, not {kind_name(argument)}")


def _type_names(column: Column) -> pa.StringArray:
    """Each value's type as JavaScript people know it."""
    names = pa.repeat("undefined", len(column))
    for kind, name in {**{kind: kind.value for kind in Kind}, Kind.LIST: "array"}.items():
        names = pc.if_else(column.where(kind), name, names)
    return names


def _change_case(
    strings: pa.StringArray,
    ascii_rule: Callable[[pa.StringArray], pa.StringArray],
    full_rule: Callable[[str], str],
) -> pa.StringArray:
    changed = ascii_rule(strings)
    wide = pc.invert(pc.fill_null(pc.string_is_ascii(strings), True))
    if not pc.any(wide).as_py():
        return changed
    return pc.replace_with_mask(
        changed, wide, map_distinct(strings.filter(wide), full_rule, pa.string())
    )


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


_FROM_TEXT: dict[str, Callable[[str], Expression]] = {
    "@path": lambda text: PathTo(parse_rooted_path(text)),
    "@template": template_of,
}
_CASES: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {
    "lower": lambda strings: _change_case(strings, pc.ascii_lower, str.lower),
    "upper": lambda strings: _change_case(strings, pc.ascii_upper, str.upper),
}
