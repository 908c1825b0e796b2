import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.simulator.associating import Associating


@pytest.fixture
def api(hubspot: httpx.Client, simulator: SimulatorServer) -> Associating:
    """Contacts and companies of an account with every default."""
    return Associating(hubspot, simulator)


def linked(api: Associating) -> tuple[str, str]:
    """A contact and its company."""
    contact, company = api.contact(), api.company()
    api.batch("associate/default", api.pair(contact, company))
    return contact, company


class TestV3:
    def pair(self, api: Associating, contact: str, company: str, type_: str) -> dict[str, object]:
        return api.pair(contact, company) | {"type": type_}

    @pytest.mark.parametrize("type_", ["contact_to_company", "279"])
    def test_a_batch_takes_types_by_name_or_id(self, api: Associating, type_: str) -> None:
        contact, company = api.contact(), api.company()
        path = "/crm/v3/associations/contacts/companies/batch"
        one = self.pair(api, contact, company, type_)
        made = api.client.post(f"{path}/create", json={"inputs": [one]})
        assert (made.status_code, made.json()["results"]) == (201, [one])
        read = api.client.post(f"{path}/read", json={"inputs": [{"id": contact}]})
        assert read.status_code == 200
        assert read.json()["results"] == [
            {"from": {"id": contact}, "to": [{"id": company, "type": "contact_to_company"}]}
        ]
        gone = api.client.post(f"{path}/archive", json={"inputs": [one]})
        assert gone.status_code == 204
        assert (
            api.client.post(f"{path}/read", json={"inputs": [{"id": contact}]}).json()["numErrors"]
            == 1
        )

    def test_what_is_wrong_is_an_error_of_a_207(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.client.post(
            "/crm/v3/associations/contacts/companies/batch/create",
            json={
                "inputs": [
                    self.pair(api, contact, company, "company_to_contact"),
                    self.pair(api, contact, "1", "contact_to_company"),
                ]
            },
        )
        assert (answer.status_code, answer.json()["results"]) == (207, [])
        assert [one["subCategory"] for one in answer.json()["errors"]] == [
            "crm.associations.INVALID_ASSOCIATION_TYPE",
            "crm.associations.TO_OBJECT_NOT_FOUND",
        ]

    def test_inputs_under_another_name_change_nothing(self, api: Associating) -> None:
        answer = api.client.post(
            "/crm/v3/associations/contacts/companies/batch/create", json={"values": [1]}
        )
        assert (answer.status_code, answer.json()["results"]) == (201, [])

    def test_labels_that_are_there_stay(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, api.label("owner", "Owner")))
        path = f"/crm/v3/objects/contacts/{contact}/associations/company/{company}"
        answer = api.client.put(f"{path}/contact_to_company")
        assert answer.status_code == 200
        assert answer.json()["id"] == contact
        assert answer.json()["associations"] == {
            "companies": {"results": [{"id": company, "type": "contact_to_company"}]}
        }
        assert api.labels(contact, company) == ["Primary", "Owner"]

    def test_one_can_be_listed_and_deleted(self, api: Associating) -> None:
        contact, company = linked(api)
        path = f"/crm/v3/objects/contacts/{contact}/associations/companies"
        assert api.client.get(path).json() == {
            "results": [{"id": company, "type": "contact_to_company"}]
        }
        assert api.client.delete(f"{path}/{company}/contact_to_company").status_code == 204
        assert api.client.get(path).json() == {"results": []}

    def test_parents_and_children_have_types_of_their_own(self, api: Associating) -> None:
        parent, child = api.company(), api.company()
        path = f"/crm/v3/objects/companies/{parent}/associations/companies/{child}"
        assert api.client.put(f"{path}/parent_to_child_company").status_code == 200
        [seen_from_child] = api.listed(child, "companies", "companies")
        assert [one["typeId"] for one in seen_from_child["associationTypes"]] == [14, 450]
