"""``@flatten``, ``@merge`` and ``@excludeWhenNull``: objects made of objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose, objects_of
from hubspot_pipeline.mapping.directives.branches import If
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    flag_of,
    kind_name,
    options_of,
    written,
)
from hubspot_pipeline.mapping.directives.transform import Transform
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import (
    Expression,
    Literal,
    Members,
    ObjectOf,
    Scope,
    first_errors,
)
from hubspot_pipeline.mapping.extract import fields_of
from hubspot_pipeline.mapping.javascript import Json


@dataclass(frozen=True, slots=True)
class Flatten(Expression):
    """An object's leaves under joined keys; a value that is no object has the key ``""``."""

    value: Expression
    separator: str
    into_lists: bool

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """One flat object a row."""
        leaves = self.member_columns(scope)
        if leaves is not None:
            return objects_of(list(leaves.columns.items()), scope.rows)
        column = scope.column(self.value)
        texts = pc.fill_null(column.json(), _NOTHING)
        return Column(json_text.map_distinct(texts, self._of_text, pa.string()), None)

    def member_columns(self, scope: Scope) -> Members | None:
        """The leaves of structs."""
        column = scope.column(self.value)
        leaves = self._leaves(column, "") if column.kind is Kind.OBJECT else None
        return None if leaves is None else Members(dict(leaves), hides=False)

    def _leaves(self, column: Column, prefix: str) -> list[tuple[str, Column]] | None:
        """The leaves of structs; None where keys depend on the data."""
        leaves: list[tuple[str, Column]] = []
        for key, member in fields_of(column).items():
            name = self._joined(prefix, key)
            if member.kind is Kind.OBJECT:
                below = self._leaves(member, name)
                if below is None:
                    return None
                leaves += below
            elif member.kind is None or (member.kind is Kind.LIST and self.into_lists):
                return None
            else:
                leaves.append((name, member))
        names = [name for name, _ in leaves]
        return leaves if len(set(names)) == len(names) else None

    def _of_text(self, text: str) -> str:
        value = {} if text == _NOTHING else json_text.in_key_order(json_text.parse(text))
        flat: dict[str, Json] = {}
        self._flatten(value, "", flat)
        return json_text.dump(flat)

    def _flatten(self, value: Json, prefix: str, flat: dict[str, Json]) -> None:
        members: Iterable[tuple[str, Json]]
        if isinstance(value, dict):
            members = value.items()
        elif isinstance(value, list) and self.into_lists:
            members = ((str(index), item) for index, item in enumerate(value))
        else:
            flat[prefix] = value
            return
        for key, item in members:
            self._flatten(item, self._joined(prefix, key), flat)

    def _joined(self, prefix: str, key: str) -> str:
        return f"{prefix}{self.separator}{key}" if prefix else key


