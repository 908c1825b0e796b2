"""Custom Object V2, as the reference destination's acceptance tests want it."""

from __future__ import annotations

import pytest

from tests.acceptance.custom_objects import (
    company,
    contacts,
    give_a_company_a_number,
    in_list,
    seen,
)
from tests.acceptance.shop import Shop, track
from tests.hubspot.portal import by_hand
from tests.simulator.cars import FULL_NAME, NEW, PATH

MODES = pytest.mark.parametrize("mode", ["upsert", "update", "add"])


@pytest.fixture(autouse=True)
def _a_company_has_a_number(shop: Shop) -> None:
    give_a_company_a_number(shop)


class TestTheKey:
    @MODES
    def test_is_compared_as_hubspot_does(self, shop: Shop, mode: str) -> None:
        known = shop.add("contacts", email="ann@x.com")
        run = shop.run(
            contacts(mode, properties={"city": "Oslo"}, associations=[company()]),
            [seen(" Ann@X.com", 1, company="7"), seen("ANN@x.com ", 2, company="7")],
        )
        assert len(shop.records("contacts", "email")) == 1
        held = shop.record("contacts", "ann@x.com", "email")
        linked = set(shop.associations("contacts", known, "companies"))
        if mode == "add":
            assert run.verdicts == ["skipped", "skipped"]
            assert "city" not in held
        else:
            assert run.verdicts == ["superseded", "delivered"]
            assert held["city"] == "Oslo"
            assert linked == {shop.ids("companies", "number")["7"]}
        assert all(arrival.status != 409 for arrival in run.arrivals)

    @pytest.mark.parametrize("days", [1, 2])
    def test_that_comes_twice_is_created_once_in_add_mode(self, shop: Shop, days: int) -> None:
        """By the time of the later event the record is there, on the same day, too."""
        mapping = contacts("add", properties={"city": "$.properties.city"})
        events = [seen("a@x.com", 1, city="Oslo"), seen("A@x.com", 2, city="Rome")]
        if days == 1:
            rows = shop.run(mapping, events).rows
        else:
            runs = (shop.run(mapping, [each], day=f"2026-01-0{each['messageId'][-1]}")
                    for each in events)  # fmt: skip
            rows = [row for run in runs for row in run.rows]
        assert [row["verdict"] for row in rows] == ["delivered", "skipped"]
        assert [row["operation"] for row in rows] == ["created", None]
        assert rows[0]["record_id"] == rows[1]["record_id"]
        assert rows[1]["superseded_by"] is None
        assert shop.record("contacts", "a@x.com", "email")["city"] == "Oslo"

    def test_of_a_new_contact_in_other_letters_is_associated_in_add_mode(self, shop: Shop) -> None:
        run = shop.run(contacts("add", associations=[company()]), [seen("Bob@X.com", company="7")])
        assert run.verdicts == ["delivered"]
        contact = shop.ids("contacts", "email")["bob@x.com"]
        assert shop.associations("contacts", contact, "companies")

    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_may_be_a_secondary_address(self, shop: Shop, mode: str) -> None:
        known = shop.add("contacts", email="new@x.com", hs_additional_emails="old@x.com")
        run = shop.run(
            contacts(mode, properties={"city": "Oslo"}, associations=[company()]),
            [seen("old@x.com", company="7")],
        )
        assert run.verdicts == ["delivered"]
        assert run.rows[0]["record_id"] == known
        assert shop.record("contacts", "new@x.com", "email")["city"] == "Oslo"
        assert shop.associations("contacts", known, "companies")

    @MODES
    @pytest.mark.parametrize("blank", ["", "  ", None])
    def test_that_is_blank_is_a_rejected_row(
        self, shop: Shop, mode: str, blank: str | None
    ) -> None:
        shop.add("contacts", email="known@x.com")
        run = shop.run(contacts(mode), [seen(blank, 1), seen("known@x.com", 2)])
        assert run.verdicts == ["rejected", "skipped" if mode == "add" else "delivered"]
        assert run.rows[0]["reason"]

    @pytest.mark.parametrize("value", ["a/b", "a?b", "a#b", "100%", "a b", "é"])
    def test_addresses_its_record_whatever_letters_it_has(self, shop: Shop, value: str) -> None:
        shop.define("contacts", "code", unique=True)
        known = shop.add("contacts", email="a@x.com", code=value)
        run = shop.run(
            contacts("update", by="code", properties={"city": "Oslo"}), [track("Seen", code=value)]
        )
        assert run.verdicts == ["delivered"]
        assert run.rows[0]["record_id"] == known

    def test_takes_effect_at_once_where_the_mapping_names_another(self, shop: Shop) -> None:
        shop.define("contacts", "code", unique=True)
        shop.add("contacts", email="a@x.com", code="7")
        events = [track("Seen", email="a@x.com", code="7")]
        shop.run(contacts("update", properties={"city": "Oslo"}), events)
        run = shop.run(contacts("update", by="code", properties={"city": "Rome"}), events)
        assert run.verdicts == ["delivered"]
        assert shop.record("contacts", "a@x.com", "email")["city"] == "Rome"

    def test_may_be_the_records_own_id(self, shop: Shop) -> None:
        known = shop.add("contacts", email="a@x.com")
        mapping = contacts("update", by="hs_object_id", properties={"city": "Oslo"})
        run = shop.run(
            mapping, [track("Seen", hs_object_id=known), track("Seen", 1, hs_object_id="1")]
        )
        assert run.verdicts == ["delivered", "skipped"]
        assert shop.record("contacts", "a@x.com", "email")["city"] == "Oslo"

    def test_and_the_object_type_may_differ_from_row_to_row(self, shop: Shop) -> None:
        mapping = contacts()
        mapping["mapping"]["object_details"] = {
            "object_type": "$.properties.type",
            "id_field_name": "$.properties.key",
            "id_field_value": "$.properties.id",
        }
        mapping["mapping"]["properties"] = {"city": "Oslo"}
        run = shop.run(
            mapping,
            [
                track("Seen", 1, type="contact", key="email", id="a@x.com"),
                track("Seen", 2, type="company", key="number", id="7"),
            ],
        )
        assert run.verdicts == ["delivered", "delivered"]
        assert shop.record("contacts", "a@x.com", "email")["city"] == "Oslo"
        assert shop.record("companies", "7", "number")["city"] == "Oslo"


