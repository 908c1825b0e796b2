"""Companies and their contacts, as the reference destination's acceptance tests want them."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.shop import Shop, event, group, identify, prompt_account

UNLABELED = "HUBSPOT_DEFINED:280"
ID = "segment_group_id"
SIX = ("domain", "city", "state", "zip", "phone", "website")
MOMENT = 300_000_000
"""In nanoseconds."""


def companies(**fields: Any) -> dict[str, Any]:
    """A mapping of companies without their contacts, with other fields if given."""
    mapping = {
        "groupid": "$.groupId",
        "createNewCompany": True,
        "associateContact": False,
        "name": "$.traits.name",
    }
    return {"action": "upsertCompany", "mapping": mapping | fields}


class TestAThousandCompanies:
    def test_with_their_contacts_take_at_most_thirty_one_calls(self, shop: Shop) -> None:
        for at in range(1_000):
            shop.add("contacts", email=f"p{at}@x.com")
        events = [group(f"c{at}", at, f"p{at}@x.com", name=f"C{at}") for at in range(1_000)]
        run = shop.run("upsertCompany", events)
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows <= 31
        ids = shop.ids("companies", ID)
        contacts = shop.ids("contacts", "email")
        for at in range(1_000):
            assert shop.associations("companies", ids[f"c{at}"], "contacts") == {
                contacts[f"p{at}@x.com"]: {UNLABELED, "HUBSPOT_DEFINED:2"}
            }

    def test_found_by_search_are_looked_for_many_at_a_time(self, shop: Shop) -> None:
        for at in range(1_000):
            shop.add("companies", domain=f"c{at}.com")
        mapping = companies(companysearchfields={"domain": "$.traits.domain"})
        run = shop.run(
            mapping, [group(f"c{at}", at, domain=f"c{at}.com", name="C") for at in range(1_000)]
        )
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows <= 40
        assert set(shop.ids("companies", ID)) == {f"c{at}" for at in range(1_000)}
        assert len(shop.records("companies", ID)) == 1_000


class TestALifecycleStage:
    MAPPING = companies(lifecyclestage="$.traits.stage")

    def test_moves_backward(self, shop: Shop) -> None:
        shop.run(self.MAPPING, [group("a", 1, name="A", stage="customer")])
        run = shop.run(self.MAPPING, [group("a", 2, name="A", stage="lead")])
        assert run.verdicts == ["delivered"]
        assert shop.record("companies", "a", ID)["lifecyclestage"] == "lead"

    def test_that_is_the_same_but_for_spaces_and_case_takes_no_further_call(
        self, shop: Shop
    ) -> None:
        first = shop.run(self.MAPPING, [group("a", 1, name="A", stage="customer")])
        run = shop.run(self.MAPPING, [group("a", 2, name="A", stage=" Customer ")])
        assert run.calls_for_rows <= first.calls_for_rows


class TestTheUniqueProperty:
    def test_is_made_once_before_the_first_write(self, shop: Shop) -> None:
        run = shop.run(companies(), [group(f"c{at}", at, name="C") for at in range(250)])
        assert run.counts == {"delivered": 250}
        made = [arrival for arrival in run.arrivals if "create" in arrival.route]
        assert [arrival.route.split(".")[0] for arrival in made] == ["properties"]
        assert all(arrival.status < 300 for arrival in run.arrivals)
        definition = shop.account.properties("companies").defined[ID]
        assert (definition.unique, definition.hidden, definition.type) == (True, True, "string")
        again = shop.run(companies(), [group("other", 1, name="C")])
        assert not [arrival for arrival in again.arrivals if "create" in arrival.route]

    def test_may_be_there_unseen(self, shop: Shop) -> None:
        """As where another process made it a moment ago: making it again is refused."""
        shop.define("companies", ID, unique=True, visible_from=shop.simulator.clock.now() + MOMENT)
        run = shop.run(companies(), [group("a", 1, name="A")])
        assert run.verdicts == ["delivered"]
        assert "a" in shop.records("companies", ID)

    @pytest.mark.parametrize("written", ["", 0, None, "x"])
    def test_is_not_written_by_hand_whatever_the_value(self, shop: Shop, written: object) -> None:
        mapping = companies(properties={ID: {"@literal": written}, "phone": "1"})
        run = shop.run(mapping, [group("a", 1, name="A")])
        assert run.verdicts == ["rejected"]
        assert ID in run.rows[0]["reason"]
        assert not shop.records("companies", ID)

    @pytest.mark.parametrize("group_id", ["acme/inc", "a?b", "a#b", "123#x", "100% é", "a b"])
    def test_addresses_its_company_whatever_letters_it_has(self, shop: Shop, group_id: str) -> None:
        shop.run(companies(), [group(group_id, 1, name="One"), group("a", 1, name="Other")])
        run = shop.run(companies(), [group(group_id, 2, name="Two")])
        assert run.verdicts == ["delivered"]
        assert shop.record("companies", group_id, ID)["name"] == "Two"
        assert shop.record("companies", "a", ID)["name"] == "Other"
        assert len(shop.records("companies", ID)) == 2


class TestSearchFields:
    MAPPING = companies(
        companysearchfields={"domain": "$.traits.domain", "city": "$.traits.city"}, city="Oslo"
    )

    def test_must_all_match(self, shop: Shop) -> None:
        shop.add("companies", domain="a.com", city="Rome")
        shop.add("companies", domain="b.com", city="Oslo")
        both = shop.add("companies", domain="a.com", city="Oslo")
        run = shop.run(
            self.MAPPING,
            [
                group("found", 1, name="A", domain="a.com", city="Oslo"),
                group("new", 2, name="B", domain="c.com", city="Oslo"),
            ],
        )
        assert run.verdicts == ["delivered", "delivered"]
        assert shop.ids("companies", ID)["found"] == both
        assert [row["operation"] for row in run.rows] == ["updated", "created"]

    def test_that_are_empty_are_not_searched(self, shop: Shop) -> None:
        known = shop.add("companies", domain="a.com", city="Rome")
        events = [group("found", 1, name="A", domain="a.com", city=""), group("none", 2, name="B")]
        run = shop.run(self.MAPPING, events)
        assert run.verdicts == ["delivered", "delivered"]
        assert [row["record_id"] == known for row in run.rows] == [True, False]

    def test_that_change_from_event_to_event_are_those_of_the_oldest(self, shop: Shop) -> None:
        known = shop.add("companies", domain="old.com")
        events = [group("a", at, domain=f"{when}.com") for at, when in enumerate(("old", "new"))]
        fields = {"companysearchfields": {"domain": "$.traits.domain"}}
        run = shop.run(companies(domain="$.traits.domain", **fields), events)
        assert run.verdicts == ["superseded", "delivered"]
        assert shop.ids("companies", ID) == {"a": known}
        assert shop.record("companies", "a", ID)["domain"] == "new.com"

    def test_that_match_several_companies_fail_that_row_alone_and_name_them(
        self, shop: Shop
    ) -> None:
        twins = [shop.add("companies", domain="a.com", city="Oslo") for _ in range(2)]
        run = shop.run(
            self.MAPPING,
            [
                group("twin", 1, name="A", domain="a.com", city="Oslo"),
                group("new", 2, name="B", domain="b.com", city="Oslo"),
            ],
        )
        assert run.verdicts == ["failed", "delivered"]
        assert run.rows[0]["category"] == "SEARCH_NOT_UNIQUE"
        assert all(twin in run.rows[0]["reason"] for twin in twins)
        assert all(ID not in shop.account.records("companies").by_id[twin].values for twin in twins)

    def test_that_match_more_than_a_search_tells_are_not_counted(self, shop: Shop) -> None:
        for _ in range(201):
            shop.add("companies", domain="a.com", city="Oslo")
        run = shop.run(self.MAPPING, [group("a", 1, name="A", domain="a.com", city="Oslo")])
        assert run.rows[0]["reason"].startswith("At least 200 records have ")

    def test_may_be_as_many_as_hubspot_takes_in_one_search(self, shop: Shop) -> None:
        known = shop.add("companies", **{name: f"{name}.com" for name in SIX})
        fields = {name: {"@literal": f"{name}.com"} for name in SIX}
        run = shop.run(companies(companysearchfields=fields), [group("a", 1, name="A")])
        assert run.verdicts == ["delivered"]
        assert run.rows[0]["record_id"] == known

    def test_that_are_more_fail_their_row(self, shop: Shop) -> None:
        fields = {name: {"@literal": "x"} for name in (*SIX, "description")}
        run = shop.run(companies(companysearchfields=fields), [group("a", 1, name="A")])
        assert run.verdicts == ["failed"]
        assert "6" in run.rows[0]["reason"]

    def test_do_not_take_a_company_that_another_group_has(self, shop: Shop) -> None:
        shop.run(companies(domain="a.com", city="Oslo"), [group("theirs", 1, name="A")])
        run = shop.run(self.MAPPING, [group("ours", 2, name="B", domain="a.com", city="Oslo")])
        assert run.verdicts == ["delivered"]
        assert set(shop.records("companies", ID)) == {"theirs", "ours"}

    def test_do_not_part_a_group_from_the_company_that_has_its_id(self, shop: Shop) -> None:
        """Whoever gave it that id, and whether or not the search finds it, too."""
        shop.define("companies", ID, unique=True)
        by_hand = {"a": "elsewhere.com", "b": "b.com"}
        theirs = [
            shop.add("companies", segment_group_id=name, domain=domain, city="Oslo")
            for name, domain in by_hand.items()
        ]
        free = [shop.add("companies", domain=f"{name}.com", city="Oslo") for name in by_hand]
        new = shop.add("companies", domain="c.com", city="Oslo")
        run = shop.run(
            self.MAPPING,
            [group(name, 1, name="New", domain=f"{name}.com", city="Oslo") for name in "abc"],
        )
        assert run.verdicts == ["delivered"] * 3
        assert [row["record_id"] for row in run.rows] == [*theirs, new]
        assert all("name" not in shop.account.records("companies").by_id[i].values for i in free)

    def test_do_not_find_what_is_gone_though_the_search_still_knows_it(self, shop: Shop) -> None:
        shop.simulator.reset(prompt_account(search_lag_seconds=3_600))
        gone = shop.add("companies", domain="a.com", city="Oslo")
        shop.simulator.clock.advance(3_600)
        kind, record = shop.account.types.find("companies"), shop.account.records("companies")
        shop.account.archive(kind, record.by_id[gone], iso(shop.simulator.clock.now()))
        run = shop.run(self.MAPPING, [group("a", 1, name="A", domain="a.com", city="Oslo")])
        assert run.verdicts == ["delivered"]
        assert run.rows[0]["record_id"] != gone
        assert set(shop.records("companies", ID)) == {"a"}

    def test_do_not_take_a_company_that_another_day_took_a_moment_ago(self, shop: Shop) -> None:
        shop.simulator.reset(prompt_account(search_lag_seconds=3_600))
        known = shop.add("companies", domain="a.com", city="Oslo")
        shop.simulator.clock.advance(3_600)
        for day, name in enumerate(("theirs", "ours"), start=1):
            events = [group(name, day, name=name, domain="a.com", city="Oslo")]
            shop.run(self.MAPPING, events, day=f"2026-01-0{day}")
        assert shop.ids("companies", ID)["theirs"] == known
        assert shop.record("companies", "ours", ID)["name"] == "ours"


class TestACompanyThatThereIsNot:
    def test_is_skipped_where_none_is_to_be_created(self, shop: Shop) -> None:
        known = companies()
        shop.run(known, [group("known", 1, name="A")])
        run = shop.run(
            companies(createNewCompany=False),
            [group("known", 2, name="B"), group("unknown", 3, name="C")],
        )
        assert run.verdicts == ["delivered", "skipped"]
        assert set(shop.records("companies", ID)) == {"known"}

    def test_is_created_once_although_search_lags_behind(self, shop: Shop) -> None:
        shop.simulator.reset(prompt_account(search_lag_seconds=3_600))
        mapping = companies(companysearchfields={"domain": "$.traits.domain"}, domain="a.com")
        for day in (1, 2):
            run = shop.run(
                mapping, [group("a", day, name=f"A{day}", domain="a.com")], day=f"2026-01-0{day}"
            )
            assert run.verdicts == ["delivered"]
        assert len(shop.records("companies", ID)) == 1


class TestTheContact:
    def test_is_found_by_its_address_in_any_case(self, shop: Shop) -> None:
        contact = shop.add("contacts", email="ann@x.com")
        run = shop.run("upsertCompany", [group("a", 1, "Ann@X.com", name="A")])
        assert run.verdicts == ["delivered"]
        company = run.rows[0]["record_id"]
        assert set(shop.associations("companies", company, "contacts")) == {contact}
        assert run.outcome(0)["associated"] == 1

    def test_is_found_by_what_the_user_said_in_an_earlier_event(self, shop: Shop) -> None:
        mappings = {
            "contacts": {"action": "upsertContact"},
            "companies": {"action": "upsertCompany"},
        }
        who = identify("ann@x.com", 1) | {"userId": "ann"}
        joined = event("group", 2, groupId="a", userId="ann", traits={"name": "A"})
        shop.run_one("contacts", mappings, [who], day="2026-01-01")
        run = shop.run_one("companies", mappings, [joined])
        assert run.verdicts == ["delivered"]
        found = shop.associations("companies", run.rows[0]["record_id"], "contacts")
        assert set(found) == {shop.ids("contacts", "email")["ann@x.com"]}

    def test_that_no_record_is_fails_the_row_before_the_company_is_written(
        self, shop: Shop
    ) -> None:
        shop.add("contacts", email="ann@x.com")
        run = shop.run(
            "upsertCompany",
            [group("a", 1, "nobody@x.com", name="A"), group("b", 2, "ann@x.com", name="B")],
        )
        assert run.verdicts == ["failed", "delivered"]
        assert run.rows[0]["category"] == "CONTACT_NOT_FOUND"
        assert set(shop.records("companies", ID)) == {"b"}

    def test_is_not_looked_for_again_once_its_company_is_delivered(self, shop: Shop) -> None:
        shop.add("contacts", email="ann@x.com")
        events = [group("a", 1, "ann@x.com", name="A"), group("b", 2, "nobody@x.com", name="B")]
        shop.run("upsertCompany", events)
        shop.simulator.faults.add(Fault("status", route="objects.batch.read", status=503))
        run = shop.run("upsertCompany", events)
        assert run.verdicts == ["delivered", "undelivered"]
        shop.simulator.faults.clear()
        run = shop.run("upsertCompany", events)
        assert run.verdicts == ["delivered", "failed"]
        assert [arrival.keys for arrival in run.arrivals if "read" in arrival.route] == [
            ("nobody@x.com",)
        ]

    def test_that_nobody_named_is_a_rejected_row(self, shop: Shop) -> None:
        nameless = event("group", 1, groupId="a", userId=None, traits={"name": "A"})
        run = shop.run("upsertCompany", [nameless])
        assert run.verdicts == ["rejected"]
        assert not shop.records("companies", ID)

    def test_keeps_the_labels_that_others_gave(self, shop: Shop) -> None:
        contact = shop.add("contacts", email="ann@x.com")
        label = shop.define_label("companies", "contacts", "Champion")
        run = shop.run("upsertCompany", [group("a", 1, "ann@x.com", name="A")])
        company = run.rows[0]["record_id"]
        kind, to_kind = (shop.account.types.find(one) for one in ("companies", "contacts"))
        champion = shop.account.associations.types.find(
            kind, to_kind, "USER_DEFINED", int(label.split(":")[1])
        )
        assert champion is not None
        shop.account.associations.link(kind, company, to_kind, contact, [champion], replace=False)
        shop.run("upsertCompany", [group("a", 2, "ann@x.com", name="B")])
        assert label in shop.associations("companies", company, "contacts")[contact]
