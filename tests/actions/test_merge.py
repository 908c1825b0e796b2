"""Merging rows of one record, held to a plain row-by-row merge."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.merge import merge_writes
from hubspot_pipeline.writes import ROW_COLUMNS, RecordWrites

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


def _writes(rows: list[dict[str, str | None]]) -> RecordWrites:
    keys, count = _text([row["key"] for row in rows]), len(rows)
    return RecordWrites(
        "contacts",
        "email",
        keys,
        keys,
        _text(["upsert"] * count),
        pa.table({name: _text([row[name] for row in rows]) for name in PROPERTIES}),
        pa.table(
            {
                **{name: pa.array(range(count), pa.int64()) for name in (*ROW_COLUMNS, "write")},
                "carries": pa.array([True] * count),
            }
        ),
    )


@given(ROWS)
def test_the_latest_value_that_is_not_null_wins(rows: list[dict[str, str | None]]) -> None:
    expected: dict[str, dict[str, str | None]] = {}
    for row in rows:
        merged = expected.setdefault(str(row["key"]), dict.fromkeys(PROPERTIES))
        merged.update({name: row[name] for name in PROPERTIES if row[name] is not None})
    writes = merge_writes(_writes(rows))
    assert isinstance(writes, RecordWrites)
    held = dict(zip(writes.keys.to_pylist(), writes.properties.to_pylist(), strict=True))
    assert held == expected


@given(ROWS)
def test_each_write_is_carried_by_the_last_of_its_rows(rows: list[dict[str, str | None]]) -> None:
    writes = merge_writes(_writes(rows))
    keys = writes.keys.to_pylist()
    assert [keys[write] for write in writes.rows["write"].to_pylist()] == [
        row["key"] for row in rows
    ]
    carriers = [at for at, carries in enumerate(writes.rows["carries"].to_pylist()) if carries]
    last = {row["key"]: at for at, row in enumerate(rows)}
    assert carriers == sorted(last.values())
