"""Contacts delivered to a simulated account over real HTTP: verdicts, calls, account after."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from hubspot_pipeline.delivery.deliver import DeliveryOptions
from hubspot_pipeline.hubspot import records
from hubspot_pipeline.hubspot.limiter import RateLimiter
from hubspot_pipeline.hubspot.rate_limit import Day, LimitStoreError, Place
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.conftest import Portal

WAYS = pytest.mark.parametrize("way", ["upsert", "read_then_write"])
BATCHES = "objects.batch.*"


class BreaksAfter:
    """A limiter whose store goes away after so many calls."""

    def __init__(self, calls: int, limiter: RateLimiter) -> None:
        self._left = calls
        self._limiter = limiter

    async def acquire(self, limits: Sequence[str]) -> None:
        if not self._left:
            raise LimitStoreError("the store is gone")
        self._left -= 1
        await self._limiter.acquire(limits)

    async def pause(self, limits: Sequence[str], seconds: float) -> None:
        await self._limiter.pause(limits, seconds)

    async def lower(self, limit: str, maximum: int) -> None:
        await self._limiter.lower(limit, maximum)

    async def count(self, limit: str, place: Place | None, calls: int) -> None:
        await self._limiter.count(limit, place, calls)

    async def budget(self, day: Day, place: Place | None) -> Day:
        return await self._limiter.budget(day, place)

    async def close(self, seconds: float) -> None:
        await self._limiter.close(seconds)


class Watching(BreaksAfter):
    """A limiter that looks for each call's intent in the journal, just before it is made."""

    def __init__(self, portal: Portal) -> None:
        super().__init__(1_000, portal.limiter)
        self._file = portal.journal_url.removeprefix("sqlite:///")
        self.seen = 0

    async def acquire(self, limits: Sequence[str]) -> None:
        with closing(sqlite3.connect(self._file)) as journal:
            (intended,) = journal.execute("SELECT count(*) FROM batches").fetchone()
        self.seen += 1
        assert intended >= self.seen
        await super().acquire(limits)


def people(count: int, **properties: str) -> dict[str, dict[str, str]]:
    return {f"p{at:04d}@example.com": {"firstname": f"F{at}", **properties} for at in range(count)}


class TestUpsertsInBatches:
    def test_a_thousand_new_contacts_take_ten_calls(self, portal: Portal) -> None:
        delivered = portal.deliver(people(1000))
        assert delivered.calls == {"contacts/batch/upsert": 10}
        assert delivered.verdicts() == {"delivered": 1000}
        assert set(delivered.results["operation"].to_pylist()) == {"created"}

    def test_a_thousand_existing_contacts_take_ten_calls(self, portal: Portal) -> None:
        portal.deliver(people(1000))
        delivered = portal.deliver(people(1000, city="Oslo"))
        assert delivered.calls == {"contacts/batch/upsert": 10}
        assert set(delivered.results["operation"].to_pylist()) == {"updated"}

    @WAYS
    def test_each_row_names_its_own_record(self, portal: Portal, way: str) -> None:
        rows = portal.deliver(people(250), way=way).rows()
        for email, row in rows.items():
            record = portal.simulator.account.contact(email)
            assert record is not None
            assert record["hs_object_id"] == row["record_id"]
            assert record["firstname"] == portal.contacts[email]["firstname"]

    @WAYS
    def test_properties_that_a_write_leaves_out_stay(self, portal: Portal, way: str) -> None:
        portal.deliver({"a@b.co": {"city": "Oslo", "phone": "1"}}, way=way)
        portal.deliver({"a@b.co": {"city": "Rome"}}, way=way)
        assert portal.contacts["a@b.co"]["phone"] == "1"
        assert portal.contacts["a@b.co"]["city"] == "Rome"

    @WAYS
    def test_the_empty_text_clears(self, portal: Portal, way: str) -> None:
        portal.deliver({"a@b.co": {"city": "Oslo"}}, way=way)
        portal.deliver({"a@b.co": {"city": ""}}, way=way)
        assert portal.contacts["a@b.co"]["city"] == ""

    @WAYS
    def test_a_secondary_address_updates_its_owner_and_keeps_the_first(
        self, portal: Portal, way: str
    ) -> None:
        portal.deliver({"old@b.co": {"city": "Oslo"}})
        portal.deliver({"old@b.co": {"email": "new@b.co"}})
        delivered = portal.deliver({"old@b.co": {"city": "Rome"}}, way=way)
        assert delivered.verdicts() == {"delivered": 1}
        assert portal.contacts["new@b.co"]["city"] == "Rome"
        assert len(portal.contacts) == 1


