"""Sending custom events (hubspot-api §5.1, §5.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.events import Occurrence
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import SimulatorSettings

from .conftest import Begin, Contacts

LOGIN = "pe12345678_login"
TYPES = {
    "city": "string", "page_url": "string", "count": "number", "at": "datetime", "day": "date",
    "first": "bool",
}  # fmt: skip


def define(
    simulator: SimulatorServer, hubspot: httpx.Client, name: str = "login", **more: Any
) -> None:
    """An event that everybody knows of at once."""
    plain = [{"name": name, "label": name, "type": type_} for name, type_ in TYPES.items()]
    options = [{"label": "Gold", "value": "gold"}]
    plan = {"name": "plan", "label": "Plan", "type": "enumeration", "options": options}
    body = {"label": name, "propertyDefinitions": [*plain, plan], "includeDefaultProperties": False}
    answer = hubspot.post("/events/v3/event-definitions", json=body | more)
    assert answer.status_code == 201, answer.text
    simulator.clock.advance(1)


def event(email: str = "a@x.com", **more: Any) -> dict[str, Any]:
    return {"eventName": LOGIN, "email": email, "properties": {}, **more}


class Events:
    """Short words for calls that send events, and for what came of them."""

    def __init__(self, simulator: SimulatorServer, hubspot: httpx.Client) -> None:
        self.simulator = simulator
        self.hubspot = hubspot

    def send(self, **given: Any) -> httpx.Response:
        return self.hubspot.post("/events/v3/send", json=event(**given))

    def batch(self, *inputs: Any) -> httpx.Response:
        return self.hubspot.post("/events/v3/send/batch", json={"inputs": list(inputs)})

    def happened(self, name: str = LOGIN) -> list[Occurrence]:
        """All that took effect of an event, once everything has."""
        self.simulator.clock.advance(3)
        self.simulator.account.settle(self.simulator.clock.now())
        return self.simulator.account.events.occurrences_by(name)


@pytest.fixture
def events(simulator: SimulatorServer, hubspot: httpx.Client) -> Events:
    define(simulator, hubspot)
    return Events(simulator, hubspot)


@pytest.fixture
def switched(begin: Begin, hubspot: httpx.Client) -> Any:
    """Events of an account with these switches."""

    def begin_with(**behaviour: Any) -> Events:
        simulator = begin(**behaviour)
        define(simulator, hubspot)
        return Events(simulator, hubspot)

    return begin_with


class TestSend:
    @pytest.mark.parametrize(
        "area",
        [
            "/events/v3",
            "/events/custom/2025-09",
            "/events/custom/2026-03",
            "/events/custom/2026-09",
        ],
    )
    @pytest.mark.parametrize("one", [True, False])
    def test_is_204_without_a_body_in_every_version(
        self, events: Events, hubspot: httpx.Client, area: str, one: bool
    ) -> None:
        path, body = ("/send", event()) if one else ("/send/batch", {"inputs": [event()]})
        answer = hubspot.post(area + path, json=body)

        assert (answer.status_code, answer.content) == (204, b"")
        assert "X-HubSpot-RateLimit-Max" not in answer.headers
        assert len(events.happened()) == 1

    def test_takes_effect_only_later(self, events: Events, hubspot: httpx.Client) -> None:
        contacts = Contacts(hubspot)
        key = contacts.create(email="a@x.com")
        contact = events.simulator.account.types.find("contacts")
        events.send(properties={"city": "Rome"})

        assert events.simulator.account.events.occurrences_of(contact, key) == []
        events.simulator.clock.advance(2.1)
        contacts.get(key)
        (happened,) = events.simulator.account.events.occurrences_of(contact, key)
        assert happened.properties == {"city": "Rome"}

    @pytest.mark.parametrize(
        "name", ["login", "pe12345678_logout", "pe1_login", "ae12345678_login", "LOGIN"]
    )
    def test_of_an_unknown_event_is_400(self, events: Events, name: str) -> None:
        answer = events.send(eventName=name)
        assert answer.status_code == 400
        assert answer.json()["category"] == "VALIDATION_ERROR"

    def test_of_a_new_event_waits_for_the_definition_lag(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        hubspot.post("/events/v3/event-definitions", json={"label": "login"})
        assert Events(simulator, hubspot).send().status_code == 400
        simulator.clock.advance(1)
        assert Events(simulator, hubspot).send().status_code == 204

    @pytest.mark.parametrize(
        ("version", "status"), [("v3", 204), ("custom/2026-03", 400), ("custom/2026-09", 400)]
    )
    @pytest.mark.usefixtures("events")
    def test_needs_properties_in_the_dated_versions(
        self, hubspot: httpx.Client, version: str, status: int
    ) -> None:
        body = {"eventName": LOGIN, "email": "a@x.com"}
        assert hubspot.post(f"/events/{version}/send", json=body).status_code == status

    @pytest.mark.parametrize(
        ("switch", "custom", "plain"),
        [("custom", 204, 404), ("plain", 404, 204), ("both", 204, 204)],
    )
    def test_of_2026_03_has_the_spelling_that_the_switch_says(
        self, switched: Any, hubspot: httpx.Client, switch: str, custom: int, plain: int
    ) -> None:
        switched(event_paths_2026_03=switch)
        paths = ("/events/custom/2026-03/send", "/events/2026-03/send")
        answers = [hubspot.post(path, json=event()).status_code for path in paths]
        assert answers == [custom, plain]

    def test_is_403_without_the_subscription(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        server.reset(SimulatorSettings(custom_events=False))
        answer = hubspot.post("/events/v3/send", json=event())
        assert answer.status_code == 403
        (error,) = answer.json()["errors"]
        scopes = error["context"]["requiredGranularScopes"]
        assert scopes == ["analytics.behavioral_events.send"]


class TestTheRecord:
    @pytest.mark.parametrize("name", ["email", "objectId", "utk", "uuid"])
    def test_is_named_by_texts(self, events: Events, name: str) -> None:
        given = {"email": "", name: ["a@x.com"]}
        answer = events.send(**given)
        assert answer.status_code == 400
        expected = "email, utk or objectId is required" if name == "uuid" else "java.lang.String"
        assert expected in answer.json()["message"]

    def test_is_missing_if_nothing_names_it(self, events: Events) -> None:
        answer = events.send(email="")
        assert answer.status_code == 400
        assert answer.json()["message"] == "email, utk or objectId is required"

    def test_is_the_one_of_the_id_before_the_one_of_the_address(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        contacts = Contacts(hubspot)
        by_id, _ = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        events.send(email="b@x.com", objectId=by_id)
        (happened,) = events.happened()
        assert happened.record_id == by_id

    def test_is_found_by_any_address_in_any_case(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        contacts = Contacts(hubspot)
        key = contacts.create(email="a@x.com", hs_additional_emails="second@x.com")
        events.batch(event("A@x.com"), event("Second@X.com"))
        assert [one.record_id for one in events.happened()] == [key, key]

    def test_is_found_by_the_matching_property_before_all_else(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        code = Property("code", "Code", "string", "text", "contactinformation", unique=True)
        simulator.account.define(code)
        rule = {"targetObjectPropertyName": "code", "eventPropertyName": "city"}
        define(simulator, hubspot, customMatchingId={"primaryObjectRule": rule})
        contacts = Contacts(hubspot)
        matched = contacts.create(email="a@x.com", code="c1")
        other = contacts.create(email="b@x.com")
        events = Events(simulator, hubspot)
        events.send(objectId=other, properties={"city": "c1"})
        events.send(objectId=other, properties={})
        assert {one.record_id for one in events.happened()} == {matched, other}

    def test_is_nobody_for_unknown_ids_visitors_and_no_addresses(self, events: Events) -> None:
        answer = events.batch(
            event(objectId="1"), event("", utk="5f1e0d2c"), event("nobody"), event("", objectId=2)
        )
        assert answer.status_code == 204
        assert events.happened() == []
        assert [one.way for one in events.simulator.account.events.unmatched] == [
            "objectId", "utk", "email", "objectId",
        ]  # fmt: skip

    def test_of_another_type_is_named_by_id_alone(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        define(simulator, hubspot, "visit", primaryObject="COMPANY")
        company = hubspot.post("/crm/v3/objects/companies", json={"properties": {"name": "X"}})
        events = Events(simulator, hubspot)
        visit = "pe12345678_visit"
        assert events.send(eventName=visit).status_code == 400
        assert events.send(eventName=visit, objectId=company.json()["id"]).status_code == 204
        assert len(events.happened(visit)) == 1

    def test_that_is_unknown_by_address_is_created_and_conflicts_later(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        events.send(email="New@x.com")
        assert events.simulator.account.contact("new@x.com") is None
        events.simulator.clock.advance(2.1)
        create = {"properties": {"email": "new@x.com"}}
        assert hubspot.post("/crm/v3/objects/contacts", json=create).status_code == 409
        assert len(events.happened()) == 1

    def test_is_not_created_if_switched(self, switched: Any) -> None:
        events = switched(events_create_contacts=False)
        assert events.send(email="new@x.com").status_code == 204
        assert events.happened() == []
        assert len(events.simulator.account.contacts) == 0

    def test_that_is_merged_away_hands_its_events_on(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        contacts = Contacts(hubspot)
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        events.send(email="b@x.com")
        events.happened()
        events.simulator.account.merge(kept, gone)
        events.send(email="b@x.com", objectId=gone)
        assert [one.record_id for one in events.happened()] == [kept, kept]

    def test_that_is_deleted_for_good_takes_its_events_along(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        key = Contacts(hubspot).create(email="a@x.com")
        events.batch(event(), event("b@x.com"))
        assert len(events.happened()) == 2
        gone = hubspot.post("/crm/v3/objects/contacts/gdpr-delete", json={"objectId": key})
        assert gone.status_code == 204, gone.text
        assert [one.record_id for one in events.happened()] != [key]
        assert len(events.happened()) == 1


class TestUuid:
    def test_takes_effect_once_however_often_it_comes(self, events: Events) -> None:
        first = event(uuid="u1", properties={"city": "Rome"})
        again = event("b@x.com", uuid="u1", properties={"city": "Oslo"})
        statuses = [
            events.batch(first, again).status_code,
            events.send(uuid="u1").status_code,
            events.batch(again).status_code,
        ]

        assert statuses == [204, 204, 204]
        (happened,) = events.happened()
        assert (happened.id, happened.properties) == ("u1", {"city": "Rome"})
        assert events.simulator.account.events.repeated == [(LOGIN, "u1")] * 3

    def test_is_free_in_another_event(self, events: Events, hubspot: httpx.Client) -> None:
        define(events.simulator, hubspot, "logout")
        events.batch(event(uuid="u1"), event(uuid="u1", eventName="pe12345678_logout"))
        assert len(events.happened()) == len(events.happened("pe12345678_logout")) == 1

    def test_is_free_again_after_a_year(self, events: Events) -> None:
        events.send(uuid="u1")
        events.simulator.clock.advance(364 * 86_400)
        events.send(uuid="u1")
        events.simulator.clock.advance(2 * 86_400)
        events.send(uuid="u1")
        assert len(events.happened()) == 2

    def test_of_a_refused_call_is_still_free(self, events: Events) -> None:
        refused = events.batch(event(uuid="u1"), event(uuid="u2", eventName="unknown"))
        assert refused.status_code == 400
        events.send(uuid="u1")
        assert len(events.happened()) == 1

    def test_is_made_up_if_none_is_given(self, events: Events) -> None:
        events.batch(event(), event())
        first, second = events.happened()
        assert len(first.id) == len(second.id) == 36
        assert first.id != second.id

    def test_is_refused_again_if_switched(self, switched: Any) -> None:
        events = switched(repeated_events_refused=True)
        assert events.send(uuid="u1").status_code == 204
        assert events.send(uuid="u1").status_code == 400
        assert events.batch(event(uuid="u2"), event(uuid="u2")).status_code == 400


class TestBatch:
    def test_takes_500_and_no_more(self, events: Events) -> None:
        many = [event(f"{number}@x.com") for number in range(501)]
        assert events.batch(*many).status_code == 400
        assert events.batch(*many[:500]).status_code == 204
        assert len(events.happened()) == 500

    def test_accepts_nothing_if_one_is_refused(self, events: Events) -> None:
        answer = events.batch(event(), event(properties={"count": "many"}), event())
        assert answer.status_code == 400
        assert events.happened() == []

    def test_accepts_the_others_if_switched(self, switched: Any) -> None:
        events = switched(event_batches_atomic=False)
        answer = events.batch(event(), event(properties={"count": "many"}), event())
        assert answer.status_code == 400
        assert len(events.happened()) == 2

    @pytest.mark.parametrize("body", [{}, {"input": [{}]}, {"inputs": []}])
    def test_of_nothing_is_a_silent_no_op(
        self, events: Events, hubspot: httpx.Client, body: Any
    ) -> None:
        assert hubspot.post("/events/v3/send/batch", json=body).status_code == 204
        assert events.happened() == []

    @pytest.mark.parametrize("inputs", ["text", {"a": 1}, [1], [event(), [event()]]])
    @pytest.mark.usefixtures("events")
    def test_of_anything_else_cannot_be_read(self, hubspot: httpx.Client, inputs: Any) -> None:
        answer = hubspot.post("/events/v3/send/batch", json={"inputs": inputs})
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Invalid input JSON on line 1")

    def test_leaves_its_uuids_in_the_log(self, events: Events) -> None:
        events.batch(event(uuid="u1"), event(), event(uuid="u2"))
        (arrival,) = [one for one in events.simulator.log if one.route == "events.send.batch"]
        assert (arrival.keys, arrival.bucket) == (("u1", "u2"), "events")


class TestTime:
    @pytest.mark.parametrize(
        "given", ["2024-08-15T17:09:13.648Z", "2024-08-15T19:09:13.648+02:00", 1723741753648,
                  "1723741753648"]
    )  # fmt: skip
    def test_is_iso_8601_or_milliseconds(self, events: Events, given: Any) -> None:
        assert events.send(occurredAt=given).status_code == 204
        (happened,) = events.happened()
        assert happened.occurred == "2024-08-15T17:09:13.648Z"

    def test_is_that_of_the_call_if_none_is_given(self, events: Events) -> None:
        before = datetime.fromtimestamp(events.simulator.clock.now() / 1e9, UTC)
        events.batch(event(), event(occurredAt=None), event(occurredAt=""))
        for one in events.happened():
            happened = datetime.fromisoformat(one.occurred)
            assert abs(happened - before) < timedelta(seconds=30)

    @pytest.mark.parametrize("given", ["yesterday", "2024-08-15T17:09:13", "15/08/2024", [1], {}])
    def test_that_is_none_is_400(self, events: Events, given: Any) -> None:
        assert events.send(occurredAt=given).status_code == 400

    @pytest.mark.parametrize(("refused", "status"), [(True, 400), (False, 204)])
    def test_of_the_future_is_as_the_switch_says(
        self, switched: Any, refused: bool, status: int
    ) -> None:
        events = switched(future_events_refused=refused)
        now = datetime.fromtimestamp(events.simulator.clock.now() / 1e9, UTC)
        soon, later = now + timedelta(hours=1), now + timedelta(days=2)
        assert events.send(occurredAt=soon.isoformat()).status_code == 204
        assert events.send(occurredAt=later.isoformat()).status_code == status
