"""``@transform``: one mapping after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    kind_name,
    options_of,
    with_root_directive,
    written,
)
from hubspot_pipeline.mapping.directives.values import type_names
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import Expression, Members, ObjectOf, Scope
from hubspot_pipeline.mapping.javascript import Json, is_falsy
from hubspot_pipeline.mapping.sources import ObjectMembers, Source, Whole


@dataclass(frozen=True, slots=True)
class Transform(Expression):
    """A mapping of what another mapping made of the event.

    Attributes:
        apply: The mapping that runs first, over the event.
        mapping: What runs over its result; the event is out of its reach.
    """

    apply: Expression
    mapping: Expression

    def parts(self) -> Iterator[Expression]:
        """What runs first: the paths of the other are none of the event."""
        yield self.apply

    @property
    def is_careful(self) -> bool:
        """It fails where it runs over an item of a list that is no object."""
        return True

    def evaluate(self, scope: Scope) -> Column:
        """The value of the second mapping; a row whose payload is no object fails."""
        column = self.applied(scope).column(self.mapping)
        payload = scope.source.column if isinstance(scope.source, Whole) else None
        if payload is None or pc.all(payload.where(Kind.OBJECT)).as_py():
            return column
        reasons = pc.binary_join_element_wise(
            "data must be an object, got ", type_names(payload), ""
        )
        failed = pc.if_else(payload.where(Kind.OBJECT), pa.scalar(None, pa.string()), reasons)
        return replace(
            column, errors=failed if column.errors is None else pc.coalesce(failed, column.errors)
        )

    def member_columns(self, scope: Scope) -> Members | None:
        """The members of what the second mapping makes."""
        if isinstance(scope.source, Whole):  # whose rows may fail
            return Expression.member_columns(self, scope)
        return self.mapping.member_columns(self.applied(scope))

    def applied(self, scope: Scope) -> Scope:
        """The scope of the second mapping: what the first has made."""
        return Scope.over(self._made(scope), self.mapping.paths())

    def _made(self, scope: Scope) -> Source:
        if isinstance(self.apply, ObjectOf):  # spares putting it into words and reading it again
            members = {key: scope.column(member) for key, member in self.apply.members}
            return ObjectMembers(members, scope.rows)
        return Whole(scope.column(self.apply))


@directive("@transform")
def read_transform(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@transform": {"apply": {…}, "mapping": …}}``."""
    options = options_of(argument, place, {"apply", "mapping"}, needed=("apply", "mapping"))
    apply, mapping = options["apply"], options["mapping"]
    if not isinstance(apply, dict):
        raise MappingError(written((*place, "apply")), f"must be an object, not {kind_name(apply)}")
    if is_falsy(mapping):
        raise MappingError(written((*place, "mapping")), f"must not be {mapping!r}")
    applied = compile_(*with_root_directive(apply, (*place, "apply")))
    return Transform(applied, compile_(mapping, (*place, "mapping")))
