"""Merging rows of one record, held to a plain row-by-row merge."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.merge import merge_by_key

PROPERTIES = ("city", "phone")
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from("abcd"),
            **{name: st.one_of(st.none(), st.sampled_from(["", "x", "y"])) for name in PROPERTIES},
        }
    ),
    max_size=30,
).map(lambda rows: sorted(rows, key=lambda row: row["key"]))


def _text(values: list[str | None]) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array(values, pa.string())])


def _columns(rows: list[dict[str, str | None]]) -> tuple[pa.ChunkedArray, pa.Table]:
    properties = {name: _text([row[name] for row in rows]) for name in PROPERTIES}
    return _text([row["key"] for row in rows]), pa.table(properties)


@given(ROWS)
def test_the_latest_value_that_is_not_null_wins(rows: list[dict[str, str | None]]) -> None:
    expected: dict[str, dict[str, str | None]] = {}
    for row in rows:
        merged = expected.setdefault(str(row["key"]), dict.fromkeys(PROPERTIES))
        merged.update({name: row[name] for name in PROPERTIES if row[name] is not None})
    merged = merge_by_key(*_columns(rows))
    assert (
        dict(zip(merged.keys.to_pylist(), merged.properties.to_pylist(), strict=True)) == expected
    )


@given(ROWS)
def test_each_write_is_carried_by_the_last_of_its_rows(rows: list[dict[str, str | None]]) -> None:
    merged = merge_by_key(*_columns(rows))
    keys = merged.keys.to_pylist()
    assert [keys[write] for write in merged.write.to_pylist()] == [row["key"] for row in rows]
    carriers = [at for at, carries in enumerate(merged.carries.to_pylist()) if carries]
    last = {row["key"]: at for at, row in enumerate(rows)}
    assert carriers == sorted(last.values())
