"""Custom events, as the reference destination's acceptance tests want them."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.shop import PORTAL, Event, Shop, track

FULL = f"pe{PORTAL}_order"


def behavioral(name: str = FULL, **fields: Any) -> dict[str, Any]:
    """A mapping of Send Custom Behavioral Event."""
    mapping = {
        "eventName": name,
        "occurredAt": "$.timestamp",
        "email": "$.properties.email",
        "properties": {"number": "$.properties.number"},
    }
    return {"action": "sendCustomBehavioralEvent", "mapping": mapping | fields}


def custom(name: str = "order", mode: str = "upsert", **fields: Any) -> dict[str, Any]:
    """A mapping of Custom Event V2."""
    mapping = {
        "event_name": name,
        "record_details": {"object_type": "contact", "email": "$.properties.email"},
        "occurred_at": "$.timestamp",
        "properties": {"number": "$.properties.number"},
    }
    return {
        "action": "customEvent",
        "trigger": 'type = "track"',
        "sync_mode": mode,
        "mapping": mapping | fields,
    }


BOTH = pytest.mark.parametrize("mapping", [behavioral(), custom()], ids=["behavioral", "V2"])


def order(at: int = 0, email: str | None = "a@x.com", **properties: Any) -> Event:
    return track("Order", at, email=email, **properties)


@pytest.fixture(autouse=True)
def _a_contact(shop: Shop) -> None:
    shop.add("contacts", email="a@x.com")


class TestAThousandEvents:
    @BOTH
    def test_take_two_calls_and_a_read_of_the_definition(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(mapping, [order(at, number=str(at)) for at in range(1_000)])
        assert run.counts == {"delivered": 1_000}
        assert run.calls_for_rows == 2
        assert run.calls["event_definitions.read"] == 1
        assert len(shop.occurrences("order")) == 1_000


class TestSendingAgain:
    @BOTH
    def test_makes_no_second_occurrence(self, shop: Shop, mapping: dict[str, Any]) -> None:
        shop.define_event("order", {"number": "string"})
        events = [order(at, number=str(at)) for at in range(5)]
        shop.run(mapping, events)
        shop.forget_deliveries()
        run = shop.run(mapping, events)
        assert run.verdicts == ["delivered"] * 5
        assert len(shop.occurrences("order")) == 5

    @BOTH
    def test_after_a_call_without_an_answer_makes_none_either(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        shop.define_event("order", {"number": "string"})
        shop.simulator.faults.add(
            Fault("reset", route="events.send.batch", after_commit=True, count=1)
        )
        events = [order(at, number=str(at)) for at in range(5)]
        shop.run(mapping, events)
        run = shop.run(mapping, events)
        assert run.verdicts == ["delivered"] * 5
        assert len(shop.occurrences("order")) == 5


class TestValues:
    ODD = ("00123", "12345678901234567890", "0x10", "1e5", " 12 ", "+61", "Infinity")

    @BOTH
    def test_of_text_survive_whatever_they_look_like(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(mapping, [order(at, number=odd) for at, odd in enumerate(self.ODD)])
        assert run.verdicts == ["delivered"] * len(self.ODD)
        held = [one.properties["number"] for one in shop.occurrences("order")]
        assert sorted(held) == sorted(odd.strip() for odd in self.ODD)

    @BOTH
    def test_of_null_are_left_out(self, shop: Shop, mapping: dict[str, Any]) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(mapping, [order(number=None)])
        assert run.verdicts == ["delivered"]
        assert shop.occurrences("order")[0].properties == {}

    def test_that_are_lists_become_json_text(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(custom(), [order(1, number=[]), order(2, number=["a", 1])])
        assert run.verdicts == ["delivered", "delivered"]
        held = {one.properties.get("number") for one in shop.occurrences("order")}
        assert held == {"[]", '["a",1]'}

    @BOTH
    def test_become_what_the_definition_says(self, shop: Shop, mapping: dict[str, Any]) -> None:
        shop.define_event("order", {"number": "number"})
        run = shop.run(mapping, [order(1, number="42"), order(2, number="many")])
        assert run.verdicts == ["delivered", "rejected"]
        assert "many" in run.rows[1]["reason"]
        assert shop.occurrences("order")[0].properties == {"number": "42"}

    @BOTH
    def test_that_are_too_long_are_rejected_before_anything_is_sent(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(mapping, [order(1, number="x" * 300), order(2, number="x")])
        assert run.verdicts == ["rejected", "delivered"]
        assert run.calls["events.send.batch"] == 1


class TestABadRow:
    def test_with_more_than_fifty_properties_is_rejected(self, shop: Shop) -> None:
        shop.define_event("order", {f"p{at}": "string" for at in range(60)})
        mapping = behavioral(properties="$.properties.all")
        many = {f"p{at}": "x" for at in range(55)}
        run = shop.run(mapping, [order(1, all=many), order(2, all={"p1": "x"})])
        assert run.verdicts == ["rejected", "delivered"]
        assert "50" in run.rows[0]["reason"]

    @BOTH
    def test_that_names_nobody_is_rejected(self, shop: Shop, mapping: dict[str, Any]) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(mapping, [order(1, None, number="1"), order(2, number="2")])
        assert run.verdicts == ["rejected", "delivered"]

    def test_whose_property_the_definition_lacks_is_rejected_and_told_the_nearest(
        self, shop: Shop
    ) -> None:
        shop.define_event("order", {"number": "string"})
        mapping = behavioral(properties="$.properties.all")
        run = shop.run(mapping, [order(1, all={"numbr": "1"}), order(2, all={"number": "2"})])
        assert run.verdicts == ["rejected", "delivered"]
        assert "number" in run.rows[0]["reason"]

    def test_that_hubspot_refuses_is_found_among_the_others(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        events = [order(at, number=str(at)) for at in range(20)]
        mapping = behavioral(occurredAt="$.properties.when")
        for each in events:
            each["properties"]["when"] = each["timestamp"]
        events[7]["properties"]["when"] = "2999-01-01T00:00:00Z"
        run = shop.run(mapping, events)
        assert run.counts["delivered"] == 19
        assert run.verdicts[7] in ("failed", "rejected")
        assert len(shop.occurrences("order")) == 19


class TestTheName:
    @pytest.mark.parametrize("name", ["order", "pe1_order"])
    def test_without_the_portals_prefix_is_rejected(self, shop: Shop, name: str) -> None:
        run = shop.run(behavioral(name), [order(number="1")])
        assert run.verdicts == ["rejected"]
        assert f"pe{PORTAL}_" in run.rows[0]["reason"]

    def test_of_no_definition_is_rejected(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(behavioral("$.properties.name"), [order(number="1", name=f"{FULL}s")])
        assert run.verdicts == ["rejected"]
        assert run.calls["events.send.batch"] == 0

    @pytest.mark.parametrize(
        "mapping", [behavioral(f"{FULL}s"), custom("orders", "update")], ids=["behavioral", "V2"]
    )
    def test_of_no_definition_that_stands_in_the_mapping_is_told_before_anything_is_sent(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        shop.define_event("order", {"number": "string"})
        with pytest.raises(DestinationError, match="did you mean"):
            shop.run(mapping, [order(number="1")])
        assert not shop.simulator.log.calls_by_route()["events.send.batch"]

    def test_is_written_as_people_do(self, shop: Shop) -> None:
        shop.define_event("my_order", {"number": "string"})
        run = shop.run(behavioral(f"PE{PORTAL}_My  Order"), [order(number="1")])
        assert run.verdicts == ["delivered"]

    @pytest.mark.parametrize("name", ["order", FULL, "Order"])
    def test_in_full_or_short_costs_one_read_whatever_the_rows_hold(
        self, shop: Shop, name: str
    ) -> None:
        shop.define_event("order", {"number": "string", "other": "string"})
        mapping = custom(name, properties="$.properties.all")
        shapes: list[dict[str, str]] = [{"number": "1"}, {"other": "2"}, {}]
        run = shop.run(mapping, [order(at, all=shapes[at % 3]) for at in range(900)])
        assert run.counts == {"delivered": 900}
        assert run.calls["event_definitions.read"] == 1
        assert run.calls_for_rows == 2


class TestTheDefinition:
    def test_is_made_with_types_of_all_values(self, shop: Shop) -> None:
        mapping = custom(properties="$.properties.all")
        run = shop.run(
            mapping,
            [
                order(1, all={"total": 1, "note": "2026-01-02", "paid": True}),
                order(2, all={"total": 2.5, "note": "free text", "due": "2026-01-02"}),
            ],
        )
        assert run.verdicts == ["delivered", "delivered"]
        made = shop.account.events.definitions.all["order"].properties
        assert made["total"].type == "number"
        assert made["note"].type == "string"
        assert made["paid"].type in ("bool", "enumeration")
        assert made["due"].type in ("date", "datetime")
        assert len(shop.occurrences("order")) == 2

    def test_is_not_made_in_update_mode_and_read_but_once(self, shop: Shop) -> None:
        mapping = custom("$.event", mode="update")
        run = shop.run(mapping, [order(at, number="1") for at in range(1_000)])
        assert run.counts == {"rejected": 1_000}
        assert run.calls["event_definitions.create"] == 0
        assert run.calls["event_definitions.read"] <= 1

    def test_is_not_extended_in_add_mode(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        run = shop.run(
            custom(mode="add", properties="$.properties.all"),
            [order(1, all={"new": "1"}), order(2, all={"number": "2"})],
        )
        assert run.verdicts == ["rejected", "delivered"]
        assert set(shop.account.events.definitions.all["order"].properties) == {"number"}

    def test_that_cannot_be_extended_rejects_the_rows_that_need_it(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        shop.simulator.faults.add(
            Fault("status", status=400, route="event_definitions.property.create", skip=1)
        )
        mapping = custom(properties="$.properties.all")
        names = ["one", "three", "two"]
        events = [order(at, all={name: "1"}) for at, name in enumerate(names)]
        run = shop.run(mapping, [*events, order(3, all={"number": "4"})])
        assert run.verdicts == ["delivered", "rejected", "rejected", "delivered"]
        told = [[each for each in names if f"'{each}'" in row["reason"]] for row in run.rows[1:3]]
        assert told == [["three"], ["two"]]
        assert len(shop.occurrences("order")) == 2

    def test_that_cannot_be_extended_as_the_mapping_says_keeps_all_rows_back(
        self, shop: Shop
    ) -> None:
        shop.define_event("order", {})
        shop.simulator.faults.add(
            Fault("status", status=400, route="event_definitions.property.create")
        )
        run = shop.run(custom(), [order(1, number="1"), order(2)])
        assert run.verdicts == ["undelivered", "undelivered"]
        assert "'number'" in (run.summary.undelivered_reason or "")

    def test_that_cannot_be_made_rejects_the_rows_of_its_event(self, shop: Shop) -> None:
        shop.define_event("gone", {"number": "string"})
        shop.account.events.definitions.remove("gone")
        names = ["gone", "pe1_of_another", "with-hyphen", "order"]
        events = [order(1, number="1") | {"event": each} for each in names]
        run = shop.run(custom("$.event"), events)
        assert run.verdicts == ["rejected", "rejected", "rejected", "delivered"]
        for row, why in enumerate(["never be used again", "account 1", "hyphen"]):
            assert why in run.rows[row]["reason"]

    def test_that_was_deleted_is_one_clear_error(self, shop: Shop) -> None:
        shop.define_event("order", {"number": "string"})
        shop.account.events.definitions.remove("order")
        run = shop.run(custom(), [order(number="1")])
        assert run.verdicts == ["undelivered"]
        assert "order" in (run.summary.undelivered_reason or "")
        assert run.calls["event_definitions.create"] == 1


class TestTheRecord:
    def test_of_another_type_is_known_by_its_id_alone(self, shop: Shop) -> None:
        deal = shop.add("deals", dealname="D", dealstage="contractsent", pipeline="default")
        mapping = custom(
            record_details={
                "object_type": "deals",
                "object_id": "$.properties.deal",
                "email": "$.properties.email",
            }
        )
        run = shop.run(mapping, [order(1, "no address", deal=int(deal), number="1")])
        assert run.verdicts == ["delivered"], run.rows
        assert [one.record_id for one in shop.occurrences("order")] == [deal]

    @pytest.mark.parametrize("alias", ["contact", "contacts", "0-1"])
    def test_may_be_called_contact_in_any_way(self, shop: Shop, alias: str) -> None:
        mapping = custom(record_details={"object_type": alias, "email": "$.properties.email"})
        run = shop.run(mapping, [order(number="1")])
        assert run.verdicts == ["delivered"], run.rows
        assert len(shop.occurrences("order")) == 1
