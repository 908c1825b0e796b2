"""What a mapping compiles to: expressions over columns, and the scope they are evaluated in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.column import Column, Kind, lists_of, objects_of
from hubspot_pipeline.mapping.extract import fields_of
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import Path
from hubspot_pipeline.mapping.sources import Source


@dataclass(frozen=True, slots=True)
class Members:
    """The members of objects, one object a row.

    Attributes:
        columns: A column for each key; a row of undefined has no such key.
        hides: Whether an undefined member still hides what a merge has below it, as JavaScript's
            undefined values do until they are removed.
        errors: Why a row has no object because its directive failed; None for none.
    """

    columns: dict[str, Column]
    hides: bool
    errors: pa.StringArray | None = None


class Expression(ABC):
    """One step of a mapping. Expressions are values: equal ones are evaluated once a batch."""

    __slots__ = ()

    @abstractmethod
    def evaluate(self, scope: Scope) -> Column:
        """The value of this expression, one a row of the scope."""

    def member_columns(self, scope: Scope) -> Members | None:
        """The members of this expression's objects; None where their keys depend on the data.

        Numbers, booleans and undefined have none.
        """
        column = scope.column(self)
        if column.kind is Kind.OBJECT:
            return Members(fields_of(column), hides=False, errors=column.errors)
        if column.is_missing or column.kind in (Kind.NUMBER, Kind.BOOLEAN):
            return Members({}, hides=False, errors=column.errors)
        return None

    def parts(self) -> Iterator[Expression]:
        """The expressions this one is made of."""
        return iter(())

    def own_paths(self) -> frozenset[Path]:
        """The paths of the event that this expression itself reads."""
        return frozenset()

    @property
    def is_careful(self) -> bool:
        """Whether this must run only for rows that reach it: it is slow there, or may fail."""
        return any(part.is_careful for part in self.parts())

    def paths(self) -> frozenset[Path]:
        """Every path of the event that is read here or below."""
        return self.own_paths().union(*(part.paths() for part in self.parts()))


class Scope:
    """The rows an expression is evaluated over, and what has been computed of them already."""

    def __init__(self, source: Source, found: dict[Path, Column]) -> None:
        self.rows = source.rows
        self.source = source
        self._found = found
        self._columns: dict[Expression, Column] = {}
        self._failures: list[pa.StringArray] = []

    @classmethod
    def over(cls, source: Source, paths: frozenset[Path]) -> Scope:
        """A scope over payloads, with these paths taken from them in one go."""
        return cls(source, source.values_at(paths))

    def path(self, path: Path) -> Column:
        """The values at a path of the payload."""
        if path not in self._found:
            self._found |= self.source.values_at([path])
        return self._found[path]

    def column(self, expression: Expression) -> Column:
        """The value of an expression, computed at most once."""
        column = self._columns.get(expression)
        if column is None:
            outer, self._failures = self._failures, []
            column = expression.evaluate(self)
            column = replace(column, errors=first_errors([*self._failures, column.errors]))
            self._failures = outer
            self._columns[expression] = column
        if column.errors is not None:
            self._failures.append(column.errors)
        return column

    def where(self, mask: pa.BooleanArray, expression: Expression) -> Column:
        """The value of an expression, of use in the rows of the mask (others may hold anything)."""
        if not expression.is_careful:
            return self.column(expression)
        rows = pc.indices_nonzero(mask)
        column = self._at(rows).column(expression).take(_positions(rows, self.rows))
        if column.errors is not None:
            self._failures.append(column.errors)
        return column

    def per_text(self, texts: pa.StringArray, make: Callable[[str], Expression]) -> Column:
        """The value of an expression that each row's own text stands for; undefined where null.

        Rows with the same text are evaluated together.
        """
        groups = (
            texts.to_pandas(types_mapper=pd.ArrowDtype).to_frame("text").groupby("text").indices
        )
        if not groups:
            return Column.missing(self.rows)
        values = [self._at(pa.array(rows)).column(make(text)) for text, rows in groups.items()]
        rows = pa.concat_arrays([pa.array(rows) for rows in groups.values()])
        return Column.of_json(pa.concat_arrays([value.json() for value in values])).take(
            _positions(rows, self.rows)
        )

    def _at(self, rows: pa.Array) -> Scope:
        """The scope of some of the rows."""
        found = {path: column.take(rows) for path, column in self._found.items()}
        return Scope(self.source.take(rows), found)


@dataclass(frozen=True, slots=True)
class Literal(Expression):
    """A value the mapping itself writes, as JSON text: ``1``, ``true`` and ``"1"`` must differ."""

    text: str

    @classmethod
    def of(cls, value: Json) -> Literal:
        """The literal of a JSON value."""
        return cls(json_text.dump(value))

    @property
    def value(self) -> Json:
        """The value as Python."""
        return json_text.parse(self.text)

    def evaluate(self, scope: Scope) -> Column:
        """The same value in every row."""
        return Column.constant(self.value, scope.rows)

    def member_columns(self, scope: Scope) -> Members | None:
        """The same members in every row."""
        if not isinstance(self.value, dict):
            return Expression.member_columns(self, scope)
        members = {key: Column.constant(value, scope.rows) for key, value in self.value.items()}
        return Members(members, hides=True)


@dataclass(frozen=True, slots=True)
class Undefined(Expression):
    """No value at all."""

    def evaluate(self, scope: Scope) -> Column:
        """Undefined in every row."""
        return Column.missing(scope.rows)


UNDEFINED = Undefined()


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


@dataclass(frozen=True, slots=True)
class ObjectOf(Expression):
    """An object of directives; keys whose value is undefined are left out, null stays."""

    members: tuple[tuple[str, Expression], ...]

    def parts(self) -> Iterator[Expression]:
        """The values."""
        return (member for _, member in self.members)

    def evaluate(self, scope: Scope) -> Column:
        """One object a row."""
        return objects_of([(key, scope.column(member)) for key, member in self.members], scope.rows)

    def member_columns(self, scope: Scope) -> Members:
        """The members; an undefined one hides."""
        columns = {key: scope.column(member) for key, member in self.members}
        errors = first_errors([column.errors for column in columns.values()])
        return Members(columns, hides=True, errors=errors)


@dataclass(frozen=True, slots=True)
class ListOf(Expression):
    """A list of directives; an undefined item keeps its place."""

    items: tuple[Expression, ...]

    def parts(self) -> Iterator[Expression]:
        """The items."""
        return iter(self.items)

    def evaluate(self, scope: Scope) -> Column:
        """One list a row."""
        return lists_of([scope.column(item) for item in self.items], scope.rows)


def first_errors(errors: Sequence[pa.StringArray | None]) -> pa.StringArray | None:
    """The first error of each row."""
    real = [array for array in errors if array is not None]
    return pc.coalesce(*real) if real else None


def _positions(rows: pa.Array, total: int) -> pa.Array:
    """Where each of all rows is among these; null where it is not."""
    places = pa.array(range(len(rows)), pa.int64())
    return places.take(pc.index_in(pa.array(range(total), pa.int64()), rows.cast(pa.int64())))
