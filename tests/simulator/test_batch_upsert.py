"""Batch upserts of contacts (hubspot-api §2.5)."""

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, ids, without_id

PROPERTY_ERROR = (
    'Property values were not valid: [{"isValid":false,"message":"Property \\"missing\\" does not '
    'exist","error":"PROPERTY_DOESNT_EXIST","name":"missing","localizedErrorMessage":"Property '
    '\\"missing\\" does not exist","portalId":12345678}]'
)


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
