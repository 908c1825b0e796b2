from __future__ import annotations

import json
from pathlib import Path

import pytest

from hubspot_pipeline.mapping import TriggerError, compile_trigger
from tests.docs.examples import examples, payload_of
from tests.docs.pages import blocks, first_column, page, section

PAGE = page("docs/triggers.md")


def test_every_condition_compiles() -> None:
    conditions = first_column(section(PAGE, "## Conditions"))
    assert conditions
    for condition in conditions:
        compile_trigger(condition)


@pytest.mark.parametrize(("mapping", "event", "payload"), examples(PAGE))
def test_every_example_yields_what_it_says(
    tmp_path: Path, mapping: str, event: str, payload: str
) -> None:
    assert payload_of(tmp_path, mapping, event) == json.loads(payload)


def test_a_refused_trigger_is_told_as_it_says() -> None:
    said = {block.role: block.text.rstrip("\n") for block in blocks(PAGE)}
    with pytest.raises(TriggerError) as refused:
        compile_trigger(said["refused"])
    assert str(refused.value) == said["message"]
