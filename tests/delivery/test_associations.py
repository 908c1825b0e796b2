"""Written records associated with others, and parted from them."""

from __future__ import annotations

import pytest

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.faults import Fault
from tests.delivery.conftest import Portal
from tests.delivery.contacts import contact, deliver, id_of, label, outcome, to_company
from tests.delivery.record_writes import (
    Record,
    link,
    linked,
    seed,
)


class TestAssociations:
    def test_two_contacts_of_one_company_by_one_label_are_both_made(
        self, portal: Portal, shop: Account
    ) -> None:
        company, boss = seed(shop, "companies", ext_id="c1"), label(shop, "Boss")
        given = [contact(f"{name}@b.co", to_company("c1", boss)) for name in "ab"]
        delivered = deliver(portal, *given)
        assert delivered.verdicts() == {"delivered": 2}
        for one in given:
            assert boss in linked(shop, "contacts", id_of(portal, one.id), "companies")[company]
        assert outcome(delivered, "a@b.co") == {"associated": 1}

    def test_two_labels_of_one_pair_are_both_made_and_the_target_named_once(
        self, portal: Portal, shop: Account
    ) -> None:
        company = seed(shop, "companies", ext_id="c1")
        boss, owner = label(shop, "Boss"), label(shop, "Owner")
        delivered = deliver(
            portal, contact("a@b.co", to_company("c1", boss), to_company("c1", owner))
        )
        assert delivered.verdicts() == {"delivered": 1}
        found = linked(shop, "contacts", id_of(portal, "a@b.co"), "companies")[company]
        assert {boss, owner} <= found
        assert delivered.calls["companies/batch/read"] == 1

    @pytest.mark.parametrize("replaces", [False, True])
    def test_labels_of_others_stay_unless_told_to_replace_them(
        self, portal: Portal, shop: Account, *, replaces: bool
    ) -> None:
        company = seed(shop, "companies", ext_id="c1")
        boss, owner = label(shop, "Boss"), label(shop, "Owner")
        deliver(portal, contact("a@b.co", to_company("c1", boss)))
        deliver(portal, contact("a@b.co", to_company("c1", owner, replaces_labels=replaces)))
        found = linked(shop, "contacts", id_of(portal, "a@b.co"), "companies")[company]
        assert owner in found
        assert (boss in found) is not replaces

    def test_a_bare_association_takes_labels_away_only_if_told_to(
        self, portal: Portal, shop: Account
    ) -> None:
        company, boss = seed(shop, "companies", ext_id="c1"), label(shop, "Boss")
        deliver(portal, contact("a@b.co", to_company("c1", boss)))
        contact_id = id_of(portal, "a@b.co")
        kept = deliver(portal, contact("a@b.co", to_company("c1")))
        assert boss in linked(shop, "contacts", contact_id, "companies")[company]
        assert kept.calls["contacts/companies/batch/read"] == 0
        deliver(portal, contact("a@b.co", to_company("c1", replaces_labels=True)))
        assert boss not in linked(shop, "contacts", contact_id, "companies")[company]

    def test_what_is_there_already_is_not_sent_again(self, portal: Portal, shop: Account) -> None:
        seed(shop, "companies", ext_id="c1")
        boss = label(shop, "Boss")
        one = contact("a@b.co", to_company("c1", boss))
        deliver(portal, one)
        again = deliver(portal, Record("a@b.co", {"city": "Rome"}, links=one.links))
        assert again.verdicts() == {"delivered": 1}
        assert sum(n for name, n in again.calls.items() if "batch/create" in name) == 0

    def test_labels_of_records_that_are_new_are_not_read(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        delivered = deliver(portal, contact("a@b.co", to_company("c1", label(shop, "Boss"))))
        assert not [n for n in delivered.calls if "associations" in n and n.endswith("read")]

    def test_two_thousand_go_in_a_call(self, portal: Portal, shop: Account) -> None:
        for at in range(3):
            seed(shop, "companies", ext_id=f"c{at}")
        given = [
            contact(f"p{at:04d}@b.co", *(to_company(f"c{to}") for to in range(3)))
            for at in range(700)
        ]
        before = len(portal.simulator.log)
        assert deliver(portal, *given).verdicts() == {"delivered": 700}
        assert len(shop.associations) == 2_100
        calls = [one.route for one in list(portal.simulator.log)[before:]]
        assert calls.count("associations.batch.associate_default") == 2
        assert calls.count("objects.batch.read") == 1

    def test_207_links_of_207_records_are_all_made(self, portal: Portal, shop: Account) -> None:
        given = []
        for at in range(207):
            seed(shop, "companies", ext_id=f"c{at}")
            given.append(contact(f"p{at:04d}@b.co", to_company(f"c{at}")))
        assert deliver(portal, *given).verdicts() == {"delivered": 207}
        assert len(shop.associations) == 207

    @pytest.mark.parametrize("known", [False, True])
    @pytest.mark.parametrize("replaces", [False, True])
    def test_of_two_records_that_name_each_other_have_the_labels_of_both(
        self, portal: Portal, shop: Account, *, known: bool, replaces: bool
    ) -> None:
        kind, how = shop.types.find("contacts"), {"replaces_labels": replaces}
        mentor, friend = (
            f"{made.category}:{made.type_id}"
            for name in ("Mentor", "Friend")
            for made in shop.associations.types.add_label(kind, kind, name, name, None)
        )
        given = [
            contact("a@b.co", link("contacts", "b@b.co", "email", label=mentor, **how)),
            contact("b@b.co", link("contacts", "a@b.co", "email", label=friend, **how)),
        ]
        if known:
            deliver(portal, *(contact(one.id) for one in given))
        assert deliver(portal, *given).verdicts() == {"delivered": 2}
        a, b = (id_of(portal, one.id) for one in given)
        assert {mentor, friend} <= linked(shop, "contacts", a, "contacts")[b]

    def test_one_that_hubspot_refuses_harms_only_its_row(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        given = [contact(f"p{at}@b.co", to_company("c1")) for at in range(20)]
        given[7] = contact("p7@b.co", link("companies", "999", "hs_object_id", other_side="create"))
        delivered = deliver(portal, *given)
        assert delivered.verdicts() == {"delivered": 19, "failed": 1}
        row = delivered.rows()["p7@b.co"]
        assert "999" in str(row["reason"])
        assert outcome(delivered, "p7@b.co") == {"record": "written"}
        assert "p7@b.co" in portal.contacts

    def test_a_rerun_of_a_failed_association_does_not_write_the_record_again(
        self, portal: Portal
    ) -> None:
        one = contact("a@b.co", link("companies", "999", "hs_object_id", other_side="create"))
        deliver(portal, one)
        again = deliver(portal, one)
        assert again.verdicts() == {"failed": 1}
        assert again.calls["contacts/batch/upsert"] == 0

    @pytest.mark.parametrize("mode", ["update", "add"])
    def test_are_not_made_for_rows_that_are_skipped(
        self, portal: Portal, shop: Account, mode: str
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        if mode == "add":
            portal.deliver({"a@b.co": {"city": "Oslo"}})
        delivered = deliver(portal, contact("a@b.co", to_company("c1"), mode=mode))
        assert delivered.verdicts() == {"skipped": 1}
        assert not len(shop.associations)

    def test_of_an_addition_are_made_though_a_call_for_them_failed_at_first(
        self, portal: Portal, shop: Account
    ) -> None:
        seed(shop, "companies", ext_id="c1")
        portal.simulator.faults.add(Fault("status", route="associations.*", status=503))
        one = contact("a@b.co", to_company("c1"), mode="add")
        assert deliver(portal, one).verdicts() == {"undelivered": 1}
        portal.simulator.faults.clear()
        assert deliver(portal, one).verdicts() == {"delivered": 1}
        assert len(shop.associations) == 1


class TestDissociations:
    def test_take_one_label_away_and_leave_the_others(self, portal: Portal, shop: Account) -> None:
        company = seed(shop, "companies", ext_id="c1")
        boss, owner = label(shop, "Boss"), label(shop, "Owner")
        deliver(portal, contact("a@b.co", to_company("c1", boss), to_company("c1", owner)))
        delivered = deliver(portal, contact("a@b.co", to_company("c1", boss, remove=True)))
        found = linked(shop, "contacts", id_of(portal, "a@b.co"), "companies")[company]
        assert owner in found
        assert boss not in found
        assert outcome(delivered, "a@b.co") == {"dissociated": 1}

    def test_without_a_label_take_the_pair_apart(self, portal: Portal, shop: Account) -> None:
        seed(shop, "companies", ext_id="c1")
        deliver(portal, contact("a@b.co", to_company("c1", label(shop, "Boss"))))
        deliver(portal, contact("a@b.co", to_company("c1", remove=True)))
        assert not len(shop.associations)

    def test_never_make_the_other_side(self, portal: Portal, shop: Account) -> None:
        delivered = deliver(portal, contact("a@b.co", to_company("none", remove=True)))
        assert delivered.verdicts() == {"delivered": 1}
        assert "none" in outcome(delivered, "a@b.co")["skipped_dissociations"][0]
        assert not len(shop.records("companies"))
