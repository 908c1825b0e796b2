"""From a mapping to a program: the event paths it reads, and the columns it computes from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from hubspot_pipeline.mapping.clearing import cleared_by_the_mapping_only
from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.directives import DIRECTIVES
from hubspot_pipeline.mapping.directives.reading import (
    Place,
    check_values,
    with_root_directive,
    written,
)
from hubspot_pipeline.mapping.directives.transform import Transform
from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import (
    Expression,
    ListOf,
    Literal,
    ObjectOf,
    PathTo,
    Scope,
)
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import WHOLE_EVENT, Path
from hubspot_pipeline.mapping.sources import source_of


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled mapping.

    Attributes:
        root: The expression of the whole mapping.
        paths: The event paths it reads, none of them empty. A mapping that can reach the whole
            event (an empty path, a path taken from the data) reads every event field.
    """

    root: Expression
    paths: frozenset[Path]

    def evaluate(self, events: pa.Table | pa.Array | pa.ChunkedArray) -> Column:
        """The value of the mapping for each event.

        Args:
            events: A table with a column for each event field, or an ``arrow.json`` array of whole
                events, which may have keys of any name.
        """
        return self._scope(events).column(self.root)

    def evaluate_fields(
        self, events: pa.Table | pa.Array | pa.ChunkedArray, fields: Collection[str]
    ) -> dict[str, Column]:
        """The members of the mapping's value that are named, a column each.

        Where a value is an object, its empty texts are those that the mapping wrote (``clearing``).
        """
        scope, root = self._scope(events), self.root
        if isinstance(root, Transform) and isinstance(root.mapping, ObjectOf):
            scope, root = root.applied(scope), root.mapping
        return {
            key: scope.column(cleared_by_the_mapping_only(member))
            for key, member in _members(root, fields)
        }

    def _scope(self, events: pa.Table | pa.Array | pa.ChunkedArray) -> Scope:
        return Scope.over(source_of(events), self.root.paths())


def _members(root: Expression, fields: Collection[str]) -> list[tuple[str, Expression]]:
    """The expressions of an object's members, of those named."""
    if isinstance(root, ObjectOf):
        return [(key, member) for key, member in root.members if key in fields]
    if isinstance(root, Literal) and isinstance(root.value, dict):
        return [(key, Literal.of(value)) for key, value in root.value.items() if key in fields]
    if isinstance(root, Literal | ListOf):
        raise MappingError("mapping", "an action's mapping is an object of field and directive")
    return [(key, Transform(root, PathTo((key,)))) for key in fields]


def compile_mapping(mapping: Json) -> Program:
    """Compile a mapping, or any single directive.

    Raises:
        MappingError: The mapping is not in the language; names the place.
    """
    try:
        check_values(mapping, ("mapping",))
        root = _compile(*with_root_directive(mapping, ("mapping",)))
    except RecursionError:
        raise MappingError("mapping", "is nested hundreds of levels deep") from None
    return Program(root, _readable(root.paths()))


def _compile(mapping: Json, place: Place) -> Expression:
    if isinstance(mapping, dict):
        if any(key.startswith("@") for key in mapping):
            return _compile_directive(mapping, place)
        members = {key: _compile(value, (*place, key)) for key, value in mapping.items()}
        literals = _literals(members.values())
        if literals is not None:
            return Literal.of(dict(zip(members, literals, strict=True)))
        return ObjectOf(tuple(members.items()))
    if isinstance(mapping, list):
        items = [_compile(item, (*place, str(index))) for index, item in enumerate(mapping)]
        literals = _literals(items)
        return ListOf(tuple(items)) if literals is None else Literal.of(literals)
    if mapping is None or isinstance(mapping, str | bool | int | float):
        return Literal.of(mapping)
    raise MappingError(written(place), f"a {type(mapping).__name__} is no JSON value")


def _compile_directive(mapping: dict[str, Json], place: Place) -> Expression:
    names = [key for key in mapping if key != "_metadata"]
    if len(names) > 1:
        raise MappingError(
            written(place),
            f"a directive stands alone, but this object has the keys {', '.join(map(repr, names))}",
        )
    name = names[0]
    reader = DIRECTIVES.get(name)
    if reader is None:
        raise MappingError(
            written(place), f"unknown directive {name!r}{did_you_mean(name, DIRECTIVES)}"
        )
    return reader(mapping[name], (*place, name), _compile)


def _literals(expressions: Collection[Expression]) -> list[Json] | None:
    """The values of expressions that are all literals, or None."""
    literals = [one.value for one in expressions if isinstance(one, Literal)]
    return literals if len(literals) == len(expressions) else None


def _readable(paths: Collection[Path]) -> frozenset[Path]:
    """The paths as a reader takes them: the whole event is each of its fields."""
    return frozenset(paths) - {()} | (WHOLE_EVENT if () in paths else frozenset())
