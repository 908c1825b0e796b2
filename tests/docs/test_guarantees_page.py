from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT, page

PAGE = page("docs/guarantees.md")
_TEST = re.compile(r"\[`(test_\w+)`\]\(\.\./(tests/[\w/]+\.py)\)")


@pytest.mark.parametrize(("name", "file"), _TEST.findall(PAGE))
def test_every_test_that_it_names_is_there(name: str, file: str) -> None:
    assert re.search(rf"def {name}\(", (ROOT / file).read_text(encoding="utf-8"))


def test_every_guarantee_names_a_test() -> None:
    kept = PAGE.partition("## What is not guaranteed")[0]
    guarantees = re.split(r"^\*\*", kept, flags=re.MULTILINE)[1:]
    assert len(guarantees) > 15
    assert [each.partition("**")[0] for each in guarantees if not _TEST.search(each)] == []


def test_every_link_to_a_test_names_it() -> None:
    assert len(re.findall(r"\]\(\.\./tests/", PAGE)) == len(_TEST.findall(PAGE))
