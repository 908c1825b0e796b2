"""Batches of contacts (hubspot-api §2.2, §2.5)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, without_id

PROPERTY_ERROR = (
    'Property values were not valid: [{"isValid":false,"message":"Property \\"missing\\" does not '
    'exist","error":"PROPERTY_DOESNT_EXIST","name":"missing","localizedErrorMessage":"Property '
    '\\"missing\\" does not exist","portalId":12345678}]'
)


def ids(answer: httpx.Response) -> list[str]:
    return [result["id"] for result in answer.json()["results"]]


class TestUpsert:
    def test_creates_then_updates_and_says_which(self, contacts: Contacts) -> None:
        first = contacts.upsert(by_email("A@X.com", firstname="Ada"))
        second = contacts.upsert(by_email("a@x.com", lastname="Byron"), by_email("b@x.com"))

        assert first.status_code == second.status_code == 200
        (created,) = first.json()["results"]
        assert created["new"] is True
        assert created["properties"]["email"] == "a@x.com"
        new = {result["properties"]["email"]: result["new"] for result in second.json()["results"]}
        assert new == {"a@x.com": False, "b@x.com": True}

    def test_leaves_what_it_does_not_name_untouched(self, contacts: Contacts) -> None:
        contacts.upsert(by_email("a@x.com", firstname="Ada", city="London"))
        contacts.upsert(by_email("a@x.com", city="Paris"))

        shown = contacts.get("a@x.com", "firstname", "city", idProperty="email").json()
        assert (shown["properties"]["firstname"], shown["properties"]["city"]) == ("Ada", "Paris")

    def test_blanks_what_an_upsert_by_email_omits_if_the_switch_says_so(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(email_upsert_blanks_omitted=True)
        contacts = Contacts(hubspot)
        contacts.upsert(by_email("a@x.com", firstname="Ada", city="London"))
        contacts.upsert(by_email("a@x.com", city="Paris"))

        contact = simulator.account.contact("a@x.com")
        assert contact is not None
        assert (contact["firstname"], contact["city"]) == ("", "Paris")

    def test_refuses_a_batch_whole_if_not_every_input_has_a_trace_id(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        answer = contacts.upsert(
            by_email("a@x.com", "1", firstname="Ada"), by_email("b@x.com", missing="1")
        )

        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": PROPERTY_ERROR,
            "errors": [
                {
                    "message": 'Property "missing" does not exist',
                    "code": "PROPERTY_DOESNT_EXIST",
                    "context": {"propertyName": ["missing"]},
                }
            ],
            "category": "VALIDATION_ERROR",
        }
        assert len(simulator.account.contacts) == 0

    def test_refuses_a_batch_whole_if_trace_ids_repeat(self, contacts: Contacts) -> None:
        answer = contacts.upsert(by_email("a@x.com", "1"), by_email("b@x.com", "1", missing="1"))

        assert answer.status_code == 400

    def test_writes_the_good_ones_if_every_input_has_its_own_trace_id(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        answer = contacts.upsert(
            by_email("a@x.com", "1", firstname="Ada"), by_email("b@x.com", "2", missing="1")
        )

        assert answer.status_code == 207
        body = answer.json()
        assert body["status"] == "COMPLETE"
        assert body["numErrors"] == 1
        assert body["errors"] == [
            {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "message": PROPERTY_ERROR,
                "context": {"objectWriteTraceId": ["2"]},
            }
        ]
        assert [result["properties"]["email"] for result in body["results"]] == ["a@x.com"]
        assert "objectWriteTraceId" not in body["results"][0]
        assert simulator.account.state().keys() == {"a@x.com"}

    @pytest.mark.parametrize(("switch", "status"), [(False, 200), (True, 207)])
    def test_answers_mixed_batches_of_2026_09_with_200_unless_switched(
        self, begin: Begin, hubspot: httpx.Client, switch: bool, status: int
    ) -> None:
        begin(multi_status_2026_09=switch)
        answer = Contacts(hubspot, "2026-09").upsert(
            by_email("a@x.com", "1"), by_email("b@x.com", "2", missing="1")
        )

        assert answer.status_code == status
        assert answer.json()["numErrors"] == 1

    def test_names_all_problems_in_the_message_but_each_only_once_in_errors(
        self, contacts: Contacts
    ) -> None:
        answer = contacts.upsert(
            by_email("a@x.com", one="1", two="2"), by_email("b@x.com", one="1", three="3")
        )

        assert answer.json()["message"].count("isValid") == 4
        assert len(answer.json()["errors"]) == 3

    def test_refuses_duplicate_ids_with_or_without_trace_ids(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        for traces in ((None, None), ("1", "2")):
            answer = contacts.upsert(by_email("a@x.com", traces[0]), by_email("A@x.com", traces[1]))
            assert answer.status_code == 400
            assert without_id(answer.json()) == {
                "status": "error",
                "message": "Duplicate IDs found in batch input: [a@x.com]. IDs must be unique",
                "context": {"ids": ["a@x.com"]},
                "category": "VALIDATION_ERROR",
            }
        assert len(simulator.account.contacts) == 0

    def test_refuses_two_inputs_that_resolve_to_one_contact(self, contacts: Contacts) -> None:
        contacts.create(email="a@x.com", hs_additional_emails="old@x.com")

        answer = contacts.upsert(by_email("a@x.com", "1"), by_email("old@x.com", "2"))

        assert answer.status_code == 400
        assert answer.json()["context"] == {"ids": ["a@x.com", "old@x.com"]}

    def test_finds_a_contact_by_a_secondary_address_and_shows_the_primary(
        self, contacts: Contacts
    ) -> None:
        id_ = contacts.create(email="a@x.com", hs_additional_emails="old@x.com;older@x.com")

        (result,) = contacts.upsert(by_email("Older@x.com", city="Rome")).json()["results"]

        assert (result["id"], result["new"]) == (id_, False)
        assert result["properties"]["email"] == "a@x.com"

    def test_finds_and_creates_by_a_unique_property(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.account.define(Property("crm_id", "x", "string", "text", "g", unique=True))
        one = {"id": "7", "idProperty": "crm_id", "properties": {"email": "a@x.com"}}

        first = contacts.batch("upsert", [one]).json()["results"][0]
        second = contacts.batch("upsert", [one]).json()["results"][0]

        assert (first["new"], second["new"]) == (True, False)
        assert first["id"] == second["id"]
        assert first["properties"]["crm_id"] == "7"

    def test_refuses_a_value_that_another_record_holds(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.account.define(Property("crm_id", "x", "string", "text", "g", unique=True))
        holder = contacts.create(email="a@x.com", crm_id="7")
        writer = contacts.create(email="b@x.com")

        answer = contacts.upsert(by_email("b@x.com", crm_id="7"))

        assert answer.status_code == 400
        assert answer.json()["category"] == "VALIDATION_ERROR"
        assert answer.json()["message"] == (
            "Cannot set PropertyValueCoordinates{portalId=12345678, objectTypeId=ObjectTypeId{"
            f"legacyObjectType=CONTACT}}, propertyName=crm_id, value=7}} on {writer}. "
            f"{holder} already has that value."
        )

    def test_refuses_a_value_that_an_earlier_input_takes(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.account.define(Property("crm_id", "x", "string", "text", "g", unique=True))

        answer = contacts.upsert(
            by_email("a@x.com", "1", crm_id="7"), by_email("b@x.com", "2", crm_id="7")
        )

        assert answer.status_code == 207
        (error,) = answer.json()["errors"]
        assert error["context"]["objectWriteTraceId"] == ["2"]
        assert f"{ids(answer)[0]} already has that value." in error["message"]

    @pytest.mark.parametrize("name", ["hs_object_id", "firstname", "nonsense"])
    def test_refuses_an_id_property_that_is_not_unique(self, contacts: Contacts, name: str) -> None:
        answer = contacts.batch("upsert", [{"id": "1", "idProperty": name, "properties": {}}])

        assert answer.status_code == 400
        assert answer.json()["category"] == "VALIDATION_ERROR"
        assert answer.json()["message"] == (
            f"Unable to perform update/upsert by non-unique 0-1 property {name} "
            "in portal ID 12345678"
        )

    def test_needs_an_id_property_unless_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        for switch, status in ((False, 400), (True, 200)):
            begin(upsert_by_record_id=switch)
            contacts = Contacts(hubspot)
            id_ = contacts.create(email="a@x.com")
            answer = contacts.batch("upsert", [{"id": id_, "properties": {"city": "Rome"}}])
            assert answer.status_code == status

    def test_refuses_mixed_id_properties(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.account.define(Property("crm_id", "x", "string", "text", "g", unique=True))
        answer = contacts.upsert(
            by_email("a@x.com"), {"id": "7", "idProperty": "crm_id", "properties": {}}
        )

        assert answer.status_code == 400

    def test_creates_by_its_id_even_if_the_property_is_null(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        contacts.upsert({"id": "a@x.com", "idProperty": "email", "properties": {"email": None}})
        assert simulator.account.state().keys() == {"a@x.com"}

    def test_refuses_an_address_that_is_none(self, contacts: Contacts) -> None:
        answer = contacts.upsert(by_email("000"))

        assert answer.json()["errors"][0]["code"] == "INVALID_EMAIL"
        assert answer.json()["errors"][0]["message"] == "Email address 000 is invalid"


class TestResults:
    def test_come_in_another_order_than_the_inputs_and_the_same_for_a_seed(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        orders = []
        for _ in range(2):
            begin()
            answer = Contacts(hubspot).upsert(*(by_email(f"p{n}@x.com") for n in range(20)))
            orders.append(ids(answer))
        assert orders[0] == orders[1]
        assert orders[0] != sorted(orders[0], key=int)

    def test_come_in_order_if_the_switch_says_so(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(shuffle_results=False)
        answer = Contacts(hubspot).upsert(*(by_email(f"p{n}@x.com") for n in range(20)))
        assert ids(answer) == sorted(ids(answer), key=int)

    def test_of_a_creation_show_what_was_written_and_hubspots_own_set(
        self, contacts: Contacts
    ) -> None:
        (result,) = contacts.upsert(by_email("Ada@X.com", firstname="Ada")).json()["results"]

        assert result.keys() == {
            "id", "properties", "createdAt", "updatedAt", "archived", "url", "new",
        }  # fmt: skip
        assert result["url"].endswith(f"/contacts/12345678/record/0-1/{result['id']}")
        shown = result["properties"]
        assert shown["hs_object_id"] == result["id"]
        assert shown["createdate"] == shown["lastmodifieddate"] == result["createdAt"]
        assert shown["lifecyclestage"] == "lead"
        assert shown["hs_pipeline"] == "contacts-lifecycle-pipeline"
        assert shown["hs_full_name_or_email"] == "Ada"
        assert shown["hs_email_domain"] == "x.com"
        assert (shown["hs_is_contact"], shown["hs_is_unworked"]) == ("true", "true")

    def test_of_an_update_show_no_email(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.batch("update", [{"id": id_, "properties": {"firstname": "Ada"}}])

        assert answer.json()["results"][0]["properties"].keys() == {
            "firstname", "createdate", "lastmodifieddate", "hs_object_id",
        }  # fmt: skip

    def test_lack_errors_and_num_errors_when_there_are_none(self, contacts: Contacts) -> None:
        body = contacts.upsert(by_email("a@x.com")).json()
        assert body.keys() == {"status", "results", "startedAt", "completedAt"}


class TestCreate:
    def test_answers_201(self, contacts: Contacts) -> None:
        answer = contacts.batch("create", [{"properties": {"email": "a@x.com"}}])
        assert answer.status_code == 201
        assert "new" not in answer.json()["results"][0]

    def test_of_a_known_contact_refuses_the_batch_without_trace_ids(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        inputs = [{"properties": {"email": "new@x.com"}}, {"properties": {"email": "A@x.com"}}]

        answer = contacts.batch("create", inputs)

        assert answer.status_code == 409
        assert without_id(answer.json()) == {
            "status": "error",
            "message": f"Contact already exists. Existing ID: {id_}",
            "category": "CONFLICT",
        }
        assert len(simulator.account.contacts) == 1

    def test_of_a_known_contact_is_one_error_with_trace_ids(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        inputs = [
            {"properties": {"email": "new@x.com"}, "objectWriteTraceId": "0"},
            {"properties": {"email": "a@x.com"}, "objectWriteTraceId": "1"},
        ]

        answer = contacts.batch("create", inputs)

        assert answer.status_code == 207
        assert len(answer.json()["results"]) == 1
        (error,) = answer.json()["errors"]
        assert error["category"] == "CONFLICT"
        assert error["context"] == {"objectWriteTraceId": ["1"], "existingId": [id_]}


class TestUpdate:
    def test_lists_all_unknown_ids_in_one_error_and_writes_the_others(
        self, contacts: Contacts
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        inputs = [{"id": key, "properties": {"city": "Rome"}} for key in (id_, "888", "999")]

        answer = contacts.batch("update", inputs)

        assert answer.status_code == 207
        body = answer.json()
        assert body["numErrors"] == 1
        assert body["errors"] == [
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "message": "Could not get some CONTACT objects, they may be deleted or not exist. "
                "Check that ids are valid.",
                "context": {"ids": ["888", "999"]},
            }
        ]
        assert ids(answer) == [id_]

    @pytest.mark.parametrize(("switch", "status"), [(False, 400), (True, 207)])
    def test_with_a_bad_value_is_refused_whole_even_with_trace_ids_unless_switched(
        self, begin: Begin, hubspot: httpx.Client, switch: bool, status: int
    ) -> None:
        begin(trace_ids_on_update=switch)
        contacts = Contacts(hubspot)
        keys = [contacts.create(email=f"{n}@x.com") for n in range(2)]
        inputs = [
            {"id": keys[0], "properties": {"city": "Rome"}, "objectWriteTraceId": "0"},
            {"id": keys[1], "properties": {"missing": "1"}, "objectWriteTraceId": "1"},
        ]

        assert contacts.batch("update", inputs).status_code == status
        assert contacts.value(keys[0], "city") == ("Rome" if switch else None)

    def test_drops_merged_ids_in_silence(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        keys = [contacts.create(email=f"{n}@x.com") for n in range(2)]
        simulator.account.merge(keys[0], keys[1])

        answer = contacts.batch("update", [{"id": keys[1], "properties": {"city": "Rome"}}])

        assert answer.status_code == 200
        assert answer.json()["results"] == []
        assert "errors" not in answer.json()
        assert contacts.value(keys[0], "city") is None

    def test_by_email_is_refused(self, contacts: Contacts) -> None:
        contacts.create(email="a@x.com")
        answer = contacts.batch("update", [by_email("a@x.com", city="Rome")])

        assert answer.status_code == 400
        assert "Unable to perform update/upsert by non-unique 0-1 property" in answer.text

    def test_with_an_email_as_id_changes_nothing(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.batch("update", [{"id": "a@x.com", "properties": {"city": "Rome"}}])

        assert answer.status_code == 207
        assert answer.json()["results"] == []
        assert contacts.value(id_, "city") is None

    def test_names_trace_ids_of_unknown_ids_only_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(trace_ids_of_missing=True)
        one = {"id": "888", "properties": {}, "objectWriteTraceId": "t"}
        (error,) = Contacts(hubspot).batch("update", [one]).json()["errors"]
        assert error["context"] == {"ids": ["888"], "objectWriteTraceId": ["t"]}


class TestRead:
    def test_by_email_finds_secondary_addresses_and_lists_the_missing_at_once(
        self, contacts: Contacts
    ) -> None:
        id_ = contacts.create(email="a@x.com", hs_additional_emails="old@x.com")

        answer = contacts.batch(
            "read",
            [{"id": "Old@x.com"}, {"id": "b@x.com"}, {"id": "c@x.com"}],
            idProperty="email",
            properties=["email", "city"],
        )

        assert answer.status_code == 207
        (result,) = answer.json()["results"]
        assert (result["id"], result["properties"]["email"]) == (id_, "a@x.com")
        assert result["properties"]["city"] is None
        assert answer.json()["errors"][0]["context"] == {"ids": ["b@x.com", "c@x.com"]}
        assert answer.json()["numErrors"] == 1

    def test_takes_hs_object_id_as_id_property(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.batch("read", [{"id": id_}], idProperty="hs_object_id")
        assert ids(answer) == [id_]

    def test_with_histories_takes_only_50(self, contacts: Contacts) -> None:
        inputs = [{"id": str(n)} for n in range(51)]
        answer = contacts.batch("read", inputs, propertiesWithHistory=["email"])

        assert answer.status_code == 400
        assert answer.json()["message"] == (
            "The maximum number of inputs supported in a batch request for property histories is "
            "50. Please reduce the number of items and try again"
        )


class TestArchive:
    def test_is_204_whether_or_not_the_ids_exist(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        for _ in range(2):
            answer = contacts.batch("archive", [{"id": id_}, {"id": "888"}])
            assert (answer.status_code, answer.content) == (204, b"")
        assert len(simulator.account.contacts) == 0
        assert contacts.create(email="a@x.com") != id_


OPERATIONS: dict[str, dict[str, Any]] = {
    "create": {"properties": {}},
    "read": {"id": "1"},
    "update": {"id": "1", "properties": {}},
    "upsert": {"id": "a@x.com", "idProperty": "email", "properties": {}},
}


@pytest.mark.parametrize("operation", OPERATIONS)
class TestEveryBatch:
    def test_takes_100_inputs_and_not_one_more(self, contacts: Contacts, operation: str) -> None:
        one = OPERATIONS[operation]
        inputs = [one | ({"id": f"p{n}@x.com"} if "id" in one else {}) for n in range(101)]

        assert contacts.batch(operation, inputs[:100]).status_code < 300
        answer = contacts.batch(operation, inputs)
        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "The maximum number of inputs supported in a batch is 100. "
            "Please reduce the number of items and try again",
            "category": "VALIDATION_ERROR",
        }

    def test_without_inputs_does_nothing_in_silence(
        self, contacts: Contacts, operation: str
    ) -> None:
        for body in ({}, {"input": [OPERATIONS[operation]]}, {"inputs": []}):
            answer = contacts.client.post(f"{contacts.path}/batch/{operation}", json=body)
            assert answer.status_code in (200, 201)
            assert answer.json()["status"] == "COMPLETE"
            assert answer.json()["results"] == []

    def test_refuses_json_of_the_wrong_type_without_a_category(
        self, contacts: Contacts, operation: str
    ) -> None:
        answer = contacts.batch(operation, [[OPERATIONS[operation]]])

        assert answer.status_code == 400
        body = without_id(answer.json())
        assert body.keys() == {"status", "message"}
        assert body["message"].startswith("Invalid input JSON on line ")
        assert "Cannot deserialize value of type `com.hubspot" in body["message"]
        assert "from Array value" in body["message"]

    def test_refuses_text_that_is_no_json(self, contacts: Contacts, operation: str) -> None:
        answer = contacts.client.post(f"{contacts.path}/batch/{operation}", content=b'{"inputs": [')
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Invalid input JSON on line 1, column 1")
        assert "category" not in answer.json()

    def test_refuses_inputs_that_lack_what_they_need(
        self, contacts: Contacts, operation: str
    ) -> None:
        for name in {"id", "properties"} & OPERATIONS[operation].keys():
            one = {key: value for key, value in OPERATIONS[operation].items() if key != name}
            assert contacts.batch(operation, [one]).status_code == 400
