"""Runs that died between two calls, and how they are resumed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hubspot_pipeline.simulator.account.account import Account
from tests.delivery.conftest import Portal
from tests.delivery.contacts import deliver, label, to_company
from tests.delivery.record_writes import (
    Record,
    held,
    linked,
    listed,
    members,
    seed,
)


class Killed(Exception):  # noqa: N818 - it is none of ours to handle
    """The process is no more."""


class DiesBefore:
    """A limiter with which the process dies before it makes a certain call."""

    def __init__(self, calls: int) -> None:
        self._left = calls

    async def acquire(self, _limits: Sequence[str]) -> None:
        if not self._left:
            raise Killed
        self._left -= 1

    async def pause(self, limits: Sequence[str], seconds: float) -> None:
        """Nobody else is there."""

    async def lower(self, limit: str, maximum: int) -> None:
        """Nobody else is there."""


class TestADeadRun:
    @pytest.mark.parametrize("calls", range(12))
    def test_is_resumed_at_the_step_where_it_died(
        self, portal: Portal, shop: Account, calls: int
    ) -> None:
        boss = label(shop, "Boss")
        old = seed(shop, "companies", ext_id="old")
        seed(shop, "companies", ext_id="c1")
        known = seed(shop, "contacts", email="a@b.co", lifecyclestage="customer")
        shop.associations.link(
            shop.types.find("contacts"), known, shop.types.find("companies"), old
        )
        one = Record(
            "a@b.co",
            {"lifecyclestage": "lead", "city": "Oslo"},
            links=[to_company("c1", boss), to_company("old", remove=True)],
            lists=[listed("L")],
        )
        limiter, portal.limiter = portal.limiter, DiesBefore(calls)
        try:
            deliver(portal, one)
        except* Killed:
            pass
        portal.limiter = limiter
        assert deliver(portal, one).verdicts() == {"delivered": 1}
        contact = portal.contacts["a@b.co"]
        assert (contact["lifecyclestage"], contact["city"]) == ("lead", "Oslo")
        (company,) = [id_ for id_, held_ in held(shop, "companies").items() if id_ != old]
        assert set(linked(shop, "contacts", known, "companies")) == {company}
        assert members(shop, "L") == {known}
        assert not deliver(portal, one).calls
