"""Free-form properties with clean names, held to a plain rule for one object at a time."""

from __future__ import annotations

import json
import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.cleaning import bad_names, clean_name, cleaned, is_name

NAMES = st.sampled_from(
    ["a", "A", "My Prop", "my_prop", "MY.PROP", "1st", "_x", "é", "", "b😀", "~/"]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.sampled_from(["", " ", " x ", " TRUE ", "False", "007", "1e5"]),
    st.lists(st.one_of(st.none(), st.integers(0, 9), st.just("x")), max_size=2),
    st.dictionaries(st.just("k"), st.integers(0, 9), max_size=1),
)
OBJECTS = st.lists(st.one_of(st.none(), st.dictionaries(NAMES, VALUES, max_size=5)), max_size=6)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _column(objects: list[dict[str, Any] | None]) -> pa.ChunkedArray:
    return pa.chunked_array(
        [pa.array([each if each is None else _json(each) for each in objects], pa.string())]
    )


def _name(key: str) -> str:
    units = key.lower().encode("utf-16-le")
    characters = [units[at : at + 2] for at in range(0, len(units), 2)]
    good = re.compile("[a-z0-9_]")
    texts = [each.decode("utf-16-le", "replace") for each in characters]
    return "".join(each if good.fullmatch(each) else "_" for each in texts)


def _text(value: Any) -> str | None:
    """The rule for one value (actions §8.5); blanks say nothing."""
    if isinstance(value, str):
        text = value if value == "" else value.strip() or None
        return text.lower() if text and text.lower() in ("true", "false") else text
    return None if value is None else _json(value)


def _one(properties: dict[str, Any] | None) -> dict[str, str]:
    """The rule for one object: the last member of a clean name that says anything counts."""
    texts = [(_name(key), _text(value)) for key, value in (properties or {}).items()]
    return {name: text for name, text in texts if text is not None and "a" <= name[:1] <= "z"}


def _bad_names_of(properties: dict[str, Any]) -> list[str]:
    given = [key for key, value in properties.items() if value is not None]
    return [key for key in given if not "a" <= _name(key)[:1] <= "z"]


@given(OBJECTS)
def test_cleaned_columns_equal_the_rule_row_by_row(objects: list[dict[str, Any] | None]) -> None:
    table = cleaned(_column(objects))
    rows = table.to_pylist() if table.num_columns else [{} for _ in objects]
    given_only = [{name: text for name, text in row.items() if text is not None} for row in rows]
    assert given_only == [_one(each) for each in objects]
    assert all(table[name].null_count < table.num_rows for name in table.column_names)


@given(OBJECTS)
def test_rows_with_a_name_that_hubspot_cannot_have_are_named(
    objects: list[dict[str, Any] | None],
) -> None:
    expected = [
        (at, bad[0]) for at, each in enumerate(objects) if (bad := _bad_names_of(each or {}))
    ]
    found = bad_names(_column(objects), "properties").to_pylist()
    assert [(each["index"], each["reason"].split("'")[1]) for each in found] == expected
    assert all(each["field"] == "properties" for each in found)


@pytest.mark.parametrize(
    ("name", "clean"),
    [("My Prop", "my_prop"), ("a.b-c", "a_b_c"), ("Ünï", "_n_"), ("a😀", "a__"), ("A1", "a1")],
)
def test_a_name_becomes_one_that_hubspot_could_have(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_a_name_must_start_with_a_letter() -> None:
    assert [is_name(clean_name(name)) for name in ("a", "Z", "1a", "_a", "é", "")] == [
        True, True, False, False, False, False,
    ]  # fmt: skip
