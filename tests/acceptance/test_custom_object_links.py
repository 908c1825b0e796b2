"""Associations and lists of Custom Object V2, as the reference's acceptance tests want them."""

from __future__ import annotations

import pytest

from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.custom_objects import (
    UNLABELED,
    company,
    contacts,
    friend,
    give_a_company_a_number,
    in_list,
    seen,
)
from tests.acceptance.shop import Shop


@pytest.fixture(autouse=True)
def _a_company_has_a_number(shop: Shop) -> None:
    give_a_company_a_number(shop)


class TestAssociations:
    def test_of_two_contacts_with_one_company_are_two(self, shop: Shop) -> None:
        run = shop.run(
            contacts(associations=[company()]),
            [seen("a@x.com", 1, company="7"), seen("b@x.com", 2, company="7")],
        )
        assert run.verdicts == ["delivered", "delivered"]
        target = shop.ids("companies", "number")["7"]
        assert len(shop.records("companies", "number")) == 1
        for row in run.rows:
            assert set(shop.associations("contacts", row["record_id"], "companies")) == {target}

    def test_under_two_labels_are_both_there(self, shop: Shop) -> None:
        champion = shop.define_label("contacts", "companies", "Champion")
        buyer = shop.define_label("contacts", "companies", "Buyer")
        run = shop.run(
            contacts(associations=[company(champion), company(buyer)]),
            [seen("a@x.com", company="7")],
        )
        assert run.verdicts == ["delivered"]
        (labels,) = shop.associations("contacts", run.rows[0]["record_id"], "companies").values()
        assert {champion, buyer} <= labels
        for arrival in run.arrivals:
            assert len(set(arrival.keys)) == len(arrival.keys)

    def test_may_name_their_label_as_hubspot_shows_it(self, shop: Shop) -> None:
        champion = shop.define_label("contacts", "companies", "Champion")
        run = shop.run(contacts(associations=[company("champion")]), [seen("a@x.com", company="7")])
        (labels,) = shop.associations("contacts", run.rows[0]["record_id"], "companies").values()
        assert champion in labels

    @pytest.mark.parametrize("given", ["keep", "replace"])
    def test_keep_labels_that_others_set_unless_told_to_replace_them(
        self, shop: Shop, given: str
    ) -> None:
        champion = shop.define_label("contacts", "companies", "Champion")
        buyer = shop.define_label("contacts", "companies", "Buyer")
        shop.run(contacts(associations=[company(champion)]), [seen("a@x.com", 1, company="7")])
        run = shop.run(
            contacts(associations=[company(buyer)], association_label_mode=given),
            [seen("a@x.com", 2, company="7")],
        )
        (labels,) = shop.associations("contacts", run.rows[0]["record_id"], "companies").values()
        assert buyer in labels
        assert (champion in labels) == (given == "keep")

    def test_with_records_that_there_are_not_create_them(self, shop: Shop) -> None:
        run = shop.run(contacts(**friend()), [seen("a@x.com", friend="New@X.com")])
        assert run.verdicts == ["delivered"]
        made = shop.ids("contacts", "email")["new@x.com"]
        assert set(shop.associations("contacts", run.rows[0]["record_id"], "contacts")) == {made}

    def test_with_records_that_there_are_not_are_left_out_and_told_where_none_is_to_be_created(
        self, shop: Shop
    ) -> None:
        run = shop.run(contacts(**friend("read")), [seen("a@x.com", friend="new@x.com")])
        assert run.verdicts == ["delivered"]
        assert "new@x.com" in str(run.outcome(0)["skipped_associations"])
        assert set(shop.records("contacts", "email")) == {"a@x.com"}

    def test_with_records_that_hubspot_refuses_to_create_fail_their_rows_alone(
        self, shop: Shop
    ) -> None:
        run = shop.run(
            contacts(associations=[company()]),
            [seen("a@x.com", 1, company="8"), seen("b@x.com", 2, company="7")],
        )
        assert run.verdicts == ["failed", "delivered"]
        assert "8" in run.rows[0]["reason"]
        assert run.outcome(0)["record"] == "written"

    def test_that_failed_in_add_mode_are_made_by_the_next_run(self, shop: Shop) -> None:
        mapping = contacts("add", associations=[company()])
        events = [seen(f"{at}@x.com", at, company="7") for at in range(3)]
        shop.simulator.faults.add(Fault("status", status=500, route="associations.batch.*"))
        first = shop.run(mapping, events)
        assert first.verdicts == ["undelivered"] * 3
        shop.simulator.faults.clear()
        again = shop.run(mapping, events)
        assert again.verdicts == ["delivered"] * 3
        assert len(shop.records("contacts", "email")) == 3
        for contact in shop.ids("contacts", "email").values():
            assert shop.associations("contacts", contact, "companies")

    def test_are_taken_away_where_the_mapping_says_so(self, shop: Shop) -> None:
        shop.run(contacts(associations=[company()]), [seen("a@x.com", 1, company="7")])
        run = shop.run(contacts(dissociations=[company()]), [seen("a@x.com", 2, company="7")])
        assert run.verdicts == ["delivered"]
        assert not shop.associations("contacts", run.rows[0]["record_id"], "companies")

    @pytest.mark.parametrize("asked", ["associations", "dissociations"])
    def test_that_there_cannot_be_are_told_by_the_field_that_asks_for_them(
        self, shop: Shop, asked: str
    ) -> None:
        link = company("$.properties.label")
        run = shop.run(contacts(**{asked: [link]}), [seen("a@x.com", company="7", label="Friend")])
        assert run.rows[0]["field"] == asked
        assert "'Friend'" in run.rows[0]["reason"]

    @pytest.mark.parametrize("latest", ["associations", "dissociations"])
    def test_are_in_the_end_as_the_latest_event_says_on_one_day_or_on_several_in_any_order(
        self, shop: Shop, latest: str
    ) -> None:
        earliest = ({"associations", "dissociations"} - {latest}).pop()
        mapping = contacts(
            **{latest: [company()], earliest: [company(value="$.properties.earliest")]}
        )
        first, last = {"earliest": "7"}, {"company": "7"}
        shop.run(mapping, [seen("a@x.com", 1, **first), seen("a@x.com", 2, **last)])
        shop.run(mapping, [seen("b@x.com", 2, **last)], day="2026-01-03")
        shop.run(mapping, [seen("b@x.com", 1, **first)], day="2026-01-04")
        for contact in shop.ids("contacts", "email").values():
            held = shop.associations("contacts", contact, "companies")
            assert bool(held) == (latest == "associations")

    def test_that_differ_from_row_to_row_go_each_to_its_own_type(self, shop: Shop) -> None:
        mapping = contacts(
            associations=[
                company() | {"object_type": "$.properties.to"},
            ]
        )
        shop.define("deals", "number", unique=True)
        shop.add("deals", number="7", dealname="D", dealstage="contractsent", pipeline="default")
        label = company("$.properties.label") | {"object_type": "$.properties.to"}
        mapping["mapping"]["associations"] = [label]
        run = shop.run(
            mapping,
            [
                seen("a@x.com", 1, company="7", to="company", label=UNLABELED),
                seen("b@x.com", 2, company="7", to="deal", label="HUBSPOT_DEFINED:4"),
            ],
        )
        assert run.verdicts == ["delivered", "delivered"]
        assert shop.associations("contacts", run.rows[0]["record_id"], "companies")
        assert shop.associations("contacts", run.rows[1]["record_id"], "deals")