@directive("@flatten")
def read_flatten(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@flatten": {"value": …, "separator": "_"}}``; `omitArrays` keeps lists as they are."""
    options = options_of(
        argument, place, {"value", "separator", "omitArrays"}, needed=("value", "separator")
    )
    separator = options["separator"]
    if not isinstance(separator, str) or not separator:
        raise MappingError(written((*place, "separator")), "must be text, and not empty")
    omit = flag_of(options, "omitArrays", place, default=False)
    return Flatten(compile_(options["value"], (*place, "value")), separator, not omit)


@dataclass(frozen=True, slots=True)
class Layer:
    """One of the objects of a merge.

    Attributes:
        object: The object; what has no members is passed over.
        taken_away: Its keys that are undefined, as a list: they take away what lies below them.
    """

    object: Expression
    taken_away: Expression


@dataclass(frozen=True, slots=True)
class Merge(Expression):
    """Objects laid over each other, in this order."""

    layers: tuple[Layer, ...]

    def parts(self) -> Iterator[Expression]:
        """The objects."""
        return (part for layer in self.layers for part in (layer.object, layer.taken_away))

    def evaluate(self, scope: Scope) -> Column:
        """One object a row."""
        below: pa.StringArray | None = None
        above = Laid({}, frozenset())
        errors: list[pa.StringArray | None] = []
        for layer in self.layers:
            members = layer.object.member_columns(scope)
            if members is None:
                parts = [scope.column(layer.object), scope.column(layer.taken_away)]
                below = above.over(below, scope.rows)
                below, above = _over(below, [part.json() for part in parts]), Laid({}, frozenset())
            else:
                above = above.under(members)
                errors.append(members.errors)
        return Column(above.over(below, scope.rows), None, errors=first_errors(errors))


@dataclass(frozen=True, slots=True)
class Laid:
    """Members that are known as columns, of the objects that have been laid last.

    Attributes:
        columns: A column for each key; undefined where there is no such member.
        hiding: The keys whose undefined members hide what is below all these objects.
    """

    columns: dict[str, Column]
    hiding: frozenset[str]

    def under(self, members: Members) -> Laid:
        """These with another object's members over them."""
        columns = dict(self.columns)
        for key, column in members.columns.items():
            if key in columns and not members.hides:
                columns[key] = choose(column.present(), column, columns[key])
            else:
                columns[key] = column
        hiding = self.hiding | members.columns.keys() if members.hides else self.hiding
        return Laid(columns, frozenset(hiding))

    def over(self, below: pa.StringArray | None, rows: int) -> pa.StringArray:
        """Objects as JSON text, these members over those of the objects below."""
        members = objects_of(list(self.columns.items()), rows).values
        if below is None or not self.columns:
            return members if below is None else below
        shared = "|".join(re.escape(json_text.dump(key)) for key in self.columns)
        clashes = pc.match_substring_regex(below, rf"\\|(?:{shared})\s*:")
        joined = pc.binary_join_element_wise(_inside(below), _inside(members), ",")
        joined = pc.binary_join_element_wise("{", pc.ascii_trim(joined, ","), "}", "")
        if not pc.any(clashes).as_py():
            return joined
        hidden = _undefined({key: self.columns[key] for key in self.hiding}, rows)
        parts = [part.filter(clashes) for part in (below, members, hidden)]
        return pc.replace_with_mask(joined, clashes, _over(parts[0], parts[1:]))


@dataclass(frozen=True, slots=True)
class UndefinedKeys(Expression):
    """The keys of an object whose value is undefined."""

    object: ObjectOf

    def parts(self) -> Iterator[Expression]:
        """The object's members."""
        return self.object.parts()

    def evaluate(self, scope: Scope) -> Column:
        """A list a row."""
        columns = {key: scope.column(member) for key, member in self.object.members}
        return Column(_undefined(columns, scope.rows), None)


@directive("@merge")
def read_merge(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@merge": {"objects": […], "direction": "right"}}``; with ``left``, the earlier wins."""
    options = options_of(argument, place, {"objects", "direction"}, needed=("objects", "direction"))
    objects, direction = options["objects"], options["direction"]
    if not isinstance(objects, list):
        raise MappingError(
            written((*place, "objects")), f"must be a list, not {kind_name(objects)}"
        )
    if direction not in ("left", "right"):
        raise MappingError(
            written((*place, "direction")), f"must be 'left' or 'right', not {direction!r}"
        )
    read = [compile_(one, (*place, "objects", str(index))) for index, one in enumerate(objects)]
    ordered = reversed(read) if direction == "left" else read
    return Merge(tuple(layer for one in ordered for layer in _layers(one)))


def _layers(expression: Expression) -> tuple[Layer, ...]:
    """A merge within a merge is but more layers, and its undefined keys still hide."""
    if isinstance(expression, Merge):
        return expression.layers
    return (Layer(expression, _undefined_keys(expression)),)


def _undefined_keys(expression: Expression) -> Expression:
    if isinstance(expression, ObjectOf) and expression.members:
        return UndefinedKeys(expression)
    if isinstance(expression, If):
        return replace(
            expression,
            then=_undefined_keys(expression.then),
            otherwise=_undefined_keys(expression.otherwise),
        )
    if isinstance(expression, Transform):
        return replace(expression, mapping=_undefined_keys(expression.mapping))
    if isinstance(expression, ExcludeWhenNull):
        return _undefined_keys(expression.value)
    return Literal.of([])


def _undefined(columns: Mapping[str, Column], rows: int) -> pa.StringArray:
    """The keys that are undefined, a JSON list a row."""
    if not columns:
        return pa.repeat("[]", rows)
    missing = [
        pc.if_else(column.present(), "", f",{json_text.dump(key)}")
        for key, column in columns.items()
    ]
    joined = pc.ascii_ltrim(pc.binary_join_element_wise("", *missing, ""), ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


def _inside(objects: pa.StringArray) -> pa.StringArray:
    """What stands between an object's braces."""
    texts = pc.ascii_trim_whitespace(objects).view(pa.binary())
    return pc.ascii_trim_whitespace(pc.binary_slice(texts, 1, -1).view(pa.string()))


def _over(below: pa.StringArray | None, layer: Sequence[pa.StringArray]) -> pa.StringArray:
    """Objects as JSON text, with one more object over them: its text and the keys it takes away."""
    rows = len(layer[0])
    first = [pa.repeat("{}", rows) if below is None else below, pa.repeat("[]", rows)]
    texts = json_text.join_lists([*first, *layer], rows)
    return json_text.map_distinct(texts, _merged, pa.string())


def _merged(text: str) -> str:
    """Objects and the keys that each takes away, in turn, as one object."""
    parts = json_text.parse(text)
    merged: dict[str, Json] = {}
    for value, taken_away in zip(parts[::2], parts[1::2], strict=True):
        if isinstance(value, dict):
            merged.update(value)
        elif isinstance(value, list | str):
            merged.update({str(index): item for index, item in enumerate(value)})
        for key in taken_away or ():
            merged.pop(key, None)
    return json_text.dump(merged)


@dataclass(frozen=True, slots=True)
class ExcludeWhenNull(Expression):
    """Null is left out, in nested objects too; lists stay as they are."""

    value: Expression

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """The value, undefined where it was null."""
        column = scope.column(self.value)
        texts = column.json() if column.kind in (None, Kind.OBJECT) else None
        if texts is None:
            return column
        found = choose(column.exists(), column, Column.missing(len(column)))
        nulls = pc.and_(pc.starts_with(texts, "{"), pc.match_substring_regex(texts, r":\s*null"))
        nulls = pc.fill_null(nulls, False)
        if not pc.any(nulls).as_py():
            return found
        thinned = json_text.map_distinct(
            pc.if_else(nulls, texts, pa.scalar(None, pa.string())), _without_nulls, pa.string()
        )
        return choose(nulls, Column(thinned, None), found)


@directive("@excludeWhenNull")
def read_exclude_when_null(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@excludeWhenNull": {"@path": "$.traits.plan"}}``."""
    return ExcludeWhenNull(compile_(argument, place))


def _without_nulls(text: str) -> str:
    return json_text.dump(_thin(json_text.parse(text)))


def _thin(value: Json) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: _thin(item) for key, item in value.items() if item is not None}


_NOTHING = ""
"""Stands for undefined among JSON texts: no JSON text is empty."""
