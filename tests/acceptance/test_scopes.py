"""The scopes that the page about destinations names are enough."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubspot_pipeline.simulator.settings import PrivateApp
from tests.acceptance.branches import BRANCHES, Branch
from tests.acceptance.shop import Shop, prompt_account
from tests.docs.pages import page, section

SCOPES = section(page("docs/destination.md"), "## Scopes").split("`")[1::2]
TYPES = ("contacts", "companies", "deals")
ROWS = 3
FIRST = {branch.action: branch for branch in reversed(BRANCHES) if branch.verdict == "delivered"}


@pytest.mark.parametrize("branch", FIRST.values(), ids=lambda branch: branch.action)
def test_are_enough_to_deliver(shop: Shop, branch: Branch) -> None:
    granted = frozenset(scope.replace("<type>", name) for scope in SCOPES for name in TYPES)
    shop.simulator.reset(replace(prompt_account(), private_apps=(PrivateApp(scopes=granted),)))
    branch.prepare(shop)
    run = shop.run(branch.mapping, branch.events[:ROWS])
    assert run.counts == {"delivered": ROWS}
