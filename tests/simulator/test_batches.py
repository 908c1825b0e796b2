"""Batches of contacts (hubspot-api §2.2, §2.5)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, ids, without_id


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
    "create": {"properties": {"lastname": "x"}},
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
