"""Search sees every record as it was a while ago; reads do not (hubspot-api §2.9)."""

from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp, values_as_of
from hubspot_pipeline.simulator.account.object_types import CONTACTS
from hubspot_pipeline.simulator.account.records import Record
from hubspot_pipeline.simulator.account.search_filters import condition, property_field
from hubspot_pipeline.simulator.clock import Clock, iso
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits, SimulatorSettings

from .conftest import Begin, Contacts, ids

PATH = "/crm/v3/objects/contacts"


def cities(client: httpx.Client, name: str, value: str) -> list[Any]:
    """The cities of the contacts that a search for one value finds."""
    one = {"propertyName": name, "operator": "EQ", "value": value}
    answer = client.post(
        f"{PATH}/search", json={"filterGroups": [{"filters": [one]}], "properties": ["city"]}
    )
    assert answer.status_code == 200, answer.text
    return [result["properties"]["city"] for result in answer.json()["results"]]


@pytest.fixture
def stopped(simulator: SimulatorServer) -> Any:
    """The clock of a fresh account, stopped: only tests move it."""
    simulator.clock.freeze()
    yield simulator.clock
    simulator.clock.resume()


class TestLag:
    def test_a_new_record_is_found_after_five_seconds(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock
    ) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        assert contacts.value(id_, "city") == "Rome"

        stopped.advance(4.99)
        assert cities(hubspot, "email", "a@x.com") == []
        read = contacts.get("a@x.com", "city", idProperty="email")
        assert read.json()["properties"]["city"] == "Rome"
        stopped.advance(0.01)
        assert cities(hubspot, "email", "a@x.com") == ["Rome"]

    def test_a_change_is_seen_after_five_seconds_and_the_old_value_until_then(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock
    ) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        stopped.advance(60)
        contacts.patch(id_, city="Oslo", email="b@x.com")
        stopped.advance(3)
        contacts.patch(id_, city="Kyiv")

        for after, address, city in ((0, "a@x.com", "Rome"), (2, "b@x.com", "Oslo"),
                                     (3, "b@x.com", "Kyiv")):  # fmt: skip
            stopped.advance(after)
            other = "b@x.com" if address == "a@x.com" else "a@x.com"
            assert cities(hubspot, "email", address) == [city]
            assert cities(hubspot, "city", city.lower()) == [city]
            assert cities(hubspot, "email", other) == []

    def test_results_tell_when_they_were_changed_then(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        before = contacts.get(id_).json()["updatedAt"]
        stopped.advance(60)
        contacts.patch(id_, city="Oslo")

        (result,) = hubspot.post(f"{PATH}/search", json={}).json()["results"]
        assert (result["updatedAt"], result["properties"]["lastmodifieddate"]) == (before, before)
        assert contacts.get(id_).json()["updatedAt"] > before

    @pytest.mark.parametrize("batch", [False, True])
    def test_an_archived_record_is_found_for_five_more_seconds(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock, batch: bool
    ) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        stopped.advance(60)
        if batch:
            contacts.batch("archive", [{"id": id_}])
        else:
            hubspot.delete(f"{PATH}/{id_}")

        assert contacts.get(id_).status_code == 404
        stopped.advance(4.99)
        assert cities(hubspot, "email", "a@x.com") == ["Rome"]
        stopped.advance(0.01)
        assert cities(hubspot, "email", "a@x.com") == []

    def test_a_merge_is_seen_after_five_seconds(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock
    ) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com", city="Rome")
        stopped.advance(60)
        hubspot.post(f"{PATH}/merge", json={"primaryObjectId": kept, "objectIdToMerge": gone})

        assert ids(hubspot.post(f"{PATH}/search", json={})) == [kept, gone]
        assert cities(hubspot, "email", "a@x.com") == [None]
        stopped.advance(5)
        assert ids(hubspot.post(f"{PATH}/search", json={})) == [kept]
        assert cities(hubspot, "email", "a@x.com") == ["Rome"]

    def test_a_forgotten_contact_is_not_found_at_all(
        self, hubspot: httpx.Client, contacts: Contacts, stopped: Clock
    ) -> None:
        first, second = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        stopped.advance(60)
        hubspot.delete(f"{PATH}/{second}")
        for id_ in (first, second):
            assert hubspot.post(f"{PATH}/gdpr-delete", json={"objectId": id_}).status_code == 204

        assert hubspot.post(f"{PATH}/search", json={}).json() == {"total": 0, "results": []}

    def test_is_none_if_switched_off(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(search_lag_seconds=0.0)
        Contacts(hubspot).create(email="a@x.com", city="Rome")
        assert cities(hubspot, "email", "a@x.com") == ["Rome"]


class TestLimit:
    def test_is_five_a_second_for_the_account_without_limit_headers(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        clock = begin(Limits()).clock
        clock.freeze()
        try:
            clock.advance(10)
            answers = [hubspot.post(f"/crm/v3/objects/{kind}/search", json={})
                       for kind in ("contacts", "companies", "deals") * 2]  # fmt: skip
            clock.advance(1)
            after = hubspot.post(f"{PATH}/search", json={})
        finally:
            clock.resume()

        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert after.status_code == 200
        assert answers[-1].json().keys() == {"status", "message", "correlationId", "category"}
        assert answers[-1].json()["message"] == "You have reached your secondly limit."
        assert answers[-1].json()["category"] == "RATE_LIMITS"
        assert not [name for answer in answers for name in answer.headers if "ratelimit" in name]


class TestIndex:
    def test_finds_a_hundred_addresses_without_looking_at_all_contacts(self) -> None:
        account, clock = _account()
        account.seed_contacts(2_000)
        clock.advance(10)
        seen: list[Record] = []

        def text_of(record: Record) -> str | None:
            seen.append(record)
            return record.values.get("city")

        field = property_field(account.properties().defined["city"], text_of, None)
        wanted = condition(field, "IN", ["city 7", "city 8"], negatives_find_unset=False)
        index = account.search_index(CONTACTS)
        first = index.find([[wanted]], clock.now())
        seen.clear()

        assert index.find([[wanted]], clock.now()) == first
        assert len(seen) == len(first) == 14

    @settings(deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["create", "update", "archive", "merge", "search", "search"]),
                st.integers(0, 2), st.sampled_from(["Rome", "rome", "Oslo", ""]),
                st.sampled_from([0, 1, 2, 6]),
            ),
            max_size=40,
        )
    )  # fmt: skip
    def test_finds_what_a_look_at_every_record_as_it_was_then_finds(
        self, steps: list[tuple[str, int, str, int]]
    ) -> None:
        account, clock = _account()
        contacts = account.contacts
        field = property_field(
            account.properties().defined["city"], lambda one: one.values.get("city"), None
        )
        rome = condition(field, "EQ", ["Rome"], negatives_find_unset=False)
        everyone: dict[str, tuple[Record, str]] = {}
        for action, at, city, seconds in steps:
            clock.advance(seconds)
            now = iso(clock.now())
            stamp, live = Stamp(now), list(contacts)
            if action == "create" or not live:
                one = contacts.create(contacts.allocate_id(), {"city": city}, stamp)
                everyone[one.id] = (one, "9999")
            elif action == "update":
                contacts.update(live[at % len(live)], {"city": city}, stamp)
            elif action == "archive":
                account.archive(CONTACTS, live[at % len(live)], now)
                everyone[live[at % len(live)].id] = (live[at % len(live)], now)
            elif action == "merge" and len(live) > 1:
                account.merge(live[0].id, live[-1].id)
                everyone[live[-1].id] = (live[-1], now)
            if action != "search":
                continue
            then = iso(clock.now() - 5_000_000_000)
            expected = [
                id_
                for id_, (one, until) in everyone.items()
                if until > then
                and (held := values_as_of(one, then)) is not None
                and held.get("city", "").lower() == "rome"
            ]
            found = account.search_index(CONTACTS).find([[rome]], clock.now())
            assert [one.id for one in found] == expected


def _account() -> tuple[Account, Clock]:
    clock = Clock()
    clock.freeze()
    return Account(SimulatorSettings(), clock), clock
