"""Deals found by search, as the reference destination's acceptance tests want them."""

from __future__ import annotations

from typing import Any

from tests.acceptance.shop import Event, Shop, prompt_account, track

DEALS = {
    "objectType": "deals",
    "customObjectSearchFields": {"dealname": "$.properties.order"},
    "properties": {
        "dealname": "$.properties.order",
        "amount": "$.properties.total",
        "dealstage": "Closed Won",
        "pipeline": "default",
    },
}
TO_CONTACT = {
    "toObjectType": "contacts",
    "associationLabel": "HUBSPOT_DEFINED:3",
    "searchFieldsToAssociateCustomObjects": {"email": "$.properties.email"},
}


def deals(**fields: Any) -> dict[str, Any]:
    """A mapping of orders to deals, with other fields if given."""
    mapping = {key: value for key, value in (DEALS | fields).items() if value is not None}
    return {
        "action": "upsertCustomObjectRecord",
        "trigger": 'type = "track"',
        "mapping": mapping,
    }


def order(name: str, at: int = 0, **more: Any) -> Event:
    return track("Order", at, order=name, **more)


class TestSearchFields:
    def test_find_the_record_to_update_or_else_one_is_created(self, shop: Shop) -> None:
        known = shop.add("deals", dealname="old", dealstage="contractsent", pipeline="default")
        run = shop.run(deals(), [order("OLD", 1, total=7), order("new", 2, total="8.5")])
        assert run.verdicts == ["delivered", "delivered"]
        assert [row["operation"] for row in run.rows] == ["updated", "created"]
        assert run.rows[0]["record_id"] == known
        assert shop.record("deals", "OLD", "dealname")["dealstage"] == "closedwon"
        assert shop.record("deals", "new", "dealname")["amount"] == "8.5"

    def test_that_match_several_records_fail_that_row_alone_and_name_them(self, shop: Shop) -> None:
        twins = [
            shop.add("deals", dealname="twin", dealstage="contractsent", pipeline="default")
            for _ in range(2)
        ]
        run = shop.run(deals(), [order("twin", 1), order("new", 2)])
        assert run.verdicts == ["failed", "delivered"]
        assert run.rows[0]["category"] == "SEARCH_NOT_UNIQUE"
        assert all(twin in run.rows[0]["reason"] for twin in twins)

    def test_must_all_match(self, shop: Shop) -> None:
        shop.add("deals", dealname="x", amount="1", dealstage="contractsent", pipeline="default")
        both = {"dealname": "$.properties.order", "amount": "$.properties.total"}
        run = shop.run(
            deals(customObjectSearchFields=both), [order("x", 1, total=2), order("x", 2, total=1)]
        )
        assert [row["operation"] for row in run.rows] == ["created", "updated"]

    def test_that_find_nothing_create_nothing_where_creating_is_off(self, shop: Shop) -> None:
        run = shop.run(
            deals(createNewCustomRecord=False, **TO_CONTACT), [order("x", email="a@x.com")]
        )
        assert run.verdicts == ["skipped"]
        assert not shop.records("deals", "dealname")
        searched = [one.path for one in run.arrivals if one.route == "objects.search"]
        assert not [path for path in searched if "contacts" in path or "0-1/" in path]


class TestSendingAgain:
    def test_creates_no_second_record_without_search_fields(self, shop: Shop) -> None:
        mapping = deals(customObjectSearchFields=None)
        orders = [order(f"o{at}", at) for at in range(3)]
        first = shop.run(mapping, orders)
        shop.forget_deliveries()
        again = shop.run(mapping, orders)
        assert first.verdicts == again.verdicts == ["delivered"] * 3
        assert [row["record_id"] for row in first.rows] == [r["record_id"] for r in again.rows]
        assert len(shop.ids("deals", "hs_object_id")) == 3

    def test_creates_no_second_record_while_search_lags_behind(self, shop: Shop) -> None:
        shop.simulator.reset(prompt_account(search_lag_seconds=3_600))
        for day in (1, 2):
            run = shop.run(deals(), [order("x", day, total=day)], day=f"2026-01-0{day}")
            assert run.verdicts == ["delivered"]
        assert len(shop.ids("deals", "hs_object_id")) == 1


def test_a_new_record_that_hubspot_finds_incomplete_is_told_what_it_lacks(shop: Shop) -> None:
    run = shop.run(deals(properties={"dealname": "$.properties.order"}), [order("new")])
    assert run.verdicts == ["failed"]
    assert "dealstage" in run.rows[0]["reason"]


class TestTheAssociation:
    def test_goes_to_the_one_record_that_matches(self, shop: Shop) -> None:
        ann = shop.add("contacts", email="ann@x.com")
        shop.add("deals", dealname="old", dealstage="contractsent", pipeline="default")
        run = shop.run(
            deals(**TO_CONTACT),
            [order("old", 1, email="Ann@X.com"), order("new", 2, email="ann@x.com")],
        )
        assert run.verdicts == ["delivered", "delivered"]
        for row in run.rows:
            found = shop.associations("deals", row["record_id"], "contacts")
            assert found == {ann: {"HUBSPOT_DEFINED:3"}}

    def test_to_nobody_is_left_out_and_told(self, shop: Shop) -> None:
        run = shop.run(deals(**TO_CONTACT), [order("x", email="nobody@x.com")])
        assert run.verdicts == ["delivered"]
        assert "nobody@x.com" in str(run.outcome(0)["skipped_associations"])

    def test_to_several_fails_the_row_and_says_that_the_record_is_written(self, shop: Shop) -> None:
        twins = [shop.add("contacts", email=f"{at}@x.com", city="Oslo") for at in range(2)]
        mapping = deals(
            **TO_CONTACT | {"searchFieldsToAssociateCustomObjects": {"city": "$.properties.city"}}
        )
        run = shop.run(mapping, [order("x", 1, city="Oslo"), order("y", 2, city="Rome")])
        assert run.verdicts == ["failed", "delivered"]
        assert run.rows[0]["category"] == "SEARCH_NOT_UNIQUE"
        assert all(twin in run.rows[0]["reason"] for twin in twins)
        assert run.rows[0]["record_id"] in shop.account.records("deals").by_id

    def test_of_a_thousand_updates_takes_no_call_for_each(self, shop: Shop) -> None:
        for at in range(1_000):
            shop.add("deals", dealname=f"o{at}", dealstage="contractsent", pipeline="default")
            shop.add("contacts", email=f"p{at}@x.com")
        run = shop.run(
            deals(**TO_CONTACT),
            [order(f"o{at}", at, email=f"p{at}@x.com", total=at) for at in range(1_000)],
        )
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows <= 32
