"""What a thousand rows cost, in every branch that the reference counts."""

from __future__ import annotations

import pytest

from tests.acceptance.branches import BRANCHES, ROWS, Branch
from tests.acceptance.shop import Shop

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("branch", BRANCHES, ids=lambda one: f"{one.action}, {one.name}")
def test_a_thousand_rows_cost_no_more_calls_than_told(shop: Shop, branch: Branch) -> None:
    run = branch.run(shop)
    assert run.counts == {branch.verdict: ROWS}, run.rows[0]
    assert run.calls_for_rows <= branch.most, run.calls
    for arrival in run.arrivals:
        if arrival.route.startswith("objects.batch."):
            assert 0 < len(arrival.keys) <= 100
