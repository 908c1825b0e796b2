"""A partition's payloads on their way: held to the account, and what they need made once."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.simulator.faults import Fault
from tests.acceptance.shop import Shop, group, identify, track

EXTRA = {
    "action": "upsertContact",
    "mapping": {"email": {"@path": "$.traits.email"}, "properties": {"@path": "$.traits.extra"}},
}
"""A mapping whose properties are those of the event."""

PEOPLE: dict[str, Any] = {
    "action": "upsertObject",
    "trigger": 'type = "track"',
    "sync_mode": "upsert",
    "mapping": {
        "object_details": {
            "object_type": "contact",
            "id_field_name": "email",
            "id_field_value": {"@path": "$.properties.email"},
            "property_group": "contactinformation",
        },
        "properties": {"@path": "$.properties.values"},
        "association_sync_mode": "upsert",
    },
}
"""A mapping that makes the properties that contacts lack."""

SEEN: dict[str, Any] = {
    "action": "customEvent",
    "trigger": 'type = "track"',
    "sync_mode": "upsert",
    "mapping": {
        "event_name": "seen",
        "record_details": {"object_type": "contact", "email": {"@path": "$.properties.email"}},
        "properties": {"@path": "$.properties.values"},
    },
}
"""A mapping that makes its event and the properties that this lacks."""


COMPANIES = {"companies": {"action": "upsertCompany"}}


def seen(at: int, email: str = "a@x.com", **values: Any) -> dict[str, Any]:
    return track("Seen", at, email=email, values=values)


def joined(company: str, at: int, user: str) -> dict[str, Any]:
    return group(company, at, name=company.title()) | {"userId": user}


class TestTheAccountsSchema:
    """Rows are held to it before anything is sent."""

    def test_rejects_just_the_rows_that_do_not_fit_it(self, shop: Shop) -> None:
        run = shop.run(
            EXTRA,
            [
                identify("a@x.com", 1, extra={"citty": "Oslo"}),
                identify("b@x.com", 2, extra={"city": "Rome"}),
                identify("c@x.com", 3, extra={"numemployees": "about ten"}),
            ],
        )
        assert run.verdicts == ["rejected", "delivered", "rejected"]
        assert [row["field"] for row in run.rows] == ["citty", None, "numemployees"]
        assert "'city'" in run.rows[0]["reason"]
        assert set(shop.records("contacts", "email")) == {"b@x.com"}

    def test_keeps_a_bad_row_out_of_the_write_of_its_record(self, shop: Shop) -> None:
        run = shop.run(
            EXTRA,
            [
                identify("a@x.com", 1, extra={"city": "Oslo"}),
                identify("a@x.com", 2, extra={"city": "Rome", "no_such": "x"}),
            ],
        )
        assert run.verdicts == ["delivered", "rejected"]
        assert shop.record("contacts", "a@x.com", "email")["city"] == "Oslo"

    @pytest.mark.parametrize("status", [400, 503])
    def test_that_cannot_be_read_leaves_all_rows_undelivered_and_stored(
        self, shop: Shop, status: int
    ) -> None:
        events = [identify("a@x.com"), identify("b@x.com"), identify("nobody")]
        shop.simulator.faults.add(Fault("status", route="properties.*", status=status))
        run = shop.run("upsertContact", events)
        assert run.verdicts == ["undelivered", "undelivered", "rejected"]
        assert str(status) in str(run.summary.undelivered_reason)
        assert set(run.summary.calls) == {"account/details", "contacts/properties"}
        shop.simulator.faults.clear()
        assert shop.run("upsertContact", events).counts == {"delivered": 2, "rejected": 1}

    @pytest.mark.parametrize("mapping", [EXTRA, PEOPLE, SEEN], ids=lambda each: each["action"])
    def test_is_only_read_by_a_run_with_nothing_left_to_send(
        self, shop: Shop, mapping: dict[str, Any]
    ) -> None:
        events = [
            identify("a@x.com", 1, extra={"city": "Oslo"}),
            seen(2, colour="red"),
        ]
        assert shop.run(mapping, events).counts == {"delivered": 1}
        again = shop.run(mapping, events)
        assert again.counts == {"delivered": 1}
        assert {arrival.method for arrival in again.arrivals} == {"GET"}

    def test_is_not_read_where_there_is_no_row_to_send(self, shop: Shop) -> None:
        assert shop.run(EXTRA, [identify("nobody"), track("Seen")]).arrivals == []


class TestNamesInTheMapping:
    def test_that_the_account_lacks_end_the_run_before_anything_is_sent(self, shop: Shop) -> None:
        mapping = {
            "email": {"@path": "$.traits.email"},
            "properties": {"jobtitel": {"@path": "$.traits.job"}},
        }
        with pytest.raises(
            DestinationError,
            match=r"shop/mapping: mapping\.properties\.jobtitel: contacts have no property "
            r"'jobtitel'; did you mean 'jobtitle'\?",
        ):
            shop.run({**EXTRA, "mapping": mapping}, [identify("ada@x.com", job="Countess")])
        assert {call.method for call in shop.simulator.log} == {"GET"}


class TestWhatIsMadeFirst:
    def test_has_the_type_that_all_values_of_the_partition_have(self, shop: Shop) -> None:
        events = [
            seen(1, "a@x.com", size=5, score=1),
            seen(2, "b@x.com", size="large", score=2.5),
            seen(3, "c@x.com", size=7),
        ]
        run = shop.run(PEOPLE, events)
        assert run.counts == {"delivered": 3}
        assert run.calls["properties.batch.create"] == 1
        people = shop.records("contacts", "email").values()
        assert [person["size"] for person in people] == ["5", "large", "7"]
        made = shop.account.records("contacts").properties.visible(shop.simulator.clock.now())
        types = {each.name: each.type for each in made}
        assert (types["size"], types["score"]) == ("string", "number")

    def test_of_an_event_is_there_before_the_first_is_sent(self, shop: Shop) -> None:
        run = shop.run(SEEN, [seen(1, pages=3), seen(2, pages=4, referrer="x.com")])
        assert run.counts == {"delivered": 2}
        assert run.calls["event_definitions.create"] == 1

    def test_that_stands_in_the_mapping_and_is_refused_leaves_all_rows_undelivered(
        self, shop: Shop
    ) -> None:
        mapping = PEOPLE["mapping"] | {"properties": {"colour": "$.properties.values.colour"}}
        mapping["object_details"] = mapping["object_details"] | {"property_group": "no_such_group"}
        run = shop.run({**PEOPLE, "mapping": mapping}, [seen(1, colour="red")])
        assert run.counts == {"undelivered": 1}
        assert "colour" in str(run.summary.undelivered_reason)
        assert shop.records("contacts", "email") == {}


class TestUsers:
    """An event that names only a user is about the contact of an earlier identify event."""

    def test_of_an_earlier_partition_are_known_to_companies(self, shop: Shop) -> None:
        identified = identify("ada@x.com", 1) | {"userId": "u1"}
        shop.run("upsertContact", [identified], day="2026-01-01", others=COMPANIES)
        run = shop.run("upsertCompany", [joined("acme", 2, "u1")])
        assert run.counts == {"delivered": 1}
        [company] = shop.ids("companies", "segment_group_id").values()
        contact = shop.ids("contacts", "email")["ada@x.com"]
        assert set(shop.associations("companies", company, "contacts")) == {contact}

    def test_who_were_never_identified_fail_their_own_rows_only(self, shop: Shop) -> None:
        identified = identify("ada@x.com", 1) | {"userId": "u1"}
        shop.run("upsertContact", [identified], others=COMPANIES)
        events = [joined("acme", 2, "u1"), joined("void", 3, "u2")]
        run = shop.run("upsertCompany", events, day="2026-01-03")
        assert run.verdicts == ["delivered", "failed"]
        assert run.rows[1]["category"] == "CONTACT_NOT_FOUND"
        assert set(shop.records("companies", "segment_group_id")) == {"acme"}
