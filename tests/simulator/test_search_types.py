"""Search of other types than contacts, by associations, and with HubSpot's own client (§2.9)."""

from typing import Any

import httpx
import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import ApiException, Filter, FilterGroup, PublicObjectSearchRequest

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.object_types import CONTACTS
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN

from .cars import FULL_NAME, OBJECTS, define
from .conftest import Contacts, ids

Client = Any


def search(client: httpx.Client, kind: str, *filters: Any, **body: Any) -> list[str]:
    given = {**body, "filterGroups": [{"filters": list(filters)}]}
    answer = client.post(f"/crm/v3/objects/{kind}/search", json=given)
    assert answer.status_code == 200, answer.text
    return ids(answer)


@pytest.fixture
def companies(simulator: SimulatorServer) -> list[str]:
    """Two companies, known to the search index."""
    records = simulator.account.records("companies")
    stamp = Stamp("2024-01-01T00:00:00.000Z")
    return [
        records.create(records.allocate_id(), {"name": name, "domain": domain}, stamp).id
        for name, domain in (("Ada Ltd", "ada.example"), ("Bob & Sons", "bob.example"))
    ]


class TestCompanies:
    def test_are_found_by_their_own_properties(
        self, hubspot: httpx.Client, companies: list[str]
    ) -> None:
        by_domain = {"propertyName": "domain", "operator": "EQ", "value": "BOB.example"}
        assert search(hubspot, "companies", by_domain) == [companies[1]]
        assert search(hubspot, "0-2", query="ada") == [companies[0]]
        by_age = {"propertyName": "hs_lastmodifieddate", "operator": "LT", "value": "2025-01-01"}
        assert search(hubspot, "company", by_age) == companies


class TestAssociations:
    def test_stand_for_the_ids_of_the_records_associated(
        self, contacts: Contacts, companies: list[str], simulator: SimulatorServer
    ) -> None:
        people = [contacts.create(email=f"{n}@x.com") for n in range(4)]
        company = simulator.account.types.find("companies")
        for person, at in ((people[0], 0), (people[1], 1), (people[2], 0), (people[2], 1)):
            simulator.account.associations.link(CONTACTS, person, company, companies[at], [])
        simulator.clock.advance(10)

        def found(operator: str, **given: Any) -> list[int]:
            one = {"propertyName": "associations.company", "operator": operator, **given}
            return [people.index(id_) for id_ in search(contacts.client, "contacts", one)]

        assert found("EQ", value=companies[0]) == [0, 2]
        assert found("IN", values=companies) == [0, 1, 2]
        assert found("HAS_PROPERTY") == [0, 1, 2]
        assert found("NOT_HAS_PROPERTY") == [3]
        assert found("NEQ", value=companies[0]) == [1]
        assert found("EQ", value="999") == []

    @pytest.mark.parametrize(
        ("name", "value"), [("associations.butterfly", "1"), ("associations.company", "Ada Ltd")]
    )
    def test_need_a_type_and_an_id(self, contacts: Contacts, name: str, value: str) -> None:
        one = {"propertyName": name, "operator": "EQ", "value": value}
        body = {"filterGroups": [{"filters": [one]}]}
        assert contacts.client.post(f"{contacts.path}/search", json=body).status_code == 400


class TestCustomObjects:
    def test_are_found_by_what_their_schema_makes_searchable(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        schema = define(hubspot, simulator)
        made = hubspot.post(OBJECTS, json={"properties": {"model": "Testarossa", "vin": "X1"}})
        simulator.clock.advance(10)

        assert "model" in schema["searchableProperties"]
        assert search(hubspot, FULL_NAME, query="testa") == [made.json()["id"]]
        by_vin = {"propertyName": "vin", "operator": "IN", "values": ["x1"]}
        assert search(hubspot, schema["objectTypeId"], by_vin) == [made.json()["id"]]


class TestOfficialClient:
    @pytest.fixture
    def client(self, simulator: SimulatorServer) -> Client:
        return HubSpot(access_token=PRIVATE_APP_TOKEN, host=simulator.url)

    def test_searches_page_by_page(self, client: Client, simulator: SimulatorServer) -> None:
        simulator.account.seed_contacts(450)
        simulator.clock.advance(10)
        api = client.crm.contacts.search_api
        lead = Filter(property_name="lifecyclestage", operator="EQ", value="lead")
        request = PublicObjectSearchRequest(
            filter_groups=[FilterGroup(filters=[lead])], sorts=["-hs_object_id"],
            properties=["email"], limit=200, after="0",
        )  # fmt: skip
        emails: list[str] = []
        while True:
            page = api.do_search(request)
            assert page.total == 450
            emails += [one.properties["email"] for one in page.results]
            if page.paging is None:
                break
            request.after = page.paging.next.after
        assert emails == [f"seed{n}@example.com" for n in reversed(range(450))]

    def test_is_told_of_an_unknown_property(self, client: Client) -> None:
        nothing = Filter(property_name="no_such", operator="HAS_PROPERTY")
        request = PublicObjectSearchRequest(filter_groups=[FilterGroup(filters=[nothing])])
        with pytest.raises(ApiException) as refused:
            client.crm.contacts.search_api.do_search(request)
        assert refused.value.status == 400
