"""What events hold, how they are read back, and how they are kept (hubspot-api §5.2)."""

from typing import Any

import httpx
import orjson
import pytest

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts
from .test_events import LOGIN, Events, define, event


@pytest.fixture
def events(simulator: SimulatorServer, hubspot: httpx.Client) -> Events:
    define(simulator, hubspot)
    return Events(simulator, hubspot)


class TestValues:
    @pytest.mark.parametrize(
        ("name", "given", "kept"),
        [
            ("city", "Rome", "Rome"),
            ("city", 12, "12"),
            ("city", True, "true"),
            ("city", "c" * 256, "c" * 256),
            ("page_url", "u" * 1_024, "u" * 1_024),
            ("count", 12.5, "12.5"),
            ("count", "12", "12"),
            ("at", 1723741753648, "2024-08-15T17:09:13.648Z"),
            ("day", "2024-08-15", "2024-08-15"),
            ("first", True, "true"),
            ("plan", "gold", "gold"),
            ("CITY", "Rome", None),
        ],
    )
    def test_are_kept_as_texts(
        self, events: Events, name: str, given: Any, kept: str | None
    ) -> None:
        assert events.send(properties={name: given}).status_code == 204
        (happened,) = events.happened()
        assert happened.properties == {name.lower(): kept or given}

    @pytest.mark.parametrize(
        ("name", "given"),
        [
            ("city", "c" * 257),
            ("page_url", "u" * 1_025),
            ("count", "many"),
            ("count", "1" * 257),
            ("at", "yesterday"),
            ("day", 1723741753648),
            ("first", "perhaps"),
            ("plan", "Gold"),
            ("city", {"name": "Rome"}),
            ("city", ["Rome"]),
            ("no name", "x"),
            ("1st", "x"),
            ("n" * 51, "x"),
        ],
    )
    def test_that_do_not_fit_are_400(self, events: Events, name: str, given: Any) -> None:
        usual = {"city": "Rome"}
        assert events.batch(event(properties=usual | {name: given})).status_code == 400
        assert events.batch(event(properties=usual), event(properties=usual)).status_code == 204
        assert events.batch(event(properties=usual | {name: given})).status_code == 400
        assert len(events.happened()) == 2

    def test_of_null_are_none(self, events: Events) -> None:
        assert events.send(properties={"city": None, "count": 1}).status_code == 204
        assert events.happened()[0].properties == {"count": "1"}

    def test_are_fifty_at_most(self, events: Events) -> None:
        many = {f"p{number}": "x" for number in range(51)}
        assert events.send(properties=many).status_code == 400
        many.popitem()
        assert events.send(properties=many).status_code == 204

    def test_of_names_that_differ_in_case_are_one_the_last_in_the_alphabet(
        self, events: Events
    ) -> None:
        events.send(properties={"city": "lower", "CITY": "upper", "City": "mixed"})
        assert events.happened()[0].properties == {"city": "lower"}

    def test_of_unknown_properties_vanish_behind_a_204(self, events: Events) -> None:
        sent = {"city": "Rome", "unheard_of": "x"}
        answers = [events.send(properties=sent).status_code for _ in range(2)]
        assert answers == [204, 204]
        assert [one.properties for one in events.happened()] == [{"city": "Rome"}] * 2

    def test_of_unknown_properties_are_refused_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(unknown_event_properties_refused=True)
        define(simulator, hubspot)
        answer = Events(simulator, hubspot).send(properties={"unheard_of": "x"})
        assert answer.status_code == 400
        assert "unheard_of" in answer.json()["message"]

    def test_of_a_new_property_vanish_until_the_definition_lag_is_over(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        new = {"name": "street", "label": "Street", "type": "string"}
        assert events.send(properties={"street": "none yet"}).status_code == 204
        hubspot.post("/events/v3/event-definitions/login/property", json=new)
        events.send(properties={"street": "too early"})
        events.simulator.clock.advance(1)
        events.send(properties={"street": "Via Appia"})
        kept = sorted(one.properties.get("street", "") for one in events.happened())
        assert kept == ["", "", "Via Appia"]

    def test_of_a_deleted_property_stay_where_they_are(
        self, events: Events, hubspot: httpx.Client
    ) -> None:
        events.send(properties={"city": "Rome"})
        hubspot.delete("/events/v3/event-definitions/login/property/city")
        events.send(properties={"city": "Oslo"})
        assert {one.properties.get("city") for one in events.happened()} == {"Rome", None}


class TestRead:
    @pytest.fixture
    def happened(self, events: Events, hubspot: httpx.Client) -> tuple[str, str]:
        """Five events of one contact and one of another; the contacts' ids."""
        define(events.simulator, hubspot, "logout")
        contacts = Contacts(hubspot)
        keys = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        times = [f"2026-01-0{day}T00:00:00.000Z" for day in range(1, 6)]
        sent = [event(uuid=at[:10], occurredAt=at, properties={"city": at}) for at in times]
        events.batch(*sent, event("b@x.com", eventName="pe12345678_logout"))
        events.simulator.clock.advance(3)
        return keys

    @pytest.mark.parametrize("path", ["/events/v3/events", "/events/event-occurrences/2026-03"])
    def test_shows_a_records_events_the_latest_first(
        self, happened: tuple[str, str], hubspot: httpx.Client, path: str
    ) -> None:
        query = {"objectType": "contact", "objectId": happened[0]}
        found = hubspot.get(path, params=query).json()["results"]

        assert [one["id"] for one in found] == [f"2026-01-0{day}" for day in (5, 4, 3, 2, 1)]
        assert found[0] == {
            "id": "2026-01-05",
            "objectType": "CONTACT",
            "objectId": happened[0],
            "eventType": LOGIN,
            "occurredAt": "2026-01-05T00:00:00.000Z",
            "properties": {"city": "2026-01-05T00:00:00.000Z"},
        }

    @pytest.mark.parametrize(
        ("query", "days"),
        [
            ({"eventType": LOGIN, "sort": "occurredAt"}, [1, 2, 3, 4, 5]),
            ({"eventType": LOGIN, "occurredAfter": "2026-01-03T12:00:00Z"}, [5, 4]),
            ({"eventType": LOGIN, "occurredBefore": "2026-01-02T01:00:00+01:00"}, [1]),
            ({"id": "2026-01-02"}, [2]),
            ({"eventType": "pe12345678_nothing"}, []),
        ],
    )
    @pytest.mark.usefixtures("happened")
    def test_chooses_by_event_time_and_id(
        self, hubspot: httpx.Client, query: dict[str, str], days: list[int]
    ) -> None:
        found = hubspot.get("/events/v3/events", params=query).json()["results"]
        assert [one["id"] for one in found] == [f"2026-01-0{day}" for day in days]

    @pytest.mark.usefixtures("happened")
    def test_goes_page_by_page(self, hubspot: httpx.Client) -> None:
        query: dict[str, Any] = {"objectType": "contacts", "limit": 4}
        first = hubspot.get("/events/v3/events", params=query).json()
        query["after"] = first["paging"]["next"]["after"]
        second = hubspot.get("/events/v3/events", params=query).json()
        assert (len(first["results"]), len(second["results"])) == (4, 2)
        assert "paging" not in second

    @pytest.mark.parametrize("query", [{"objectId": "1"}, {"limit": "0"}, {"after": "x"},
                                       {"occurredAfter": "then"}])  # fmt: skip
    @pytest.mark.usefixtures("happened")
    def test_of_nonsense_is_400(self, hubspot: httpx.Client, query: dict[str, str]) -> None:
        assert hubspot.get("/events/v3/events", params=query).status_code == 400

    @pytest.mark.usefixtures("happened")
    def test_names_the_events_there_are(self, hubspot: httpx.Client) -> None:
        answer = hubspot.get("/events/v3/events/event-types")
        assert answer.json() == {"eventTypes": [LOGIN, "pe12345678_logout"]}

    def test_has_nothing_left_of_a_deleted_event(
        self, happened: tuple[str, str], hubspot: httpx.Client
    ) -> None:
        hubspot.delete("/events/v3/event-definitions/login")
        query = {"objectType": "contact", "objectId": happened[0]}
        assert hubspot.get("/events/v3/events", params=query).json()["results"] == []


def test_all_of_it_is_kept_and_taken_up_again(events: Events) -> None:
    rome = {"city": "Rome"}
    events.batch(event(uuid="u1", properties=rome), event(uuid="u1"), event("", utk="x"))
    events.happened()
    events.send(uuid="u2")
    simulator = events.simulator
    saved = orjson.loads(orjson.dumps(simulator.account.events.saved()))
    other = Account(simulator.settings, simulator.clock)
    other.contacts.create("1", {"email": "a@x.com"}, Stamp("2026-01-01T00:00:00.000Z"))
    other.events.restore(saved)

    assert orjson.loads(orjson.dumps(other.events.saved())) == saved
    assert [one.properties for one in other.events.occurrences_by(LOGIN)] == [rome]
    simulator.clock.advance(3)
    other.settle(simulator.clock.now())
    assert [one.id for one in other.events.occurrences_by(LOGIN)] == ["u1", "u2"]
    assert other.events.is_repeated(LOGIN, "u1", simulator.clock.now())
    definition = other.events.definitions.sent(LOGIN, simulator.clock.now())
    assert definition is not None
    checked = definition.check({"count": 1}, simulator.clock.now(), unknown_refused=True)
    assert checked == {"count": "1"}
