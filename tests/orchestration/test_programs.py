"""Dagster's own programs over the project, each in processes of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import dagster as dg
import psutil
import pytest
import yaml

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.orchestration.conftest import DELIVERIES, PAYLOADS, Project

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DAYS = ("2026-01-01", "2026-01-02")

pytestmark = pytest.mark.slow


@pytest.fixture
def home(project: Project, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instance configured as the project's own, and the project's destination on disk."""
    home = project.root / "dagster_home"
    home.mkdir()
    shutil.copy(REPOSITORY / "dagster_home" / "dagster.yaml", home)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    file = project.root / "defs" / "shop" / "defs.yaml"
    file.parent.mkdir(parents=True)
    attributes = project.destination.model_dump(exclude={"name"}, exclude_defaults=True)
    component = "hubspot_pipeline.orchestration.component.HubSpotDestination"
    file.write_text(yaml.safe_dump({"type": component, "attributes": attributes}))
    monkeypatch.setenv("HUBSPOT_PIPELINE_DEFS", str(project.root / "defs"))
    with dg.DagsterInstance.from_config(str(home)):
        return home  # its databases made: several processes that make them at once get in the way


def start(*command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(BIN / command[0]), *command[1:]],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_dagster_finds_the_workspace_valid() -> None:
    process = start("dagster", "definitions", "validate", "-w", "workspace.yaml")
    said, _ = process.communicate()
    assert process.returncode == 0, said
    assert "Validation successful for code location hubspot_pipeline" in said


def test_days_delivered_by_a_process_each_at_once_are_each_delivered_whole(
    project: Project, home: Path, simulator: SimulatorServer
) -> None:
    people = [f"person{number}@example.com" for number in range(150)]
    for day in DAYS:
        project.export(day, *(f"{day}.{person}" for person in people))
    processes = [
        start(
            *("dagster", "asset", "materialize", "-m", "hubspot_pipeline.definitions"),
            *("--select", f"{PAYLOADS.to_user_string()},{DELIVERIES.to_user_string()}"),
            *("--partition", day),
        )
        for day in DAYS
    ]
    said = [process.communicate()[0] for process in processes]

    assert [process.returncode for process in processes] == [0, 0], "\n".join(said)
    partitions = dg.DailyPartitionsDefinition(start_date="2026-01-01")
    with dg.DagsterInstance.from_config(str(home)) as instance:
        statuses = instance.get_status_by_partition(DELIVERIES, DAYS, partitions)
    assert statuses is not None
    assert {status.value for status in statuses.values() if status} == {"MATERIALIZED"}
    assert len(simulator.account.state()) == 300
    sent = [call for call in simulator.log if call.method == "POST"]
    assert len(sent) == 4  # two batches a day, none sent twice


@pytest.mark.usefixtures("home")
def test_the_ui_starts_and_ctrl_c_stops_all_of_it_even_from_a_shell_that_ignores_ctrl_c() -> None:
    port, simulator_port = (_free_port() for _ in range(2))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        ui = start(
            *("hubspot-pipeline", "ui"),
            *("--port", str(port), "--simulator-port", str(simulator_port)),
            *("--portal", "87654321"),
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert ui.stdout is not None
    said = []
    for line in ui.stdout:
        said.append(line)
        if f"Serving dagster-webserver on http://127.0.0.1:{port}" in line:
            break
    else:
        pytest.fail("".join(said))
    family = psutil.Process(ui.pid).children(recursive=True)

    os.kill(ui.pid, signal.SIGINT)
    ui.communicate()

    assert ui.returncode == 0
    assert any("HubSpot account (portal 87654321" in line for line in said)
    assert len(family) > 3
    assert psutil.wait_procs(family, timeout=5)[1] == []


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
