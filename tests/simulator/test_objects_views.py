"""What lists and reads show of records, and records created with associations (§2.3)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Contacts, ids, without_id

OBJECTS = "/crm/v3/objects"
CONTACT_TO_COMPANY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}


def to(record_id: str, **spec: Any) -> dict[str, Any]:
    return {"to": {"id": record_id}, "types": [{**CONTACT_TO_COMPANY, **spec}]}


@pytest.fixture
def company(simulator: SimulatorServer) -> str:
    """The id of a company."""
    companies = simulator.account.records("companies")
    return companies.create(
        companies.allocate_id(), {"name": "Ada Ltd"}, Stamp("2024-01-01T00:00:00.000Z")
    ).id


class TestPages:
    def test_of_archived_records_lead_to_the_next_ones(self, contacts: Contacts) -> None:
        made = [contacts.create(email=f"{n}@x.com", city=f"City {n}") for n in range(7)]
        for id_ in (made[5], made[1], made[2], made[4]):
            contacts.client.delete(f"{contacts.path}/{id_}")
        seen: list[Any] = []
        query: dict[str, Any] = {"archived": "true", "limit": 3, "properties": "city"}
        while True:
            page = contacts.client.get(contacts.path, params=query).json()
            seen += page["results"]
            if "paging" not in page:
                break
            query["after"] = page["paging"]["next"]["after"]

        assert [one["id"] for one in seen] == [made[1], made[2], made[4], made[5]]
        assert all(one["archived"] is True and one["archivedAt"] for one in seen)
        assert seen[0]["properties"]["city"] == "City 1"

    def test_have_a_link_that_asks_for_the_same(self, contacts: Contacts) -> None:
        for n in range(3):
            contacts.create(email=f"{n}@x.com", city="Rome")
        query = {"limit": "1", "properties": "city,email"}
        link = contacts.client.get(contacts.path, params=query).json()["paging"]["next"]["link"]
        path = link.removeprefix("https://api.hubapi.com")
        page = contacts.client.get(path).json()

        assert page["results"][0]["properties"]["city"] == "Rome"
        assert page["results"][0]["properties"]["email"] == "1@x.com"

    def test_show_histories(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", city="Rome")
        contacts.patch(id_, city="Oslo")
        page = contacts.client.get(contacts.path, params={"propertiesWithHistory": "city"}).json()

        history = page["results"][0]["propertiesWithHistory"]["city"]
        assert [entry["value"] for entry in history] == ["Oslo", "Rome"]

    @pytest.mark.parametrize(
        "query",
        [{"limit": "0"}, {"limit": "101"}, {"limit": "-1"}, {"limit": "ten"}, {"limit": "²"},
         {"after": "x"}, {"after": "-1"}],
    )  # fmt: skip
    def test_refuse_limits_and_ids_that_are_none(
        self, contacts: Contacts, query: dict[str, str]
    ) -> None:
        answer = contacts.client.get(contacts.path, params=query)
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


class TestReads:
    def test_of_archived_records_only_show_those(self, contacts: Contacts) -> None:
        live, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        contacts.client.delete(f"{contacts.path}/{gone}")

        shown = contacts.get(gone, archived="true").json()
        assert (shown["archived"], shown["archivedAt"] > shown["createdAt"]) == (True, True)
        for answer in (contacts.get(live, archived="true"), contacts.get(gone)):
            assert answer.status_code == 404
            assert without_id(answer.json()) == {
                "status": "error",
                "message": "resource not found",
            }

    def test_show_the_associations_asked_for(self, contacts: Contacts, company: str) -> None:
        id_ = contacts.create(email="a@x.com")
        other = contacts.create(email="b@x.com")
        body = {"properties": {"email": "c@x.com"}, "associations": [to(company)]}
        made = contacts.client.post(contacts.path, json=body).json()["id"]

        shown = contacts.get(made, associations="companies,0-3").json()
        assert shown["associations"]["companies"]["results"][0]["id"] == company
        assert shown["associations"]["companies"]["results"][0]["type"] == "contact_to_company"
        assert shown["associations"].keys() == {"companies"}
        assert "associations" not in contacts.get(made).json()
        assert "associations" not in contacts.get(id_, associations="companies").json()
        page = contacts.client.get(contacts.path, params={"associations": "company"}).json()
        assert [("associations" in one) for one in page["results"]] == [False, False, True]
        assert other != id_

    def test_know_no_unknown_object_type(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.get(id_, associations="butterflies")
        assert answer.status_code == 400
        assert answer.json()["message"] == "Unable to infer object type from: butterflies"


class TestUpdateByIdProperty:
    def test_finds_a_contact_by_its_address(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        body = {"properties": {"city": "Rome"}}
        by_email = {"idProperty": "email"}
        path = f"{contacts.path}/A@x.com"

        assert contacts.client.patch(path, params=by_email, json=body).json()["id"] == id_
        answer = contacts.client.patch(f"{contacts.path}/b@x.com", params=by_email, json=body)
        assert answer.status_code == 404
        assert contacts.client.patch(path, json=body).status_code == 404

    def test_refuses_a_property_that_is_not_unique(self, contacts: Contacts) -> None:
        body = {"properties": {"city": "Rome"}}
        answer = contacts.client.patch(
            f"{contacts.path}/Rome", params={"idProperty": "city"}, json=body
        )
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


class TestCreateWithAssociations:
    def test_makes_them_seen_from_both_records(
        self, contacts: Contacts, company: str, hubspot: httpx.Client
    ) -> None:
        body = {"properties": {"email": "a@x.com"}, "associations": [to(company)]}
        answer = contacts.client.post(contacts.path, json=body)

        assert answer.status_code == 201
        seen = hubspot.get(f"{OBJECTS}/companies/{company}", params={"associations": "contacts"})
        results = seen.json()["associations"]["contacts"]["results"]
        assert {one["id"] for one in results} == {answer.json()["id"]}

    @pytest.mark.parametrize(
        ("given", "status"),
        [(to("999"), 404), (to("x"), 400), (to("1", associationTypeId=280), 400)],
    )
    def test_creates_nothing_if_one_of_them_cannot_be_made(
        self, contacts: Contacts, simulator: SimulatorServer, given: Any, status: int
    ) -> None:
        body = {"properties": {"email": "a@x.com"}, "associations": [given]}
        answer = contacts.client.post(contacts.path, json=body)

        assert answer.status_code == status
        assert "category" in answer.json()
        assert len(simulator.account.contacts) == 0

    def test_names_the_place_of_one_that_cannot_be_read(self, contacts: Contacts) -> None:
        content = b'{"properties":{},\n"associations":[{"to":{"id":[1]},"types":[{}]}]}'
        answer = contacts.client.post(contacts.path, content=content)
        assert answer.json()["message"] == (
            "Invalid input JSON on line 2, column 29: Cannot deserialize value of type "
            "`java.lang.String` from Array value (token `JsonToken.START_ARRAY`)"
        )

        content = b'{"properties":{},"associations":[{"to":{"id":"1"},"types":[\n{}]}]}'
        answer = contacts.client.post(contacts.path, content=content)
        assert answer.json()["message"] == (
            "Invalid input JSON on line 2, column 2: Cannot build AssociationSpec, some of "
            "required attributes are not set [associationCategory, associationTypeId]"
        )

    def test_in_a_batch_makes_them_all_or_creates_nothing(
        self, contacts: Contacts, company: str, simulator: SimulatorServer
    ) -> None:
        good = {"properties": {"email": "a@x.com"}, "associations": [to(company)]}
        bad = {"properties": {"email": "b@x.com"}, "associations": [to("999")]}
        refused = contacts.batch("create", [good, bad])

        assert refused.status_code == 404
        assert len(simulator.account.contacts) == 0
        assert contacts.batch("create", [good]).status_code == 201
        page = contacts.client.get(contacts.path, params={"associations": "companies"}).json()
        assert page["results"][0]["associations"]["companies"]["results"][0]["id"] == company

    def test_in_a_batch_with_trace_ids_leaves_out_what_cannot_be_made(
        self, contacts: Contacts, company: str
    ) -> None:
        good = {"properties": {}, "associations": [to(company)], "objectWriteTraceId": "1"}
        bad = {"properties": {}, "associations": [to("999")], "objectWriteTraceId": "2"}
        answer = contacts.batch("create", [good | {"properties": {"email": "a@x.com"}},
                                           bad | {"properties": {"email": "b@x.com"}}])  # fmt: skip

        assert (answer.status_code, len(ids(answer))) == (207, 1)
        (error,) = answer.json()["errors"]
        assert error["category"] == "OBJECT_NOT_FOUND"
        assert error["context"]["objectWriteTraceId"] == ["2"]
        assert "existingId" not in error["context"]
