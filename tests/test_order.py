"""The order among mappings: what they link to comes first, and nothing waits for itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.order import in_order, predecessors, successors

CONTACTS = {"action": "upsertContact"}
COMPANIES = {"action": "upsertCompany"}


def destination(**mappings: dict[str, Any]) -> Destination:
    return destination_from({"portal": "1", "mappings": mappings}, name="shop", where="a test")


def records(object_type: Any, *linked: Any) -> dict[str, Any]:
    """A mapping of any object type, with associations to records of others."""
    mapping: dict[str, Any] = {"object_details": {"object_type": object_type}}
    if linked:
        mapping["associations"] = [{"object_type": each} for each in linked]
    return {"action": "upsertObject", "mapping": mapping}


def event(object_type: Any) -> dict[str, Any]:
    return {"action": "customEvent", "mapping": {"record_details": {"object_type": object_type}}}


def behavioral_event(**fields: Any) -> dict[str, Any]:
    return {"action": "sendCustomBehavioralEvent", "mapping": fields}


class TestWhatComesFirst:
    def test_contacts_before_companies_before_deals_before_events_of_deals(self) -> None:
        shop = destination(
            events=event("deals"),
            deals=records("deal", "company", "contact"),
            companies=COMPANIES,
            contacts=CONTACTS,
        )
        assert in_order(shop) == ["contacts", "companies", "deals", "events"]
        assert predecessors(shop) == {
            "events": ("deals",),
            "deals": ("companies", "contacts"),
            "companies": ("contacts",),
            "contacts": (),
        }

    def test_mappings_that_link_to_nothing_stay_as_they_stand_in_the_file(self) -> None:
        shop = destination(b=records("deal"), a=CONTACTS, c=records("ticket"))
        assert in_order(shop) == ["b", "a", "c"]
        assert set(predecessors(shop).values()) == {()}

    def test_mappings_of_the_same_records_do_not_wait_for_each_other(self) -> None:
        assert predecessors(destination(a=CONTACTS, b=CONTACTS)) == {"a": (), "b": ()}

    def test_events_come_after_contacts_but_wait_for_nothing_else(self) -> None:
        shop = destination(events=behavioral_event(email="$.x"), a=CONTACTS, b=COMPANIES)
        assert predecessors(shop)["events"] == ("a",)

    def test_an_event_that_names_a_record_by_its_id_comes_after_records_of_any_type(self) -> None:
        shop = destination(events=behavioral_event(objectId="$.x"), a=COMPANIES, b=records("deal"))
        assert predecessors(shop)["events"] == ("a", "b")

    def test_a_record_with_an_association_by_search_comes_after_what_it_links_to(self) -> None:
        cars = {
            "action": "upsertCustomObjectRecord",
            "mapping": {"objectType": "cars", "toObjectType": "companies"},
        }
        shop = destination(cars=cars, companies=COMPANIES, drivers=records("driver", "car"))
        assert in_order(shop) == ["companies", "cars", "drivers"]

    def test_what_comes_after_a_mapping_is_told_however_long_the_way(self) -> None:
        shop = destination(deals=records("deal", "company"), companies=COMPANIES, contacts=CONTACTS)
        assert successors(shop, "contacts") == ["deals", "companies"]
        assert successors(shop, "deals") == []

    def test_dissociations_count_as_links(self) -> None:
        deals = records("deal")
        deals["mapping"]["dissociations"] = [{"object_type": "contact"}]
        assert in_order(destination(deals=deals, contacts=CONTACTS)) == ["contacts", "deals"]


class TestObjectTypes:
    @pytest.mark.parametrize(
        "name", ["company", "companies", "Company", "0-2", " COMPANIES ", {"@literal": "company"}]
    )
    def test_are_the_same_under_all_of_their_names(self, name: Any) -> None:
        shop = destination(deals=records("deal", name), companies=COMPANIES)
        assert predecessors(shop)["deals"] == ("companies",)

    @pytest.mark.parametrize(("one", "other"), [("cars", "p123_cars"), ("p_cars", "p123_cars")])
    def test_of_the_accounts_own_are_the_same_with_and_without_its_id(
        self, one: str, other: str
    ) -> None:
        shop = destination(drivers=records("driver", one), cars=records(other))
        assert predecessors(shop)["drivers"] == ("cars",)

    @pytest.mark.parametrize(("one", "other"), [("line item", "LINE_ITEMS"), ("Car", "cars")])
    def test_are_the_same_in_singular_and_plural(self, one: str, other: str) -> None:
        shop = destination(deals=records("deal", one), items=records(other))
        assert predecessors(shop)["deals"] == ("items",)

    @pytest.mark.parametrize("name", [{"@path": "$.type"}, "$.type", "{{type}}"])
    def test_that_are_computed_may_be_any(self, name: Any) -> None:
        shop = destination(
            deals=records("deal", name), companies=COMPANIES, contacts=CONTACTS, any=records(name)
        )
        assert predecessors(shop)["deals"] == ("companies", "contacts", "any")

    def test_stand_in_items_that_are_made_from_an_array_too(self) -> None:
        deals = records("deal")
        item = {"object_type": "company", "id_field_value": {"@path": "$.id"}}
        deals["mapping"]["associations"] = {"@arrayPath": ["$.properties.companies", item]}
        shop = destination(deals=deals, contacts=CONTACTS, companies=records("company"))
        assert predecessors(shop)["deals"] == ("companies",)


class TestActions:
    """The order knows actions by name only, so that Dagster need not load them."""

    TYPES = (
        ("upsertCustomObjectRecord", "objectType"),
        ("upsertCustomObjectRecord", "toObjectType"),
        ("sendCustomBehavioralEvent", "objectId"),
        ("upsertObject", "object_details.object_type"),
        ("upsertObject", "associations.object_type"),
        ("upsertObject", "dissociations.object_type"),
        ("customEvent", "record_details.object_type"),
    )

    @pytest.mark.parametrize(("action", "path"), TYPES)
    def test_have_the_fields_that_tell_object_types_and_no_default_for_them(
        self, action: str, path: str
    ) -> None:
        fields = ACTIONS[action].fields
        for key in path.split("."):
            [field] = [field for field in fields if field.key == key]
            assert field.default is None
            fields = field.fields

    def test_are_all_known(self) -> None:
        known = {action for action, _ in self.TYPES} | {"upsertContact", "upsertCompany"}
        assert known == set(ACTIONS)


class TestCircles:
    def test_contacts_come_before_companies_where_each_links_to_the_other(self) -> None:
        shop = destination(companies=COMPANIES, contacts=records("contact", "company"))
        assert predecessors(shop) == {"companies": ("contacts",), "contacts": ()}

    def test_contacts_that_are_linked_to_companies_come_after_these_if_others_come_before(
        self,
    ) -> None:
        trials = records("contact", "company")
        shop = destination(trials=trials, companies=COMPANIES, contacts=CONTACTS)
        assert in_order(shop) == ["contacts", "companies", "trials"]

    types = st.sampled_from(["contact", "company", "deal", "ticket", {"@path": "$.type"}])

    @given(st.lists(st.tuples(types, st.lists(types, max_size=3)), min_size=1, max_size=6))
    def test_are_broken_and_the_order_keeps_every_predecessor(
        self, mappings: list[tuple[Any, list[Any]]]
    ) -> None:
        shop = destination(
            **{f"m{at}": records(own, *linked) for at, (own, linked) in enumerate(mappings)}
        )
        ordered = in_order(shop)
        assert sorted(ordered) == sorted(shop.mappings)
        for name, before in predecessors(shop).items():
            assert all(ordered.index(each) < ordered.index(name) for each in before)
