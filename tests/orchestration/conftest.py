"""One Dagster instance for the session, and a project of its own for each test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.plan.objects import UserFailureData

from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.orchestration.component import destination_definitions
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from hubspot_pipeline.storage import Storage, project_storage

DAY = "2026-01-02"
PAYLOADS = dg.AssetKey(["shop", "contacts", "payloads"])
DELIVERIES = dg.AssetKey(["shop", "contacts", "deliveries"])


@dataclass(frozen=True)
class Project:
    """A folder with exports, and a destination that reads them."""

    root: Path
    destination: Destination
    storage: Storage

    @property
    def definitions(self) -> dg.Definitions:
        """What Dagster loads of it."""
        return destination_definitions(self.destination)

    def export(self, day: str, *emails: str | None) -> Path:
        """Write a day's export: an identify event for each e-mail address."""
        file = self.root / "data" / "events" / day / "events.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(
            "".join(_identify(day, number, email) for number, email in enumerate(emails))
        )
        return file

    def materialize(
        self, instance: dg.DagsterInstance, day: str = DAY, config: dict[str, Any] | None = None
    ) -> dg.ExecuteInProcessResult:
        """Map and deliver one day, as the UI does."""
        job = self.definitions.resolve_job_def("deliver_shop")
        return job.execute_in_process(
            instance=instance, partition_key=day, run_config=config, raise_on_error=False
        )


def failure_of(result: dg.ExecuteInProcessResult) -> UserFailureData:
    """Return what the one step that failed says of it."""
    [event] = [event for event in result.all_events if event.is_step_failure]
    failure = event.step_failure_data.user_failure_data
    assert failure is not None
    return failure


def _identify(day: str, number: int, email: str | None) -> str:
    event = {
        "type": "identify",
        "messageId": f"{day}-{number}",
        "userId": f"user-{number}",
        "timestamp": f"{day}T12:00:{number % 60:02d}.000Z",
        "traits": {"email": email, "firstName": "Ada"},
    }
    return json.dumps(event) + "\n"


@pytest.fixture(scope="session")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("HUBSPOT_PIPELINE_ROOT", str(tmp_path / "data"))
    monkeypatch.delenv("HUBSPOT_PIPELINE_STATE", raising=False)
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", PRIVATE_APP_TOKEN)
    attributes = {
        "portal": "12345678",
        "events": {"path": f"{tmp_path}/data/events/{{partition}}/*"},
        "partitions": {"start": "2026-01-01"},
        "mappings": {"contacts": {"action": "upsertContact"}},
    }
    destination = destination_from(attributes, name="shop", where="a test")
    return Project(tmp_path, destination, project_storage())


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimulatorServer]:
    with SimulatorServer() as server:
        monkeypatch.setenv("HUBSPOT_BASE_URL", server.url)
        yield server
