"""Which values count as not given: null, and the empty text, by where they stand (mappings §1.1).

The original keeps an empty text in batches and drops it from single events. Here there is one
rule: at the top, only an empty text that the mapping itself writes is kept (and clears a property).
"""

from __future__ import annotations

from enum import Enum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import extract, json_text
from hubspot_pipeline.mapping.coercion import OF_NULL, TEXT_TYPES, without_lists_of_one
from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.fields import Field


class Level(Enum):
    """Where a field stands, which decides what is dropped.

    At the top: null, and each empty text that the mapping did not write or the type does not allow.
    In an object: null, and an empty text where the type is no text. In an item of a list: nothing;
    null there becomes ``""``, 0 or false.
    """

    TOP = "top"
    IN_OBJECT = "in an object"
    IN_ITEM = "in an item of a list"


def removed(field: Field, column: Column, level: Level) -> Column:
    """The field's values, undefined where empty; a list of one scalar is that scalar."""
    if field.multiple:
        return column if level is Level.IN_ITEM else _dropped(column, _empty_texts(column))
    if level is Level.IN_ITEM:
        return without_lists_of_one(field.type, _null_replaced(field, column))
    if field.type not in TEXT_TYPES:
        return without_lists_of_one(field.type, _dropped(column, _empty_texts(column)))
    column = without_lists_of_one(field.type, column)
    if level is Level.IN_OBJECT:
        return _dropped(column, None)
    empty = _empty_texts(column)
    return _dropped(
        column, pc.and_not(empty, column.clears) if column.clears is not None else empty
    )


def items_of(field: Field, column: Column) -> tuple[pa.ListArray, Column]:
    """The items of a field that takes lists, one below the other, and the lists that they fill.

    A single value is a list of one. Null items are dropped, and so are empty texts where the type
    is no text; an item that only holds such is not.
    """
    lists, items = _listed(column)
    dropped = pc.invert(items.exists())
    if field.type not in TEXT_TYPES:
        dropped = pc.or_(dropped, _empty_texts(items))
    kept = pc.invert(dropped)
    rows = pc.list_parent_indices(lists).filter(kept)
    lengths = np.bincount(rows.to_numpy(zero_copy_only=False), minlength=len(lists))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32())
    thinned = pa.ListArray.from_arrays(
        offsets, pa.nulls(len(rows)), mask=pc.invert(column.present())
    )
    return thinned, items.take(pc.indices_nonzero(kept)) if pc.any(dropped).as_py() else items


def _listed(column: Column) -> tuple[pa.ListArray, Column]:
    if column.kind not in (Kind.LIST, Kind.OBJECT):
        texts = column.json() if column.kind else column.values
        single = pc.fill_null(pc.invert(pc.starts_with(texts, "[")), False)
        texts = json_text.replace_where(
            texts, single, lambda part: json_text.join_lists([part], len(part))
        )
        column = Column(texts, None)
    return extract.items_of(column, column.present())


def _empty_texts(column: Column) -> pa.BooleanArray:
    return pc.fill_null(pc.equal(column.strings(), ""), False)


def _dropped(column: Column, empty: pa.BooleanArray | None) -> Column:
    """The column, undefined where null or empty."""
    kept = column.exists() if empty is None else pc.and_not(column.exists(), empty)
    if pc.all(pc.equal(kept, column.present())).as_py():
        return column
    return choose(kept, column, Column.missing(len(column)))


def _null_replaced(field: Field, column: Column) -> Column:
    nulls = column.where(Kind.NULL)
    if field.type not in OF_NULL or not pc.any(nulls).as_py():
        return column
    return choose(nulls, Column.constant(OF_NULL[field.type], len(column)), column)
