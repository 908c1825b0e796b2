from __future__ import annotations

import re

from hubspot_pipeline.delivery.results import SCHEMA
from hubspot_pipeline.delivery.verdicts import SKIPPED_BY_A_RERUN, Verdict
from tests.docs.pages import first_column, page, section

PAGE = page("docs/verdicts.md")


def test_every_verdict_is_explained_in_order() -> None:
    verdicts = first_column(section(PAGE, "## The verdicts"))
    assert verdicts == [verdict.value for verdict in Verdict]


def test_what_a_rerun_leaves_alone_is_what_delivery_leaves_alone() -> None:
    rows = section(PAGE, "## The verdicts").splitlines()
    kept = {row.split("`")[1] for row in rows if "| Not sent again" in row}
    assert kept == {verdict.value for verdict in SKIPPED_BY_A_RERUN}


def test_every_column_of_the_results_is_explained_with_its_type() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section(PAGE, "## Results"), flags=re.MULTILINE)
    assert rows == [(field.name, str(field.type)) for field in SCHEMA]
