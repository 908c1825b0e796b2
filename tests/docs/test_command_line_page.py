from __future__ import annotations

import json
import re
import shlex

import pytest
import typer

from hubspot_pipeline.cli import app
from tests.docs.pages import blocks, page, section

PAGE = page("docs/command-line.md")
VERBS = typer.main.get_command(app).commands  # type: ignore[attr-defined]  # a group's


def options(verb: str) -> dict[str, str]:
    """Each option that a person can give, by its long name, with its default as text."""
    return {
        max(parameter.opts, key=len): "" if parameter.default is None else str(parameter.default)
        for parameter in VERBS[verb].params
        if parameter.name != "help"
    }


def test_every_verb_has_a_section() -> None:
    assert re.findall(r"^## (.+)$", PAGE, flags=re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_is_explained(verb: str) -> None:
    explained = re.findall(r"^\| `([^`]+)`", section(PAGE, f"## {verb}"), flags=re.MULTILINE)
    known = [name.upper() if not name.startswith("-") else name for name in options(verb)]
    assert sorted(explained) == sorted(known)


@pytest.mark.parametrize("verb", VERBS)
def test_every_default_is_the_real_one(verb: str) -> None:
    rows = re.findall(
        r"^\| `(--[^`]+)` \|.*Default: `?([\d,]+|[a-z]+)`?[.;]",
        section(PAGE, f"## {verb}"),
        flags=re.MULTILINE,
    )
    for name, default in rows:
        if default != "all":
            assert options(verb)[name] == default.replace(",", "")


@pytest.mark.parametrize("name", ["README.md", "docs/command-line.md", "docs/mappings.md"])
def test_every_example_names_verbs_and_options_that_exist(name: str) -> None:
    shell = "".join(block.text for block in blocks(page(name)) if block.language == "sh")
    calls = re.findall(r"hubspot-pipeline (.+)$", shell, flags=re.MULTILINE)
    assert calls
    for call in calls:
        verb, *words = shlex.split(call, comments=True)
        known = {option for parameter in VERBS[verb].params for option in parameter.opts}
        given = {word for word in words if word.startswith("-") and word != "-"}
        assert given <= known, call


def test_the_lines_of_map_are_json() -> None:
    lines = next(block.text for block in blocks(PAGE) if block.role == "lines").splitlines()
    assert [json.loads(line)["row"] for line in lines] == [1, 2, 3, 4]
