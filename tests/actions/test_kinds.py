"""Types of values, held to a plain rule for one value at a time."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.kinds import seen

KEYS = st.sampled_from(["plan", "Plan", "a/b", "~", "0", "", "$.x", "ü"])
NEARLY_TIMES = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["2024-02-29", "2024-02-30", "2023-02-29", "2024-13-01", "2024-1-1", "2024"]),
    st.sampled_from(["", "T10:00", " 1000", "t10:00", "T24:00", "T10:60", "T1:00"]),
    st.sampled_from(["", ":59", ":60", "30", ":30.125", ":30,5", ".5"]),
    st.sampled_from(["", "Z", "z", "+02:00", "-0930", "+02", "+2", " "]),
)
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=4),
    st.dates(date(1, 1, 1)).map(str),
    st.datetimes().map(datetime.isoformat),
    NEARLY_TIMES,
    st.sampled_from(["true", " False ", "TRUE", "yes", "007", "1e5", "0x10", " 12 ", "  ", ""]),
)
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.one_of(
    st.none(), st.booleans(), NUMBERS, TEXTS, st.lists(TEXTS, max_size=2), st.just({"a": 1})
)
OBJECTS = st.lists(st.one_of(st.none(), st.dictionaries(KEYS, VALUES, max_size=4)), max_size=6)


def _types(value: Any) -> set[str]:
    """The type of one value; none where it says nothing."""
    match value:
        case None:
            return set()
        case bool():
            return {"bool"}
        case int() | float():
            return {"number"}
        case str():
            return {_type_of_text(value.strip())} if value.strip() else set()
        case _:
            return {"string"}


def _type_of_text(text: str) -> str:
    if text.lower() in {"true", "false"}:
        return "bool"
    found = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
        r"(?:[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})([.,][0-9]+)?)?"
        r"(Z|[+-]([0-9]{2})(?::?([0-9]{2}))?)?)?",
        text,
    )
    if not found:
        return "string"
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return "string"
    hours, minutes = (found[2], found[7]), (found[3], found[4], found[8])
    fits = all(int(h or 0) < 24 for h in hours) and all(int(m or 0) < 60 for m in minutes)
    if not fits:
        return "string"
    return "datetime" if found[2] else "date"


def _column(objects: list[dict[str, Any] | None]) -> pa.ChunkedArray:
    texts = [each if each is None else json.dumps(each, ensure_ascii=False) for each in objects]
    return pa.chunked_array([pa.array(texts, pa.string())])


@given(OBJECTS)
def test_types_equal_the_rule_value_by_value(objects: list[dict[str, Any] | None]) -> None:
    expected = {
        (key, each)
        for one in objects
        for key, value in (one or {}).items()
        for each in _types(value)
    }
    table = seen(_column(objects))
    assert [tuple(row.values()) for row in table.to_pylist()] == sorted(expected)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.dictionaries(KEYS, VALUES, max_size=3))))
def test_types_are_told_apart_by_what_the_objects_are_of(
    owned: list[tuple[str, dict[str, Any]]],
) -> None:
    expected = {
        (owner, key, each)
        for owner, one in owned
        for key, value in one.items()
        for each in _types(value)
    }
    owners = pa.table({"event": pa.array([owner for owner, _ in owned], pa.string())})
    table = seen(_column([one for _, one in owned]), owners)
    assert table.column_names == ["event", "name", "type"]
    assert [tuple(row.values()) for row in table.to_pylist()] == sorted(expected)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (12.5, "number"),
        (1e300, "number"),
        (12345678901234567890, "number"),
        ("12345678901234567890", "string"),
        ("00123", "string"),
        ("1735689600000", "string"),
        (True, "bool"),
        (" TRUE ", "bool"),
        ("2024-02-29", "date"),
        ("2024-02-30", "string"),
        ("2024-02-29T10:00:00.000Z", "datetime"),
        ("2024-02-29 10:00", "datetime"),
        (["2024-02-29"], "string"),
        ({}, "string"),
    ],
)
def test_a_value_has_the_type_that_it_looks_like(value: Any, kind: str) -> None:
    assert seen(_column([{"p": value}])).to_pylist() == [{"name": "p", "type": kind}]


@pytest.mark.parametrize("objects", [[], [None, None], [{}], [{"p": None}, {"p": " "}, {"p": ""}]])
def test_nothing_is_seen_where_nothing_is_said(objects: list[dict[str, Any] | None]) -> None:
    assert seen(_column(objects)).num_rows == 0
