"""What is remembered of records: older events overrule nothing, what is the same costs no call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from tests.conftest import EXAMPLES
from tests.delivery.conftest import Delivered, Portal, in_new_schema
from tests.delivery.record_writes import (
    Record,
    link,
    linked,
    listed,
    members,
    record_writes,
    seed,
)
from tests.hubspot.services import reachable_url

A, B = "a@x.co", "b@x.co"

Deliver = Callable[..., Delivered]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deliver(portal: Portal, request: pytest.FixtureRequest) -> Deliver:
    """Deliver contacts as a partition of its own, unless it is named again."""
    portal.remembers = True
    if request.param == "postgres":
        portal.journal_url = in_new_schema(reachable_url("postgres"))
    count = iter(range(100))

    def run(*records: Record, partition: str | None = None, **options: Any) -> Delivered:
        name = partition or f"partition {next(count)}"
        ordered = sorted(records, key=lambda one: (one.id, one.time or 0))
        writes = record_writes("contacts", "email", ordered)
        return portal.deliver_writes(writes, partition=name, **options)

    return run


def one(values: Mapping[str, str], time: int, id_: str = A, **more: Any) -> Record:
    return Record(id_, values, time=time, **more)


def row(delivered: Delivered) -> dict[str, Any]:
    """The one row's result."""
    [found] = delivered.rows().values()
    return found


