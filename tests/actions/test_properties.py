"""Free-form properties become text, held to a plain rule for one value at a time."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.properties import flattened, lowered, trimmed

# Without control characters, of which JSON has more than one spelling.
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**20), 10**20), TEXT)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=6,
)
OBJECTS = st.lists(st.one_of(st.none(), st.dictionaries(TEXT, VALUES, max_size=4)), max_size=6)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _one(value: Any) -> str | None:
    """The rule for one value (actions §3.1); blanks and empty lists say nothing."""
    match value:
        case None | []:
            return None
        case str():
            return value if value == "" else value.strip() or None
        case list():
            joined = ";".join(each if isinstance(each, str) else _json(each) for each in value)
            return joined.strip() or None
        case _:
            return _json(value)


def _column(texts: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(texts, pa.string())])


@given(OBJECTS)
def test_flattened_columns_equal_the_rule_row_by_row(objects: list[dict[str, Any] | None]) -> None:
    table = flattened(_column([each if each is None else _json(each) for each in objects]))
    keys = {key for each in objects if each for key in each}
    assert set(table.column_names) == keys
    for key in keys:
        expected = [_one((each or {}).get(key)) for each in objects]
        assert table[key].to_pylist() == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([None, [1, 2], {"a": 1}, "x ", True], 'null;[1,2];{"a":1};x ;true'),
        ("  Oslo ", "Oslo"),
        ("   ", None),
        ("", ""),
        (802, "802"),
        (1.0, "1"),
        (1e300, "1e+300"),
        (12345678901234567890, "12345678901234567890"),
        ("007", "007"),
        (True, "true"),
        ({"a": [1]}, '{"a":[1]}'),
    ],
)
def test_a_value_becomes_the_text_that_hubspot_stores(value: Any, text: str | None) -> None:
    assert flattened(_column([_json({"p": value})]))["p"].to_pylist() == [text]


def test_keys_of_any_spelling_are_found() -> None:
    keys = ["a/b", "~", "a.b", "$", '"', "a b", "", "0"]
    table = flattened(_column([_json(dict.fromkeys(keys, "x"))]))
    assert set(table.column_names) == set(keys)
    assert all(table[key].to_pylist() == ["x"] for key in keys)


def test_only_a_text_that_came_in_empty_stays_empty() -> None:
    assert trimmed(_column(["", "  ", " a ", None])).to_pylist() == ["", None, "a", None]


def test_lowered_text_is_trimmed_too() -> None:
    assert lowered(_column([" Ann@X.com ", "  LEAD "])).to_pylist() == ["ann@x.com", "lead"]
