from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.cli import app
from hubspot_pipeline.mapping.compiler import compile_mapping
from hubspot_pipeline.mapping.directives import DIRECTIVES
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.paths import EVENT_FIELDS
from hubspot_pipeline.mapping.trigger import compile_trigger
from tests.docs.pages import blocks, first_column, page, section

PAGE = page("docs/mappings.md")
ROLES = ("mapping", "event", "payload")


def examples() -> list[tuple[str, ...]]:
    """The mapping, the event and the payload of each example."""
    texts = [(block.role, block.text) for block in blocks(PAGE) if block.role in ROLES]
    roles = [role for role, _ in texts]
    assert roles == list(ROLES) * (len(roles) // len(ROLES))
    return [tuple(text for _, text in texts[at : at + 3]) for at in range(0, len(texts), 3)]


@pytest.mark.parametrize(("mapping", "event", "payload"), examples())
def test_every_example_yields_what_it_says(
    tmp_path: Path, mapping: str, event: str, payload: str
) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text(mapping, encoding="utf-8")
    result = CliRunner().invoke(app, ["map", str(file), "--events", "-"], input=event)
    line = json.loads(result.stdout)
    assert line == {"row": 1, "matched": True, "payload": json.loads(payload)}


def test_every_directive_is_explained() -> None:
    assert first_column(section(PAGE, "## Directives")) == list(DIRECTIVES)


def test_every_event_field_is_named() -> None:
    paths = section(PAGE, "### Paths")
    assert [field for field in EVENT_FIELDS if f"`{field}`" not in paths] == []


def test_every_condition_compiles() -> None:
    conditions = first_column(section(PAGE, "## Triggers"))
    assert conditions
    for condition in conditions:
        compile_trigger(condition)


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.key)
def test_every_field_of_an_action_is_listed_with_its_default(action: Any) -> None:
    table = section(PAGE, f"## Fields of {action.title}")
    expected = [
        f"| `{field.key}`{' (required)' if field.required else ''} | "
        f"{f'`{json.dumps(field.default)}`' if field.default is not None else '–'} |"
        for field in action.fields
    ]
    assert [line for line in table.splitlines() if line.startswith("| `")] == expected


def test_an_unknown_directive_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(MappingError, match="did you mean '@path'"):
        compile_mapping({"email": {"@pth": "$.traits.email"}})