class TestLists:
    def test_follow_the_latest_event(self, shop: Shop) -> None:
        run = shop.run(
            in_list(),
            [
                seen("out@x.com", 1, vip=True),
                seen("out@x.com", 2, vip=False),
                seen("in@x.com", 3, vip=False),
                seen("in@x.com", 4, vip=True),
            ],
        )
        assert run.verdicts == ["superseded", "delivered"] * 2
        assert shop.members("VIPs") == {shop.ids("contacts", "email")["in@x.com"]}

    def test_may_be_several_in_one_run(self, shop: Shop) -> None:
        run = shop.run(
            in_list(list_name="$.properties.list"),
            [seen("a@x.com", 1, vip=True, list="One"), seen("b@x.com", 2, vip=True, list="Two")],
        )
        assert run.verdicts == ["delivered", "delivered"]
        ids = shop.ids("contacts", "email")
        assert shop.members("One") == {ids["a@x.com"]}
        assert shop.members("Two") == {ids["b@x.com"]}

    @pytest.mark.parametrize("name", ["a/b", "a?b", "a#b", "100% é", "a b"])
    def test_are_found_whatever_letters_their_name_has(self, shop: Shop, name: str) -> None:
        shop.define_list(name, "contacts")
        run = shop.run(in_list(name, should_create_list=False), [seen("a@x.com", vip=True)])
        assert run.verdicts == ["delivered"], run.rows
        assert len(shop.members(name)) == 1

    def test_are_made_of_the_object_type_that_the_records_are_of(self, shop: Shop) -> None:
        shop.run(in_list(), [seen("a@x.com", vip=True)])
        made = shop.account.lists.named("VIPs")
        assert made is not None
        assert (made.type_id, made.processing_type) == ("0-1", "MANUAL")

    def test_are_not_taken_for_missing_where_a_look_up_is_refused_for_now(self, shop: Shop) -> None:
        shop.define_list("VIPs", "contacts")
        shop.simulator.faults.add(Fault("status", status=429, route="lists.*", count=1))
        mapping = in_list(should_create_list=False)
        run = shop.run(mapping, [seen("a@x.com", vip=True)])
        assert run.verdicts in (["delivered"], ["undelivered"])
        shop.run(mapping, [seen("a@x.com", vip=True)])
        assert len(shop.members("VIPs")) == 1

    def test_that_there_are_not_fail_their_rows_where_none_is_to_be_made(self, shop: Shop) -> None:
        run = shop.run(in_list(should_create_list=False), [seen("a@x.com", vip=True)])
        assert run.verdicts == ["failed"]
        assert "VIPs" in run.rows[0]["reason"]

    def test_that_fill_themselves_fail_their_rows_with_one_clear_word(self, shop: Shop) -> None:
        shop.define_list("VIPs", "contacts", "DYNAMIC")
        for at in (1, 2):
            run = shop.run(in_list(), [seen("a@x.com", at, vip=True)])
            assert run.verdicts == ["failed"]
            assert "VIPs" in run.rows[0]["reason"]
            assert not [one for one in run.calls if one == "lists.create"]
