"""Definitions of custom events (hubspot-api §5.3)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, without_id

DEFINITIONS = "/events/v3/event-definitions"
PREFIX = "pe12345678_"
VERSIONS = ["v3", "2025-09", "2026-03", "2026-09"]


def define(hubspot: httpx.Client, name: str, *, path: str = DEFINITIONS, **more: Any) -> Any:
    body = {"name": name, "label": f"The {name}", "includeDefaultProperties": False, **more}
    return hubspot.post(path, json={"propertyDefinitions": [], **body})


def names(answer: httpx.Response) -> list[str]:
    return [one["name"] for one in answer.json()["results"]]


@pytest.fixture
def login(hubspot: httpx.Client, simulator: SimulatorServer) -> str:
    """An event that everybody knows of, with one property of each type; its path."""
    types = ("string", "number", "datetime", "date", "bool")
    listed: list[dict[str, Any]] = [
        {"name": f"a_{one}", "label": one, "type": one} for one in types
    ]
    options = [{"label": "Gold", "value": "gold"}, {"label": "Silver", "value": "silver"}]
    listed.append({"name": "plan", "label": "Plan", "type": "enumeration", "options": options})
    answer = define(hubspot, "login", propertyDefinitions=listed)
    assert answer.status_code == 201, answer.text
    simulator.clock.advance(1)
    return f"{DEFINITIONS}/login"


class TestCreate:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_answers_201_with_the_definition_in_every_version(
        self, simulator: SimulatorServer, hubspot: httpx.Client, version: str
    ) -> None:
        area = "/events/v3" if version == "v3" else f"/events/custom/{version}"
        answer = define(hubspot, "login", path=f"{area}/event-definitions")

        assert answer.status_code == 201
        body = answer.json()
        assert body["fullyQualifiedName"] == f"{PREFIX}login"
        assert body["objectTypeId"] == f"6-{body['id']}"
        assert body["labels"] == {"singular": "The login", "plural": "The login"}
        assert (body["primaryObject"], body["archived"]) == ("CONTACT", False)
        assert body["properties"] == []
        assert simulator.account.events.definitions.is_taken("login")

    @pytest.mark.usefixtures("simulator")
    def test_adds_32_properties_unless_told_not_to(self, hubspot: httpx.Client) -> None:
        body = define(hubspot, "login", includeDefaultProperties=True).json()

        listed = {one["name"]: one for one in body["properties"]}
        assert len(listed) == 32
        assert {"hs_city", "hs_page_url", "hs_utm_source"} < listed.keys()
        assert all(one["hubspotDefined"] for one in listed.values())
        assert define(hubspot, "logout").json()["properties"] == []

    @pytest.mark.usefixtures("simulator")
    def test_makes_a_name_of_the_label_if_none_is_given(self, hubspot: httpx.Client) -> None:
        body = hubspot.post(DEFINITIONS, json={"label": "Signed up!"}).json()
        assert body["name"] == "signed_up"
        assert len(body["properties"]) == 32

    @pytest.mark.usefixtures("simulator")
    def test_of_2026_09_wants_all_that_its_specification_requires(
        self, hubspot: httpx.Client
    ) -> None:
        path = "/events/custom/2026-09/event-definitions"
        answer = hubspot.post(path, json={"label": "Login"})
        assert answer.status_code == 400
        assert "[propertyDefinitions, includeDefaultProperties]" in answer.json()["message"]

    @pytest.mark.parametrize(
        "name", ["Login", "1st", "log in", "log-in", "_login", "l" * 51, "log.in"]
    )
    @pytest.mark.usefixtures("simulator")
    def test_refuses_names_that_are_no_names(self, hubspot: httpx.Client, name: str) -> None:
        answer = define(hubspot, name)
        assert answer.status_code == 400
        assert answer.json()["category"] == "VALIDATION_ERROR"

    @pytest.mark.usefixtures("simulator")
    def test_takes_names_of_50_and_labels_of_100_characters_and_no_longer_ones(
        self, hubspot: httpx.Client
    ) -> None:
        assert define(hubspot, "l" * 50, label="L" * 100).status_code == 201
        assert define(hubspot, "other", label="L" * 101).status_code == 400

    def test_takes_hyphens_if_switched(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(event_name_hyphens=True)
        assert define(hubspot, "log-in").status_code == 201

    @pytest.mark.usefixtures("simulator")
    def test_of_a_known_name_is_409_even_before_it_can_be_read(self, hubspot: httpx.Client) -> None:
        define(hubspot, "login")
        answer = define(hubspot, "login")

        assert answer.status_code == 409
        assert "already exists" in answer.json()["message"]

    @pytest.mark.usefixtures("simulator")
    def test_of_the_501st_is_refused(self, hubspot: httpx.Client) -> None:
        for number in range(500):
            define(hubspot, f"event_{number}")
        assert define(hubspot, "one_more").status_code == 400

    @pytest.mark.parametrize(
        ("named", "shown", "id_"),
        [("COMPANY", "COMPANY", "0-2"), ("DEAL", "DEAL", "0-3"), ("TICKET", "TICKET", "0-5")],
    )
    @pytest.mark.usefixtures("simulator")
    def test_binds_the_event_to_an_object_type(
        self, hubspot: httpx.Client, named: str, shown: str, id_: str
    ) -> None:
        body = define(hubspot, "login", primaryObject=named).json()
        assert (body["primaryObject"], body["primaryObjectId"]) == (shown, id_)

    @pytest.mark.usefixtures("simulator")
    def test_refuses_an_object_type_that_is_not_there(self, hubspot: httpx.Client) -> None:
        assert define(hubspot, "login", primaryObject="BUTTERFLY").status_code == 400

    @pytest.mark.usefixtures("simulator")
    def test_shows_by_what_records_are_matched(self, hubspot: httpx.Client) -> None:
        rule = {"targetObjectPropertyName": "email", "eventPropertyName": "address"}
        matching = {"primaryObjectRule": rule}
        address = {"name": "address", "label": "Address", "type": "string"}
        body = define(
            hubspot, "login", customMatchingId=matching, propertyDefinitions=[address]
        ).json()
        assert body["customMatchingId"] == matching

    @pytest.mark.parametrize(("target", "own"), [("city", "address"), ("email", "unheard_of")])
    @pytest.mark.usefixtures("simulator")
    def test_refuses_matching_by_what_is_not_unique_or_not_there(
        self, hubspot: httpx.Client, target: str, own: str
    ) -> None:
        rule = {"targetObjectPropertyName": target, "eventPropertyName": own}
        address = {"name": "address", "label": "Address", "type": "string"}
        answer = define(
            hubspot,
            "login",
            customMatchingId={"primaryObjectRule": rule},
            propertyDefinitions=[address],
        )
        assert answer.status_code == 400


class TestRead:
    def test_takes_the_name_or_the_full_name(self, login: str, hubspot: httpx.Client) -> None:
        assert hubspot.get(login).json()["name"] == "login"
        assert hubspot.get(f"{DEFINITIONS}/{PREFIX}login").json()["name"] == "login"

    def test_shows_properties_only_if_asked(self, login: str, hubspot: httpx.Client) -> None:
        assert hubspot.get(login).json()["properties"] == []
        asked = hubspot.get(login, params={"includeProperties": "true"}).json()
        assert [one["type"] for one in asked["properties"]] == [
            "string", "number", "datetime", "date", "bool", "enumeration",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("method", "below", "status"),
        [
            ("GET", "", 400),
            ("PATCH", "", 400),
            ("DELETE", "", 400),
            ("POST", "/property", 400),
            ("PATCH", "/property/a", 400),
            ("DELETE", "/property/a", 400),
        ],
    )
    @pytest.mark.usefixtures("simulator")
    def test_of_an_unknown_one_is_400_with_the_error_within_a_text(
        self, hubspot: httpx.Client, method: str, below: str, status: int
    ) -> None:
        answer = hubspot.request(method, f"{DEFINITIONS}/custom_event_1{below}")

        assert answer.status_code == status
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "StandardError{status=error, category=VALIDATION_ERROR, message=Event with "
            "fully qualified name custom_event_1 does not exist., errors=[], context={}, links={}}",
            "category": "VALIDATION_ERROR",
        }

    def test_of_an_unknown_one_is_404_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(unknown_event_status=404)
        assert hubspot.get(f"{DEFINITIONS}/nothing").status_code == 404

    def test_of_a_new_one_waits_for_the_definition_lag(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        define(hubspot, "login")
        assert hubspot.get(f"{DEFINITIONS}/login").status_code == 400
        simulator.clock.advance(1)
        assert hubspot.get(f"{DEFINITIONS}/login").status_code == 200


class TestList:
    @pytest.fixture(autouse=True)
    def known(self, simulator: SimulatorServer, hubspot: httpx.Client) -> None:
        for number in range(12):
            define(hubspot, f"{'log' if number % 2 else 'sign'}_{number:02d}")
        simulator.clock.advance(1)

    def test_pages_through_all_by_name(self, hubspot: httpx.Client) -> None:
        first = hubspot.get(DEFINITIONS, params={"limit": 7})
        after = first.json()["paging"]["next"]["after"]
        second = hubspot.get(DEFINITIONS, params={"limit": 7, "after": after})

        assert first.json()["total"] == second.json()["total"] == 12
        assert [*names(first), *names(second)] == sorted({*names(first), *names(second)})
        assert len(names(second)) == 5
        assert "paging" not in second.json()

    def test_links_the_next_page_of_the_same_question(self, hubspot: httpx.Client) -> None:
        first = hubspot.get(DEFINITIONS, params={"searchString": "log", "limit": 4})
        link = first.json()["paging"]["next"]["link"]
        second = hubspot.get(link.removeprefix("https://api.hubapi.com"))
        assert names(second) == ["log_09", "log_11"]

    def test_searches_names_and_turns_the_order_round(self, hubspot: httpx.Client) -> None:
        query = {"searchString": "log", "sortOrder": "DESC"}
        answer = hubspot.get(DEFINITIONS, params=query)
        assert names(answer) == [f"log_{number:02d}" for number in (11, 9, 7, 5, 3, 1)]

    def test_shows_properties_only_if_asked(self, hubspot: httpx.Client) -> None:
        path = f"{DEFINITIONS}/log_01/property"
        hubspot.post(path, json={"name": "one", "label": "One", "type": "string"})
        query = {"searchString": "log_01", "includeProperties": "true"}
        assert hubspot.get(DEFINITIONS, params=query).json()["results"][0]["properties"] == []


class TestChange:
    def test_of_label_and_description_answers_201_and_keeps_the_name(
        self, login: str, hubspot: httpx.Client
    ) -> None:
        change = {"label": "Signed in", "description": "Yes", "name": "x", "primaryObject": "DEAL"}
        answer = hubspot.patch(login, json=change)

        assert answer.status_code == 201
        read = hubspot.get(login).json()
        assert (read["labels"]["singular"], read["description"]) == ("Signed in", "Yes")
        assert (read["name"], read["primaryObject"]) == ("login", "CONTACT")

    def test_deletes_and_never_frees_the_name(self, login: str, hubspot: httpx.Client) -> None:
        assert hubspot.delete(login).status_code == 204
        assert hubspot.get(login).status_code == 400
        assert define(hubspot, "login").status_code == 409


class TestProperties:
    def test_are_added_changed_and_deleted(
        self, login: str, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        new = {"name": "city", "label": "City", "type": "string"}
        created = hubspot.post(f"{login}/property", json=new)
        simulator.clock.advance(1)
        changed = hubspot.patch(f"{login}/property/city", json={"label": "Town", "type": "number"})
        deleted = hubspot.delete(f"{login}/property/city")

        assert (created.status_code, changed.status_code, deleted.status_code) == (201, 201, 204)
        assert (changed.json()["label"], changed.json()["type"]) == ("Town", "string")
        assert hubspot.delete(f"{login}/property/city").status_code == 400
        assert hubspot.post(f"{login}/property", json=new | {"type": "number"}).status_code == 201

    def test_of_a_known_name_are_409(self, login: str, hubspot: httpx.Client) -> None:
        again = {"name": "plan", "label": "Plan", "type": "string"}
        answer = hubspot.post(f"{login}/property", json=again)
        assert answer.status_code == 409
        assert "already exists" in answer.json()["message"]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"type": "blob"},
            {"type": "enumeration"},
            {"name": "City"},
            {"name": "c" * 51},
            {"label": "C" * 51},
            {"label": ""},
        ],
    )
    def test_that_are_none_are_refused(
        self, login: str, hubspot: httpx.Client, wrong: dict[str, str]
    ) -> None:
        new = {"name": "city", "label": "City", "type": "string", **wrong}
        assert hubspot.post(f"{login}/property", json=new).status_code == 400

    def test_are_fifty_an_event_besides_the_default_ones(
        self, login: str, hubspot: httpx.Client
    ) -> None:
        for number in range(44):
            new = {"name": f"p{number}", "label": "P", "type": "string"}
            assert hubspot.post(f"{login}/property", json=new).status_code == 201
        one_more = {"name": "one_more", "label": "P", "type": "string"}
        assert hubspot.post(f"{login}/property", json=one_more).status_code == 400
