"""Occurrences of events as the tests of both event actions look at them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

from hubspot_pipeline.actions import MappingSettings, merge_writes
from hubspot_pipeline.writes import EventWrites
from tests.actions.payload_rows import Payload, sorted_rows

if TYPE_CHECKING:
    from hubspot_pipeline.actions import Action

SETTINGS = MappingSettings("123", "crm/events", "upsert")

KEYS = st.sampled_from(["plan", "Plan", "PLAN", "page_url", "_x", "1st", "a b", "ü", "n" * 51, ""])
TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=4),
    st.sampled_from(["00123", "12345678901234567890", "0x10", "1e5", " TRUE", "false ", "  ", ""]),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    TEXTS,
    st.lists(TEXTS, max_size=2),
    st.dictionaries(TEXTS, st.integers(0, 9), max_size=1),
)
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=5)


def writes_of(action: Action, *payloads: Payload, merged: bool = False) -> EventWrites:
    """The occurrences of payloads, in order of their message ids."""
    (writes,) = action.to_writes(sorted_rows(action, list(payloads)), SETTINGS)
    writes = merge_writes(writes) if merged else writes
    assert isinstance(writes, EventWrites)
    return writes


def properties_of(writes: EventWrites) -> list[dict[str, str]]:
    """What each occurrence says of its properties."""
    rows = writes.properties.to_pylist() or [{} for _ in range(len(writes.keys))]
    return [{name: text for name, text in row.items() if text is not None} for row in rows]


def identifiers_of(writes: EventWrites) -> list[dict[str, str]]:
    """Whose each occurrence is."""
    return [
        {name: text for name, text in row.items() if text is not None}
        for row in writes.identifiers.to_pylist()
    ]


def json_of(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def text_column(texts: list[str | None]) -> pa.ChunkedArray:
    """A column of text."""
    return pa.chunked_array([pa.array(texts, pa.string())])
