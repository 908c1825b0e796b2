"""From a mapping to a program: the event paths it reads, and the columns it computes from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import pyarrow as pa

from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.directives import DIRECTIVES, Place, kind_name, written
from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import Expression, ListOf, Literal, ObjectOf, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import WHOLE_EVENT, Path


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled mapping.

    Attributes:
        root: The expression of the whole mapping.
        paths: The event paths it reads, none of them empty. A mapping that can reach the whole event
            (an empty path, a path taken from the data) reads every event field.
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

    def evaluate_fields(self, events: pa.Table | pa.Array | pa.ChunkedArray) -> dict[str, Column]:
        """The values of a mapping that is an object, a column for each of its keys."""
        if isinstance(self.root, Literal) and isinstance(self.root.value, dict):
            members = {key: Literal.of(value) for key, value in self.root.value.items()}
        elif isinstance(self.root, ObjectOf):
            members = dict(self.root.members)
        else:
            raise MappingError("mapping", "an action's mapping is an object of field and directive")
        scope = self._scope(events)
        return {key: scope.column(member) for key, member in members.items()}

    def _scope(self, events: pa.Table | pa.Array | pa.ChunkedArray) -> Scope:
        if not isinstance(events, pa.Table):
            return Scope.over(Column.of(events), self.root.paths())
        return Scope.over(events, self.root.paths())


def compile_mapping(mapping: Json) -> Program:
    """Compile a mapping, or any single directive.

    Raises:
        MappingError: The mapping is not in the language; names the place.
    """
    root = _compile(mapping, ("mapping",))
    return Program(root, _readable(root.paths()))


def _compile(mapping: Json, place: Place) -> Expression:
    if isinstance(mapping, dict):
        if any(key.startswith("@") for key in mapping):
            return _compile_directive(mapping, place)
        members = [(key, _compile(value, (*place, key))) for key, value in mapping.items()]
        if all(isinstance(member, Literal) for _, member in members):
            return Literal.of({key: member.value for key, member in members})
        return ObjectOf(tuple(members))
    if isinstance(mapping, list):
        items = [_compile(item, (*place, str(index))) for index, item in enumerate(mapping)]
        if all(isinstance(item, Literal) for item in items):
            return Literal.of([item.value for item in items])
        return ListOf(tuple(items))
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


def _readable(paths: Collection[Path]) -> frozenset[Path]:
    """The paths as a reader takes them: the whole event is each of its fields."""
    return frozenset(paths) - {()} | (WHOLE_EVENT if () in paths else frozenset())


__all__ = ["Program", "compile_mapping", "kind_name", "replace"]
