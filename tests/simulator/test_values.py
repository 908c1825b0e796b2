"""Values by the type of their property (hubspot-api §3.6)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.account.standard_properties import option
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts

BIG = "x" * 65_537


@pytest.fixture
def typed(contacts: Contacts, simulator: SimulatorServer) -> Contacts:
    """Contacts with a property of every type."""
    colours = [
        option(value, value.title(), at) for at, value in enumerate(["red", "green", "blue"])
    ]
    simulator.account.define(
        Property("a_text", "x", "string", "text", "g"),
        Property("a_phone", "x", "string", "phonenumber", "g"),
        Property("a_tel", "x", "phone_number", "phonenumber", "g"),
        Property("a_number", "x", "number", "number", "g"),
        Property("a_bool", "x", "bool", "booleancheckbox", "g"),
        Property("a_date", "x", "date", "date", "g"),
        Property("a_time", "x", "datetime", "date", "g"),
        Property("a_choice", "x", "enumeration", "select", "g", options=colours),
        Property("a_multi", "x", "enumeration", "checkbox", "g", options=colours),
    )
    return contacts


@pytest.mark.parametrize(
    ("name", "given", "kept"),
    [
        ("a_text", "  as it is ", "  as it is "),
        ("a_text", 7, "7"),
        ("a_text", True, "true"),
        ("a_text", "x" * 65_536, "x" * 65_536),
        ("a_phone", "anything at all", "anything at all"),
        ("a_number", 12.5, "12.5"),
        ("a_number", "-3", "-3"),
        ("a_number", "+.5", "+.5"),
        ("a_number", 1e22, "10000000000000000000000"),
        ("a_number", 0.0000001, "0.0000001"),
        ("a_number", -0.5, "-0.5"),
        ("a_bool", True, "true"),
        ("a_bool", "false", "false"),
        ("a_bool", False, "false"),
        ("a_tel", "anything, too", "anything, too"),
        ("a_date", "2024-02-29", "2024-02-29"),
        ("a_date", 1_709_164_800_000, "2024-02-29"),
        ("a_date", "-86400000", "1969-12-31"),
        ("a_time", "2024-08-15T17:09:13.648Z", "2024-08-15T17:09:13.648Z"),
        ("a_time", "2024-08-15T19:09:13+02:00", "2024-08-15T17:09:13.000Z"),
        ("a_time", 1_723_741_753_648, "2024-08-15T17:09:13.648Z"),
        ("a_choice", "red", "red"),
        ("a_multi", "red;blue", "red;blue"),
        ("hubspot_owner_id", "41629779", "41629779"),
    ],
)
def test_a_value_is_kept_as_text(typed: Contacts, name: str, given: Any, kept: str) -> None:
    assert typed.value(typed.create(**{name: given}), name) == kept


@pytest.mark.parametrize(
    ("name", "given", "code", "message"),
    [
        ("a_text", BIG, "PROPERTY_VALUE_TOO_LONG", None),
        ("a_number", "12,5", "INVALID_INTEGER", "a_number was not a valid number"),
        ("a_number", "1.2.3", "INVALID_INTEGER", "a_number was not a valid number"),
        ("a_number", "1e5", "INVALID_INTEGER", "a_number was not a valid number"),
        ("a_number", True, "INVALID_INTEGER", "a_number was not a valid number"),
        ("a_bool", 1, "INVALID_OPTION", "1 was not one of the allowed options: [true, false]"),
        ("a_bool", "True", "INVALID_OPTION", None),
        ("a_date", "0900-01-01", "INVALID_DATE", None),
        ("a_time", "0900-01-01T00:00:00Z", "INVALID_DATE", None),
        ("a_bool", "yes", "INVALID_OPTION", None),
        (
            "a_date", 1_579_179_660_000, "INVALID_DATE",
            "1579179660000 is at 13:1:0.0 UTC, not midnight!",
        ),
        (
            "a_date", "-62044444800000", "INVALID_DATE",
            "-62044444800000 is more than 1,000 years ago or 1,000 years from now.",
        ),
        (
            "a_date", 1_570_233_600, "INVALID_DATE",
            "1570233600 is at 4:10:33.600 UTC, not midnight!",
        ),
        ("a_date", "2024-02-30", "INVALID_DATE", None),
        ("a_date", "2024-08-15T17:09:13Z", "INVALID_DATE", None),
        ("a_time", "asd000", "INVALID_LONG", "asd000 was not a valid long."),
        ("a_time", "2024-08-15T17:09:13", "INVALID_LONG", None),
        (
            "a_choice", "Red", "INVALID_OPTION",
            "Red was not one of the allowed options: [red, green, blue]",
        ),
        ("a_multi", "red;pink", "INVALID_OPTION", None),
        ("email", "identify111052@test.con", "INVALID_EMAIL",
         "Email address identify111052@test.con is invalid"),
        ("email", "a b@x.com", "INVALID_EMAIL", None),
        ("hubspot_owner_id", "a@x.com", "INVALID_OPTION", None),
        (
            "hs_unique_creation_key", "1", "READ_ONLY_VALUE",
            '"hs_unique_creation_key" is a read only property; its value cannot be set.',
        ),
        ("hs_object_id", "1", "READ_ONLY_VALUE", None),
        ("unheard_of", "1", "PROPERTY_DOESNT_EXIST", 'Property "unheard_of" does not exist'),
    ],
)  # fmt: skip
def test_a_value_is_refused_with_hubspots_code_and_message(
    typed: Contacts, name: str, given: Any, code: str, message: str | None
) -> None:
    answer = typed.client.post(typed.path, json={"properties": {name: given}})

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["code"] == code
    assert error["context"] == {"propertyName": [name]}
    assert message is None or error["message"] == message


class TestMultiCheckbox:
    def test_appends_with_a_leading_semicolon_and_replaces_without(self, typed: Contacts) -> None:
        id_ = typed.create(a_multi="red")
        typed.patch(id_, a_multi=";blue;red")
        assert typed.value(id_, "a_multi") == "red;blue"
        typed.patch(id_, a_multi="green")
        assert typed.value(id_, "a_multi") == "green"
        typed.patch(id_, a_multi="")
        assert typed.value(id_, "a_multi") == ""


class TestDatesOf202609:
    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            (1_579_179_660_000, "2020-01-16"),
            (1_570_233_600, "2019-10-05"),
            ("2024-08-15T17:09:13Z", "2024-08-15"),
        ],
    )
    def test_are_put_right_with_a_warning(
        self, typed: Contacts, hubspot: httpx.Client, given: Any, kept: str
    ) -> None:
        path = "/crm/objects/2026-09/contacts"
        answer = hubspot.post(path, json={"properties": {"lastname": "x", "a_date": given}})

        assert answer.status_code == 201
        assert answer.json()["properties"]["a_date"] == kept
        assert answer.json()["warnings"] == [
            {
                "category": "PROPERTY_VALUE_NORMALIZED",
                "message": "a_date was normalized",
                "context": {
                    "normalizedValue": kept,
                    "propertyName": "a_date",
                    "rawValue": str(given),
                },
            }
        ]
        assert typed.value(answer.json()["id"], "a_date") == kept

    @pytest.mark.parametrize("given", ["9999-12-31T23:00:00-10:00", "0800-01-01T00:00:00Z"])
    def test_are_not_put_right_from_a_thousand_years_away(
        self, typed: Contacts, given: str
    ) -> None:
        path = "/crm/objects/2026-09/contacts"
        answer = typed.client.post(path, json={"properties": {"lastname": "x", "a_date": given}})

        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["code"] == "INVALID_DATE"
        assert "more than 1,000 years" in error["message"]


EVERY_TYPE = [
    "a_text",
    "a_phone",
    "a_tel",
    "a_number",
    "a_bool",
    "a_date",
    "a_time",
    "a_choice",
    "a_multi",
    "hubspot_owner_id",
]


@pytest.mark.parametrize("name", EVERY_TYPE)
def test_null_changes_nothing_and_an_empty_text_clears(typed: Contacts, name: str) -> None:
    value = {"a_number": 1, "a_bool": True, "a_date": "2024-02-29", "a_choice": "red"}.get(name)
    value = value or {"a_time": 0, "a_multi": "red", "hubspot_owner_id": "41629779"}.get(name, "x")
    id_ = typed.create(**{name: value})
    kept = typed.value(id_, name)
    assert typed.patch(id_, **{name: None}).status_code == 200
    assert typed.value(id_, name) == kept
    one = {"id": id_, "properties": {name: None, "city": "Rome"}}
    assert typed.batch("update", [one]).status_code == 200
    assert typed.value(id_, name) == kept
    assert typed.patch(id_, **{name: ""}).status_code == 200
    assert typed.value(id_, name) == ""


def test_the_codes_that_are_not_known_can_be_switched(begin: Begin, hubspot: httpx.Client) -> None:
    codes = {"too_long_code": "TOO_LONG", "number_code": "INVALID_LONG", "bool_code": "NO_BOOL"}
    server = begin(**codes)
    server.account.define(
        Property("a_number", "x", "number", "number", "g"),
        Property("a_bool", "x", "bool", "booleancheckbox", "g"),
    )
    given = {"lastname": BIG, "a_number": "x", "a_bool": "x"}
    answer = hubspot.post("/crm/v3/objects/contacts", json={"properties": given})
    assert [one["code"] for one in answer.json()["errors"]] == list(codes.values())
    given = {"lastname": "x" * 65_536, "a_number": "1", "a_bool": True}
    answer = hubspot.post("/crm/v3/objects/contacts", json={"properties": given})
    assert answer.status_code == 201


def test_a_multi_checkbox_takes_a_trailing_option_only_if_it_is_one(typed: Contacts) -> None:
    for bad in ("red;;blue", ";", "red;"):
        answer = typed.client.post(
            typed.path, json={"properties": {"lastname": "x", "a_multi": bad}}
        )
        assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"


def test_the_lifecycle_of_companies_only_goes_forward_and_begins_nowhere(
    simulator: SimulatorServer, hubspot: httpx.Client
) -> None:
    path = "/crm/objects/2026-03/companies"
    made = hubspot.post(path, json={"properties": {"name": "Ada Ltd"}}).json()
    assert "lifecyclestage" not in made["properties"]
    (company,) = simulator.account.records("companies")
    for given, kept in [
        ("customer", "customer"),
        ("lead", "customer"),
        ("evangelist", "evangelist"),
        ("", ""),
        ("lead", "lead"),
    ]:
        change = {"properties": {"lifecyclestage": given}}
        assert hubspot.patch(f"{path}/{made['id']}", json=change).status_code == 200
        assert company.values["lifecyclestage"] == kept


def test_objects_and_arrays_are_no_values(typed: Contacts) -> None:
    for value in ({"a": 1}, ["a"]):
        answer = typed.client.post(typed.path, json={"properties": {"a_text": value}})
        assert answer.status_code == 400
        assert "Cannot deserialize value of type `java.lang.String`" in answer.json()["message"]


def test_unheard_of_domains_are_taken_if_switched(begin: Begin, hubspot: httpx.Client) -> None:
    begin(unknown_domains_refused=False)
    Contacts(hubspot).create(email="a@test.con")


def test_errors_lack_the_newer_fields_if_switched(begin: Begin, hubspot: httpx.Client) -> None:
    begin(localized_errors=False)
    answer = hubspot.post("/crm/v3/objects/contacts", json={"properties": {"nope": "1"}})
    assert answer.json()["message"] == (
        'Property values were not valid: [{"isValid":false,"message":"Property \\"nope\\" does not '
        'exist","error":"PROPERTY_DOESNT_EXIST","name":"nope"}]'
    )


def test_a_value_seen_before_is_still_checked(typed: Contacts) -> None:
    """Writes with properties seen before take a short way; it must not be a way around."""
    typed.create(email="a@x.com", a_number="1", a_text="x")
    for bad in ({"a_number": "x"}, {"a_text": BIG}, {"email": "000"}):
        given = {"email": "b@x.com", "a_number": "1", "a_text": "x"} | bad
        answer = typed.client.post(typed.path, json={"properties": given})
        assert answer.status_code == 400
    given = {"email": None, "a_number": 2, "a_text": True}
    id_ = typed.create(lastname="x", **given)
    assert typed.value(id_, "a_text") == "true"
    assert typed.value(id_, "email") is None
