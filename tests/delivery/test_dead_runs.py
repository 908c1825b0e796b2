"""Runs that died between two calls, and how they are resumed."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

import pytest

from hubspot_pipeline.hubspot.rate_limit import Day, Place
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.conftest import Portal
from tests.delivery.contacts import deliver, id_of, label, to_company
from tests.delivery.record_writes import (
    Record,
    held,
    link,
    linked,
    listed,
    members,
    record_writes,
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

    async def count(self, limit: str, place: Place | None, calls: int) -> None:
        """Nobody else is there."""

    async def budget(self, day: Day, place: Place | None) -> Day:  # noqa: ARG002
        return day

    async def close(self, seconds: float) -> None:
        """Nobody else is there."""


class TestADeadRun:
    @pytest.mark.parametrize("calls", range(10))
    def test_that_found_a_company_by_search_gives_it_its_id_once(
        self, portal: Portal, shop: Account, calls: int
    ) -> None:
        portal.simulator.settings.behaviour.definition_lag_seconds = 0
        found = seed(shop, "companies", domain="x.com", name="old")
        ann = seed(shop, "contacts", email="ann@b.co")
        to = link("contacts", "ann@b.co", "email", other_side="require")
        writes = record_writes(
            "companies",
            "segment_group_id",
            [
                Record("g1", {"name": "A"}, search={"domain": "x.com"}, links=[to]),
                Record("g2", {"name": "B"}, search={"domain": "y.com"}, links=[to]),
            ],
            makes_id_property=True,
        )
        limiter, portal.limiter = portal.limiter, DiesBefore(calls)
        with contextlib.suppress(ExceptionGroup):
            portal.deliver_writes(writes)
        portal.limiter = limiter
        delivered = portal.deliver_writes(writes)
        assert delivered.verdicts() == {"delivered": 2}
        companies = held(shop, "companies")
        assert {one["segment_group_id"] for one in companies.values()} == {"g1", "g2"}
        assert companies[found]["name"] == "A"
        assert set(linked(shop, "contacts", ann, "companies")) == set(companies)

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
        with contextlib.suppress(ExceptionGroup):
            deliver(portal, one)
        portal.limiter = limiter
        assert deliver(portal, one).verdicts() == {"delivered": 1}
        contact = portal.contacts["a@b.co"]
        assert (contact["lifecyclestage"], contact["city"]) == ("lead", "Oslo")
        (company,) = [id_ for id_, held_ in held(shop, "companies").items() if id_ != old]
        assert set(linked(shop, "contacts", known, "companies")) == {company}
        assert members(shop, "L") == {known}
        assert not deliver(portal, one).calls

    def test_whose_row_changed_since_is_written_anew(self, portal: Portal, shop: Account) -> None:
        seed(shop, "companies", ext_id="c1")
        limiter, portal.limiter = portal.limiter, DiesBefore(2)
        with contextlib.suppress(ExceptionGroup):
            deliver(portal, Record("a@b.co", {"city": "Oslo"}, links=[to_company("c1")]))
        portal.limiter = limiter
        deliver(portal, Record("a@b.co", {"city": "Rome"}, links=[to_company("c1")]))
        assert portal.contacts["a@b.co"]["city"] == "Rome"


class TestAnswersThatNeverCome:
    @pytest.mark.parametrize(
        "route",
        [
            "associations.batch.read",
            "associations.batch.create",
            "associations.batch.labels_archive",
            "lists.create",
            "lists.members.add_and_remove",
        ],
    )
    @pytest.mark.parametrize("after_commit", [False, True])
    def test_leave_rows_undelivered_and_a_rerun_goes_on_without_writing_again(
        self, portal: Portal, shop: Account, route: str, *, after_commit: bool
    ) -> None:
        boss, owner = label(shop, "Boss"), label(shop, "Owner")
        company = seed(shop, "companies", ext_id="c1")
        deliver(portal, Record("a@b.co", {"city": "Bern"}, links=[to_company("c1", owner)]))
        one = Record(
            "a@b.co",
            {"city": "Oslo"},
            links=[to_company("c1", boss), to_company("c1", owner, remove=True)],
            lists=[listed("L")],
        )
        portal.simulator.faults.add(
            Fault("status", route=route, status=500, after_commit=after_commit)
        )
        first = deliver(portal, one)
        assert first.verdicts() == {"undelivered": 1}
        assert first.rows()["a@b.co"]["reason"]
        portal.simulator.faults.clear()
        again = deliver(portal, one)
        assert again.verdicts() == {"delivered": 1}
        assert again.calls["contacts/batch/upsert"] == 0
        known = id_of(portal, "a@b.co")
        labels = linked(shop, "contacts", known, "companies")[company]
        assert boss in labels
        assert owner not in labels
        assert members(shop, "L") == {known}

    def test_are_awaited_with_the_intent_in_the_journal(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        portal.limiter = DiesBefore(2)
        one = Record("a@b.co", {"city": "Oslo"}, links=[to_company("c1")])
        with contextlib.suppress(ExceptionGroup):
            deliver(portal, one)
        file = portal.journal_url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file)) as journal:
            steps = journal.execute(
                "SELECT step, answered_at IS NULL FROM batches ORDER BY number"
            ).fetchall()
        assert steps == [("upsert", 0), ("associate", 1)]
