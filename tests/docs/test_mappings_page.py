from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hubspot_pipeline.actions import ACTIONS
from tests.docs.examples import examples, payload_of, run_map
from tests.docs.pages import blocks, page, section

PAGE = page("docs/mappings.md")


@pytest.mark.parametrize(("mapping", "event", "payload"), examples(PAGE))
def test_every_example_yields_what_it_says(
    tmp_path: Path, mapping: str, event: str, payload: str
) -> None:
    assert payload_of(tmp_path, mapping, event) == json.loads(payload)


def test_the_wrong_example_is_told_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = {block.role: block.text for block in blocks(PAGE)}
    result = run_map(Path(), said["wrong"], "{}")
    assert result.exit_code == 2
    assert result.stderr == f"error: {said['errors']}"


@pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.key)
def test_every_field_of_an_action_is_listed_with_its_default(action: Any) -> None:
    table = section(PAGE, f"## Fields of {action.title}")
    expected = [
        f"| `{field.key}`{' (required)' if field.required else ''} | "
        f"{f'`{json.dumps(field.default)}`' if field.default is not None else '–'} |"
        for field in action.fields
    ]
    assert [line for line in table.splitlines() if line.startswith("| `")] == expected
