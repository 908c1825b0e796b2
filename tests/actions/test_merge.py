"""Merging rows of one record, held to a plain row-by-row merge."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.merge import merge_writes
from hubspot_pipeline.writes import ASSOCIATIONS, LISTS, ROW, RecordWrites

Row = dict[str, Any]

PROPERTIES, SEARCH = ("city", "phone"), ("domain", "name")
VALUES = {name: st.one_of(st.none(), st.sampled_from(["", "x", "y"])) for name in PROPERTIES}
LINKS = st.fixed_dictionaries(
    {
        "to_type": st.sampled_from(["contacts", "companies"]),
        "label": st.sampled_from([None, "Boss", "boss", "USER_DEFINED:1"]),
        "id_property": st.just("email") | st.none(),
        "id": st.sampled_from(["1", "2"]) | st.none(),
        "user_id": st.just("u") | st.none(),
        "other_side": st.sampled_from(["create", "skip"]),
        "remove": st.booleans(),
        "replaces_labels": st.booleans(),
    }
)
CHANGES = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["VIPs", "vips", "new"]),
        "add": st.booleans(),
        "create": st.booleans(),
    }
)


def _rows_of(modes: list[str]) -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries(
        {
            "key": st.sampled_from("abcd"),
            "mode": st.sampled_from(modes),
            "properties": st.fixed_dictionaries(VALUES),
            "search": st.fixed_dictionaries(
                {name: st.none() | st.sampled_from(["x", "y"]) for name in SEARCH}
            ),
            "links": st.lists(LINKS, max_size=3),
            "lists": st.lists(CHANGES, max_size=2),
        }
    )
    return st.lists(row, max_size=20).map(lambda rows: sorted(rows, key=lambda one: one["key"]))


ROWS = _rows_of(["update", "upsert"]) | _rows_of(["add"])


def _text(values: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def _columns(rows: list[Row], of: str, names: tuple[str, ...]) -> pa.Table:
    return pa.table({name: _text([row[of][name] for row in rows]) for name in names})


def _changes(rows: list[Row], of: str, schema: pa.Schema) -> pa.Table:
    each = [{"write": at, **change} for at, row in enumerate(rows) for change in row[of]]
    return pa.Table.from_pylist(each, schema=schema)


def _writes(rows: list[Row]) -> RecordWrites:
    keys, count = _text([row["key"] for row in rows]), len(rows)
    return RecordWrites(
        "contacts",
        "email",
        keys,
        _text([f"{row['key']} of row {at}" for at, row in enumerate(rows)]),
        _text([row["mode"] for row in rows]),
        _columns(rows, "properties", PROPERTIES),
        pa.table(
            {
                **{name: pa.array(range(count), pa.int64()) for name in (*ROW.names, "write")},
                "carries": pa.array([True] * count, pa.bool_()),
            }
        ),
        search=_columns(rows, "search", SEARCH),
        associations=_changes(rows, "links", ASSOCIATIONS),
        lists=_changes(rows, "lists", LISTS),
    )


def _plain(rows: list[Row]) -> dict[str, Row]:
    """One write a record, as the rules say it, row by row."""
    writes: dict[str, Row] = {}
    for at, row in enumerate(rows):
        write = writes.get(row["key"])
        if write is None:
            write = {"properties": dict.fromkeys(PROPERTIES), "search": dict.fromkeys(SEARCH)}
            writes[row["key"]] = {**write, "sought": False, "links": {}, "lists": {}}
            write = writes[row["key"]]
        elif row["mode"] == "add":
            continue
        write |= {"id": f"{row['key']} of row {at}", "carrier": at}
        if write.get("mode") != "upsert":
            write["mode"] = row["mode"]
        given = {name: value for name, value in row["properties"].items() if value is not None}
        write["properties"] |= given
        if not write["sought"]:
            write["search"] = row["search"]
            write["sought"] = row["mode"] != "update" or any(row["search"].values())
        for link in row["links"]:
            names = ("to_type", "id_property", "id", "user_id")
            identity = (*(link[name] for name in names), (link["label"] or "").lower())
            write["links"].pop(identity, None)
            write["links"][identity] = link
        for change in row["lists"]:
            write["lists"].pop(change["name"].lower(), None)
            write["lists"][change["name"].lower()] = change
    for write in writes.values():
        del write["sought"]
        write |= {part: list(write[part].values()) for part in ("links", "lists")}
    return writes


def _of_writes(writes: RecordWrites) -> dict[str, Row]:
    """The same of merged writes."""
    assert writes.search is not None
    carriers = writes.rows.filter(writes.rows["carries"])
    found = {}
    for at, key in enumerate(writes.keys.to_pylist()):
        found[key] = {
            "id": writes.ids[at].as_py(),
            "mode": writes.modes[at].as_py(),
            "carrier": carriers["position"].to_pylist()[at],
            "properties": writes.properties.to_pylist()[at],
            "search": writes.search.to_pylist()[at],
        }
        for name, table in (("links", writes.associations), ("lists", writes.lists)):
            own = [each for each in table.to_pylist() if each["write"] == at]
            found[key][name] = [{k: v for k, v in each.items() if k != "write"} for each in own]
    return found


def _merged(rows: list[Row]) -> RecordWrites:
    writes = merge_writes(_writes(rows))
    assert isinstance(writes, RecordWrites)
    return writes


@given(ROWS)
def test_merging_columns_equals_merging_row_by_row(rows: list[Row]) -> None:
    assert _of_writes(_merged(rows)) == _plain(rows)


@given(ROWS)
def test_whatever_a_write_says_keeps_the_time_of_the_row_that_said_it_last(
    rows: list[Row],
) -> None:
    writes = _merged(rows)
    if writes.times is None:
        assert len({row["key"] for row in rows}) == len(rows)
        return
    said = [(row["mode"] == "add" and row["key"] in {r["key"] for r in rows[:at]}, at, row)
            for at, row in enumerate(rows)]  # fmt: skip
    plain = {
        (row["key"], name): at
        for ignored, at, row in said
        for name, value in row["properties"].items()
        if value is not None and not ignored
    }
    keys = writes.keys.to_pylist()
    assert plain == {
        (key, name): time
        for key, times in zip(keys, writes.times.properties.to_pylist(), strict=True)
        for name, time in times.items()
        if time is not None
    }
    for changes, times, of in (
        (writes.associations, writes.times.associations, "links"),
        (writes.lists, writes.times.lists, "lists"),
    ):
        for change, time in zip(changes.to_pylist(), times.to_pylist(), strict=True):
            assert keys[change.pop("write")] == rows[time]["key"]
            assert change in rows[time][of]


@given(ROWS)
def test_every_row_stays_with_its_record_and_one_row_carries_each_write(rows: list[Row]) -> None:
    writes = _merged(rows)
    keys = writes.keys.to_pylist()
    assert [keys[write] for write in writes.rows["write"].to_pylist()] == [
        row["key"] for row in rows
    ]
    assert sum(writes.rows["carries"].to_pylist()) == len(keys)


@given(ROWS)
def test_merged_writes_are_merged_for_good(rows: list[Row]) -> None:
    once = _merged(rows)
    again = merge_writes(replace(once, rows=once.rows.filter(once.rows["carries"])))
    assert isinstance(again, RecordWrites)
    assert _of_writes(again) == _of_writes(once)


def _row(mode: str, city: str, **more: Any) -> Row:
    empty = {"properties": dict.fromkeys(PROPERTIES), "search": dict.fromkeys(SEARCH)}
    row = {"key": "a", "mode": mode, **empty, "links": [], "lists": [], **more}
    return {**row, "properties": {**row["properties"], "city": city}}


@pytest.mark.parametrize(("mode", "city"), [("add", "old"), ("update", "new"), ("upsert", "new")])
def test_a_record_that_is_only_created_is_as_the_oldest_row_says(mode: str, city: str) -> None:
    writes = _merged([_row(mode, "old"), _row(mode, "new")])
    assert writes.properties["city"].to_pylist() == [city]
    assert writes.rows["carries"].to_pylist() == [mode == "add", mode != "add"]


def test_a_record_may_be_created_if_one_of_its_rows_may_create_it() -> None:
    """As if the rows were delivered one by one: the second finds what the first one made."""
    writes = _merged([_row("upsert", "old"), _row("update", "new")])
    assert writes.modes.to_pylist() == ["upsert"]
    assert writes.properties["city"].to_pylist() == ["new"]


@pytest.mark.parametrize(
    ("first", "sought"),
    [
        (("upsert", {"domain": "old.com", "name": None}), {"domain": "old.com", "name": None}),
        (("upsert", {"domain": None, "name": None}), {"domain": None, "name": None}),
        (("update", {"domain": None, "name": None}), {"domain": None, "name": "New"}),
    ],
)
def test_a_record_is_sought_as_the_oldest_row_says_that_settles_which_it_is(
    first: tuple[str, dict[str, str | None]], sought: dict[str, str | None]
) -> None:
    """As if the rows were delivered one by one: the second finds what the first one left."""
    mode, search = first
    later = {"domain": None, "name": "New"}
    writes = _merged([_row(mode, "old", search=search), _row(mode, "new", search=later)])
    assert writes.search is not None
    assert writes.search.to_pylist() == [sought]


def test_of_adding_to_a_list_and_removing_from_it_the_latest_counts() -> None:
    add, remove = ({"name": "VIPs", "add": adds, "create": True} for adds in (True, False))
    writes = _merged([_row("upsert", "x", lists=[add]), _row("upsert", "x", lists=[remove])])
    assert writes.lists["add"].to_pylist() == [False]
