from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hubspot_pipeline.actions import ACTIONS, Action
from tests.docs.action_pages import call_table, field_table, name_of
from tests.docs.examples import examples, payload_of
from tests.docs.pages import ROOT, page, section

EACH = pytest.mark.parametrize("action", ACTIONS.values(), ids=lambda action: action.key)
EXAMPLES = [example for action in ACTIONS.values() for example in examples(page(name_of(action)))]


@EACH
def test_a_page_begins_with_what_the_action_is_called_in_a_mapping(action: Action) -> None:
    text = page(name_of(action))
    assert text.startswith(f"# {action.title}\n\n`{action.key}`")


@EACH
def test_a_page_names_the_default_trigger_and_the_default_sync_mode(action: Action) -> None:
    text = " ".join(page(name_of(action)).split())
    trigger = f"default trigger is `{action.default_trigger}`"
    assert (trigger if action.default_trigger else "no trigger of its own") in text
    modes = f"By default it is `{action.sync_mode}`" in text
    assert modes == (action.sync_mode is not None)


@EACH
def test_every_field_is_told_as_the_code_has_it(action: Action) -> None:
    expected = field_table(action)
    written = section(page(name_of(action)), "## Fields").splitlines()
    assert [line for line in written if line.startswith("|")] == expected, "\n".join(expected)


@EACH
def test_every_branch_is_told_with_its_calls(action: Action) -> None:
    expected = call_table(action)
    written = section(page(name_of(action)), "## Calls").splitlines()
    assert [line for line in written if line.startswith("|")] == expected, "\n".join(expected)


@EACH
def test_a_page_has_an_example_and_says_how_it_differs(action: Action) -> None:
    text = page(name_of(action))
    assert examples(text)
    for heading in ("## Better than the reference destination", "## Different"):
        assert re.search(r"^- ", section(text, heading), flags=re.MULTILINE)


@pytest.mark.parametrize(("mapping", "event", "payload"), EXAMPLES)
def test_every_example_yields_what_it_says(
    tmp_path: Path, mapping: str, event: str, payload: str
) -> None:
    assert payload_of(tmp_path, mapping, event) == json.loads(payload)


def test_every_page_is_of_an_action_and_in_the_list_of_them() -> None:
    pages = {path.name for path in (ROOT / "docs/actions").glob("*.md")} - {"README.md"}
    assert pages == {Path(name_of(action)).name for action in ACTIONS.values()}
    listed = re.findall(
        r"^\| \[([^]]+)\]\(([^)]+)\) \| `(\w+)`", page("docs/actions/README.md"), flags=re.MULTILINE
    )
    assert listed == [
        (action.title, Path(name_of(action)).name, action.key) for action in ACTIONS.values()
    ]
