"""Fields that are objects or lists of objects: JSON text, taken apart into columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.database import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.mapping.fields import Field

_TYPES = {"boolean": "BOOLEAN", "number": "DOUBLE", "integer": "BIGINT"}


def members_of(objects: pa.ChunkedArray, fields: Sequence[Field]) -> pa.Table:
    """Return the members of objects, a column for each field.

    Args:
        objects: JSON text of an object a row, checked against the fields; null where there is none.
        fields: The members, none of them an object or a list.

    Returns:
        Columns by key: bool, double or int64 for fields of those types, else string; null where a
        row has no such member.
    """
    structs = _parsed(objects, json.dumps(_structure(fields)))
    return pa.table({field.key: pc.struct_field(structs, field.key) for field in fields})


def items_of(lists: pa.ChunkedArray, fields: Sequence[Field]) -> pa.Table:
    """Return the objects in lists one below the other, with the ``row`` (int64) of each.

    Args:
        lists: JSON text of a list of objects a row; null where there is none.
        fields: The objects' members, as ``members_of`` takes them.
    """
    found = _parsed(lists, json.dumps([_structure(fields)]))
    structs = pc.list_flatten(found)
    rows = pc.list_parent_indices(found)
    return pa.table(
        {
            "row": rows.cast(pa.int64()),
            **{field.key: pc.struct_field(structs, field.key) for field in fields},
        }
    )


def _structure(fields: Sequence[Field]) -> dict[str, str]:
    return {field.key: _TYPES.get(field.type, "VARCHAR") for field in fields}


def _parsed(texts: pa.ChunkedArray, structure: str) -> pa.Array:
    found = query(
        "SELECT from_json(text, $structure) AS found FROM rows",
        pa.table({"text": texts.cast(pa.string())}),
        structure=structure,
    )
    return found["found"].combine_chunks()
