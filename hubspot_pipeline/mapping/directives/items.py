"""``@arrayPath``: the items of a list, each brought into a shape."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose
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
from hubspot_pipeline.mapping.extract import items_of
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.paths import parse_rooted_path
from hubspot_pipeline.mapping.sources import Whole


@dataclass(frozen=True, slots=True)
class Items(Expression):
    """The items at a place, each as the shape says; a lone object counts as a list of one.

    Attributes:
        root: Where the items are.
        shape: What each becomes. Its paths begin at the item; the event is out of its reach.
    """

    root: Expression
    shape: Expression

    def parts(self) -> Iterator[Expression]:
        """The root alone: what the shape reads is no path of the event."""
        yield self.root

    @property
    def is_careful(self) -> bool:
        """Where the root or the shape is."""
        return self.root.is_careful or self.shape.is_careful

    def evaluate(self, scope: Scope) -> Column:
        """A list a row; a value that is neither list nor object stays as it is."""
        root = scope.column(self.root)
        held = pc.or_(root.where(Kind.LIST), root.where(Kind.OBJECT))
        if not pc.any(held).as_py():
            return replace(root, clears=None)
        lists, items = items_of(root, held)
        shaped = Scope.over(Whole(items), self.shape.paths()).column(self.shape)
        texts = json_text.join_items(shaped.json(), lists)
        column = choose(held, Column(texts, None), replace(root, clears=None))
        return replace(column, errors=_first_of_each(shaped, lists))


@directive("@arrayPath")
def read_array_path(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@arrayPath": ["$.properties.products", {"id": {"@path": "$.sku"}}]}``."""
    if not isinstance(argument, list) or not 1 <= len(argument) <= 2:
        raise MappingError(
            written(place), f"takes a list of a path and, at most, a shape, not {_seen(argument)}"
        )
    path, shape = argument[0], argument[1] if len(argument) > 1 else None
    if not isinstance(path, str) and not is_directive(path):
        raise MappingError(
            written((*place, "0")), f"must be a path or a directive, not {kind_name(path)}"
        )
    root = (
        PathTo(parse_rooted_path(path)) if isinstance(path, str) else compile_(path, (*place, "0"))
    )
    if not isinstance(shape, dict) or not shape:
        return root
    return Items(root, compile_(shape, (*place, "1")))


def _seen(argument: Json) -> str:
    if isinstance(argument, list):
        return f"a list of {len(argument)}"
    return kind_name(argument)


def _first_of_each(items: Column, lists: pa.ListArray) -> pa.StringArray | None:
    """The first error among each row's items; None where there is none at all."""
    if items.errors is None or items.errors.null_count == len(items):
        return None
    found = items.errors.is_valid()
    rows = pc.list_parent_indices(lists).filter(found)
    first = (
        pa.table({"row": rows, "error": items.errors.filter(found)})
        .group_by("row", use_threads=False)
        .aggregate([("error", "first")])
    )
    every_row = pa.array(range(len(lists)), first["row"].type)
    return (
        first["error_first"]
        .combine_chunks()
        .take(pc.index_in(every_row, first["row"].combine_chunks()))
    )
