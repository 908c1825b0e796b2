"""Rules that people set on properties' values (hubspot-api §3.6)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.validation_rules import ValidationRules
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Contacts

PATH = "/crm/v3/property-validations/0-1"


@pytest.fixture
def ruled(contacts: Contacts, simulator: SimulatorServer) -> Contacts:
    """Contacts with a property of each type that can have rules."""
    simulator.account.define(
        Property("a_text", "x", "string", "text", "g"),
        Property("a_phone", "x", "phone_number", "phonenumber", "g"),
        Property("a_number", "x", "number", "number", "g"),
        Property("a_date", "x", "date", "date", "g"),
        Property("a_time", "x", "datetime", "date", "g"),
    )
    return contacts


def put(client: httpx.Client, name: str, type_: str, *arguments: str) -> httpx.Response:
    path = f"{PATH}/{name}/rule-type/{type_}"
    return client.put(path, json={"ruleArguments": list(arguments)})


def refusal(contacts: Contacts, name: str, value: Any) -> dict[str, Any] | None:
    given = {"lastname": "x", name: value}
    answer = contacts.client.post(contacts.path, json={"properties": given})
    if answer.status_code == 201:
        return None
    (error,) = answer.json()["errors"]
    found: dict[str, Any] = error
    return found


@pytest.mark.parametrize(
    ("name", "type_", "arguments", "good", "bad"),
    [
        ("a_text", "MIN_LENGTH", ["3"], "abc", "ab"),
        ("a_text", "MAX_LENGTH", ["3"], "abc", "abcd"),
        ("a_text", "REGEX", ["[A-Z]{2}-[0-9]+"], "AB-12", "AB-12 "),
        ("a_text", "ALPHANUMERIC", ["NUMERIC_ONLY"], "123", "12a"),
        ("a_text", "ALPHANUMERIC", ["ALPHANUMERIC_ONLY"], "12a", "12 a"),
        ("a_text", "WHITESPACE", [], "ab", "a b"),
        ("a_text", "SPECIAL_CHARACTERS", [], "ab 1", "ab!"),
        ("a_text", "EMAIL", [], "a@x.com", "a at x"),
        ("a_text", "EMAIL_ALLOWED_DOMAINS", ["x.com"], "a@X.com", "a@y.com"),
        ("a_text", "EMAIL_BLOCKED_DOMAINS", ["y.com"], "a@x.com", "a@y.com"),
        ("a_text", "DOMAIN", [], "x.com", "x"),
        ("a_text", "URL", [], "https://x.com/a", "a b"),
        ("a_text", "URL_ALLOWED_DOMAINS", ["x.com"], "https://x.com/a?b", "https://y.com"),
        ("a_text", "URL_BLOCKED_DOMAINS", ["y.com"], "x.com/y.com", "http://y.com:80"),
        ("a_phone", "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", [], "+39 06 1", "06 1"),
        ("a_number", "MIN_NUMBER", ["1"], 1, 0.5),
        ("a_number", "MAX_NUMBER", ["10"], "10", "11"),
        ("a_number", "DECIMAL", ["2"], "1.25", "1.255"),
        ("a_date", "START_DATE", ["2024-01-01"], "2024-01-01", "2023-12-31"),
        ("a_date", "END_DATE", ["2024-01-01"], "2024-01-01", 1_704_153_600_000),
        ("a_date", "DAYS_OF_WEEK", ["MONDAY", "FRIDAY"], "2024-01-01", "2024-01-02"),
        (
            "a_time", "END_DATETIME", ["2024-01-01T00:00:00.000Z"],
            "2023-12-31T23:00:00Z", "2024-01-01T00:00:01Z",
        ),
    ],
)  # fmt: skip
def test_a_value_is_held_to_the_rule(
    ruled: Contacts, name: str, type_: str, arguments: list[str], good: Any, bad: Any
) -> None:
    assert put(ruled.client, name, type_, *arguments).status_code == 204

    assert refusal(ruled, name, good) is None
    error = refusal(ruled, name, bad)
    assert error is not None
    assert error["code"] == type_
    assert error["context"] == {"propertyName": [name]}


def test_letters_only_are_asked_for_in_hubspots_words(ruled: Contacts) -> None:
    put(ruled.client, "firstname", "ALPHANUMERIC", "ALPHA_ONLY")
    assert refusal(ruled, "firstname", "Àda") is None
    assert refusal(ruled, "firstname", "R2D2") == {
        "message": "Enter only letters",
        "code": "INVALID_ALPHA",
        "context": {"propertyName": ["firstname"]},
    }


def test_rules_come_after_the_type_and_ask_nothing_of_empty_texts(ruled: Contacts) -> None:
    put(ruled.client, "a_number", "MIN_NUMBER", "5")
    error = refusal(ruled, "a_number", "none")
    assert error is not None
    assert error["code"] == "INVALID_INTEGER"
    assert refusal(ruled, "a_number", "") is None
    assert refusal(ruled, "a_number", None) is None


def test_a_value_written_before_the_rule_stays_and_the_next_is_checked(ruled: Contacts) -> None:
    id_ = ruled.create(a_text="a")
    assert put(ruled.client, "a_text", "MIN_LENGTH", "2").status_code == 204
    assert ruled.value(id_, "a_text") == "a"
    assert ruled.patch(id_, a_text="b").status_code == 400
    assert ruled.patch(id_, city="Rome").status_code == 200


@pytest.mark.usefixtures("ruled")
def test_dates_are_put_right_before_the_rules_of_2026_09(hubspot: httpx.Client) -> None:
    put(hubspot, "a_date", "END_DATE", "2024-08-15")
    path = "/crm/objects/2026-09/contacts"
    for given, status in [("2024-08-15T17:09:13Z", 201), ("2024-08-16T17:09:13Z", 400)]:
        properties = {"lastname": "x", "a_date": given}
        assert hubspot.post(path, json={"properties": properties}).status_code == status


@pytest.mark.usefixtures("ruled")
class TestApi:
    def test_shows_the_rules_of_a_type_of_a_property_and_one_alone(
        self, hubspot: httpx.Client
    ) -> None:
        put(hubspot, "zip", "ALPHANUMERIC", "NUMERIC_ONLY")
        put(hubspot, "zip", "MAX_LENGTH", "9")
        put(hubspot, "zip", "MAX_LENGTH", "5")

        only = {"ruleType": "ALPHANUMERIC", "ruleArguments": ["NUMERIC_ONLY"]}
        longest = {"ruleType": "MAX_LENGTH", "ruleArguments": ["5"]}
        for path in (PATH, "/crm/property-validations/2026-09/0-1"):
            assert hubspot.get(path).json() == {
                "results": [{"propertyName": "zip", "propertyValidationRules": [only, longest]}]
            }
            assert hubspot.get(f"{path}/zip").json() == {"results": [only, longest]}
            assert hubspot.get(f"{path}/zip/rule-type/MAX_LENGTH").json() == longest
            assert hubspot.get(f"{path}/city").json() == {"results": []}

    def test_shows_whether_values_are_to_be_put_right(self, hubspot: httpx.Client) -> None:
        body = {"ruleArguments": ["5"], "shouldApplyNormalization": True}
        path = f"{PATH}/zip/rule-type/MAX_LENGTH"
        assert hubspot.put(path, json=body).status_code == 204
        assert hubspot.get(path).json() == body | {"ruleType": "MAX_LENGTH"}

    def test_knows_no_rules_of_unknown_properties(self, hubspot: httpx.Client) -> None:
        for answer in (
            hubspot.get(f"{PATH}/nope"),
            put(hubspot, "nope", "MAX_LENGTH", "5"),
            hubspot.get(f"{PATH}/zip/rule-type/MAX_LENGTH"),
        ):
            assert answer.status_code == 404
            assert answer.json()["category"] == "OBJECT_NOT_FOUND"

    @pytest.mark.parametrize(
        ("name", "type_", "arguments"),
        [
            ("zip", "MAX_NUMBER", ["5"]),
            ("a_number", "REGEX", ["x"]),
            ("zip", "NO_RULE", []),
            ("zip", "MAX_LENGTH", ["five"]),
            ("zip", "MAX_LENGTH", []),
            ("zip", "REGEX", ["("]),
            ("zip", "ALPHANUMERIC", ["RUNES"]),
            ("lifecyclestage", "MAX_LENGTH", ["5"]),
        ],
    )
    def test_refuses_what_makes_no_rule(
        self, hubspot: httpx.Client, name: str, type_: str, arguments: list[str]
    ) -> None:
        assert put(hubspot, name, type_, *arguments).status_code == 400

    def test_needs_the_arguments(self, hubspot: httpx.Client) -> None:
        answer = hubspot.put(f"{PATH}/zip/rule-type/MAX_LENGTH", json={})
        assert answer.status_code == 400
        assert "ruleArguments" in answer.json()["message"]


@pytest.mark.parametrize(
    ("name", "rule", "argument"),
    [("a_number", "MIN_NUMBER", "5"), ("a_date", "DAYS_OF_WEEK", "MONDAY")],
)
def test_a_property_of_another_type_leaves_its_rules_behind(
    ruled: Contacts, simulator: SimulatorServer, name: str, rule: str, argument: str
) -> None:
    put(ruled.client, name, rule, argument)
    path = f"/crm/v3/properties/contacts/{name}"
    body = {"type": "string", "fieldType": "text", "groupName": "contactinformation"}
    assert ruled.client.patch(path, json=body).status_code == 200
    simulator.clock.advance(1)

    assert refusal(ruled, name, "as you like") is None


def test_saved_rules_come_back_alike(ruled: Contacts, simulator: SimulatorServer) -> None:
    put(ruled.client, "zip", "MAX_LENGTH", "5")
    saved = simulator.account.properties().rules.saved()
    again = ValidationRules()
    again.restore(saved)
    assert again.saved() == saved
    assert again.by_property == simulator.account.properties().rules.by_property
