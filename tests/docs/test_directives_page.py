from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

from hubspot_pipeline.mapping.directives import DIRECTIVES
from hubspot_pipeline.mapping.grammar import GRAMMAR
from hubspot_pipeline.mapping.paths import EVENT_FIELDS
from tests.docs.examples import payload_of
from tests.docs.pages import blocks, page, section

PAGE = page("docs/directives.md")
BLOCKS = blocks(PAGE)
EVENT = next(block.text for block in BLOCKS if block.role == "event")
EXAMPLES = [
    (block.text, after.text)
    for block, after in pairwise(BLOCKS)
    if (block.role, after.role) == ("directive", "payload")
]


@pytest.mark.parametrize(("mapping", "payload"), EXAMPLES)
def test_every_example_yields_what_it_says(tmp_path: Path, mapping: str, payload: str) -> None:
    assert payload_of(tmp_path, mapping, EVENT) == json.loads(payload)


def test_every_example_has_a_payload() -> None:
    assert [block.role for block in BLOCKS] == ["event"] + ["directive", "payload"] * len(EXAMPLES)


@pytest.mark.parametrize("name", DIRECTIVES)
def test_every_directive_has_an_example_of_its_own(name: str) -> None:
    example, *_ = blocks(section(PAGE, f"## {name}"))
    assert example.role == "directive"
    assert f'"{name}"' in example.text


def test_every_directive_is_in_the_table_in_the_words_of_the_grammar() -> None:
    rows = re.findall(r"^\| \[`(@\w+)`\]\(#(\w+)\) \| (.*) \|$", PAGE, flags=re.MULTILINE)
    assert rows == [
        (name, name.removeprefix("@").lower(), signature.yields)
        for name, signature in GRAMMAR.items()
    ]


def test_every_event_field_is_named() -> None:
    paths = section(PAGE, "## @path")
    assert [field for field in EVENT_FIELDS if f"`{field}`" not in paths] == []
