from __future__ import annotations

from hubspot_pipeline.mapping.trigger import compile_trigger
from tests.docs.pages import first_column, page, section


def test_every_condition_compiles() -> None:
    conditions = first_column(section(page("docs/triggers.md"), "## Conditions"))
    assert conditions
    for condition in conditions:
        compile_trigger(condition)