class TestWhatIsTheSame:
    def test_is_unchanged_and_costs_no_call(self, deliver: Deliver) -> None:
        first = deliver(one({"city": "Oslo"}, 1))
        again = deliver(one({"city": "Oslo"}, 2))
        assert (row(again)["verdict"], again.calls) == ("unchanged", {})
        assert row(again)["record_id"] == row(first)["record_id"]

    def test_is_so_whatever_letters_the_address_has(self, deliver: Deliver) -> None:
        deliver(one({"city": "Oslo"}, 1))
        assert row(deliver(one({"city": "Oslo"}, 2, "A@X.co")))["verdict"] == "unchanged"

    def test_is_so_without_any_value_once_the_record_is_there(self, deliver: Deliver) -> None:
        assert row(deliver(one({}, 1)))["verdict"] == "delivered"
        assert row(deliver(one({}, 2)))["verdict"] == "unchanged"

    def test_keeps_the_time_of_the_latest_event(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 1))
        deliver(one({"city": "Oslo"}, 5))
        late = deliver(one({"city": "Rome"}, 3))
        assert (row(late)["verdict"], late.calls) == ("stale", {})
        assert portal.contacts[A]["city"] == "Oslo"

    def test_is_sent_along_where_another_value_is(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo", "phone": "1"}, 1))
        contacts = portal.simulator.account.records("contacts")
        [contact] = contacts
        contacts.archive(contact, contact.created)
        deliver(one({"city": "Oslo", "phone": "2"}, 2))
        assert portal.contacts[A]["city"] == "Oslo"

    def test_is_sent_all_the_same_to_be_redelivered(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 1), partition="a")
        again = deliver(one({"city": "Oslo"}, 1), partition="a", redeliver=True)
        assert row(again)["verdict"] == "delivered"
        assert sum(again.calls.values()) == 1
        deliver(one({"city": "Rome"}, 2))
        deliver(one({"city": "Oslo"}, 1), partition="a", redeliver=True)
        assert portal.contacts[A]["city"] == "Oslo"

    def test_is_redelivered_whole_and_the_outcome_says_no_longer_that_it_was_stale(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Rome"}, 9))
        old = one({"city": "Oslo", "phone": "1"}, 1)
        assert row(deliver(old, partition="a"))["outcome"] == '{"stale":["city"]}'
        again = row(deliver(old, partition="a", redeliver=True))
        assert (again["verdict"], again["outcome"]) == ("delivered", None)
        assert portal.contacts[A]["city"] == "Oslo"


class TestAnOlderEvent:
    def test_overrules_no_newer_value(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Rome"}, 9))
        late = deliver(one({"city": "Oslo"}, 1))
        assert (row(late)["verdict"], late.calls) == ("stale", {})
        assert row(late)["outcome"] == '{"stale":["city"]}'
        assert portal.contacts[A]["city"] == "Rome"

    def test_still_gives_what_no_newer_one_gave(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Rome"}, 9))
        late = row(deliver(one({"city": "Oslo", "phone": "1"}, 1)))
        assert (late["verdict"], late["outcome"]) == ("delivered", '{"stale":["city"]}')
        held_now = portal.contacts[A]
        assert (held_now["city"], held_now["phone"]) == ("Rome", "1")

    def test_is_judged_by_the_row_that_each_value_comes_from(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Oslo"}, 1), one({"phone": "1"}, 9))
        deliver(one({"city": "Rome", "phone": "2"}, 5))
        assert portal.contacts[A]["city"] == "Rome"
        assert portal.contacts[A]["phone"] == "1"

    def test_of_the_same_time_is_overruled_by_what_is_delivered_later(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Rome"}, 5))
        deliver(one({"city": "Oslo"}, 5))
        assert portal.contacts[A]["city"] == "Oslo"

    def test_may_still_create_where_there_is_no_record(self, deliver: Deliver) -> None:
        deliver(one({"city": "Rome"}, 9))
        assert row(deliver(one({"city": "Oslo"}, 1, mode="add")))["verdict"] == "skipped"


class TestLists:
    def test_are_joined_once(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 1, lists=[listed("VIPs")]))
        again = deliver(one({"city": "Oslo"}, 2, lists=[listed("vips")]))
        assert (row(again)["verdict"], again.calls) == ("unchanged", {})
        assert len(members(portal.simulator.account, "VIPs")) == 1

    def test_are_left_as_newer_events_have_them(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({}, 9, lists=[listed("VIPs")]))
        late = deliver(one({"city": "Oslo"}, 1, lists=[listed("VIPs", add=False)]))
        assert row(late)["outcome"] == '{"stale":["membership of a list"]}'
        assert len(members(portal.simulator.account, "VIPs")) == 1

    def test_alone_cost_no_write(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 1))
        later = deliver(one({"city": "Oslo"}, 2, lists=[listed("VIPs")]))
        assert row(later)["verdict"] == "delivered"
        assert "contacts/upsert" not in later.calls
        assert len(members(portal.simulator.account, "VIPs")) == 1


class TestAssociations:
    @pytest.fixture
    def firm(self, shop: Account) -> str:
        return seed(shop, "companies", ext_id="1")

    def to_firm(self, **more: Any) -> dict[str, Any]:
        made: dict[str, Any] = link("companies", "1", "ext_id", **more)
        return made

    def test_are_made_once(self, deliver: Deliver, shop: Account, firm: str) -> None:
        first = row(deliver(one({"city": "Oslo"}, 1, links=[self.to_firm()])))
        again = deliver(one({"city": "Oslo"}, 2, links=[self.to_firm()]))
        assert (row(again)["verdict"], again.calls) == ("unchanged", {})
        assert set(linked(shop, "contacts", first["record_id"], "companies")) == {firm}

    def test_that_are_required_are_not_looked_for_once_they_are_made(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "contacts", email=A)
        portal.remembers = True
        to = link("contacts", A, "email", other_side="require")
        for time in (1, 2):
            company = Record("1", {"name": "Firm"}, links=[to], time=time)
            found = portal.deliver_writes(
                record_writes("companies", "ext_id", [company]), partition=str(time)
            )
        assert (row(found)["verdict"], found.calls) == ("unchanged", {})

    def test_are_made_again_for_a_record_that_was_deleted_meanwhile(
        self, deliver: Deliver, shop: Account, firm: str
    ) -> None:
        deliver(one({"city": "Oslo"}, 1, links=[self.to_firm()]))
        [contact] = shop.records("contacts")
        shop.records("contacts").archive(contact, contact.created)
        anew = row(deliver(one({"city": "Rome"}, 2, links=[self.to_firm()])))
        assert anew["record_id"] != contact.id
        assert set(linked(shop, "contacts", anew["record_id"], "companies")) == {firm}

    def test_that_fail_for_a_record_that_is_gone_are_made_for_a_new_one_next_time(
        self, deliver: Deliver, shop: Account, firm: str
    ) -> None:
        deliver(one({"city": "Oslo"}, 1))
        [contact] = shop.records("contacts")
        shop.records("contacts").archive(contact, contact.created)
        again = one({"city": "Oslo"}, 2, links=[self.to_firm()])
        assert row(deliver(again, partition="a"))["verdict"] == "failed"
        anew = row(deliver(again, partition="a"))
        assert anew["verdict"] == "delivered"
        assert set(linked(shop, "contacts", anew["record_id"], "companies")) == {firm}

    def test_are_made_again_after_the_other_record_took_them_away(
        self, deliver: Deliver, portal: Portal, shop: Account, firm: str
    ) -> None:
        deliver(one({"city": "Oslo"}, 1, links=[self.to_firm()]))
        away = link("contacts", A, "email", remove=True)
        company = Record("1", {"name": "Firm"}, links=[away], time=2)
        portal.deliver_writes(record_writes("companies", "ext_id", [company]), partition="firms")
        back = row(deliver(one({"city": "Oslo"}, 3, links=[self.to_firm()])))
        assert set(linked(shop, "contacts", back["record_id"], "companies")) == {firm}

    @pytest.mark.usefixtures("firm")
    def test_are_made_again_after_they_were_taken_away(
        self, deliver: Deliver, shop: Account
    ) -> None:
        links = [self.to_firm(), self.to_firm(remove=True), self.to_firm()]
        for at, each in enumerate(links):
            found = row(deliver(one({}, at, links=[each])))
            assert found["verdict"] == "delivered"
            assert bool(linked(shop, "contacts", found["record_id"], "companies")) == (at != 1)

    @pytest.mark.usefixtures("firm")
    def test_stay_away_where_a_newer_event_took_all_of_a_pair(
        self, deliver: Deliver, shop: Account
    ) -> None:
        deliver(one({}, 1, links=[self.to_firm()]))
        found = row(deliver(one({}, 9, links=[self.to_firm(remove=True)])))
        boss = self.to_firm(label="HUBSPOT_DEFINED:1")
        assert row(deliver(one({}, 5, links=[boss])))["verdict"] == "stale"
        assert not linked(shop, "contacts", found["record_id"], "companies")


class TestTwoKeysOfOneRecord:
    """A contact's first and second address: HubSpot takes either for it."""

    SECOND = "second@x.co"

    @pytest.fixture(autouse=True)
    def contact(self, portal: Portal) -> None:
        seed(portal.simulator.account, "contacts", email=A, hs_additional_emails=self.SECOND)

    @pytest.mark.parametrize("known", [False, True])
    @pytest.mark.parametrize("way", ["upsert", "read_then_write"])
    def test_of_each_property_the_newest_value_stands(
        self, deliver: Deliver, portal: Portal, way: str, known: bool
    ) -> None:
        if known:
            deliver(one({"zip": "1"}, 1))
            deliver(one({"zip": "2"}, 2, self.SECOND))
        deliver(
            one({"city": "Rome"}, 9),
            one({"phone": "1"}, 4),
            one({"city": "Oslo"}, 5, self.SECOND),
            one({"phone": "2"}, 10, self.SECOND),
            way=way,
        )
        contact = portal.contacts[A]
        assert (contact["city"], contact["phone"]) == ("Rome", "2")
        again = deliver(one({"city": "Rome"}, 9), one({"phone": "2"}, 10, self.SECOND))
        assert (set(again.verdicts()), again.calls) == ({"unchanged"}, {})
        assert row(deliver(one({"city": "Bonn"}, 8, self.SECOND)))["verdict"] == "stale"

    def test_does_not_hide_newer_values_where_the_record_is_read_first(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Rome", "phone": "1"}, 9))
        late = one({"city": "Oslo", "zip": "5"}, 5, self.SECOND)
        found = row(deliver(late, way="read_then_write"))
        assert (found["verdict"], found["outcome"]) == ("delivered", '{"stale":["city"]}')
        contact = portal.contacts[A]
        assert (contact["city"], contact["zip"]) == ("Rome", "5")

    def test_that_nobody_knew_of_has_its_newer_values_put_back(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Rome", "phone": "1"}, 9))
        found = row(deliver(one({"city": "Oslo", "zip": "5"}, 5, self.SECOND)))
        assert (found["verdict"], found["outcome"]) == ("delivered", '{"restored":["city"]}')
        contact = portal.contacts[A]
        assert (contact["city"], contact["zip"]) == ("Rome", "5")
        again = deliver(one({"city": "Rome", "zip": "5"}, 10, self.SECOND))
        assert (row(again)["verdict"], again.calls) == ("unchanged", {})

    @pytest.mark.parametrize(("newer", "older"), [("customer", "lead"), ("lead", "customer")])
    def test_that_nobody_knew_of_has_a_newer_stage_put_back(
        self, deliver: Deliver, portal: Portal, newer: str, older: str
    ) -> None:
        deliver(one({"lifecyclestage": newer}, 9))
        found = row(deliver(one({"lifecyclestage": older}, 5, self.SECOND)))
        assert '"restored":["lifecyclestage"]' in found["outcome"]
        assert portal.contacts[A]["lifecyclestage"] == newer

    def test_has_put_back_what_can_be_where_another_value_is_in_doubt(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver(one({"city": "Rome", "phone": "1"}, 8))
        with lost_answers(portal):
            deliver(one({"phone": "2"}, 9))
        found = row(deliver(one({"city": "Oslo", "phone": "3"}, 5, self.SECOND)))
        assert portal.contacts[A]["city"] == "Rome"
        assert found["outcome"] == '{"overruled":["phone"],"restored":["city"]}'

    def test_that_is_overruled_whole_is_delivered_and_says_so(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        rows = deliver(one({"city": "Rome"}, 9), one({"city": "Oslo"}, 5, self.SECOND)).rows()
        assert rows[self.SECOND]["outcome"] == '{"stale":["city"]}'
        assert {each["verdict"] for each in rows.values()} == {"delivered"}
        assert portal.contacts[A]["city"] == "Rome"


class TestARecordId:
    """It is taken at its word only once something was delivered to its record."""

    @pytest.mark.parametrize("more", [{}, {"lists": [listed("VIPs")]}])
    def test_that_no_record_has_is_not_taken_for_one_that_has_all(
        self, portal: Portal, more: Any
    ) -> None:
        portal.remembers = True
        lone = Record("99999", {}, mode="update", time=1, **more)
        found = portal.deliver_writes(record_writes("contacts", "hs_object_id", [lone]))
        assert found.verdicts() == {"skipped": 1}


LOST = Fault("reset", route="objects.batch.*", after_commit=True)
"""HubSpot does what it is asked to, and the answer never comes."""


@contextmanager
def lost_answers(portal: Portal, but_of: int = 0) -> Iterator[None]:
    """Let no call have an answer, but so many at first."""
    portal.simulator.faults.add(replace(LOST, skip=but_of))
    with stamina.set_testing(True, attempts=1):
        yield
    portal.simulator.faults.clear()


class TestACallThatWasLost:
    def test_leaves_in_doubt_what_it_carried(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 1))
        with lost_answers(portal):
            assert row(deliver(one({"city": "Rome"}, 2)))["verdict"] == "undelivered"
        assert portal.contacts[A]["city"] == "Rome"
        assert row(deliver(one({"city": "Oslo"}, 3)))["verdict"] == "delivered"
        assert portal.contacts[A]["city"] == "Oslo"

    def test_does_not_let_older_events_through(self, deliver: Deliver, portal: Portal) -> None:
        deliver(one({"city": "Oslo"}, 5))
        with lost_answers(portal):
            deliver(one({"city": "Rome"}, 6))
        assert row(deliver(one({"city": "Bonn"}, 4)))["verdict"] == "stale"

    def test_that_created_a_record_and_is_read_back_is_remembered(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        portal.simulator.faults.add(replace(LOST, route="objects.batch.create"))
        creation = one({"city": "Rome"}, 9, mode="add")
        with stamina.set_testing(True, attempts=1):
            assert row(deliver(creation, partition="a"))["verdict"] == "undelivered"
        portal.simulator.faults.clear()
        assert row(deliver(creation, partition="a"))["verdict"] == "delivered"
        assert row(deliver(one({"city": "Oslo"}, 5)))["verdict"] == "stale"
        deliver(one({"city": "Bonn"}, 10))
        assert row(deliver(creation, partition="a"))["verdict"] == "delivered"

    def test_is_made_again_by_the_next_run(self, deliver: Deliver, portal: Portal) -> None:
        with lost_answers(portal):
            deliver(one({"city": "Rome"}, 2), partition="a")
        assert row(deliver(one({"city": "Rome"}, 2), partition="a"))["verdict"] == "delivered"


@dataclass(frozen=True)
class Delivery:
    """One run of a partition, and how many of its calls have an answer; None: all of them."""

    partition: int
    answers: int | None = None


PARTITIONS = 3
PEOPLE = [(f"p{at}@x.co", f"p{at}@y.co") for at in range(8)]
"""Their addresses. So many at once, as each of them is a case, and a delivery takes longer than a
case."""

ROWS = st.lists(
    st.tuples(
        st.integers(0, PARTITIONS - 1),
        st.sampled_from(PEOPLE),
        st.integers(0, 1),
        st.dictionaries(st.sampled_from(["city", "phone"]), st.sampled_from(["", "1", "2"])),
    ),
    min_size=40,
    max_size=80,
)
DELIVERIES = st.lists(
    st.builds(Delivery, st.integers(0, PARTITIONS - 1), st.none() | st.integers(0, 4)), max_size=4
)


@settings(max_examples=EXAMPLES // 4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, times=st.randoms(use_true_random=False), deliveries=DELIVERIES)
def test_in_whichever_order_partitions_come_the_newest_value_of_each_property_stands(
    portal: Portal, rows: list[Any], times: Random, deliveries: list[Delivery]
) -> None:
    """Also where they come twice, and calls get no answer, as long as each is run to its end.

    And where nobody knows before HubSpot says so that two addresses are one contact's.
    """
    portal.simulator.reset()
    for first, second in PEOPLE:
        seed(portal.simulator.account, "contacts", email=first, hs_additional_emails=second)
    portal.remembers = True
    portal.journal_url = f"sqlite:///{tempfile.mkdtemp()}/journal.sqlite"
    moments = list(range(1, len(rows) + 1))
    times.shuffle(moments)
    partitions: list[list[Record]] = [[] for _ in range(PARTITIONS)]
    newest: dict[str, dict[str, str]] = {who: {} for who, _ in PEOPLE}
    for time, (partition, who, address, values) in sorted(zip(moments, rows, strict=True)):
        partitions[partition].append(one(values, time, who[address]))
        newest[who[0]].update(values)
    order = [*deliveries, *(Delivery(at) for at in range(PARTITIONS))]
    for each in order:
        records = sorted(partitions[each.partition], key=lambda record: record.id)
        writes = record_writes("contacts", "email", records)
        with nullcontext() if each.answers is None else lost_answers(portal, each.answers):
            if records:
                portal.deliver_writes(writes, partition=str(each.partition))
    assert {
        who: {name: contact.get(name, "") for name in ("city", "phone")}
        for who, contact in portal.contacts.items()
    } == {who: {"city": "", "phone": "", **values} for who, values in newest.items()}
    everything = [record for records in partitions for record in records]
    everything.sort(key=lambda record: (record.id, record.time))
    again = portal.deliver_writes(
        record_writes("contacts", "email", everything), partition="all once more"
    )
    verdicts = set(again.results["verdict"].to_pylist())
    assert (verdicts <= {"superseded", "unchanged", "stale"}, again.calls) == (True, {})
