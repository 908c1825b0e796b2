from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import OAuthApp, PrivateApp, SimulatorSettings
from tests.simulator.associating import Associating, spec
from tests.simulator.conftest import Begin, without_id

DATED = ("2025-09", "2026-03", "2026-09")


@pytest.fixture
def api(hubspot: httpx.Client, simulator: SimulatorServer) -> Associating:
    """Contacts and companies of an account with every default, on the paths of 2026-03."""
    return Associating(hubspot, simulator)


def linked(api: Associating) -> tuple[str, str]:
    """A contact and its company."""
    contact, company = api.contact(), api.company()
    api.batch("associate/default", api.pair(contact, company))
    return contact, company


def read_contacts(api: Associating, *companies: dict[str, str]) -> list[Any]:
    """What companies are associated with."""
    answer = api.batch("read", *companies, from_type="companies", to="contacts")
    results: list[Any] = answer.json()["results"]
    return results


def user_without_permission(server: SimulatorServer) -> httpx.Client:
    """A client with the token of a user who may not edit associations, in a new account."""
    app = OAuthApp(edits_associations=False)
    server.reset(SimulatorSettings(limits=None, oauth_apps=(app,)))
    token = server.authentication.grant(app, server.account.clock.now())
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token}"})


class TestArchive:
    @pytest.mark.parametrize("version", ["v4", *DATED])
    def test_v4_answers_204_and_the_dated_paths_200(
        self, hubspot: httpx.Client, simulator: SimulatorServer, version: str
    ) -> None:
        api = Associating(hubspot, simulator, version)
        contact, company = linked(api)
        answer = api.batch("archive", {"from": {"id": contact}, "to": [{"id": company}]})
        assert answer.status_code == (204 if version == "v4" else 200)
        assert api.listed(contact) == []
        assert api.listed(company, "companies", "contacts") == []

    def test_one_input_names_many_to_take_apart(self, api: Associating) -> None:
        contact, first = linked(api)
        second = api.company()
        api.batch("associate/default", api.pair(contact, second))
        to = [{"id": first}, {"id": second}, {"id": "1"}]
        assert api.batch("archive", {"from": {"id": contact}, "to": to}).status_code == 200
        assert api.listed(contact) == []

    def test_a_label_taken_off_leaves_the_unlabeled_type(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        for version, status in (("v4", 204), ("2026-03", 200)):
            api = Associating(hubspot, simulator, version)
            contact, company = api.contact(), api.company()
            owner = api.label(f"owner{status}", f"Owner {status}")
            api.batch("create", api.typed(contact, company, 1, owner))
            answer = api.batch("labels/archive", api.typed(contact, company, owner, 1))
            assert answer.status_code == status
            assert [one["typeId"] for one in api.types(contact, company)] == [279]

    def test_the_unlabeled_type_taken_off_takes_all(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, 1, api.label("owner", "Owner")))
        api.batch("labels/archive", api.typed(contact, company, 279))
        assert api.listed(contact) == []

    def test_a_single_delete_answers_204_whether_or_not_there_is_one(
        self, api: Associating
    ) -> None:
        contact, company = linked(api)
        for _ in range(2):
            answer = api.client.delete(f"{api.of(contact)}/companies/{company}")
            assert (answer.status_code, answer.content) == (204, b"")
        assert api.listed(contact) == []

    def test_an_archived_record_loses_its_associations(self, api: Associating) -> None:
        contact, company = linked(api)
        api.client.delete(f"/crm/objects/2026-03/contacts/{contact}")
        assert api.listed(company, "companies", "contacts") == []

    def test_a_merged_records_associations_go_to_the_survivor(self, api: Associating) -> None:
        (gone, first), (stays, second) = linked(api), linked(api)
        api.server.account.merge(stays, gone)
        assert api.labels(stays, first) == []
        assert api.labels(stays, second) == ["Primary"]
        [one] = api.listed(first, "companies", "contacts")
        assert one["toObjectId"] == int(stays)


