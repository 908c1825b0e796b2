"""Bodies that HubSpot cannot read, and where it says the fault is (hubspot-api §2.5.1)."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.simulator.json_positions import locate

from .conftest import Contacts, without_id

PUBLIC = "com.hubspot.inbounddb.publicobject.core.v2."


class Sender:
    """Sends a text as it is."""

    def __init__(self, contacts: Contacts) -> None:
        self.contacts = contacts

    def __call__(self, suffix: str, text: str) -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        return self.contacts.client.post(self.contacts.path + suffix, content=text, headers=headers)


@pytest.fixture
def send(contacts: Contacts) -> Sender:
    return Sender(contacts)


class TestPlace:
    def test_an_input_that_is_an_array_is_named_with_its_line_and_column(
        self, send: Sender
    ) -> None:
        text = '{\n  "inputs": [\n        [{"id": "1", "properties": {}}]\n  ]\n}'
        answer = send("/batch/update", text)

        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "Invalid input JSON on line 3, column 9: Cannot deserialize value of type "
            f"`{PUBLIC}SimplePublicObjectBatchInput$Json` from Array value "
            "(token `JsonToken.START_ARRAY`)",
        }

    def test_a_value_deep_in_the_second_input_is_found_there(self, send: Sender) -> None:
        text = (
            '{"inputs": [{"properties": {"city": "Ulm"}},\n'
            ' {"properties": {"email": "a@x.com", "city": {"name": "Köln"}}}]}'
        )
        answer = send("/batch/create", text)

        assert answer.status_code == 400
        assert answer.json()["message"] == (
            "Invalid input JSON on line 2, column 46: Cannot deserialize value of type "
            "`java.lang.String` from Object value (token `JsonToken.START_OBJECT`)"
        )
        assert "category" not in answer.json()

    def test_of_a_key_given_twice_the_last_counts(self, send: Sender) -> None:
        answer = send("", '{"properties": {},\n"properties": [1]}')

        assert answer.json()["message"].startswith("Invalid input JSON on line 2, column 15: ")

    def test_a_missing_attribute_is_noticed_at_the_end_of_its_object(self, send: Sender) -> None:
        answer = send("/batch/update", '{"inputs":[\n{"id":"1"}]}')

        assert answer.json()["message"] == (
            "Invalid input JSON on line 2, column 10: Cannot build SimplePublicObjectBatchInput, "
            "some of required attributes are not set [properties]"
        )

    def test_a_text_that_is_no_json_is_refused_where_it_breaks(self, send: Sender) -> None:
        answer = send("", '{"properties":\n  {"city": oops}}')

        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Invalid input JSON on line 2, column ")
        assert "category" not in answer.json()


class TestToken:
    @pytest.mark.parametrize(
        ("given", "shape", "token"),
        [
            ("[]", "Array", "START_ARRAY"),
            ('"a"', "String", "VALUE_STRING"),
            ("-7", "Integer", "VALUE_NUMBER_INT"),
            ("1e3", "Floating-point", "VALUE_NUMBER_FLOAT"),
            ("true", "Boolean", "VALUE_TRUE"),
            ("false", "Boolean", "VALUE_FALSE"),
        ],
    )
    def test_of_the_wrong_value_is_named(
        self, send: Sender, given: str, shape: str, token: str
    ) -> None:
        answer = send("", f'{{"properties": {given}}}')

        assert answer.json()["message"] == (
            "Invalid input JSON on line 1, column 16: Cannot deserialize value of type "
            "`java.util.LinkedHashMap<java.lang.String,java.lang.String>` "
            f"from {shape} value (token `JsonToken.{token}`)"
        )

    def test_of_a_whole_body_is_named(self, send: Sender) -> None:
        message = send("/batch/read", "\n  null").json()["message"]

        assert message.startswith("Invalid input JSON on line 2, column 3: ")
        assert message.endswith("from Null value (token `JsonToken.VALUE_NULL`)")


class TestEveryApi:
    @pytest.mark.parametrize(
        ("path", "text", "place", "words"),
        [
            (
                "/crm/v4/associations/contacts/companies/batch/associate/default",
                '{"inputs":[{"from":{"id":"1"},\n "to":"2"}]}',
                "line 2, column 7", "`" + PUBLIC + "PublicObjectId$Json` from String value",
            ),
            (
                "/crm/v4/associations/contacts/companies/batch/create",
                ('{"inputs":[{"from":{"id":"1"},"to":{"id":"2"},\n"types":[{"associationCategory":'
                '"HUBSPOT_DEFINED","associationTypeId":true}]}]}'),
                "line 2, column 71", "`java.lang.Integer` from Boolean value",
            ),
            (
                "/crm/v3/properties/contacts",
                ('{"name":"a","label":"A","type":"enumeration","fieldType":"select",\n'
                '"groupName":"contactinformation","options":[{"label":"L"}]}'),
                "line 2, column 57", "Cannot build OptionInput",
            ),
            (
                "/crm/v3/properties/contacts/batch/create",
                '{"inputs":[\n {"name":"a"}]}',
                "line 2, column 13", "Cannot build PropertyCreate",
            ),
            (
                "/crm/v3/objects/contacts/merge",
                '{"primaryObjectId":"1","objectIdToMerge":\n[]}',
                "line 2, column 1", "`java.lang.String` from Array value",
            ),
            (
                "/crm/v3/objects/contacts/gdpr-delete",
                '{"objectId":{}}',
                "line 1, column 13", "`java.lang.String` from Object value",
            ),
        ],
    )  # fmt: skip
    def test_names_the_place(
        self, contacts: Contacts, path: str, text: str, place: str, words: str
    ) -> None:
        answer = contacts.client.post(path, content=text)

        assert answer.status_code == 400
        assert without_id(answer.json()).keys() == {"status", "message"}
        assert answer.json()["message"].startswith(f"Invalid input JSON on {place}: ")
        assert words in answer.json()["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class TestLocate:
    @given(value=JSON, indent=st.sampled_from([None, 0, 3]), data=st.data())
    def test_finds_the_text_of_any_value(
        self, value: object, indent: int | None, data: st.DataObject
    ) -> None:
        text = json.dumps(value, indent=indent)
        path: list[str | int] = []
        while isinstance(value, list | dict) and value and data.draw(st.booleans()):
            step = data.draw(
                st.sampled_from(list(value) if isinstance(value, dict) else range(len(value)))
            )
            path.append(step)
            value = value[step]

        found = locate(text, path)
        assert json.loads(text[found.start : found.end]) == value
        line, column = found.line_and_column()
        assert text.split("\n")[line - 1][column - 1] == text[found.start]
