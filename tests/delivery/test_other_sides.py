"""The records at the other end of associations: found, made, or remembered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.conftest import Delivered, Portal
from tests.delivery.contacts import contact, deliver, id_of, outcome, to_company
from tests.delivery.record_writes import (
    Record,
    held,
    link,
    linked,
    record_writes,
    seed,
)


class TestOtherSides:
    def test_that_are_missing_are_made_once_where_told_to(
        self, portal: Portal, shop: Account
    ) -> None:
        to_new = link("contacts", "new@b.co", "email", other_side="create")
        given = [Record(f"d{at}", {"name": "A"}, links=[to_new]) for at in range(150)]
        delivered = portal.deliver_writes(record_writes("companies", "ext_id", given))
        assert delivered.verdicts() == {"delivered": 150}
        assert delivered.calls["contacts/batch/upsert"] == 1
        assert len(linked(shop, "contacts", id_of(portal, "new@b.co"), "companies")) == 150

    def test_that_cannot_be_made_fail_only_their_rows(self, portal: Portal, shop: Account) -> None:
        given = [
            Record(one, {"name": "A"}, links=[link("contacts", to, "email", other_side="create")])
            for one, to in (("d1", "not an address"), ("d2", "new@b.co"))
        ]
        delivered = portal.deliver_writes(record_writes("companies", "ext_id", given))
        rows = delivered.rows()
        assert (rows["d1"]["verdict"], rows["d2"]["verdict"]) == ("failed", "delivered")
        assert "not an address" in str(rows["d1"]["reason"])
        assert len(shop.records("companies")) == 2

    def test_that_are_missing_are_skipped_with_a_note(self, portal: Portal, shop: Account) -> None:
        seed(shop, "companies", ext_id="c1")
        delivered = deliver(portal, contact("a@b.co", to_company("c1"), to_company("none")))
        assert delivered.verdicts() == {"delivered": 1}
        told = outcome(delivered, "a@b.co")
        assert told["associated"] == 1
        assert "'none'" in told["skipped_associations"][0]

    def test_that_are_required_fail_the_row_before_anything_is_written(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "contacts", email="known@b.co")
        given = [
            Record(one, {"name": "A"}, links=[link("contacts", to, "email", other_side="require")])
            for one, to in (("d1", "unknown@b.co"), ("d2", "Known@b.co"))
        ]
        delivered = portal.deliver_writes(record_writes("companies", "ext_id", given))
        rows = delivered.rows()
        assert (rows["d1"]["verdict"], rows["d1"]["category"]) == ("failed", "CONTACT_NOT_FOUND")
        assert rows["d2"]["verdict"] == "delivered"
        assert len(shop.records("companies")) == 1

    @pytest.mark.usefixtures("shop")
    def test_that_one_row_of_a_record_requires_in_vain_fail_just_that_row(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "contacts", email="known@b.co")
        rows = [
            Record("d1", {name: "x"}, links=[link("contacts", to, "email", other_side="require")])
            for name, to in (
                ("name", "known@b.co"),
                ("city", "unknown@b.co"),
                ("zip", "known@b.co"),
            )
        ]
        delivered = portal.deliver_writes(record_writes("companies", "ext_id", rows))
        assert [row["verdict"] for row in delivered.results.sort_by("row").to_pylist()] == [
            "superseded",
            "failed",
            "delivered",
        ]
        (company,) = held(shop, "companies").values()
        assert {"name", "zip"} <= company.keys()
        assert "city" not in company
        assert delivered.calls["contacts/batch/read"] == 1

    def test_that_are_required_and_cannot_be_looked_up_leave_the_row_undelivered(
        self, portal: Portal
    ) -> None:
        portal.simulator.faults.add(Fault("status", route="objects.batch.read", status=503))
        to = link("contacts", "a@b.co", "email", other_side="require")
        writes = record_writes("companies", "ext_id", [Record("d1", {"name": "A"}, links=[to])])
        assert portal.deliver_writes(writes).verdicts() == {"undelivered": 1}
        assert not len(portal.simulator.account.records("companies"))

    def test_are_found_by_search(self, portal: Portal, shop: Account) -> None:
        one = seed(shop, "companies", domain="one.com", city="Oslo")
        two = [seed(shop, "companies", domain="two.com") for _ in range(2)]
        given = [
            contact("a@b.co", link("companies", {"domain": "ONE.com", "city": "oslo"})),
            contact("b@b.co", link("companies", {"domain": "two.com"})),
            contact("c@b.co", link("companies", {"domain": "none.com"})),
        ]
        delivered = deliver(portal, *given)
        rows = delivered.rows()
        assert [rows[one.id]["verdict"] for one in given] == ["delivered", "failed", "delivered"]
        assert set(linked(shop, "contacts", id_of(portal, "a@b.co"), "companies")) == {one}
        assert rows["b@b.co"]["category"] == "SEARCH_NOT_UNIQUE"
        assert all(each in str(rows["b@b.co"]["reason"]) for each in two)
        assert "none.com" in outcome(delivered, "c@b.co")["skipped_associations"][0]

    def test_that_a_search_does_not_know_yet_are_read_by_a_unique_property(
        self, portal: Portal, shop: Account
    ) -> None:
        one = seed(shop, "companies", ext_id="c1", city="Oslo")
        portal.simulator.settings.behaviour.search_lag_seconds = 30
        given = [
            contact("a@b.co", link("companies", {"ext_id": "c1", "city": "OSLO"})),
            contact("b@b.co", link("companies", {"ext_id": "c1", "city": "Rome"})),
        ]
        delivered = deliver(portal, *given)
        assert set(linked(shop, "contacts", id_of(portal, "a@b.co"), "companies")) == {one}
        assert not linked(shop, "contacts", id_of(portal, "b@b.co"), "companies")
        assert delivered.calls["companies/batch/read"] == 1
        assert delivered.calls["companies/search"] == 0

    def test_that_are_not_found_by_search_are_looked_for_once_more(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "companies", domain="one.com")
        known = deliver(portal, contact("a@b.co", link("companies", {"domain": "one.com"})))
        unknown = deliver(portal, contact("b@b.co", link("companies", {"domain": "two.com"})))
        assert known.calls["companies/search"] == 1
        assert unknown.calls["companies/search"] == 2


@dataclass
class Users:
    """Users who are known by earlier identify events."""

    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def find(self, user_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        return {each: self.known[each] for each in user_ids if each in self.known}

    def remember(self, *_: object) -> None:
        """Nothing new is learned."""


class TestUsers:
    def deliver(self, portal: Portal, users: Users, **named: Any) -> Delivered:
        to = link("contacts", named.get("email"), "email", user_id="u1", other_side="require")
        writes = record_writes("companies", "ext_id", [Record("c1", {"name": "A"}, links=[to])])
        return portal.deliver_writes(writes, identities=users)

    @pytest.mark.parametrize("email", [None, "Ann@b.co"])
    def test_of_an_earlier_event_are_contacts_without_a_look_up(
        self, portal: Portal, shop: Account, email: str | None
    ) -> None:
        ann = seed(shop, "contacts", email="ann@b.co")
        delivered = self.deliver(portal, Users({"u1": ("ann@b.co", ann)}), email=email)
        assert delivered.verdicts() == {"delivered": 1}
        assert delivered.calls["contacts/batch/read"] == 0
        assert len(linked(shop, "contacts", ann, "companies")) == 1

    def test_whose_record_is_gone_are_looked_up_by_address(
        self, portal: Portal, shop: Account
    ) -> None:
        ann = seed(shop, "contacts", email="ann@b.co")
        delivered = self.deliver(portal, Users({"u1": ("ann@b.co", "99999")}))
        assert delivered.verdicts() == {"delivered": 1}
        assert len(linked(shop, "contacts", ann, "companies")) == 1

    def test_who_are_gone_altogether_fail_the_row(self, portal: Portal, shop: Account) -> None:
        delivered = self.deliver(portal, Users({"u1": ("ann@b.co", "99999")}))
        assert delivered.rows()["c1"]["category"] == "CONTACT_NOT_FOUND"
        assert len(shop.records("companies")) == 1

    def test_who_said_another_address_are_found_by_the_events_own(
        self, portal: Portal, shop: Account
    ) -> None:
        ann, eve = (seed(shop, "contacts", email=f"{one}@b.co") for one in ("ann", "eve"))
        self.deliver(portal, Users({"u1": ("ann@b.co", ann)}), email="eve@b.co")
        assert len(linked(shop, "contacts", eve, "companies")) == 1
        assert not linked(shop, "contacts", ann, "companies")

    def test_stand_in_where_the_events_own_address_leads_nowhere(
        self, portal: Portal, shop: Account
    ) -> None:
        ann = seed(shop, "contacts", email="ann@b.co")
        self.deliver(portal, Users({"u1": ("ann@b.co", ann)}), email="gone@b.co")
        assert len(linked(shop, "contacts", ann, "companies")) == 1

    @pytest.mark.usefixtures("shop")
    def test_who_are_unknown_fail_the_row_before_anything_is_written(self, portal: Portal) -> None:
        delivered = self.deliver(portal, Users())
        assert delivered.rows()["c1"]["category"] == "CONTACT_NOT_FOUND"
        assert not len(portal.simulator.account.records("companies"))