class TestATypeOfTheAccountsOwn:
    def test_has_the_same_records_by_each_of_its_names(self, shop: Shop) -> None:
        type_id = by_hand(shop.simulator, "POST", PATH, NEW)["objectTypeId"]
        shop.simulator.clock.advance(1)
        for at, name in enumerate(("car", type_id, FULL_NAME, "Cars")):
            mapping = contacts(by="vin", properties={"model": "$.properties.model"})
            mapping["mapping"]["object_details"]["object_type"] = name
            mappings = {f"mapping_{at}": mapping}
            run = shop.run_one(f"mapping_{at}", mappings, [track("Seen", at, vin="7", model="T")])
            assert run.counts == {"unchanged" if at else "delivered": 1}


class TestABadRow:
    def test_of_a_hundred_harms_only_itself_in_an_update(self, shop: Shop) -> None:
        shop.define("contacts", "code", unique=True)
        for at in range(100):
            shop.add("contacts", email=f"p{at}@x.com")
        shop.add("contacts", email="holder@x.com", code="taken")
        events = [seen(f"p{at}@x.com", at, code=f"c{at}") for at in range(100)]
        events[50]["properties"]["code"] = "taken"
        run = shop.run(contacts("update", properties={"code": "$.properties.code"}), events)
        assert run.counts == {"delivered": 99, "failed": 1}
        bad = run.rows[50]
        assert bad["verdict"] == "failed"
        assert "taken" in bad["reason"] or "code" in bad["reason"]
        assert bad["correlation_id"]

    def test_whose_value_does_not_fit_is_rejected_before_anything_is_sent(self, shop: Shop) -> None:
        run = shop.run(
            contacts(
                properties={
                    "hs_lead_status": "$.properties.s",
                }
            ),
            [seen("a@x.com", 1, s="open"), seen("b@x.com", 2, s="opne"), seen("c@x.com", 3)],
        )
        assert run.verdicts == ["delivered", "rejected", "delivered"]
        assert run.rows[1]["field"] == "hs_lead_status"
        assert "OPEN" in run.rows[1]["reason"]
        assert shop.record("contacts", "a@x.com", "email")["hs_lead_status"] == "OPEN"


