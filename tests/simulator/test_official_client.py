"""The simulator as HubSpot's own Python client sees it."""

from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    PublicGdprDeleteInput,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
)

PACKAGES = ("crm.contacts",)
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

Client = Any


class TestContacts:
    def test_one_at_a_time(self, client: Client) -> None:
        api = client.crm.contacts.basic_api
        given = SimplePublicObjectInputForCreate(properties={"email": "A@x.com"}, associations=[])
        created = api.create(given)
        changed = SimplePublicObjectInput(properties={"city": "Rome"})
        api.update(created.id, changed)
        read = api.get_by_id("a@x.com", id_property="email", properties=["city", "email"])

        assert (read.id, read.properties["city"]) == (created.id, "Rome")
        assert read.properties["email"] == "a@x.com"
        assert [one.id for one in api.get_page().results] == [created.id]
        with pytest.raises(ApiException) as refused:
            api.create(given)
        assert refused.value.status == 409
        api.archive(created.id)
        with pytest.raises(ApiException) as missing:
            api.get_by_id(created.id)
        assert missing.value.status == 404

    def test_all_of_them_page_by_page(self, client: Client, simulator: SimulatorServer) -> None:
        simulator.account.seed_contacts(230)
        assert len(client.crm.contacts.get_all()) == 230

    def test_in_batches(self, client: Client, simulator: SimulatorServer) -> None:
        api = client.crm.contacts.batch_api
        upsert = [
            {"id": f"{n}@x.com", "idProperty": "email", "properties": {"city": "Rome"}}
            for n in range(3)
        ]
        upserted = api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=upsert))
        assert [one.new for one in upserted.results] == [True] * 3
        ids = [one.id for one in upserted.results]

        create = [{"properties": {"email": "new@x.com"}, "associations": []}]
        created = api.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=create))
        assert len(created.results) == 1

        update = [{"id": one, "properties": {"city": "Paris"}} for one in (*ids, "888")]
        updated = api.update(BatchInputSimplePublicObjectBatchInput(inputs=update))
        assert updated.num_errors == 1
        assert updated.errors[0].context == {"ids": ["888"]}

        read = api.read(
            BatchReadInputSimplePublicObjectId(
                inputs=[{"id": one} for one in ids],
                properties=["city"],
                properties_with_history=[],
            )
        )
        assert {one.properties["city"] for one in read.results} == {"Paris"}
        api.archive(BatchInputSimplePublicObjectId(inputs=[{"id": one} for one in ids]))
        assert len(simulator.account.contacts) == 1

    def test_in_batches_with_trace_ids(self, client: Client) -> None:
        inputs = [
            {"id": "a@x.com", "idProperty": "email", "objectWriteTraceId": "1", "properties": {}},
            {
                "id": "b@x.com",
                "idProperty": "email",
                "objectWriteTraceId": "2",
                "properties": {"unheard_of": "1"},
            },
        ]
        api = client.crm.contacts.batch_api
        answer = api.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs))
        assert len(answer.results) == 1
        assert answer.errors[0].context == {"objectWriteTraceId": ["2"]}

    def test_merged_searched_and_gone_for_good(
        self, client: Client, simulator: SimulatorServer
    ) -> None:
        api = client.crm.contacts.basic_api
        people = [{"email": email} for email in ("a@x.com", "b@x.com")]
        kept, other = (
            api.create(SimplePublicObjectInputForCreate(properties=one, associations=[]))
            for one in people
        )
        api.merge(PublicMergeInput(primary_object_id=kept.id, object_id_to_merge=other.id))
        simulator.clock.advance(10)
        anybody = PublicObjectSearchRequest(properties=["hs_additional_emails"])
        (found,) = client.crm.contacts.search_api.do_search(anybody).results
        assert (found.id, found.properties["hs_additional_emails"]) == (kept.id, "b@x.com")
        api.purge(PublicGdprDeleteInput(object_id="a@x.com", id_property="email"))
        with pytest.raises(ApiException) as missing:
            api.get_by_id(kept.id)
        assert missing.value.status == 404


class TestOAuth:
    def test_refreshes_and_calls(self, simulator: SimulatorServer) -> None:
        client = HubSpot(host=simulator.url)
        tokens = client.oauth.tokens_api.create(
            grant_type="refresh_token",
            refresh_token=REFRESH_TOKEN,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        )
        assert tokens.expires_in == 1_800
        client.access_token = tokens.access_token
        assert client.crm.contacts.basic_api.get_page().results == []
        access = client.oauth.access_tokens_api.get(tokens.access_token)
        assert access.hub_id == simulator.settings.portal_id
