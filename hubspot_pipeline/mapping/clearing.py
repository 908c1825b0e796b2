"""Which empty texts clear a property: those that the mapping writes, never those of the event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.directives.branches import If
from hubspot_pipeline.mapping.expressions import Expression, Literal, ObjectOf, Scope


def cleared_by_the_mapping_only(field: Expression) -> Expression:
    """A field's expression whose objects hold no empty text but those that the mapping wrote.

    An empty text of a field itself is told apart later, by its column's ``clears``; inside an
    object, which goes on as JSON text, it must be told apart here.
    """
    if isinstance(field, Literal):
        return field
    if isinstance(field, ObjectOf):
        return ObjectOf(tuple((key, _Written(member)) for key, member in field.members))
    if isinstance(field, If):
        return replace(
            field,
            then=cleared_by_the_mapping_only(field.then),
            otherwise=cleared_by_the_mapping_only(field.otherwise),
        )
    return _WithoutEmptyMembers(field)


@dataclass(frozen=True, slots=True)
class _Written(Expression):
    """A value; undefined where it is an empty text that the mapping did not write."""

    value: Expression

    def parts(self) -> Iterator[Expression]:
        return iter((self.value,))

    def evaluate(self, scope: Scope) -> Column:
        column = scope.column(self.value)
        empty = pc.fill_null(pc.equal(column.strings(), ""), False)
        if column.clears is not None:
            empty = pc.and_not(empty, column.clears)
        return _without(column, empty, Column.missing(len(column)))


@dataclass(frozen=True, slots=True)
class _WithoutEmptyMembers(Expression):
    """A value out of the event; where it is an object, without its members of empty text."""

    value: Expression

    def parts(self) -> Iterator[Expression]:
        return iter((self.value,))

    def evaluate(self, scope: Scope) -> Column:
        column = scope.column(self.value)
        objects = column.where(Kind.OBJECT)
        if not pc.any(objects).as_py():
            return column
        texts = column.json()
        thinned = pc.and_(objects, pc.fill_null(pc.match_substring(texts, '""'), False))
        if not pc.any(thinned).as_py():
            return column
        kept = pc.if_else(thinned, texts, pa.scalar(None, pa.string()))
        return _without(
            column, thinned, Column.of_json(json_text.map_distinct(kept, _thin, pa.string()))
        )


def _without(column: Column, mask: pa.BooleanArray, instead: Column) -> Column:
    return choose(mask, instead, column) if pc.any(mask).as_py() else column


def _thin(text: str) -> str:
    members = json_text.parse(text)
    return json_text.dump({key: value for key, value in members.items() if value != ""})
