from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from hubspot_pipeline.destination import PACKAGE

if TYPE_CHECKING:
    from tests.cli.conftest import Project

pytestmark = pytest.mark.slow


CONTACTS = """\
type: hubspot_pipeline.orchestration.component.HubSpotDestination
attributes:
  portal: "12345678"
  mappings:
    contacts:
      action: upsertContact
"""
SAMPLE = (PACKAGE / "defs/sample/defs.yaml").read_text(encoding="utf-8")
MAPPINGS = ("contacts", "companies", "deals", "trials", "page_views", "invoices")


def test_it_delivers_to_a_new_account_each_time(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hubspot_pipeline.definitions", raising=False)
    project.add_destination("sample", SAMPLE)
    day = str(datetime.now(UTC).date() - timedelta(days=1))
    environment = dict(os.environ)

    first = project.call("demo", "--days", "1", "--rows", "300")
    again = project.call("demo", "--days", "1", "--rows", "300")

    assert dict(os.environ) == environment
    assert list(project.folder.glob(f"data/events/{day}/events.*"))
    for shown in (first, again):
        assert shown.exit_code == 0, shown.stderr
        lines = [line for line in shown.stdout.splitlines() if "sample/" in line]
        told = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines]
        assert {mapping for mapping, *_ in told} == {f"sample/{name}" for name in MAPPINGS}
        assert {(partition, read) for _, partition, read, *_ in told} == {(day, "300")}
        assert all(int(row[4]) > 5 for row in told), told
    delivered = sum(int(row[4]) for row in told)
    results = project.call("results", "-p", day, "--verdict", "delivered", "--format", "csv")
    assert len(results.stdout.splitlines()) == delivered + 1


def test_days_are_counted_together(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "hubspot_pipeline.definitions", raising=False)
    project.add_destination("sample", CONTACTS)
    shown = project.call("demo", "--days", "2", "--rows", "100")
    (line,) = [line for line in shown.stdout.splitlines() if "sample/contacts" in line]
    assert [cell.strip() for cell in line.split("│")[2:4]] == ["2 days", "200"]


@pytest.mark.parametrize("option", ["--days", "--rows"])
def test_nothing_to_do_is_a_mistake(project: Project, option: str) -> None:
    result = project.call("demo", option, "0")
    assert result.exit_code == 2
    assert option in result.stderr
