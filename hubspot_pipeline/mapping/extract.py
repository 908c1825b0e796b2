"""Values at paths, column-wise: through structs, lists and JSON text, as JavaScript does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.database import connection, pointer
from hubspot_pipeline.mapping import javascript, json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.paths import Path


def values_at(column: Column, paths: Collection[Path]) -> dict[Path, Column]:
    """The column at each path; a lookup stops at a falsy value and yields it (mappings §1, Paths).

    JSON text is parsed once for all its paths.
    """
    if column.kind is None:
        return _values_in_text(column, paths)
    found: dict[Path, Column] = {}
    below: defaultdict[str, set[Path]] = defaultdict(set)
    for path in paths:
        if path:
            below[path[0]].add(path[1:])
        else:
            found[path] = column
    for key, rests in below.items():
        inner = values_at(_member(column, key), rests)
        found.update({(key, *rest): value for rest, value in inner.items()})
    return found


def fields_of(column: Column) -> dict[str, Column]:
    """The members of a column of structs."""
    return {
        field.name: Column.of(pc.struct_field(column.values, [index]))
        for index, field in enumerate(column.values.type)
    }


def items_of(column: Column, held: pa.BooleanArray) -> tuple[pa.ListArray, Column]:
    """The items of lists, one below the other, and the lists that they fill.

    Args:
        column: Its rows of the mask hold lists or objects; an object counts as a list of itself.
        held: The rows to look at; the list of any other row is null.
    """
    if column.kind is Kind.LIST:
        items = Column.of(pc.list_flatten(column.values))
        if items.values.null_count:
            items = Column.of_json(pc.fill_null(items.json(), "null"))
        return column.values, items
    if column.kind is Kind.OBJECT:
        items = Column.of(column.values.filter(held))
        return _lists_of_one(held), items
    texts = pc.if_else(held, column.values, pa.scalar(None, pa.string()))
    listed = json_text.replace_where(
        texts, _sure(pc.starts_with(texts, "{")), lambda part: json_text.join_lists([part], 0)
    )
    lists = (
        connection()
        .from_arrow(pa.table({"document": listed}))
        .project("json_extract(document, '$[*]')::VARCHAR[] AS items")
        .to_arrow_table()["items"]
        .combine_chunks()
        .cast(pa.list_(pa.string()))
    )
    return lists, Column.of_json(pc.list_flatten(lists))


def _lists_of_one(held: pa.BooleanArray) -> pa.ListArray:
    """Lists to be filled with one item in each row of the mask; null elsewhere."""
    ends = pc.cumulative_sum(held.cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    return pa.ListArray.from_arrays(offsets, pa.nulls(offsets[-1].as_py()), mask=pc.invert(held))


def _member(column: Column, key: str) -> Column:
    """``value && value[key]`` over a column of one kind."""
    values = column.values
    if column.kind is Kind.OBJECT:
        index = values.type.get_field_index(key)
        return (
            Column.missing(len(column))
            if index < 0
            else Column.of(pc.struct_field(values, [index]))
        )
    if column.kind is Kind.LIST:
        return _list_member(values, key)
    if column.kind is Kind.STRING:
        return choose(_sure(pc.equal(values, "")), column, _string_member(values, key))
    falsy = pc.invert(values) if column.kind is Kind.BOOLEAN else pc.equal(values, 0)
    return choose(_sure(falsy), column, Column.missing(len(column)))


def _list_member(lists: pa.ListArray, key: str) -> Column:
    lengths = pc.list_value_length(lists)
    if key == "length":
        return Column.of(lengths)
    index = javascript.list_index(key)
    if index is None:
        return Column.missing(len(lists))
    inside = _sure(pc.greater(lengths, index))
    starts = pa.array(lists.offsets[:-1])
    items = Column.of(lists.values.take(pc.if_else(inside, pc.add(starts, index), _NO_INDEX)))
    nulls = pc.and_(inside, items.values.is_null())
    if not pc.any(nulls).as_py():
        return items
    return choose(nulls, Column.constant(None, len(lists)), items)


def _string_member(strings: pa.StringArray, key: str) -> Column:
    """``text.length`` and ``text[0]``; any other property of a string is undefined here."""
    if key == "length":
        return Column.of(json_text.map_distinct(strings, javascript.length, pa.int64()))
    index = javascript.list_index(key)
    if index is None:
        return Column.missing(len(strings))
    letters = pc.utf8_slice_codeunits(strings, index, index + 1)
    return Column.of(pc.if_else(pc.equal(letters, ""), pa.scalar(None, pa.string()), letters))


def _values_in_text(column: Column, paths: Collection[Path]) -> dict[Path, Column]:
    """Paths into columns of JSON text, by one pass of DuckDB's reader over each document."""
    steps = sorted({path[:end] for path in paths for end in range(1, len(path) + 1)})
    texts = dict(zip(steps, _extract(column.values, steps), strict=True))
    texts[()] = column.values
    for parent in sorted({path[:-1] for path in steps}):
        _fill_in(texts, parent, [path for path in steps if path[:-1] == parent])
    return {path: Column.of_json(texts[path]) for path in paths}


