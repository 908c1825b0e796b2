"""Payload columns → the text that HubSpot stores: one normalisation for every action."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.database import keys_of, pointer, query
from hubspot_pipeline.writes import LIFECYCLE_STAGE

if TYPE_CHECKING:
    from collections.abc import Container, Mapping


def trimmed(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trim text; what was all blanks becomes null, and only a text that came in empty stays empty.

    A mapping that writes ``''`` means to clear the property; blanks in the data do not.
    """
    stripped = pc.utf8_trim_whitespace(text)
    only_blanks = pc.and_(pc.equal(stripped, ""), pc.not_equal(text, ""))
    return pc.if_else(pc.fill_null(only_blanks, False), None, stripped)


def said(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return trimmed text, null where it is blank: for what there is nothing to clear of."""
    stripped = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(stripped, ""), pa.scalar(None, pa.string()), stripped)


def lowered(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trim text and put it in lower case, as HubSpot stores e-mail addresses and stages."""
    return pc.utf8_lower(trimmed(text))


def combined(
    named: Mapping[str, pa.ChunkedArray],
    free: pa.Table,
    *,
    lower_case: Container[str] = frozenset({LIFECYCLE_STAGE}),
) -> dict[str, pa.ChunkedArray]:
    """Lay free-form properties over named ones, row by row.

    Args:
        named: Text columns as payloads have them.
        free: As ``flattened`` returns it.
        lower_case: The properties whose values HubSpot has in lower case.

    Returns:
        Text columns by property, all of them trimmed; null where neither says anything.
    """
    columns: dict[str, pa.ChunkedArray] = {}
    for name, values in [*named.items(), *zip(free.column_names, free.columns, strict=True)]:
        text = (lowered if name in lower_case else trimmed)(values)
        columns[name] = pc.coalesce(text, columns[name]) if name in columns else text
    return columns


def other_than(ids: pa.ChunkedArray, values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the values of a property by which records are found, null where they are the id.

    The id itself says nothing new, and nobody clears what a record is found by.
    """
    nothing_new = pc.fill_null(pc.or_(pc.equal(values, ids), pc.equal(values, "")), True)
    return pc.if_else(nothing_new, pa.scalar(None, pa.string()), values)


def same_in_every_row(text: str, rows: int) -> pa.ChunkedArray:
    """Return a column of one text."""
    return pa.chunked_array([pa.repeat(pa.scalar(text), rows)])


def flattened(objects: pa.ChunkedArray, *, lists_as_json: bool = False) -> pa.Table:
    """Turn free-form objects into one text column a key.

    Args:
        objects: JSON text of an object a row; null where there is none.
        lists_as_json: Whether arrays become JSON text too (actions §8.5), also empty ones.

    Returns:
        A column for each key that any row has, in alphabetical order: text trimmed, numbers and
        booleans as JSON prints them, arrays joined with ``;`` (their objects, nulls and arrays as
        JSON text, actions §3.1), objects as JSON text, and null for JSON's null, for an empty array
        and for a key that the row does not have.
    """
    if objects.null_count == len(objects):
        return pa.table({})
    keys = keys_of(objects)
    if not keys:
        return pa.table({})
    flat = query(
        _FLATTEN,
        pa.table({"object": objects}),
        pointers=list(map(pointer, keys)),
        joined="" if lists_as_json else "ARRAY",
    )
    members = flat["texts"].combine_chunks().flatten()
    index = pa.array(range(0, len(members), len(keys)), pa.int64())
    return pa.table({key: trimmed(members.take(pc.add(index, at))) for at, key in enumerate(keys)})


_FLATTEN = r"""
SELECT list_transform(
    list_zip(
        json_extract(coalesce(object, '{}'), $pointers),
        json_type(coalesce(object, '{}'), $pointers)
    ),
    lambda member: CASE member[2]
        WHEN 'NULL' THEN NULL
        WHEN 'VARCHAR' THEN member[1] ->> '$'
        WHEN 'DOUBLE' THEN regexp_replace(
            regexp_replace(member[1]::VARCHAR, '\.0+$', ''), 'e([0-9])', 'e+\1'
        )
        WHEN $joined THEN nullif(array_to_string(
            list_transform(
                json_extract(member[1], '$[*]'),
                lambda item: CASE json_type(item)
                    WHEN 'VARCHAR' THEN item ->> '$'
                    ELSE item::VARCHAR
                END
            ), ';'), '')
        ELSE member[1]::VARCHAR
    END
) AS texts
FROM rows
"""
