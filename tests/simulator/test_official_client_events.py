"""Custom events and OAuth as HubSpot's own Python client sees them."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hubspot.events.send import (
    ApiException,
    BatchedBehavioralEventHttpCompletionRequest,
    BehavioralEventHttpCompletionRequest,
)
from hubspot.oauth import ApiException as OAuthException
from hubspot.utils.oauth import get_auth_url

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    REFRESH_TOKEN,
)

from .conftest import ANYONE
from .official import watched_client

LOGIN = "pe12345678_login"
DEFINITIONS = "/events/v3/event-definitions"
PACKAGES = ("events", "events.send", "oauth")
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

Client = Any


class TestEvents:
    @pytest.fixture(autouse=True)
    def login(self, hubspot: httpx.Client, simulator: SimulatorServer) -> None:
        """The client has no words for definitions: a plain request makes the one."""
        city = {"name": "city", "label": "City", "type": "string"}
        body = {"label": "Login", "propertyDefinitions": [city], "includeDefaultProperties": False}
        assert hubspot.post(DEFINITIONS, json=body).status_code == 201
        simulator.clock.advance(1)

    def test_are_sent_and_read_back(self, client: Client, simulator: SimulatorServer) -> None:
        at = datetime(2026, 1, 20, 21, 14, 16, tzinfo=UTC)
        one = BehavioralEventHttpCompletionRequest(
            event_name=LOGIN, email="a@x.com", occurred_at=at, properties={"city": "Rome"}
        )
        assert client.events.send.basic_api.send(one) is None
        simulator.clock.advance(3)
        contact = client.crm.contacts.basic_api.get_by_id("a@x.com", id_property="email")
        page = client.events.events_api.get_page(object_type="contact", object_id=int(contact.id))

        (happened,) = page.results
        assert (happened.event_type, happened.object_id) == (LOGIN, contact.id)
        assert (happened.occurred_at, happened.properties) == (at, {"city": "Rome"})
        assert client.events.events_api.get_types().event_types == [LOGIN]

    def test_are_sent_in_batches_once_each(
        self, client: Client, simulator: SimulatorServer
    ) -> None:
        inputs = [
            BehavioralEventHttpCompletionRequest(
                event_name=LOGIN, email="a@x.com", uuid=f"u{number}", properties={}
            )
            for number in range(500)
        ]
        batch = BatchedBehavioralEventHttpCompletionRequest(inputs=inputs)
        for _ in range(2):
            assert client.events.send.batch_api.send(batch) is None
        simulator.clock.advance(3)
        simulator.account.settle(simulator.clock.now())
        assert len(simulator.account.events.occurrences_by(LOGIN)) == 500

        batch.inputs.append(inputs[0])
        with pytest.raises(ApiException) as refused:
            client.events.send.batch_api.send(batch)
        assert refused.value.status == 400

    def test_of_an_unknown_kind_are_refused(self, client: Client) -> None:
        one = BehavioralEventHttpCompletionRequest(
            event_name="pe12345678_logout", email="a@x.com", properties={}
        )
        with pytest.raises(ApiException) as refused:
            client.events.send.basic_api.send(one)
        assert refused.value.status == 400


class TestOAuth:
    def test_goes_from_consent_to_calls_to_revocation(
        self, simulator: SimulatorServer, official_calls: set[str]
    ) -> None:
        page = get_auth_url(
            CLIENT_ID, REDIRECT_URI, ("oauth", "crm.objects.contacts.read"), state="s"
        )
        answer = ANYONE.get(f"{simulator.url}/oauth/authorize?{urlsplit(page).query}")
        back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
        client = watched_client(simulator, official_calls)
        tokens = client.oauth.tokens_api.create(
            grant_type="authorization_code",
            code=back["code"],
            redirect_uri=REDIRECT_URI,
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
        )

        assert (back["state"], tokens.expires_in) == ("s", 1_800)
        client.access_token = tokens.access_token
        assert client.crm.contacts.basic_api.get_page().results == []
        access = client.oauth.access_tokens_api.get(tokens.access_token)
        assert access.scopes == ["crm.objects.contacts.read", "oauth"]
        assert access.token_type == "access"
        refresh = client.oauth.refresh_tokens_api.get(tokens.refresh_token)
        assert (refresh.client_id, refresh.token_type) == (CLIENT_ID, "refresh")
        client.oauth.refresh_tokens_api.archive(tokens.refresh_token)
        with pytest.raises(OAuthException) as refused:
            client.oauth.tokens_api.create(
                grant_type="refresh_token",
                refresh_token=REFRESH_TOKEN,
                client_id=CLIENT_ID,
                client_secret=CLIENT_SECRET,
            )
        assert "BAD_REFRESH_TOKEN" in refused.value.body
