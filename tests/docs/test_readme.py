from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from hubspot_pipeline.cli.app import app
from tests.docs.pages import ROOT

if TYPE_CHECKING:
    import pytest


def test_the_readmes_mapping_example_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"^hubspot-pipeline (map .*?)\s+#", readme, flags=re.MULTILINE)
    assert command
    result = CliRunner().invoke(app, shlex.split(command[1]))
    assert result.exit_code == 0, result.stderr
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    payloads = [line["payload"] for line in lines if line["matched"] and "payload" in line]
    assert len(lines) > len(payloads) > 10
    assert all("@" in payload["email"] for payload in payloads)


def test_an_action_alone_takes_its_default_mapping(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("mapping") / "contacts.yaml"
    file.write_text("action: upsertContact\n")
    event = {"type": "identify", "traits": {"email": "ada@example.com", "phone": "1"}}
    result = CliRunner().invoke(app, ["map", str(file), "--events", "-"], input=json.dumps(event))
    assert json.loads(result.stdout)["payload"] == {"email": "ada@example.com", "phone": "1"}
