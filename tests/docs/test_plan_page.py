from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hubspot_pipeline.cli.plan import page as plan_page
from hubspot_pipeline.cli.plan.document import json_of
from tests.cli.plan.made_plans import ABOUT, change, made_plan
from tests.docs.pages import first_column, page, section

if TYPE_CHECKING:
    from pathlib import Path

PAGE = page("docs/plan.md")


def test_every_member_of_the_json_is_explained(tmp_path: Path) -> None:
    plan = made_plan(tmp_path, [change("update", "ada")])
    made = json.loads("".join(json_of([plan], ABOUT)))
    (mapping,) = made["mappings"]
    for heading, known in (
        ("## As JSON", made),
        ("### A mapping", mapping),
        ("### A change", mapping["changes"][0]),
    ):
        assert first_column(section(PAGE, heading)) == list(known)


def test_what_the_page_shows_at_most_is_as_told() -> None:
    told = " ".join(section(PAGE, "## As a page").split())
    assert f"up to {plan_page.MOST_CHANGES:,} of them" in told
    assert f"up to {plan_page.MOST_REFUSED} of the rows" in told
