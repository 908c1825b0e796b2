from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from hubspot_pipeline.cli import app

PROGRAM = Path(sys.executable).with_name("hubspot-pipeline")


@pytest.mark.slow
def test_it_serves_an_account_with_its_contacts_until_interrupted() -> None:
    command = [PROGRAM, "simulate", "--port", "0", "--seed-contacts", "3", "--limit", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(4))
        address, token = re.findall(r"export \w+=(\S+)", told)
        assert f"To look at it: {address}/" in told
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{address}/crm/v3/objects/contacts"
        answers = [httpx.get(url, headers=headers) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert len(answers[0].json()["results"]) == 3


@pytest.mark.slow
def test_an_account_without_private_apps_has_no_token_to_tell(tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.yaml"
    scenario.write_text("private_apps: []")
    command = [PROGRAM, "simulate", "--port", "0", "--scenario", scenario]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = "".join(process.stdout.readline() for _ in range(4))
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert "HUBSPOT_BASE_URL" in told
    assert "HUBSPOT_ACCESS_TOKEN" not in told


@pytest.mark.slow
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_it_plays_a_scenario_and_keeps_the_account_however_it_ends(
    tmp_path: Path, end: signal.Signals
) -> None:
    scenario, state = tmp_path / "scenario.yaml", tmp_path / "account.state"
    scenario.write_text("{portal_id: 77, limits: {burst: 1}, seed_contacts: 2}")
    command = [PROGRAM, "simulate", "--port", "0", "--state", state, "--scenario", scenario]
    for number in range(2):
        more = ["--limit", "0", "--seed-contacts", "3"] if number else []
        with subprocess.Popen([*command, *more], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            told = "".join(process.stdout.readline() for _ in range(5))
            assert f"portal 77, {2 + number} contacts" in told
            assert "account.state keeps it" in told
            address, token = re.findall(r"export \w+=(\S+)", told)
            headers = {"Authorization": f"Bearer {token}"}
            body = {"properties": {"email": f"{number}@x.com"}}
            url = f"{address}/crm/v3/objects/contacts"
            answers = [httpx.post(url, headers=headers, json=body) for _ in range(2)]
            if end is signal.SIGKILL:  # what was written by then stays
                assert httpx.post(f"{address}/_simulator/state").status_code == 204
            process.send_signal(end)
            assert process.wait(timeout=30) == (0 if end is signal.SIGTERM else -end)
        assert [answer.status_code for answer in answers] == [201, 409 if number else 429]


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("--scenario", "limitz: {}", "limitz: there is no such field; did you mean limits?"),
        ("--state", "{}", "this is no state that can be taken up"),
    ],
)
def test_a_file_that_makes_no_sense_is_told_and_left_alone(
    tmp_path: Path, option: str, text: str, told: str
) -> None:
    path = tmp_path / "file.yaml"
    path.write_text(text)
    result = CliRunner().invoke(app, ["simulate", "--port", "0", option, str(path)])
    assert result.exit_code == 2
    assert told in result.stderr
    assert str(path) in result.stderr
    assert "Traceback" not in result.stderr
    assert path.read_text() == text


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(app, ["simulate", "--port", port])
    assert result.exit_code == 2
    assert f"Cannot listen on port {port}" in result.stderr
    assert "Traceback" not in result.stderr