class TestOneBadRow:
    @WAYS
    def test_harms_only_itself(self, portal: Portal, way: str) -> None:
        contacts = people(100)
        contacts["p0050@example.com"]["no_such_property"] = "x"
        delivered = portal.deliver(contacts, way=way)
        assert delivered.verdicts() == {"delivered": 99, "failed": 1}
        bad = delivered.rows()["p0050@example.com"]
        assert "no_such_property" in str(bad["reason"])
        assert bad["category"] == "VALIDATION_ERROR"
        assert bad["correlation_id"]

    @pytest.mark.parametrize("bad", [0, 1, 50, 99])
    def test_stands_alone_after_splitting_a_batch_that_names_nobody(
        self, portal: Portal, bad: int
    ) -> None:
        contacts = people(100)
        portal.deliver(contacts)
        culprit = f"p{bad:04d}@example.com"
        contacts[culprit] = {"no_such_property": "x"}
        # Batch updates refuse as a whole, trace ids or not.
        delivered = portal.deliver(contacts, way="read_then_write")
        rows = delivered.rows()
        assert [record for record, row in rows.items() if row["verdict"] == "failed"] == [culprit]

    def test_of_a_value_stands_alone_after_few_calls(self, portal: Portal) -> None:
        contacts = people(100)
        portal.deliver(contacts)
        contacts = {email: {**contact, "city": "Oslo"} for email, contact in contacts.items()}
        contacts["p0007@example.com"]["lifecyclestage"] = "no such stage"
        delivered = portal.deliver(contacts, way="read_then_write")
        assert delivered.verdicts() == {"delivered": 99, "failed": 1}
        assert delivered.calls["contacts/batch/update"] == 3

    @WAYS
    def test_a_property_that_nobody_knows_costs_a_call_a_batch_and_not_a_call_a_row(
        self, portal: Portal, way: str
    ) -> None:
        portal.deliver(people(300))
        delivered = portal.deliver(people(300, no_such_property="x"), way=way)
        assert delivered.verdicts() == {"failed": 300}
        assert delivered.calls.total() <= 6
        assert "no_such_property" in str(delivered.results["reason"][0])

    def test_a_wrong_address_of_the_api_blames_no_row(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", route=BATCHES, status=404))
        delivered = portal.deliver(people(1000))
        assert delivered.verdicts() == {"undelivered": 1000}
        assert delivered.calls.total() <= portal.options.requests_in_flight

    @WAYS
    def test_of_two_addresses_of_one_contact_the_later_event_wins(
        self, portal: Portal, way: str
    ) -> None:
        portal.deliver({"zfirst@b.co": {"city": "Oslo", "lifecyclestage": "customer"}})
        portal.deliver({"zfirst@b.co": {"email": "anew@b.co"}})
        # Events are in the order of the addresses, so that of zfirst is the later one.
        delivered = portal.deliver(
            {
                "anew@b.co": {"city": "Early", "lifecyclestage": "opportunity"},
                "zfirst@b.co": {"city": "Late", "lifecyclestage": "lead"},
            },
            way=way,
        )
        assert delivered.verdicts() == {"delivered": 2}
        contact = portal.contacts["anew@b.co"]
        assert (contact["city"], contact["lifecyclestage"]) == ("Late", "lead")

    def test_two_addresses_of_one_contact_are_both_delivered(self, portal: Portal) -> None:
        portal.deliver({"old@b.co": {"city": "Oslo"}})
        portal.deliver({"old@b.co": {"email": "new@b.co"}})
        delivered = portal.deliver({"old@b.co": {"city": "Rome"}, "new@b.co": {"phone": "1"}})
        assert delivered.verdicts() == {"delivered": 2}
        assert portal.contacts["new@b.co"]["city"] == "Rome"
        assert portal.contacts["new@b.co"]["phone"] == "1"

    @WAYS
    def test_a_unique_value_of_another_contact_is_that_rows_failure(
        self, portal: Portal, way: str
    ) -> None:
        portal.simulator.account.define(
            Property(
                "customer_id", "Customer ID", "string", "text", "contactinformation", unique=True
            )
        )
        portal.deliver({"owner@b.co": {"customer_id": "7", "city": "Oslo"}})
        delivered = portal.deliver(
            {"other@b.co": {"customer_id": "7", "city": "Rome"}, "third@b.co": {"city": "Rome"}},
            way=way,
        )
        assert delivered.verdicts() == {"delivered": 1, "failed": 1}
        assert "already has that value" in str(delivered.rows()["other@b.co"]["reason"])
        assert portal.contacts["owner@b.co"]["city"] == "Oslo"


class TestLifecycleStages:
    @WAYS
    def test_move_backward_in_two_more_calls_for_just_those_rows(
        self, portal: Portal, way: str
    ) -> None:
        portal.deliver(people(300, lifecyclestage="lead"))
        advanced = {email: {"lifecyclestage": "customer"} for email in list(people(300))[:150]}
        portal.deliver(advanced)
        before = len(portal.simulator.log)
        delivered = portal.deliver(people(300, lifecyclestage="lead"), way=way)
        assert delivered.verdicts() == {"delivered": 300}
        assert {each["lifecyclestage"] for each in portal.contacts.values()} == {"lead"}
        calls = list(portal.simulator.log)[before:]
        settled = [call for call in calls if call.route.endswith("update") and call.keys]
        writes = 2 if way == "read_then_write" else 0  # the other 150 rows are delivered already
        assert len(settled) == writes + 4  # 150 rows: two calls clear, two set

    def test_move_forward_at_no_cost(self, portal: Portal) -> None:
        portal.deliver(people(10, lifecyclestage="lead"))
        delivered = portal.deliver(people(10, lifecyclestage="customer"))
        assert delivered.calls == {"contacts/batch/upsert": 1}

    def test_that_cannot_be_cleared_now_are_undelivered_and_move_in_the_next_run(
        self, portal: Portal
    ) -> None:
        portal.deliver(people(10, lifecyclestage="customer"))
        portal.simulator.faults.add(Fault("status", route="objects.batch.update", status=503))
        first = portal.deliver(people(10, lifecyclestage="lead"))
        assert first.verdicts() == {"undelivered": 10}
        portal.simulator.faults.clear()
        second = portal.deliver(people(10, lifecyclestage="lead"))
        assert second.verdicts() == {"delivered": 10}
        assert {each["lifecyclestage"] for each in portal.contacts.values()} == {"lead"}

    def test_a_new_contact_starts_in_the_stage_it_is_given(self, portal: Portal) -> None:
        portal.deliver({"a@b.co": {"lifecyclestage": "subscriber"}})
        assert portal.contacts["a@b.co"]["lifecyclestage"] == "subscriber"


class TestAnswersThatCannotBeBelieved:
    @pytest.mark.parametrize("seed", range(5))
    def test_rows_that_a_2xx_leaves_out_are_read_and_found(self, portal: Portal, seed: int) -> None:
        portal.simulator.faults.add(Fault("hostile", route="objects.batch.upsert", seed=seed))
        delivered = portal.deliver(people(150))
        assert delivered.verdicts() == {"delivered": 150}
        assert len(portal.contacts) == 150

    @pytest.mark.parametrize("after_commit", [False, True])
    @WAYS
    def test_a_cut_connection_neither_loses_nor_doubles(
        self, portal: Portal, way: str, *, after_commit: bool
    ) -> None:
        portal.simulator.faults.add(
            Fault("reset", route=BATCHES, after_commit=after_commit, rate=0.4, seed=3, count=4)
        )
        delivered = portal.deliver(people(450), way=way)
        assert delivered.verdicts() == {"delivered": 450}
        assert len(portal.contacts) == 450

    def test_a_race_lost_on_create_becomes_an_update(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def stale_read(*arguments: Any, **_: Any) -> records.ReadAnswer:
            return records.ReadAnswer({}, frozenset(arguments[2]), frozenset(), None)

        portal.deliver(people(150))
        monkeypatch.setattr(records, "read", stale_read)
        delivered = portal.deliver(people(150, city="Rome"), way="read_then_write")
        assert delivered.verdicts() == {"delivered": 150}
        assert set(delivered.results["operation"].to_pylist()) == {"updated"}
        assert {each["city"] for each in portal.contacts.values()} == {"Rome"}

    @pytest.mark.parametrize("seed", range(3))
    def test_nothing_is_called_delivered_that_is_not_there_however_little_is_answered(
        self, portal: Portal, seed: int
    ) -> None:
        portal.simulator.faults.add(Fault("hostile", route=BATCHES, seed=seed))
        rows = portal.deliver(people(150, city="Oslo")).rows()
        assert {row["verdict"] for row in rows.values()} <= {"delivered", "undelivered"}
        for email, row in rows.items():
            if row["verdict"] == "delivered":
                assert portal.contacts[email]["city"] == "Oslo"
        portal.simulator.faults.clear()
        assert portal.deliver(people(150, city="Oslo")).verdicts() == {"delivered": 150}

    def test_a_call_is_in_the_journal_before_it_is_made(self, portal: Portal) -> None:
        portal.limiter = Watching(portal)
        assert portal.deliver(people(250)).verdicts() == {"delivered": 250}
        assert portal.limiter.seen == 3


class TestWhenHubSpotIsNotThere:
    def test_an_outage_leaves_every_row_undelivered_with_the_reason(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", status=503))
        delivered = portal.deliver(people(1000))
        assert delivered.verdicts() == {"undelivered": 1000}
        assert delivered.stop_reason is not None
        assert all("503" in str(reason) for reason in delivered.results["reason"].to_pylist())

    def test_an_outage_is_noticed_and_not_hammered(self, portal: Portal) -> None:
        portal.options = DeliveryOptions(requests_in_flight=1)
        portal.simulator.faults.add(Fault("status", status=503))
        delivered = portal.deliver(people(2000))
        assert delivered.calls.total() <= 3 * 8

    def test_the_next_run_sends_what_was_not_delivered_and_nothing_else(
        self, portal: Portal
    ) -> None:
        portal.options = DeliveryOptions(requests_in_flight=1)
        portal.simulator.faults.add(Fault("status", status=503, skip=4))
        first = portal.deliver(people(1000))
        assert first.verdicts() == {"delivered": 400, "undelivered": 600}
        portal.simulator.faults.clear()
        second = portal.deliver(people(1000))
        assert second.verdicts() == {"delivered": 1000}
        assert second.calls == {"contacts/batch/upsert": 6}

    def test_a_refused_token_stops_at_once(self, portal: Portal) -> None:
        delivered = replace(portal, token="pat-na1-wrong").deliver(people(5000))
        assert delivered.verdicts() == {"undelivered": 5000}
        assert delivered.calls.total() <= portal.options.requests_in_flight

    def test_the_days_quota_stops_at_once_and_says_so(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", status=477, skip=2))
        portal.options = DeliveryOptions(requests_in_flight=1)
        delivered = portal.deliver(people(500))
        assert delivered.verdicts() == {"delivered": 200, "undelivered": 300}
        assert delivered.calls.total() == 3
        assert "migrat" in str(delivered.stop_reason).lower()

    def test_a_limiter_that_breaks_stops_sending_and_spoils_no_verdict(
        self, portal: Portal
    ) -> None:
        portal.options = DeliveryOptions(requests_in_flight=1)
        portal.limiter = BreaksAfter(2, portal.limiter)
        delivered = portal.deliver(people(500))
        assert delivered.verdicts() == {"delivered": 200, "undelivered": 300}
        assert delivered.stop_reason == "the store is gone"
        reasons = {row["verdict"]: row["reason"] for row in delivered.rows().values()}
        assert reasons["delivered"] is None

    def test_half_a_split_batch_keeps_its_verdicts_when_the_other_half_gets_no_answer(
        self, portal: Portal
    ) -> None:
        contacts = people(100)
        portal.deliver(contacts)
        contacts = {email: {**contact, "city": "Oslo"} for email, contact in contacts.items()}
        for email in list(contacts)[:50]:
            contacts[email]["lifecyclestage"] = "lead"
        contacts["p0049@example.com"]["lifecyclestage"] = "no such stage"
        update = "objects.batch.update"
        portal.simulator.faults.add(Fault("status", route=update, status=477, skip=3))
        rows = portal.deliver(contacts, way="read_then_write").rows().values()
        told = {(row["verdict"], row["reason"] is None) for row in rows}
        assert told == {("delivered", True), ("undelivered", False)}


class TestRerun:
    def test_of_a_delivered_partition_sends_nothing_and_keeps_its_verdicts(
        self, portal: Portal
    ) -> None:
        first = portal.deliver(people(300))
        second = portal.deliver(people(300))
        assert not second.calls
        assert second.results.equals(first.results)

    def test_sends_a_write_that_changed(self, portal: Portal) -> None:
        contacts = people(300)
        portal.deliver(contacts)
        contacts["p0007@example.com"]["city"] = "Oslo"
        second = portal.deliver(contacts)
        assert second.calls == {"contacts/batch/upsert": 1}
        assert list(portal.simulator.log)[-1].keys == ("p0007@example.com",)

    def test_tries_a_refused_row_again(self, portal: Portal) -> None:
        contacts = people(200)
        contacts["p0007@example.com"]["no_such_property"] = "x"
        portal.deliver(contacts)
        second = portal.deliver(contacts)
        assert second.verdicts() == {"delivered": 199, "failed": 1}
        assert list(portal.simulator.log)[-1].keys == ("p0007@example.com",)
        assert second.rows()["p0007@example.com"]["attempts"] == 2
