from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hubspot_pipeline.cli import app

if TYPE_CHECKING:
    from tests.cli.conftest import Project

VERBS = ("demo", "simulate", "map", "run", "results", "retry")
HEAVY = ("dagster", "pandas", "pyarrow", "duckdb", "uvicorn", "httpx", "sqlalchemy", "gql")


def test_help_names_every_verb() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert all(verb in result.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb: str) -> None:
    result = CliRunner().invoke(app, [verb, "--help"])
    assert result.exit_code == 0
    assert (
        f"hubspot-pipeline {verb}"
        in CliRunner().invoke(app, [verb, "--help"], prog_name="hubspot-pipeline").stdout
    )


def test_version_is_the_packages() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.stdout == f"hubspot-pipeline {version('hubspot-pipeline')}\n"


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from hubspot_pipeline.cli import app; app(['--help'], standalone_mode=False);"
        f"print('LOADED', sorted(set(sys.modules) & set({HEAVY})))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert result.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("args", [["delver"], ["run", "--destnation", "x"], ["run"]])
def test_a_slip_of_the_pen_is_exit_code_2(args: list[str]) -> None:
    result = CliRunner().invoke(app, args)
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr


def test_a_destination_that_is_wrong_is_told_with_its_line(project: Project) -> None:
    project.add_destination("shop", "attributes:\n  portal: '1'\n  maps: {}\n")
    result = project.call("results", "--partition", "2026-01-02")
    assert result.exit_code == 2
    assert "defs.yaml:3: maps: Extra inputs are not permitted" in result.stderr


def test_a_defect_is_not_dressed_up_as_a_users_mistake(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("hubspot_pipeline.storage.project_storage", broken)
    with pytest.raises(ZeroDivisionError):
        project.call("results", "--partition", "2026-01-02")
