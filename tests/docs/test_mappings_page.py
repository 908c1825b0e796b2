from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.docs.examples import examples, payload_of, run_map
from tests.docs.pages import blocks, page

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