class TestProperties:
    def test_of_any_kind_that_the_account_has_are_written_as_they_are(self, shop: Shop) -> None:
        mapping = contacts(
            properties={
                "lifecyclestage": "$.properties.stage",
                "phone": "$.properties.phone",
                "hs_lead_status": "$.properties.status",
                "industry": "$.properties.industry",
            }
        )
        run = shop.run(
            mapping,
            [seen("a@x.com", stage="customer", phone="+1 2", status="NEW", industry="Retail")],
        )
        assert run.verdicts == ["delivered"]
        held = shop.record("contacts", "a@x.com", "email")
        assert (held["lifecyclestage"], held["phone"], held["hs_lead_status"]) == (
            "customer", "+1 2", "NEW",
        )  # fmt: skip
        assert not [route for route in run.calls if route.startswith("properties.batch.create")]

    @pytest.mark.parametrize(
        ("kind", "given", "kept"),
        [
            ("number number", "42", "42"),
            ("number number", " 7.5 ", "7.5"),
            ("string text", 42, "42"),
            ("string text", True, "true"),
            ("string text", "00123", "00123"),
            ("string text", "12345678901234567890", "12345678901234567890"),
            ("datetime date", "2026-03-04", "1772582400000"),
            ("date date", "2026-03-04T05:06:07Z", "2026-03-04"),
            ("bool booleancheckbox", "TRUE", "true"),
        ],
    )
    def test_take_what_their_type_can_say(
        self, shop: Shop, kind: str, given: object, kept: str
    ) -> None:
        options = [
            {"label": word.title(), "value": word, "displayOrder": at, "hidden": False}
            for at, word in enumerate(("true", "false") if kind.startswith("bool") else ())
        ]
        shop.define("contacts", "thing", kind, options=options)
        run = shop.run(
            contacts(properties={"thing": "$.properties.thing"}), [seen("a@x.com", thing=given)]
        )
        assert run.verdicts == ["delivered"], run.rows
        held = shop.record("contacts", "a@x.com", "email")["thing"]
        assert held == kept or held.startswith("2026-03-04T00:00:00")

    @pytest.mark.parametrize("impossible", ["2024-02-30", "2026-13-01", "soon"])
    def test_take_no_day_that_there_is_not(self, shop: Shop, impossible: str) -> None:
        shop.define("contacts", "day", "date date")
        run = shop.run(
            contacts(properties={"day": "$.properties.day"}), [seen("a@x.com", day=impossible)]
        )
        assert run.verdicts == ["rejected"]
        assert impossible in run.rows[0]["reason"]

    def test_that_are_missing_are_made_in_one_call_with_types_of_all_values(
        self, shop: Shop
    ) -> None:
        mapping = contacts(
            properties={
                "score": "$.properties.score",
                "since": "$.properties.since",
                "is_new": "$.properties.is_new",
                "note": "$.properties.note",
            }
        )
        mapping["mapping"]["object_details"]["property_group"] = "contactinformation"
        events = [
            seen("a@x.com", 1, score=1, since="2026-01-02", is_new=True, note="2026-01-02"),
            seen("b@x.com", 2, score=2.5, since="2026-01-03", is_new=False, note="free text"),
        ]
        run = shop.run(mapping, events)
        assert run.verdicts == ["delivered", "delivered"]
        defined = shop.account.properties("contacts").defined
        types = {name: defined[name].type for name in ("score", "since", "is_new", "note")}
        assert types["score"] == "number"
        assert types["since"] == "date"
        assert types["is_new"] in ("bool", "enumeration")
        assert types["note"] == "string"
        assert run.calls["properties.batch.create"] == 1
        assert shop.record("contacts", "b@x.com", "email")["note"] == "free text"

    def test_that_hubspot_refuses_to_make_reject_the_rows_that_name_them(self, shop: Shop) -> None:
        mapping = contacts(properties="$.properties.rest")
        mapping["mapping"]["object_details"]["property_group"] = "nowhere"
        run = shop.run(
            mapping,
            [seen("a@x.com", 1, rest={"odd": 1}), seen("b@x.com", 2, rest={"city": "Oslo"})],
        )
        assert run.verdicts == ["rejected", "delivered"]
        assert run.rows[0]["field"] == "odd"
        assert "nowhere" in run.rows[0]["reason"]

    def test_that_hubspot_refuses_to_make_stop_a_mapping_that_names_them(self, shop: Shop) -> None:
        mapping = contacts(properties={"odd": "$.properties.odd"})
        mapping["mapping"]["object_details"]["property_group"] = "nowhere"
        run = shop.run(mapping, [seen("a@x.com", 1, odd=1), seen("b@x.com", 2)])
        assert run.verdicts == ["undelivered", "undelivered"]
        assert "nowhere" in run.rows[0]["reason"]


class TestAThousandRecords:
    def test_with_an_association_each_take_at_most_thirty_one_calls(self, shop: Shop) -> None:
        for at in range(8, 58):
            shop.add("companies", number=str(at), name="C")
        run = shop.run(
            contacts(properties={"city": "Oslo"}, associations=[company()]),
            [seen(f"p{at}@x.com", at, company=str(at % 50 + 8)) for at in range(1_000)],
        )
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows <= 31

    def test_in_a_list_take_one_call_more(self, shop: Shop) -> None:
        details = in_list()["mapping"]["list_details"]
        events = [seen(f"p{at}@x.com", at, vip=True) for at in range(1_000)]
        run = shop.run(contacts(list_details=details), events)
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows <= 11


class TestALifecycleStage:
    MAPPING = contacts(properties={"lifecyclestage": "$.properties.stage"})

    @pytest.mark.parametrize("mode", ["update", "upsert"])
    def test_moves_backward(self, shop: Shop, mode: str) -> None:
        shop.add("contacts", email="a@x.com", lifecyclestage="customer")
        run = shop.run(self.MAPPING | {"sync_mode": mode}, [seen("a@x.com", stage="lead")])
        assert run.verdicts == ["delivered"]
        assert shop.record("contacts", "a@x.com", "email")["lifecyclestage"] == "lead"

    def test_that_is_the_same_but_for_spaces_and_case_takes_no_further_call(
        self, shop: Shop
    ) -> None:
        shop.add("contacts", email="a@x.com", lifecyclestage="customer")
        run = shop.run(self.MAPPING, [seen("a@x.com", stage=" Customer")])
        assert run.verdicts == ["delivered"]
        assert run.calls_for_rows == 1
