"""The same events, however they were exported, are the same events."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.events.reading import EVERYTHING, read_file, without_missing, written

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), min_size=1, max_size=8)
NUMBER = st.integers(-(2**53), 2**53)
ADDRESS = pa.struct({"city": pa.string(), "zip": pa.int64()})
TRAITS = pa.struct(
    {
        "email": pa.string(),
        "age": pa.int64(),
        "score": pa.float64(),
        "on": pa.bool_(),
        "tags": pa.list_(pa.string()),
        "address": ADDRESS,
    }
)
SCHEMA = pa.schema(
    {
        "type": pa.string(),
        "messageId": pa.string(),
        "userId": pa.string(),
        "timestamp": pa.string(),
        "traits": TRAITS,
    }
)


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


def some_of(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any] | None]:
    """Objects with some of the keys, at least one; or no object."""
    objects = st.fixed_dictionaries({name: maybe(value) for name, value in values.items()})
    return objects.map(lambda found: found if any(v is not None for v in found.values()) else None)


EVENTS = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["identify", "track"]),
        "messageId": TEXT,
        "userId": maybe(TEXT),
        "timestamp": maybe(st.just("2026-01-02T03:04:05.678Z")),
        "traits": some_of(
            email=TEXT,
            age=NUMBER,
            score=st.floats(allow_nan=False, allow_infinity=False),
            on=st.booleans(),
            tags=st.lists(TEXT, max_size=3),
            address=some_of(city=TEXT, zip=NUMBER),
        ),
    }
)


def write_in_every_shape(folder: Path, events: list[dict[str, Any]]) -> list[Path]:
    paths = [
        written(folder, name, b"")
        for name in ("structs.parquet", "dotted.parquet", "json.parquet", "json.csv")
    ]
    table = pa.Table.from_pylist(events, SCHEMA)
    pq.write_table(table, paths[0])
    dotted = table.flatten().flatten()
    pq.write_table(dotted, paths[1])
    documents = [None if e["traits"] is None else json.dumps(e["traits"]) for e in clean(events)]
    texts = table.set_column(4, "traits", pa.array(documents, pa.string()))
    pq.write_table(texts, paths[2])
    pa_csv.write_csv(texts, paths[3])
    lines = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in clean(events)).encode()
    return [
        *paths,
        written(folder, "lines.jsonl", lines),
        written(folder, "lines.jsonl.gz", gzip.compress(lines)),
    ]


def clean(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**event, "traits": without_missing(event["traits"])} for event in events]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(EVENTS, min_size=1, max_size=12))
def test_every_shape_reads_back_equal(tmp_path: Path, events: list[dict[str, Any]]) -> None:
    for path in write_in_every_shape(tmp_path, events):
        read = read_file(path, EVERYTHING)
        assert read.rejected == []
        found = [{name: event[name] for name in SCHEMA.names} for event in read.events]
        assert found == clean(events), path.name
