"""Older values written under a key of which nobody knew whose it is: newer ones are put back.

Whatever dies before they are, and whichever answer is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
import stamina

from hubspot_pipeline.delivery.journal import PartitionJournal
from hubspot_pipeline.hubspot.connections import Connections
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from tests.delivery.conftest import Delivered, Portal, in_new_schema
from tests.delivery.record_writes import Record, define_key, held, record_writes, seed
from tests.hubspot.services import reachable_url

FIRST, SECOND = "a@x.co", "second@x.co"
NEWER = Record(FIRST, {"city": "Rome", "phone": "1"}, time=9)
OLDER = Record(SECOND, {"city": "Oslo", "zip": "5"}, time=5)

Deliver = Callable[..., dict[str, Any]]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def deliver(portal: Portal, request: pytest.FixtureRequest) -> Deliver:
    """Deliver to a contact of two addresses; return the last one's result, with its calls."""
    portal.remembers = True
    if request.param == "postgres":
        portal.journal_url = in_new_schema(reachable_url("postgres"))
    seed(portal.simulator.account, "contacts", email=FIRST, hs_additional_emails=SECOND)

    def run(partition: str, *records: Record, **options: Any) -> dict[str, Any]:
        writes = record_writes("contacts", "email", records)
        delivered = portal.deliver_writes(writes, partition=partition, **options)
        return last_of(delivered)

    return run


def last_of(delivered: Delivered) -> dict[str, Any]:
    """The result of the last row, and all calls."""
    return {**delivered.results.to_pylist()[-1], "calls": delivered.calls}


def assert_is_as_it_was(portal: Portal, deliver: Deliver) -> None:
    """The newer values stand, and are known to."""
    contact = portal.contacts[FIRST]
    assert [contact.get(name) for name in ("city", "phone", "zip")] == ["Rome", "1", "5"]
    values = {"city": "Rome", "phone": "1", "zip": "5"}
    again = deliver("again", Record(SECOND, values, time=10))
    assert (again["verdict"], again["calls"]) == ("unchanged", {})


class KilledError(BaseException):
    """The process ends here, as far as what it leaves behind goes."""


