from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from hubspot_pipeline.json_schema import destination_schema, mapping_schema

if TYPE_CHECKING:
    from tests.cli.conftest import Project


def test_the_schema_of_a_destination_is_written_by_itself(project: Project) -> None:
    result = project.call("schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == destination_schema()


@pytest.mark.parametrize(
    ("kind", "schema"), [("destination", destination_schema()), ("mapping", mapping_schema())]
)
def test_the_schema_asked_for_is_written_to_the_file_named(
    project: Project, kind: str, schema: object
) -> None:
    result = project.call("schema", "--for", kind, "--output", "a.schema.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((project.folder / "a.schema.json").read_text("utf-8")) == schema


def test_a_file_that_cannot_be_written_is_told(project: Project) -> None:
    result = project.call("schema", "--output", "nowhere/a.json")
    assert result.exit_code == 2
    assert "nowhere/a.json: cannot be written" in result.stderr


def test_nothing_else_has_a_schema(project: Project) -> None:
    assert project.call("schema", "--for", "events").exit_code == 2
