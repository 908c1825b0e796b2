"""Summaries as metadata: small, readable by the command line, and true to the numbers."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import dagster as dg
import pytest

from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.destination import MappingSpec
from hubspot_pipeline.orchestration import presentation
from hubspot_pipeline.pipeline import DeliverySummary


def summary(**changes: Any) -> DeliverySummary:
    numbers: dict[str, Any] = {
        "rows_read": 100,
        "filtered": 40,
        "verdicts": {"delivered": 50, "failed": 10},
        "calls": {"contacts/batch/upsert": 3},
        "seconds": 2.0,
        "path": "data/results/shop/contacts/2026-01-02.parquet",
    }
    return DeliverySummary(**(numbers | changes))


def drawing(verdicts: dict[str, int]) -> ElementTree.Element:
    markdown = presentation.draw_verdicts(verdicts)
    match = re.fullmatch(r"!\[verdicts\]\(data:image/svg\+xml;base64,(.+)\)", markdown)
    assert match is not None
    return ElementTree.fromstring(base64.b64decode(match[1]))  # noqa: S314 - drawn by us


class TestDeliveries:
    def test_whole_numbers_are_named_as_the_command_line_reads_them(self) -> None:
        metadata = presentation.describe_deliveries(summary())
        numbers = {label: value for label, value in metadata.items() if isinstance(value, int)}
        assert numbers == {
            "rows_read": 100,
            "filtered": 40,
            "delivered": 50,
            "failed": 10,
            "calls": 3,
            "rows_per_second": 30,
            "dagster/row_count": 60,
        }

    def test_the_time_to_go_on_is_a_moment_that_programs_can_read(self) -> None:
        moment = datetime(2026, 3, 2, 5, 2, tzinfo=UTC)
        metadata = presentation.describe_deliveries(summary(go_on_at=moment))
        assert metadata["go_on_at"] == dg.MetadataValue.timestamp(moment)
        assert "go_on_at" not in presentation.describe_deliveries(summary())

    def test_at_most_twenty_of_the_worst_rows_are_shown(self) -> None:
        rows = [{"verdict": "failed", "row": number} for number in range(50)]
        table = presentation.describe_deliveries(summary(worst_rows=rows))["worst_rows"]
        assert len(table.records) == 20

    def test_the_worst_rows_show_where_they_are_and_not_whose_they_are(self) -> None:
        row = {"verdict": "failed", "file": "a.csv", "row": 7, "record": "ada@example.com"}
        table = presentation.describe_deliveries(summary(worst_rows=[row]))["worst_rows"]
        assert "ada@example.com" not in str(table)
        assert table.records[0].data["row"] == "7"

    def test_metadata_stays_small_whatever_the_reasons_say(self) -> None:
        rows = [{"verdict": "failed", "reason": "x" * 10_000}] * 20
        metadata = presentation.describe_deliveries(summary(worst_rows=rows))
        assert len(str(metadata)) < 20_000

    def test_a_run_that_made_no_call_says_so(self) -> None:
        metadata = presentation.describe_deliveries(summary(calls={}))
        assert metadata["calls"] == 0
        assert "No calls" in metadata["calls_by_route"].value

    @pytest.mark.parametrize(
        ("path", "uri"),
        [("s3://b/r.parquet", "s3://b/r.parquet"), ("/r.parquet", "file:///r.parquet")],
    )
    def test_the_results_are_named_by_their_uri(self, path: str, uri: str) -> None:
        assert presentation.describe_deliveries(summary(path=path))["dagster/uri"] == uri


class TestDrawing:
    def test_every_verdict_has_a_colour_of_its_own(self) -> None:
        assert set(presentation.COLOURS) == {verdict.value for verdict in Verdict}
        assert len(set(presentation.COLOURS.values())) == len(Verdict)

    def test_widths_are_shares_and_one_row_of_many_is_still_seen(self) -> None:
        svg = drawing({"delivered": 1_000_000, "failed": 1})
        delivered, failed = (float(box.get("width", 0)) for box in list(svg)[:2])
        assert delivered == pytest.approx(presentation.BAR_WIDTH, rel=0.01)
        assert failed == 2

    def test_the_legend_gives_each_verdict_its_rows(self) -> None:
        verdicts = dict.fromkeys(presentation.COLOURS, 1_234_567)
        svg = drawing(verdicts)
        labels = [text.text for text in svg.iter("{http://www.w3.org/2000/svg}text")]
        assert labels == [f"{verdict} 1,234,567" for verdict in verdicts]

    def test_no_rows_are_said_rather_than_drawn(self) -> None:
        assert presentation.draw_verdicts({}) == "No rows."


class TestMapping:
    def test_directives_are_shown_as_yaml(self) -> None:
        spec = MappingSpec(action="upsertContact", mapping={"email": {"@path": "$.userId"}})
        shown = presentation.describe_mapping(spec)["mapping"]
        assert isinstance(shown, dg.MarkdownMetadataValue)
        assert "'@path': $.userId" in str(shown.value)

    def test_the_default_is_said_to_be_the_default(self) -> None:
        shown = presentation.describe_mapping(MappingSpec(action="upsertContact"))
        assert shown["mapping"] == "each field's default directive"