class TestBatchRead:
    def test_ids_are_text_here_and_number_there_and_no_label_is_null(
        self, api: Associating
    ) -> None:
        contact, company = linked(api)
        answer = api.batch("read", {"id": contact})
        assert answer.status_code == 200
        assert answer.json()["results"] == [
            {
                "from": {"id": contact},
                "to": [
                    {
                        "toObjectId": int(company),
                        "associationTypes": [
                            {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
                            {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
                        ],
                    }
                ],
            }
        ]

    def test_a_record_without_associations_is_an_error(self, api: Associating) -> None:
        contact, _ = linked(api)
        alone = api.contact()
        answer = api.batch("read", {"id": contact}, {"id": alone})
        assert answer.status_code == 207
        assert [one["from"]["id"] for one in answer.json()["results"]] == [contact]
        assert answer.json()["errors"] == [
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                "message": f"No company is associated with contact {alone}.",
                "context": {
                    "fromObjectId": [alone],
                    "fromObjectType": ["contact"],
                    "toObjectType": ["company"],
                },
            }
        ]

    def test_it_is_left_out_if_the_switch_says_so(
        self, hubspot: httpx.Client, begin: Begin
    ) -> None:
        api = Associating(hubspot, begin(no_associations_is_an_error=False))
        answer = api.batch("read", {"id": api.contact()})
        assert (answer.status_code, answer.json()["results"]) == (200, [])

    def test_each_record_has_pages_of_its_own(self, api: Associating) -> None:
        company = api.company()
        contacts = [api.contact() for _ in range(501)]
        api.batch(
            "associate/default",
            *[api.pair(company, contact) for contact in contacts],
            from_type="companies",
            to="contacts",
        )
        [first] = read_contacts(api, {"id": company})
        assert len(first["to"]) == 500
        after = first["paging"]["next"]["after"]
        [second] = read_contacts(api, {"id": company, "after": after})
        assert "paging" not in second
        read = [str(one["toObjectId"]) for one in first["to"] + second["to"]]
        assert read == sorted(contacts, key=int)

    def test_more_than_1000_inputs_are_refused(self, api: Associating) -> None:
        assert api.batch("read", *[{"id": "1"}] * 1000).status_code == 207
        answer = api.batch("read", *[{"id": "1"}] * 1001)
        assert answer.status_code == 400
        assert "supported in a batch is 1000" in answer.json()["message"]


class TestSingle:
    def test_a_list_has_pages(self, api: Associating) -> None:
        contact = api.contact()
        companies = [api.company() for _ in range(3)]
        api.batch("associate/default", *[api.pair(contact, company) for company in companies])
        path = f"{api.of(contact)}/companies"
        first = api.client.get(path, params={"limit": 2}).json()
        after = first["paging"]["next"]["after"]
        second = api.client.get(path, params={"limit": 2, "after": after}).json()
        assert "paging" not in second
        read = [str(one["toObjectId"]) for one in first["results"] + second["results"]]
        assert read == companies

    @pytest.mark.parametrize(("limit", "status"), [("500", 200), ("501", 400), ("0", 400)])
    def test_a_page_has_at_most_500(self, api: Associating, limit: str, status: int) -> None:
        path = f"{api.of(api.contact())}/companies"
        assert api.client.get(path, params={"limit": limit}).status_code == status

    def test_the_list_of_an_unknown_record_is_404(self, api: Associating) -> None:
        assert api.client.get(f"{api.of('1')}/companies").status_code == 404

    @pytest.mark.parametrize("version", ["v4", *DATED])
    def test_a_put_with_an_array_of_types_answers_201(
        self, hubspot: httpx.Client, simulator: SimulatorServer, version: str
    ) -> None:
        api = Associating(hubspot, simulator, version)
        contact, company = api.contact(), api.company()
        answer = api.client.put(f"{api.of(contact)}/companies/{company}", json=[spec(279)])
        assert answer.status_code == 201
        assert answer.json() == {
            "fromObjectTypeId": "0-1",
            "fromObjectId": int(contact),
            "toObjectTypeId": "0-2",
            "toObjectId": int(company),
            "labels": ["Primary"],
        }

    def test_a_put_replaces_labels(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        linked(api)
        path = f"{api.of(contact)}/companies/{company}"
        api.client.put(f"{api.of(contact)}/companies/{api.company()}", json=[spec(279)])
        for name in ("Owner", "Buyer"):
            api.client.put(path, json=[api.label(name.lower(), name)])
            assert api.labels(contact, company) == [name]

    def test_an_object_instead_of_the_array_is_refused(self, api: Associating) -> None:
        path = f"{api.of(api.contact())}/companies/{api.company()}"
        answer = api.client.put(path, json=spec(279))
        assert answer.status_code == 400
        assert "category" not in answer.json()

    def test_a_missing_target_is_404(self, api: Associating) -> None:
        path = f"{api.of(api.contact())}/companies/123456789"
        answer = api.client.put(path, json=[spec(279)])
        assert answer.status_code == 404
        assert without_id(answer.json()) == {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
            "message": "No company with ID 123456789 exists",
            "context": {"objectType": ["company"], "id": ["123456789"]},
        }


class TestWhoMay:
    @pytest.mark.parametrize(
        ("scope", "reads", "writes"),
        [
            ("crm.objects.contacts.read", True, False),
            ("crm.objects.companies.write", True, True),
            ("crm.objects.deals.write", False, False),
        ],
    )
    def test_any_scope_of_either_object_type_will_do(
        self, server: SimulatorServer, scope: str, *, reads: bool, writes: bool
    ) -> None:
        app = PrivateApp("pat-na1-one-scope", 77, frozenset([scope]))
        server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
        headers = {"Authorization": f"Bearer {app.token}"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            api = Associating(client, server)
            pair = api.pair(api.contact(), api.company())
            assert (api.batch("associate/default", pair).status_code != 403) == writes
            assert (api.batch("read", pair["from"]).status_code != 403) == reads

    @pytest.mark.parametrize(("version", "status"), [("2026-09", 400), ("2026-03", 200)])
    def test_a_user_without_the_permission_is_refused_on_2026_09(
        self, server: SimulatorServer, version: str, status: int
    ) -> None:
        with user_without_permission(server) as client:
            api = Associating(client, server, version)
            answer = api.batch("associate/default", api.pair(api.contact(), api.company()))
            assert answer.status_code == status
            if status == 400:
                assert without_id(answer.json()) == {
                    "status": "error",
                    "message": "Missing 'Edit Associations' permission.",
                    "category": "VALIDATION_ERROR",
                }

    @pytest.mark.parametrize(("version", "status"), [("2026-09", 400), ("2026-03", 201)])
    def test_nor_may_such_a_user_create_associated_records_there(
        self, server: SimulatorServer, version: str, status: int
    ) -> None:
        with user_without_permission(server) as client:
            company = Associating(client, server).company()
            one = {
                "properties": {"email": "a@example.com"},
                "associations": [{"to": {"id": company}, "types": [spec(279)]}],
            }
            path = f"/crm/objects/{version}/contacts"
            batch = client.post(f"{path}/batch/create", json={"inputs": [one]})
            one["properties"] = {"email": "b@example.com"}
            single = client.post(path, json=one)
        assert (single.status_code, batch.status_code) == (status, status)
        assert len(server.account.contacts) == (0 if status == 400 else 2)
