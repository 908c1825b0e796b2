"""A project of its own for each test: destinations, data and state in a temporary folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from hubspot_pipeline.cli import app
from hubspot_pipeline.delivery.results import SCHEMA
from hubspot_pipeline.storage import project_storage, write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.testing import Result

DESTINATION = """\
type: hubspot_pipeline.orchestration.component.HubSpotDestination
attributes:
  portal: "12345678"
  mappings:
    contacts:
      action: upsertContact
    leads:
      action: upsertContact
      trigger: type = "track"
"""


@dataclass(frozen=True, slots=True)
class Project:
    """The project that the command line works on."""

    folder: Path

    def call(self, *args: str, stdin: str | bytes | None = None) -> Result:
        """Run one verb, as the shell would."""
        return CliRunner().invoke(app, args, input=stdin, catch_exceptions=False)

    def write(self, name: str, text: str | bytes) -> str:
        """Write a file and return its name."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return name

    def add_destination(self, name: str, text: str = DESTINATION) -> None:
        """Add a destination."""
        self.write(f"defs/{name}/defs.yaml", text)

    def add_results(
        self, destination: str, mapping: str, partition: str, rows: Sequence[dict[str, Any]]
    ) -> None:
        """Store results as a delivery would."""
        path = project_storage().results(destination, mapping, partition)
        with write_parquet(path, SCHEMA) as writer:
            writer.write_table(pa.Table.from_pylist(list(rows), SCHEMA))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("HUBSPOT_PIPELINE_ROOT", "HUBSPOT_PIPELINE_STATE", "HUBSPOT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HUBSPOT_PIPELINE_DEFS", str(tmp_path / "defs"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster_home"))
    made = Project(tmp_path)
    made.add_destination("shop")
    return made
