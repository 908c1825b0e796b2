"""Texts that tell a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from hubspot_pipeline.actions.times import times


def _one(text: str | None) -> datetime | None:
    found: datetime | None = times(pa.chunked_array([[text]], pa.string())).to_pylist()[0]
    return found


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-01-05", datetime(2024, 1, 5, tzinfo=UTC)),
        (" 2024-01-05t10:00:00z ", datetime(2024, 1, 5, 10, tzinfo=UTC)),
        ("2024-01-05 10:00", datetime(2024, 1, 5, 10, tzinfo=UTC)),
        ("2024-01-05T10:00:00+0200", datetime(2024, 1, 5, 8, tzinfo=UTC)),
        ("2024-01-05T10:00:00.123456789Z", datetime(2024, 1, 5, 10, 0, 0, 123456, tzinfo=UTC)),
        ("1735689600", datetime(2025, 1, 1, tzinfo=UTC)),
        ("1735689600.5", datetime(2025, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("1735689600123", datetime(2025, 1, 1, 0, 0, 0, 123_000, tzinfo=UTC)),
    ],
)
def test_iso_texts_and_seconds_and_milliseconds_tell_a_time(text: str, time: datetime) -> None:
    assert _one(text) == time


@pytest.mark.parametrize(
    "text", [None, "", "now", "infinity", "May 1 2024", "2024-02-30T10:00:00Z", "2024-13-01", "0"]
)
def test_other_texts_tell_none(text: str | None) -> None:
    assert _one(text) is None


def test_one_bad_text_takes_no_other_with_it() -> None:
    texts = pa.chunked_array([["2024-01-05T10:00:00Z", "soon"]])
    assert times(texts).to_pylist() == [datetime(2024, 1, 5, 10, tzinfo=UTC), None]
