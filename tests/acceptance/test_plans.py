"""What a plan tells is what delivering then does, to the call and to the value."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline import sending
from hubspot_pipeline.payload_files import sorted_chunks
from tests.acceptance import branches, planning
from tests.acceptance.branches import BRANCHES, Branch
from tests.acceptance.shop import Shop, prompt_account
from tests.acceptance.test_invariance import CASES, Case
from tests.conftest import EXAMPLES

pytestmark = pytest.mark.slow

ROWS = 30


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda one: f"{one.action}, {one.name}")
def test_every_branch_does_what_its_plan_tells(
    shop: Shop, branch: Branch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(branches, "ROWS", ROWS)
    branch.prepare(shop)
    planning.check(shop, {"mapping": branch.mapping}, branch.events[:ROWS])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@settings(
    max_examples=max(1, EXAMPLES // 6),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_whatever_a_day_has_its_plan_tells_what_it_does(
    shop: Shop, case: Case, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(case.drawn, min_size=1, max_size=12))
    events = [case.row(60 * at, row) for at, row in enumerate(rows)]
    cut = data.draw(st.integers(0, len(events)))
    shop.simulator.reset(prompt_account(first_company_is_primary=False))
    shop.forget_deliveries()
    case.prepare(shop)
    with pytest.MonkeyPatch.context() as patch:
        chunk_rows = data.draw(st.sampled_from([2, 10_000]))
        small = functools.partial(sorted_chunks, chunk_rows=chunk_rows)
        patch.setattr(sending, "sorted_chunks", small)
        planning.check(shop, {"mapping": case.mapping}, events[:cut], day="2026-01-01")
        planning.check(shop, {"mapping": case.mapping}, events[cut:], day="2026-01-02")