@contextmanager
def killed(point: int | str | None = None) -> Iterator[list[str]]:
    """End at a point, before or after a record of the journal or a call; yield those passed."""
    passed: list[str] = []

    def at(name: str) -> None:
        if point in (len(passed), name):
            raise KilledError
        passed.append(name)

    def record(name: str) -> Callable[..., None]:
        work = getattr(PartitionJournal, name)

        def around(*arguments: Any, **named: Any) -> None:
            at(f"before {name}")
            work(*arguments, **named)
            at(f"after {name}")

        return around

    call = Connections.send

    async def send(connections: Connections, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        at(f"before {name}")
        response = await call(connections, request)
        at(f"after {name}")
        return response

    with pytest.MonkeyPatch.context() as patch:
        for name in ("intend", "record", "append"):
            patch.setattr(PartitionJournal, name, record(name))
        patch.setattr(Connections, "send", send)
        try:
            yield passed
        except* KilledError:
            pass


@contextmanager
def faulty(portal: Portal, *faults: Fault) -> Iterator[None]:
    """Let things go wrong, and try nothing twice."""
    portal.simulator.faults.add(*faults)
    with stamina.set_testing(True, attempts=1):
        yield
    portal.simulator.faults.clear()


def test_a_run_that_dies_anywhere_is_mended_by_its_rerun(deliver: Deliver, portal: Portal) -> None:
    deliver("newer", NEWER)
    with killed() as points:
        deliver("older", OLDER)
    begin = points.index("after append")  # before it, the row is not delivered
    everybody = {at: (f"{at}@x.co", f"{at}@y.co") for at in range(begin, len(points), 2)}
    for first, second in everybody.values():
        seed(portal.simulator.account, "contacts", email=first, hs_additional_emails=second)
    newer = [replace(NEWER, id=first) for first, _ in everybody.values()]
    deliver("newer ones", *newer)
    for point, (_, second) in everybody.items():
        older = replace(OLDER, id=second)
        with killed(point) as passed:
            deliver(second, older)
        assert len(passed) == point
        assert deliver(second, older)["verdict"] == "delivered"
    assert {portal.contacts[one.id]["city"] for one in newer} == {"Rome"}
    assert not deliver("again", *(replace(one, time=10) for one in newer))["calls"]


class TestWhereTheRunDied:
    """The older value is there, and the journal calls the row that gave it delivered."""

    @pytest.fixture(autouse=True)
    def dead(self, deliver: Deliver, portal: Portal) -> None:
        deliver("newer", NEWER)
        with killed("after append"):
            deliver("older", OLDER)
        assert portal.contacts[FIRST]["city"] == "Oslo"

    def test_its_rerun_tells_what_it_put_back(self, deliver: Deliver, portal: Portal) -> None:
        told = deliver("older", OLDER)
        assert (told["verdict"], told["outcome"]) == ("delivered", '{"restored":["city"]}')
        assert [call["step"] for call in told["history"]] == ["upsert", "restore"]
        assert_is_as_it_was(portal, deliver)

    @pytest.mark.parametrize("id_", [FIRST, SECOND])
    def test_any_row_of_the_record_puts_it_back(
        self, deliver: Deliver, portal: Portal, id_: str
    ) -> None:
        told = deliver("other", Record(id_, {"zip": "5"}, time=6))
        assert (told["verdict"], told["outcome"]) == ("unchanged", '{"restored":["city"]}')
        rerun = deliver("older", OLDER)
        assert (rerun["verdict"], rerun["calls"]) == ("delivered", {})
        assert_is_as_it_was(portal, deliver)

    def test_so_does_a_rerun_whose_row_is_another_one_by_now(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver("older", Record(SECOND, {"zip": "5"}, time=5))
        assert_is_as_it_was(portal, deliver)

    @pytest.mark.parametrize("redeliver", [False, True])
    def test_what_was_written_since_stands(
        self, deliver: Deliver, portal: Portal, redeliver: bool
    ) -> None:
        newest = Record(FIRST, {"city": "Bonn"}, time=10)
        with killed("before read"):
            deliver("newest", newest, redeliver=redeliver)
        deliver("older", OLDER)
        assert portal.contacts[FIRST]["city"] == "Bonn"

    def test_what_a_lost_call_left_is_sent_again_in_the_end(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        newest = Record(FIRST, {"city": "Bonn"}, time=10)
        with faulty(portal, Fault("reset", route="objects.batch.*", after_commit=True)):
            assert deliver("newest", newest)["verdict"] == "undelivered"
        deliver("older", OLDER)
        deliver("newest", newest)
        assert portal.contacts[FIRST]["city"] == "Bonn"

    def test_a_record_that_is_gone_is_told_of_once(self, deliver: Deliver, portal: Portal) -> None:
        contacts = portal.simulator.account.records("contacts")
        [contact] = contacts
        contacts.archive(contact, contact.created)
        for _ in range(2):
            told = deliver("older", OLDER)
            assert (told["verdict"], told["outcome"]) == ("delivered", '{"overruled":["city"]}')
        assert told["calls"] == {}


class TestWhereThereIsNoFinalAnswer:
    FAULTS = (
        Fault("reset", route="objects.batch.read", skip=1),
        Fault("reset", route="objects.batch.update"),
        Fault("reset", route="objects.batch.update", after_commit=True),
        Fault("status", route="objects.batch.update", status=503),
    )

    @pytest.mark.parametrize("fault", FAULTS, ids=["unread", "unsent", "lost", "out"])
    def test_the_row_is_undelivered_until_a_rerun_puts_it_back(
        self, deliver: Deliver, portal: Portal, fault: Fault
    ) -> None:
        deliver("newer", NEWER)
        with faulty(portal, fault):
            told = deliver("older", OLDER)
        assert told["verdict"] == "undelivered"
        assert told["reason"] == "Later values of city are still to be put back."
        assert deliver("older", OLDER)["verdict"] == "delivered"
        assert_is_as_it_was(portal, deliver)

    def test_so_it_is_where_the_stage_was_cleared_on_the_way(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver("newer", Record(FIRST, {"lifecyclestage": "lead"}, time=9))
        older = Record(SECOND, {"lifecyclestage": "customer"}, time=5)
        with faulty(portal, Fault("reset", route="objects.batch.update", skip=3)):
            assert deliver("older", older)["verdict"] == "undelivered"
        assert deliver("older", older)["verdict"] == "delivered"
        assert portal.contacts[FIRST]["lifecyclestage"] == "lead"

    def test_a_refusal_is_final_and_harms_no_later_row(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver("newer", NEWER)
        with faulty(portal, Fault("status", route="objects.batch.update", status=400)):
            told = deliver("older", OLDER)
        assert (told["verdict"], told["outcome"]) == ("failed", '{"overruled":["city"]}')
        assert deliver("other", Record(FIRST, {"zip": "6"}, time=10))["verdict"] == "delivered"


class TestWhatNobodyKnewOf:
    def test_where_two_rows_of_a_run_meet(self, deliver: Deliver, portal: Portal) -> None:
        deliver("newer", NEWER)
        deliver("older", Record(FIRST, {"zip": "5"}, time=10), OLDER)
        assert_is_as_it_was(portal, deliver)

    def test_where_its_call_was_lost_and_another_row_told_whose_key_it_is(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver("newer", NEWER)
        with faulty(portal, Fault("reset", route="objects.batch.*", after_commit=True)):
            deliver("older", OLDER)
        deliver("other", Record(SECOND, {"zip": "6"}, time=4))
        assert portal.contacts[FIRST]["city"] == "Oslo"
        deliver("older", OLDER)
        assert_is_as_it_was(portal, deliver)

    def test_is_not_told_as_put_back_where_nothing_was_overruled(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        deliver("first", Record(FIRST, {"zip": "5"}, time=1))
        older = replace(OLDER, id=FIRST)
        with faulty(portal, Fault("reset", route="objects.batch.*", after_commit=True)):
            deliver("older", older)
        deliver("newer", NEWER)
        told = deliver("older", older)
        assert (told["verdict"], told["outcome"]) == ("stale", '{"stale":["city"]}')

    def test_what_people_changed_since_stands(self, deliver: Deliver, portal: Portal) -> None:
        deliver("first", Record(FIRST, {"zip": "5"}, time=1))
        older = replace(OLDER, id=FIRST)
        with faulty(portal, Fault("reset", route="objects.batch.*", after_commit=True)):
            deliver("older", older)
        deliver("newer", NEWER)
        httpx.patch(
            f"{portal.simulator.url}/crm/v3/objects/contacts/{FIRST}?idProperty=email",
            json={"properties": {"city": "Paris"}},
            headers={"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"},
        ).raise_for_status()
        told = deliver("older", older)
        assert (told["verdict"], told["outcome"]) == ("stale", '{"stale":["city"]}')
        assert portal.contacts[FIRST]["city"] == "Paris"

    def test_of_two_lost_calls_either_may_have_been_the_last(
        self, deliver: Deliver, portal: Portal
    ) -> None:
        addresses = [f"{number}@z.co" for number in range(3)]
        more = ";".join(addresses[1:])
        seed(portal.simulator.account, "contacts", email=addresses[0], hs_additional_emails=more)
        deliver("newer", replace(NEWER, id=addresses[0]))
        cities = {"Oslo": addresses[1], "Bonn": addresses[2]}
        older = [Record(each, {"city": city}, time=5) for city, each in cities.items()]
        for number, each in enumerate(older):
            with faulty(portal, Fault("reset", route="objects.batch.*", after_commit=True)):
                deliver("older", *older[: number + 1])
            deliver(f"other {number}", Record(each.id, {"zip": "6"}, time=4))
        assert portal.contacts[addresses[0]]["city"] == "Bonn"
        deliver("older", *older)
        assert portal.contacts[addresses[0]]["city"] == "Rome"

    @pytest.mark.parametrize(("mode", "way"), [("update", "upsert"), ("upsert", "read_then_write")])
    def test_is_asked_first_where_records_are_read_first(
        self, deliver: Deliver, portal: Portal, mode: str, way: str
    ) -> None:
        deliver("newer", NEWER)
        with killed("before update"):
            deliver("older", replace(OLDER, mode=mode), way=way)
        assert portal.contacts[FIRST]["city"] == "Rome"
        deliver("older", replace(OLDER, mode=mode), way=way)
        assert_is_as_it_was(portal, deliver)


def test_a_company_of_two_keys_is_mended_by_the_rerun(portal: Portal, shop: Account) -> None:
    define_key(shop, "companies", "segment_group_id")
    seed(shop, "companies", ext_id="1", segment_group_id="g1")
    portal.remembers = True
    newer = record_writes("companies", "ext_id", [Record("1", {"city": "Rome"}, time=9)])
    older = record_writes("companies", "segment_group_id", [Record("g1", {"city": "Oslo"}, time=5)])
    portal.deliver_writes(newer, partition="newer")
    with killed("before read"):
        portal.deliver_writes(older, partition="older")
    portal.deliver_writes(older, partition="older")
    [company] = held(shop, "companies").values()
    assert company["city"] == "Rome"
