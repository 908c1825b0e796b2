"""Associations and lists of one record, said by several events: in any order, the newest counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.account import Account
from tests.conftest import EXAMPLES
from tests.delivery.conftest import Delivered, Portal
from tests.delivery.record_writes import (
    Record,
    define_key,
    link,
    linked,
    listed,
    members,
    record_writes,
    seed,
)

A, SECOND = "a@x.co", "second@x.co"
PRIMARY, OTHER = "HUBSPOT_DEFINED:1", "HUBSPOT_DEFINED:279"

Deliver = Callable[..., Delivered]


def one(time: int, id_: str = A, values: Mapping[str, str] | None = None, **more: Any) -> Record:
    return Record(id_, values or {}, time=time, **more)


def firm_of(**more: Any) -> dict[str, Any]:
    made: dict[str, Any] = link("companies", "1", "ext_id", **more)
    return made


VIPS, NO_VIPS = listed("VIPs"), listed("VIPs", add=False)


@pytest.fixture
def deliver(portal: Portal) -> Deliver:
    """Deliver each time as a partition of its own."""
    portal.remembers = True
    count = iter(range(100))

    def run(*records: Record, **options: Any) -> Delivered:
        ordered = sorted(records, key=lambda each: (each.id, each.time or 0))
        writes = record_writes("contacts", "email", ordered)
        return portal.deliver_writes(writes, partition=str(next(count)), **options)

    return run


@pytest.fixture
def contact(shop: Account) -> str:
    return seed(shop, "contacts", email=A, hs_additional_emails=SECOND)


@pytest.fixture
def firm(shop: Account) -> str:
    return seed(shop, "companies", ext_id="1")


@pytest.fixture
def labels(shop: Account, contact: str, firm: str) -> Callable[[], set[str]]:
    """By which labels the contact and the firm are associated now."""
    return lambda: linked(shop, "contacts", contact, "companies").get(firm, set())


class TestOfTwoKeysOfOneRecord:
    @pytest.fixture
    def known(self, deliver: Deliver, contact: str) -> str:
        deliver(one(1), one(2, SECOND))
        return contact

    @pytest.mark.usefixtures("known")
    def test_the_newest_change_to_a_list_stands_whatever_else_its_write_says_later(
        self, deliver: Deliver, shop: Account
    ) -> None:
        newer = {"phone": "1"}
        deliver(one(3, lists=[VIPS]), one(9, values=newer), one(5, SECOND, lists=[NO_VIPS]))
        assert not members(shop, "VIPs")

    @pytest.mark.usefixtures("known")
    def test_an_older_removal_does_not_take_away_what_a_newer_event_associates(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        apart = one(5, SECOND, links=[firm_of(remove=True)])
        rows = deliver(one(9, links=[firm_of()]), apart).rows()
        assert labels()
        assert rows[SECOND]["outcome"] == '{"stale":["association with companies"]}'

    @pytest.mark.usefixtures("contact")
    def test_one_that_nobody_knew_of_overrules_no_newer_list_or_association(
        self, deliver: Deliver, shop: Account, labels: Callable[[], set[str]]
    ) -> None:
        deliver(one(9, lists=[VIPS], links=[firm_of()]))
        late = one(5, SECOND, lists=[NO_VIPS], links=[firm_of(remove=True)])
        [row] = deliver(late).rows().values()
        assert members(shop, "VIPs")
        assert labels()
        told = '{"stale":["association with companies","membership of a list"]}'
        assert (row["verdict"], row["outcome"]) == ("delivered", told)


class TestWhatTakesOthersAway:
    def test_is_not_the_removal_of_a_label_for_associations_without_it(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        deliver(one(9, links=[firm_of(label=PRIMARY, remove=True)]))
        deliver(one(5, links=[firm_of()]))
        assert labels()

    def test_takes_away_none_of_a_later_event(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        deliver(one(9, links=[firm_of(label=PRIMARY)]))
        [late] = deliver(one(5, links=[firm_of(remove=True)])).rows().values()
        assert late["verdict"] == "stale"
        assert PRIMARY in labels()

    def test_comes_first_where_a_later_row_of_the_record_associates(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        deliver(one(5, links=[firm_of(remove=True)]), one(9, links=[firm_of(label=PRIMARY)]))
        assert PRIMARY in labels()

    def test_is_done_again_where_something_was_added_since(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        away = [firm_of(remove=True)]
        deliver(one(5, links=away))
        deliver(one(9, links=[firm_of(label=PRIMARY)]))
        deliver(one(12, links=away))
        assert not labels()

    def test_replaces_no_label_of_a_later_event(
        self, deliver: Deliver, labels: Callable[[], set[str]]
    ) -> None:
        deliver(one(9, links=[firm_of(label=PRIMARY)]))
        deliver(one(5, links=[firm_of(label=OTHER, replaces_labels=True)]))
        assert labels() >= {PRIMARY, OTHER}


SAID = st.tuples(
    st.integers(0, 2),  # the partition
    st.sampled_from([A, SECOND]),
    st.integers(0, 5),  # the firm, or the list
    st.booleans(),  # whether it is added
)


@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(SAID, min_size=5, max_size=30), times=st.randoms(use_true_random=False))
def test_in_whichever_order_partitions_come_the_newest_of_each_stands(
    portal: Portal, said: list[Any], times: Random
) -> None:
    """Under either of a contact's addresses, whether or not it was known to be its."""
    portal.simulator.reset()
    portal.remembers = True
    portal.journal_url = f"sqlite:///{tempfile.mkdtemp()}/journal.sqlite"
    account = portal.simulator.account
    define_key(account, "companies", "ext_id")
    contact = seed(account, "contacts", email=A, hs_additional_emails=SECOND)
    firms = [seed(account, "companies", ext_id=str(at)) for at in range(6)]
    moments = list(range(1, len(said) + 1))
    times.shuffle(moments)
    partitions: dict[int, list[Record]] = {}
    newest: dict[int, bool] = {}
    for time, (partition, who, which, adds) in sorted(zip(moments, said, strict=True)):
        to = link("companies", str(which), "ext_id", remove=not adds)
        record = one(time, who, links=[to], lists=[listed(f"list {which}", add=adds)])
        partitions.setdefault(partition, []).append(record)
        newest[which] = adds
    for partition in times.sample(sorted(partitions), len(partitions)):
        records = sorted(partitions[partition], key=lambda each: each.id)
        portal.deliver_writes(record_writes("contacts", "email", records), partition=str(partition))
    linked_now = set(linked(account, "contacts", contact, "companies"))
    assert linked_now == {firms[which] for which, adds in newest.items() if adds}
    for which, adds in newest.items():
        assert bool(members(account, f"list {which}")) == adds
