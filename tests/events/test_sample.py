"""The made-up exports."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from hubspot_pipeline.events.sample import SampleFormat, sample_events, write_sample_export
from tests.events.reading import read_file


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    formats: tuple[SampleFormat, ...] = ("parquet", "jsonl.gz", "csv")
    for format_ in formats:
        first, again, other = (
            write_sample_export(tmp_path / str(n), "2026-01-02", 500, seed, format_).read_bytes()
            for n, seed in enumerate((1, 1, 2))
        )
        assert first == again
        assert first != other


@pytest.mark.parametrize("format_", ["parquet", "jsonl", "jsonl.gz", "csv"])
def test_every_row_can_be_accounted_for(tmp_path: Path, format_: SampleFormat) -> None:
    read = read_file(write_sample_export(tmp_path, "2026-01-02", 2_500, format=format_))
    assert len(read.events) + len(read.rejected) == 2_500
    assert len(read.rejected) == {"parquet": 0, "csv": 2}.get(format_, 3)
    assert set(read.column("type")) == {"identify", "track", "page", "screen", "group", "alias"}
    moments = [moment for moment in read.column("timestamp") if moment]
    assert moments[0].startswith("2026-01-02T00:")
    assert moments[-1].startswith("2026-01-02T23:")


def test_people_come_back_on_the_same_and_on_other_days() -> None:
    days = [sample_events(day, 3_000).to_pylist() for day in ("2026-01-02", "2026-01-03")]
    emails = [
        Counter(
            row["traits"]["email"].lower()
            for row in day
            if row["traits"] and row["traits"]["email"]
        )
        for day in days
    ]
    assert max(emails[0].values()) > 5
    assert len(emails[0].keys() & emails[1].keys()) > 100


def test_a_known_person_keeps_address_and_company_whatever_the_event() -> None:
    day = sample_events("2026-01-02", 3_000).to_pylist()
    known = [row for row in day if row["type"] not in ("identify", "alias")]
    companies = {row["groupId"]: row["traits"]["name"] for row in day if row["groupId"]}
    seen: dict[str, tuple[str, str]] = {}
    for row in known:
        who = (row["context"]["traits"]["email"], row["context"]["groupId"])
        assert seen.setdefault(row["anonymousId"], who) == who
    assert len(companies) > 30
    assert len(set(companies.values())) == len(companies)
    said = {row["traits"]["email"].lower() for row in day if (row["traits"] or {}).get("email")}
    assert len({email for email, _ in seen.values()} & said) > 300


def test_no_order_comes_on_two_days() -> None:
    days = [sample_events(day, 1_000).to_pylist() for day in ("2026-01-02", "2026-01-03")]
    orders = [{row["properties"]["order_id"] for row in day if row["event"]} for day in days]
    assert len(orders[0]) > 200
    assert not orders[0] & orders[1]


@pytest.mark.parametrize("rows", [0, 1])
def test_tiny_days_can_be_written(tmp_path: Path, rows: int) -> None:
    for format_ in ("parquet", "jsonl", "csv"):
        path = write_sample_export(tmp_path, "2026-01-02", rows, format=format_)
        assert len(read_file(path).events) == rows
