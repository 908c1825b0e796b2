from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Project

pytestmark = pytest.mark.slow


DESTINATION = """\
type: hubspot_pipeline.orchestration.component.HubSpotDestination
attributes:
  portal: "12345678"
  mappings:
    contacts:
      action: upsertContact
"""


def test_it_delivers_to_a_new_account_each_time(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hubspot_pipeline.definitions", raising=False)
    project.add_destination("sample", DESTINATION)
    day = str(datetime.now(UTC).date() - timedelta(days=1))
    environment = dict(os.environ)

    first = project.call("demo", "--days", "1", "--rows", "300")
    again = project.call("demo", "--days", "1", "--rows", "300")

    assert dict(os.environ) == environment
    assert list(project.folder.glob(f"data/events/{day}/events.*"))
    for shown in (first, again):
        assert shown.exit_code == 0, shown.stderr
        line = next(line for line in shown.stdout.splitlines() if "sample/contacts" in line)
        _, _, partition, read, _, delivered, *_ = (cell.strip() for cell in line.split("│"))
        assert (partition, read) == (day, "300")
        assert int(delivered) > 10
    results = project.call("results", "-p", day, "--verdict", "delivered", "--format", "csv")
    assert len(results.stdout.splitlines()) == int(delivered) + 1


@pytest.mark.parametrize("option", ["--days", "--rows"])
def test_nothing_to_do_is_a_mistake(project: Project, option: str) -> None:
    result = project.call("demo", option, "0")
    assert result.exit_code == 2
    assert option in result.stderr
