"""Nested fields come apart into columns, held to Python's own reading of the JSON."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.nested import items_of, members_of
from hubspot_pipeline.mapping.fields import Field

FIELDS = (
    Field("name", "Name", "string"),
    Field("flag", "Flag", "boolean"),
    Field("size", "Size", "number"),
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=4),
        "flag": st.booleans(),
        "size": st.integers(-9, 9),
    },
)


def _column(values: list[Any]) -> pa.ChunkedArray:
    texts = [None if each is None else json.dumps(each) for each in values]
    return pa.chunked_array([pa.array(texts, pa.string())])


def _whole(value: dict[str, Any] | None) -> dict[str, Any]:
    return {field.key: (value or {}).get(field.key) for field in FIELDS}


@given(st.lists(st.none() | OBJECTS, max_size=5))
def test_members_are_those_of_each_row_s_object(objects: list[dict[str, Any] | None]) -> None:
    assert members_of(_column(objects), FIELDS).to_pylist() == [_whole(each) for each in objects]


@given(st.lists(st.none() | st.lists(OBJECTS, max_size=3), max_size=5))
def test_items_are_named_with_their_row(lists: list[list[dict[str, Any]] | None]) -> None:
    assert items_of(_column(lists), FIELDS).to_pylist() == [
        {"row": row, **_whole(item)} for row, items in enumerate(lists) for item in items or []
    ]