def _fill_in(texts: dict[Path, pa.Array], parent: Path, members: Collection[Path]) -> None:
    """Fill in what JSON pointers do not reach: falsy parents, lengths, letters of strings."""
    others = _sure(pc.invert(pc.starts_with(texts[parent], "{")))
    if not pc.any(others).as_py():
        return
    for path in members:
        rows = pc.and_(others, texts[path].is_null())
        found = _member_of_texts(texts[parent].filter(rows), path[-1])
        texts[path] = pc.replace_with_mask(texts[path], rows, found)


def _member_of_texts(texts: pa.Array, key: str) -> pa.Array:
    falsy = pc.or_kleene(
        pc.is_in(texts, pa.array(['""', "false", "null"])), pc.equal(_numbers(texts), 0)
    )
    answers = pc.if_else(_sure(falsy), texts, pa.scalar(None, pa.string()))
    strings = pc.and_(pc.starts_with(texts, '"'), pc.not_equal(texts, '""'))
    answers = json_text.replace_where(
        answers,
        strings,
        lambda _: _string_member(json_text.decode_strings(texts.filter(strings)), key).json(),
    )
    if key != "length":
        return answers
    return json_text.replace_where(
        answers,
        pc.starts_with(texts, "["),
        lambda _: json_text.map_distinct(
            texts.filter(pc.starts_with(texts, "[")),
            lambda text: str(len(json_text.parse(text))),
            pa.string(),
        ),
    )


def _numbers(texts: pa.Array) -> pa.Array:
    numeric = pc.match_substring_regex(texts, "^[-0-9]")
    return pc.if_else(numeric, texts, pa.scalar(None, pa.string())).cast(pa.float64())


def _extract(documents: pa.Array, paths: list[Path]) -> list[pa.Array]:
    """The JSON text at each path of each document; null where there is none."""
    if not paths:
        return []
    pointers = ["".join(map(pointer, path)) for path in paths]
    # One call for all pointers reads each document once; Arrow takes lists apart more slowly.
    found = (
        connection()
        .from_arrow(pa.table({"document": documents}))
        .project(f"json_extract(document, [{', '.join(map(_quote, pointers))}]) AS found")
        .project(
            ", ".join(f"found[{place}]::VARCHAR AS _{place}" for place in range(1, len(paths) + 1))
        )
        .to_arrow_table()
    )
    return [column.combine_chunks().cast(pa.string()) for column in found.columns]


def _quote(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


_NO_INDEX = pa.scalar(None, pa.int32())


def _sure(mask: pa.Array) -> pa.Array:
    return pc.fill_null(mask, False)
