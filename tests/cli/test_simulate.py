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
        told = "".join(process.stdout.readline() for _ in range(3))
        address, token = re.findall(r"export \w+=(\S+)", told)
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{address}/crm/v3/objects/contacts"
        answers = [httpx.get(url, headers=headers) for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert len(answers[0].json()["results"]) == 3


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(app, ["simulate", "--port", port])
    assert result.exit_code == 2
    assert f"Cannot listen on port {port}" in result.stderr
    assert "Traceback" not in result.stderr
