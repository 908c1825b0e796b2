from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.simulator.associating import Associating, spec
from tests.simulator.conftest import without_id

CONTACTS = "/crm/objects/2026-03/contacts"


@pytest.fixture
def api(hubspot: httpx.Client, simulator: SimulatorServer) -> Associating:
    """Contacts and companies of an account with every default."""
    return Associating(hubspot, simulator)


def contact(email: str, company: str, *types: int) -> dict[str, Any]:
    """A new contact of a company."""
    associations = [{"to": {"id": company}, "types": [spec(one) for one in types]}]
    return {"properties": {"email": email}, "associations": associations}


class TestSingle:
    def test_a_new_record_has_its_associations(self, api: Associating) -> None:
        company = api.company()
        answer = api.client.post(CONTACTS, json=contact("a@example.com", company, 279))
        assert answer.status_code == 201
        assert api.labels(answer.json()["id"], company) == ["Primary"]

    @pytest.mark.parametrize(("type_id", "status"), [(279, 404), (280, 400), (4, 404)])
    def test_one_that_cannot_be_made_leaves_nothing(
        self, api: Associating, type_id: int, status: int
    ) -> None:
        answer = api.client.post(CONTACTS, json=contact("a@example.com", "123456789", type_id))
        assert answer.status_code == status
        assert len(api.server.account.contacts) == 0

    def test_a_missing_target_is_named(self, api: Associating) -> None:
        answer = api.client.post(CONTACTS, json=contact("a@example.com", "123456789", 279))
        assert without_id(answer.json()) == {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
            "message": "No company with ID 123456789 exists",
            "context": {"objectType": ["company"], "id": ["123456789"]},
        }


class TestBatch:
    def test_new_records_have_their_associations(self, api: Associating) -> None:
        first, second = api.company(), api.company()
        inputs = [contact("a@example.com", first, 1), contact("b@example.com", second, 279)]
        answer = api.client.post(f"{CONTACTS}/batch/create", json={"inputs": inputs})
        assert answer.status_code == 201
        for company in (first, second):
            [one] = api.listed(company, "companies", "contacts")
            assert one["associationTypes"][0]["typeId"] == 2

    def test_one_that_cannot_be_made_sinks_the_batch(self, api: Associating) -> None:
        inputs = [
            contact("a@example.com", api.company(), 279),
            contact("b@example.com", "123456789", 279),
        ]
        answer = api.client.post(f"{CONTACTS}/batch/create", json={"inputs": inputs})
        assert 400 <= answer.status_code < 500
        assert len(api.server.account.contacts) == 0

    def test_with_trace_ids_the_others_are_created(self, api: Associating) -> None:
        company = api.company()
        inputs = [
            contact("a@example.com", company, 279) | {"objectWriteTraceId": "a"},
            contact("b@example.com", "123456789", 279) | {"objectWriteTraceId": "b"},
        ]
        answer = api.client.post(f"{CONTACTS}/batch/create", json={"inputs": inputs})
        assert answer.status_code == 207
        [error] = answer.json()["errors"]
        assert error["context"]["objectWriteTraceId"] == ["b"]
        assert [one["properties"]["email"] for one in answer.json()["results"]] == ["a@example.com"]
        assert len(api.listed(company, "companies", "contacts")) == 1

    def test_updates_and_upserts_take_no_associations(self, api: Associating) -> None:
        company = api.company()
        one = contact("a@example.com", company, 279) | {
            "id": "a@example.com", "idProperty": "email",
        }  # fmt: skip
        answer = api.client.post(f"{CONTACTS}/batch/upsert", json={"inputs": [one]})
        assert answer.status_code == 200
        assert api.listed(answer.json()["results"][0]["id"]) == []
