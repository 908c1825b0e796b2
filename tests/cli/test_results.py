from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from hubspot_pipeline.cli.results import TABLE_ROWS
from hubspot_pipeline.cli.screen import VERDICT_STYLES
from hubspot_pipeline.delivery.results import SCHEMA
from hubspot_pipeline.delivery.verdicts import Verdict

if TYPE_CHECKING:
    from tests.cli.conftest import Project

DAY = "2026-01-02"


@pytest.fixture
def delivered(project: Project) -> Project:
    project.add_results(
        "shop",
        "contacts",
        DAY,
        [
            {
                "file": "a.jsonl",
                "row": 1,
                "record": "ada@example.com",
                "verdict": "delivered",
                "record_id": "101",
                "sent_at": datetime(2026, 1, 3, 2, 0, 1, 500_000, UTC),
            },
            {
                "file": "a.jsonl",
                "row": 2,
                "record": 'bob,"b"@example.com',
                "verdict": "failed",
                "reason": "[red]Property values were not valid",
            },
        ],
    )
    project.add_results("shop", "leads", DAY, [{"file": "a.jsonl", "row": 3, "verdict": "skipped"}])
    return project


def rows_of(project: Project, *args: str) -> list[dict[str, object]]:
    result = project.call("results", "--partition", DAY, "--format", "json", *args)
    assert result.exit_code == 0
    rows: list[dict[str, object]] = json.loads(result.stdout)
    return rows


class TestWhichRows:
    def test_every_mapping_that_has_results_is_shown(self, delivered: Project) -> None:
        assert [(row["mapping"], row["row"]) for row in rows_of(delivered)] == [
            ("contacts", 1),
            ("contacts", 2),
            ("leads", 3),
        ]

    def test_a_mapping_narrows_them(self, delivered: Project) -> None:
        assert [row["row"] for row in rows_of(delivered, "--mapping", "leads")] == [3]

    def test_a_verdict_narrows_them(self, delivered: Project) -> None:
        assert [row["row"] for row in rows_of(delivered, "--verdict", "failed")] == [2]

    def test_several_verdicts_add_up(self, delivered: Project) -> None:
        wanted = ("--verdict", "failed", "--verdict", "skipped")
        assert [row["row"] for row in rows_of(delivered, *wanted)] == [2, 3]

    def test_a_destination_without_results_is_passed_over(self, delivered: Project) -> None:
        delivered.add_destination("other")
        assert {row["destination"] for row in rows_of(delivered)} == {"shop"}


class TestFormats:
    def test_json_has_every_column_and_times_in_utc(self, delivered: Project) -> None:
        first = rows_of(delivered)[0]
        assert list(first) == ["destination", "mapping", "partition", *SCHEMA.names]
        assert first["sent_at"] == "2026-01-03T02:00:01.500000Z"
        assert first["record_id"] == "101"
        assert first["reason"] is None

    def test_json_without_rows_is_an_empty_list(self, delivered: Project) -> None:
        assert rows_of(delivered, "--verdict", "stale") == []

    def test_csv_has_every_column_and_quotes_what_needs_it(self, delivered: Project) -> None:
        result = delivered.call("results", "-p", DAY, "-m", "contacts", "--format", "csv")
        first, second = csv.DictReader(io.StringIO(result.stdout))
        assert list(first) == ["destination", "mapping", "partition", *SCHEMA.names]
        assert first["sent_at"] == "2026-01-03T02:00:01.500000Z"
        assert first["reason"] == ""
        assert second["record"] == 'bob,"b"@example.com'

    def test_csv_without_rows_still_has_its_header(self, delivered: Project) -> None:
        result = delivered.call("results", "-p", DAY, "--verdict", "stale", "--format", "csv")
        assert (
            result.stdout == ",".join(["destination", "mapping", "partition", *SCHEMA.names]) + "\n"
        )

    def test_a_table_shows_text_as_it_is(self, delivered: Project) -> None:
        result = delivered.call("results", "-p", DAY, "--verdict", "failed")
        assert "shop/contacts 2026-01-02" in result.stdout
        assert "[red]Property values were not valid" in result.stdout
        assert "ada@example.com" not in result.stdout

    def test_a_table_tells_each_rows_history_where_asked(self, project: Project) -> None:
        call = {
            "run": 1,
            "step": "upsert",
            "batch": "b1",
            "sent_at": datetime(2026, 1, 3, 2, 0, 1, tzinfo=UTC),
            "answered_at": None,
            "outcome": "no answer",
            "correlation_id": None,
        }
        again = call | {"run": 2, "outcome": "refused: [b]", "correlation_id": "c-7"}
        row = {"file": "f", "row": 1, "verdict": "failed", "history": [call, again]}
        project.add_results("shop", "contacts", DAY, [row])
        plain = project.call("results", "-p", DAY).stdout
        assert "run 1" not in plain
        lines = project.call("results", "-p", DAY, "--history").stdout.splitlines()
        assert [line.strip() for line in lines if "upsert" in line] == [
            "run 1, 2026-01-03 02:00:01 UTC, upsert: no answer",
            "run 2, 2026-01-03 02:00:01 UTC, upsert: refused: [b] (c-7)",
        ]

    def test_a_long_table_says_how_many_rows_it_left_out(self, project: Project) -> None:
        rows = [{"file": "f", "row": n, "verdict": "delivered"} for n in range(TABLE_ROWS + 7)]
        project.add_results("shop", "contacts", DAY, rows)
        assert "and 7 more" in project.call("results", "-p", DAY).stdout


class TestMistakes:
    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (("-p", "2026-01-09"), "There are no results of shop/contacts 2026-01-09"),
            (("-p", DAY, "-d", "shp"), "There is no destination 'shp'. There is: shop."),
            (("-p", DAY, "-d", "shop", "-m", "no"), "'shop' has no mapping 'no'"),
            (("-p", DAY, "-m", "no"), "No destination has a mapping 'no'"),
            (("-p", DAY, "--verdict", "bad"), "'bad'"),
            (("-p", DAY, "--format", "xml"), "'xml'"),
            ((), "--partition"),
        ],
    )
    def test_each_is_one_message_and_exit_code_2(
        self, delivered: Project, args: tuple[str, ...], message: str
    ) -> None:
        result = delivered.call("results", *args)
        assert result.exit_code == 2
        assert message in " ".join(result.stderr.split())
        assert result.stdout == ""
        assert "Traceback" not in result.stderr


def test_every_verdict_has_a_colour() -> None:
    assert list(VERDICT_STYLES) == [verdict.value for verdict in Verdict]
