"""A row over which HubSpot breaks down, told apart from an outage and from those beside it."""

from __future__ import annotations

import pytest

from hubspot_pipeline.delivery.deliver import DeliveryOptions
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.breakdowns import BreaksOver
from tests.delivery.conftest import Portal
from tests.delivery.contacts import contact, id_of, label, outcome, to_company
from tests.delivery.record_writes import record_writes, seed
from tests.delivery.test_deliver import WAYS, people

ATTEMPTS = 8
UPSERT = "contacts/batch/upsert"


def city_of(at: int) -> dict[str, dict[str, str]]:
    """A hundred people, of whom one lives where HubSpot breaks down."""
    contacts = people(100)
    contacts[f"p{at:04d}@example.com"]["city"] = "Breaking"
    return contacts


class TestOneBadRow:
    @pytest.mark.parametrize("at", [0, 37, 99])
    @WAYS
    def test_fails_alone_in_a_bounded_number_of_calls(
        self, portal: Portal, way: str, at: int
    ) -> None:
        portal.transport = BreaksOver("Breaking")
        delivered = portal.deliver(city_of(at), way=way)
        assert delivered.verdicts() == {"delivered": 99, "failed": 1}
        assert len(portal.contacts) == 99
        row = delivered.rows()[f"p{at:04d}@example.com"]
        assert "HTTP 500" in str(row["reason"])
        assert row["category"] == "INTERNAL_ERROR"
        reads = 1 if way == "upsert" else 2
        assert delivered.calls.total() <= reads + ATTEMPTS + 7 * 3 + 7

    def test_that_was_written_all_the_same_is_delivered(self, portal: Portal) -> None:
        portal.transport = BreaksOver("Breaking", path="batch/upsert", after_commit=True)
        assert portal.deliver(city_of(37)).verdicts() == {"delivered": 100}
        assert portal.contacts["p0037@example.com"]["city"] == "Breaking"

    def test_of_which_nobody_knows_whether_it_was_written_is_undelivered(
        self, portal: Portal
    ) -> None:
        portal.transport = BreaksOver("Breaking")
        portal.simulator.faults.add(Fault("status", route="objects.batch.read", status=503))
        assert portal.deliver(city_of(37)).verdicts() == {"delivered": 99, "undelivered": 1}

    def test_is_told_apart_where_it_is_looked_for(self, portal: Portal) -> None:
        portal.transport = BreaksOver("p0037@example.com", path="batch/read")
        delivered = portal.deliver(city_of(37), way="read_then_write")
        assert delivered.verdicts() == {"delivered": 99, "failed": 1}
        assert "HTTP 500" in str(delivered.rows()["p0037@example.com"]["reason"])

    def test_is_told_apart_where_its_stage_is_set(self, portal: Portal) -> None:
        contacts = people(10, lifecyclestage="customer")
        portal.deliver(contacts)
        portal.transport = BreaksOver("opportunity", path="batch/update")
        back = people(10, lifecyclestage="lead")
        back["p0004@example.com"]["lifecyclestage"] = "opportunity"
        delivered = portal.deliver(back)
        assert delivered.verdicts() == {"delivered": 9, "failed": 1}
        assert delivered.rows()["p0004@example.com"]["verdict"] == "failed"

    def test_is_tried_again_by_the_next_run_and_no_other(self, portal: Portal) -> None:
        portal.transport = BreaksOver("Breaking")
        portal.deliver(city_of(37))
        portal.transport = None
        before = len(portal.simulator.log)
        assert portal.deliver(city_of(37)).verdicts() == {"delivered": 100}
        assert [call.keys for call in list(portal.simulator.log)[before:]] == [
            ("p0037@example.com",)
        ]


class TestOneBadRowOfALaterStep:
    @pytest.mark.parametrize("path", ["associate/default", "batch/read", "batch/create"])
    def test_fails_alone_and_says_that_its_record_is_written(
        self, portal: Portal, shop: Account, path: str
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        people_ = [contact(f"p{at}@b.co") for at in range(20)]
        portal.deliver_writes(record_writes("contacts", "email", people_))
        boss = None if path == "associate/default" else label(shop, "Boss")
        writes = [contact(f"p{at}@b.co", to_company("c1", boss)) for at in range(20)]
        portal.transport = BreaksOver(f'"{id_of(portal, "p7@b.co")}"', path=path)
        delivered = portal.deliver_writes(record_writes("contacts", "email", writes))
        assert delivered.verdicts() == {"delivered": 19, "failed": 1}
        row = delivered.rows()["p7@b.co"]
        assert row["category"] == "INTERNAL_ERROR"
        assert outcome(delivered, "p7@b.co")["record"] == "written"


@pytest.mark.parametrize("bad", [2, 10, 50])
def test_many_bad_rows_of_a_batch_fail_and_the_others_are_delivered(
    portal: Portal, bad: int
) -> None:
    contacts = people(100)
    for at in range(bad):
        contacts[f"p{at * 100 // bad:04d}@example.com"]["city"] = "Breaking"
    portal.transport = BreaksOver("Breaking")
    assert portal.deliver(contacts).verdicts() == {"delivered": 100 - bad, "failed": bad}


class TestAnOutage:
    """HubSpot answers 500 whatever it is sent, which is no row's fault."""

    def test_of_one_batch_blames_no_row_and_costs_few_more_calls(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", status=500))
        delivered = portal.deliver(people(100))
        assert delivered.verdicts() == {"undelivered": 100}
        assert delivered.calls == {UPSERT: ATTEMPTS + 8 * 3}

    def test_of_two_rows_blames_neither(self, portal: Portal) -> None:
        portal.simulator.faults.add(Fault("status", status=500))
        assert portal.deliver(people(2)).verdicts() == {"undelivered": 2}

    def test_of_many_batches_is_noticed_and_not_hammered(self, portal: Portal) -> None:
        portal.options = DeliveryOptions(requests_in_flight=1)
        portal.simulator.faults.add(Fault("status", status=500))
        delivered = portal.deliver(people(2000))
        assert delivered.verdicts() == {"undelivered": 2000}
        assert delivered.calls.total() <= 3 * (ATTEMPTS + 8 * 3)

    def test_of_many_batches_at_once_is_split_no_further_once_it_is_noticed(
        self, portal: Portal
    ) -> None:
        portal.simulator.faults.add(Fault("status", status=500))
        delivered = portal.deliver(people(800))
        assert delivered.verdicts() == {"undelivered": 800}
        assert delivered.calls.total() <= 8 * (ATTEMPTS + 8 * 3)

    def test_that_begins_while_a_batch_is_split_blames_no_row(self, portal: Portal) -> None:
        portal.transport = BreaksOver("Breaking")
        portal.simulator.faults.add(Fault("status", status=503, skip=2))
        delivered = portal.deliver(city_of(37))
        assert set(delivered.verdicts()) == {"delivered", "undelivered"}
