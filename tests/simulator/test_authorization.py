"""Consent, codes, PKCE, and what a grant allows (hubspot-api §7.1, §7.2)."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl

import httpx
import orjson
import pytest

from hubspot_pipeline.simulator.authentication import Authentication
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    PRIVATE_APP_TOKEN,
    REDIRECT_URI,
    REFRESH_TOKEN,
    OAuthApp,
    SimulatorSettings,
)

from .conftest import ANYONE, Begin, without_id

CONTACTS_READ = "crm.objects.contacts.read"
OTHER = OAuthApp(
    "other-client", "other-secret", "other-refresh", app_id=2, scopes=frozenset({CONTACTS_READ})
)


@pytest.fixture
def two_apps(server: SimulatorServer) -> SimulatorServer:
    server.reset(SimulatorSettings(oauth_apps=(OAuthApp(), OTHER)))
    return server


def ask(simulator: SimulatorServer, **changes: str) -> httpx.Response:
    """The consent page's answer; a change to ``""`` leaves a parameter out."""
    query = {
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT_URI,
        "scope": f"oauth {CONTACTS_READ}",
        "state": "s 1",
        **changes,
    }
    given = {name: value for name, value in query.items() if value}
    return ANYONE.get(f"{simulator.url}/oauth/authorize", params=given)


def brought_back(answer: httpx.Response) -> dict[str, str]:
    """What the browser brings back to the app."""
    assert answer.status_code == 302
    place, _, query = answer.headers["Location"].partition("?")
    assert place == REDIRECT_URI
    return dict(parse_qsl(query))


def exchange(simulator: SimulatorServer, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return ANYONE.post(f"{simulator.url}/oauth/2026-03/token", data=form | changes)


def refresh(simulator: SimulatorServer, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    return ANYONE.post(f"{simulator.url}/oauth/2026-03/token", data=form | changes)


def get(simulator: SimulatorServer, path: str, token: str) -> httpx.Response:
    return ANYONE.get(simulator.url + path, headers={"Authorization": f"Bearer {token}"})


class TestConsent:
    def test_brings_a_code_and_the_state_back(self, simulator: SimulatorServer) -> None:
        back = brought_back(ask(simulator))
        assert back.keys() == {"code", "state"}
        assert back["state"] == "s 1"
        assert "state" not in brought_back(ask(simulator, state=""))

    def test_brings_the_denial_back_if_switched(self, begin: Begin) -> None:
        back = brought_back(ask(begin(consent_given=False)))
        assert (back["error"], back["state"]) == ("access_denied", "s 1")
        assert back["error_description"]
        assert "code" not in back

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"client_id": "x"}, "BAD_CLIENT_ID"),
            ({"client_id": ""}, "BAD_CLIENT_ID"),
            ({"redirect_uri": "http://elsewhere.example/"}, "BAD_REDIRECT_URI"),
            ({"redirect_uri": f"{REDIRECT_URI}/deeper"}, "BAD_REDIRECT_URI"),
            ({"redirect_uri": ""}, "BAD_REDIRECT_URI"),
        ],
    )
    def test_redirects_nowhere_but_to_the_app(
        self, simulator: SimulatorServer, changes: dict[str, str], status: str
    ) -> None:
        answer = ask(simulator, **changes)
        assert (answer.status_code, answer.json()["status"]) == (400, status)

    @pytest.mark.parametrize(
        ("changes", "error"),
        [
            ({"scope": "unheard.of"}, "invalid_scope"),
            ({"scope": ""}, "invalid_scope"),
            ({"code_challenge": "x", "code_challenge_method": "S512"}, "invalid_request"),
        ],
    )
    def test_brings_back_what_was_wrong(
        self, simulator: SimulatorServer, changes: dict[str, str], error: str
    ) -> None:
        assert brought_back(ask(simulator, **changes))["error"] == error

    def test_counts_in_no_limit(self, begin: Begin) -> None:
        simulator = begin()
        assert "X-HubSpot-RateLimit-Max" not in ask(simulator).headers


class TestScopes:
    def test_of_a_token_are_those_agreed_to(self, simulator: SimulatorServer) -> None:
        code = brought_back(ask(simulator))["code"]
        body = exchange(simulator, code).json()

        assert body["scopes"] == [CONTACTS_READ, "oauth"]
        assert get(simulator, "/crm/v3/objects/contacts", body["access_token"]).status_code == 200
        assert get(simulator, "/crm/v3/objects/deals", body["access_token"]).status_code == 403
        assert refresh(simulator).json()["scopes"] == [CONTACTS_READ, "oauth"]

    def test_that_are_optional_are_granted_if_the_app_may_have_them(
        self, simulator: SimulatorServer
    ) -> None:
        optional = "crm.objects.deals.read unheard.of"
        code = brought_back(ask(simulator, optional_scope=optional))["code"]
        scopes = exchange(simulator, code).json()["scopes"]
        assert scopes == [CONTACTS_READ, "crm.objects.deals.read", "oauth"]


class TestCodes:
    def test_are_good_once(self, simulator: SimulatorServer) -> None:
        code = brought_back(ask(simulator))["code"]
        assert exchange(simulator, code).status_code == 200
        again = exchange(simulator, code)

        assert again.status_code == 400
        assert without_id(again.json()) == {
            "error": "invalid_grant",
            "error_description": "missing or unknown auth code",
            "status": "BAD_AUTH_CODE",
            "message": "missing or unknown auth code",
        }

    def test_are_good_for_ten_minutes(self, simulator: SimulatorServer) -> None:
        code = brought_back(ask(simulator))["code"]
        simulator.clock.advance(600)
        assert exchange(simulator, code).json()["status"] == "BAD_AUTH_CODE"

    def test_are_no_other_apps(self, two_apps: SimulatorServer) -> None:
        code = brought_back(ask(two_apps))["code"]
        stolen = exchange(two_apps, code, client_id="other-client", client_secret="other-secret")
        assert stolen.json()["status"] == "BAD_AUTH_CODE"
        assert exchange(two_apps, code).status_code == 400

    def test_go_back_to_where_they_came_from(self, simulator: SimulatorServer) -> None:
        code = brought_back(ask(simulator))["code"]
        elsewhere = exchange(simulator, code, redirect_uri="http://elsewhere.example/")
        assert elsewhere.json()["status"] == "BAD_REDIRECT_URI"
        assert exchange(simulator, code).status_code == 200


class TestPkce:
    VERIFIER = "v" * 43
    S256 = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()

    @pytest.mark.parametrize(
        ("query", "verifier", "status"),
        [
            ({"code_challenge": S256, "code_challenge_method": "S256"}, VERIFIER, 200),
            ({"code_challenge": S256, "code_challenge_method": "S256"}, "w" * 43, 400),
            ({"code_challenge": S256, "code_challenge_method": "S256"}, "", 400),
            ({"code_challenge": VERIFIER, "code_challenge_method": "plain"}, VERIFIER, 200),
            ({"code_challenge": VERIFIER}, VERIFIER, 200),
            ({"code_challenge": VERIFIER}, S256, 400),
            ({}, VERIFIER, 200),
        ],
    )
    def test_wants_the_verifier_of_the_challenge(
        self, simulator: SimulatorServer, query: dict[str, str], verifier: str, status: int
    ) -> None:
        code = brought_back(ask(simulator, **query))["code"]
        answer = exchange(simulator, code, **({"code_verifier": verifier} if verifier else {}))
        assert answer.status_code == status


class TestEnd:
    def test_of_an_installation_leaves_a_hub_that_is_not_known(
        self, simulator: SimulatorServer
    ) -> None:
        token = refresh(simulator).json()["access_token"]
        simulator.authentication.uninstall(simulator.settings.oauth_apps[0])
        answer = refresh(simulator)

        assert get(simulator, "/account-info/v3/details", token).status_code == 401
        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "error": "access_denied",
            "error_description": "missing or unknown hub id",
            "status": "BAD_HUB",
            "message": "missing or unknown hub id",
        }
        code = brought_back(ask(simulator))["code"]
        assert exchange(simulator, code).status_code == 200
        assert refresh(simulator).status_code == 200

    @pytest.mark.parametrize("private", [True, False])
    def test_of_a_revoked_token_mid_run_is_401_without_an_expiry(
        self, simulator: SimulatorServer, private: bool
    ) -> None:
        token = PRIVATE_APP_TOKEN if private else refresh(simulator).json()["access_token"]
        assert get(simulator, "/account-info/v3/details", token).status_code == 200
        simulator.authentication.revoke(token)
        answer = get(simulator, "/account-info/v3/details", token)
        assert answer.status_code == 401
        assert answer.json()["category"] == "INVALID_AUTHENTICATION"

    def test_of_a_token_is_the_owners_business(self, two_apps: SimulatorServer) -> None:
        other = {"client_id": "other-client", "client_secret": "other-secret"}
        base = f"{two_apps.url}/oauth/2026-03/token"
        token = refresh(two_apps).json()["access_token"]
        for one in (token, REFRESH_TOKEN):
            described = ANYONE.post(f"{base}/introspect", data=other | {"token": one})
            assert described.json() == {"active": False}
            assert ANYONE.post(f"{base}/revoke", data=other | {"token": one}).status_code == 200
        assert get(two_apps, "/account-info/v3/details", token).status_code == 200
        assert refresh(two_apps).status_code == 200


class TestDescriptions:
    def test_of_an_access_token_have_what_the_reference_lists(
        self, simulator: SimulatorServer
    ) -> None:
        token = refresh(simulator).json()["access_token"]
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": token}
        new = ANYONE.post(f"{simulator.url}/oauth/2026-09/token/introspect", data=client).json()
        old = ANYONE.get(f"{simulator.url}/oauth/v1/access-tokens/{token}").json()

        assert new.keys() == {
            "active", "token", "token_type", "token_use", "hub_id", "hub_domain", "user_id", "user",
            "client_id", "app_id", "scopes", "expires_in", "is_private_distribution",
            "signed_access_token",
        }  # fmt: skip
        assert old.keys() == {
            "token", "user", "hub_domain", "scopes", "signed_access_token", "hub_id", "app_id",
            "expires_in", "user_id", "token_type",
        }  # fmt: skip
        assert (new["token_type"], old["token_type"]) == ("bearer", "access")
        assert old["signed_access_token"]["hublet"] == "na1"
        assert 1_790 < new["expires_in"] <= 1_800

    def test_of_a_refresh_token_are_there_until_it_is_deleted(
        self, simulator: SimulatorServer
    ) -> None:
        path = f"{simulator.url}/oauth/v1/refresh-tokens/{REFRESH_TOKEN}"
        body = ANYONE.get(path).json()
        assert (body["token_type"], body["client_id"]) == ("refresh", CLIENT_ID)
        assert ANYONE.delete(path).status_code == 204
        assert ANYONE.get(path).status_code == 404

    def test_of_2025_09_are_not_there(self, simulator: SimulatorServer) -> None:
        assert ANYONE.post(f"{simulator.url}/oauth/2025-09/token").status_code == 404


def test_the_token_endpoint_of_v1_answers_four_fields_and_the_others_eight(
    simulator: SimulatorServer,
) -> None:
    form: dict[str, Any] = {
        "grant_type": "refresh_token",
        "refresh_token": REFRESH_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    four = {"token_type", "refresh_token", "access_token", "expires_in"}
    more = {"hub_id", "scopes", "user_id", "token_use"}
    for version, fields in (("v1", four), ("v3", four | more), ("2026-09", four | more)):
        answer = ANYONE.post(f"{simulator.url}/oauth/{version}/token", data=form)
        assert answer.json().keys() == fields


def test_all_tokens_are_kept_and_taken_up_again(two_apps: SimulatorServer) -> None:
    token = refresh(two_apps).json()["access_token"]
    code = brought_back(ask(two_apps, code_challenge="verifier"))["code"]
    first = two_apps.authentication
    first.revoke(PRIVATE_APP_TOKEN)
    first.uninstall(OTHER)
    saved = orjson.loads(orjson.dumps(first.saved()))
    later = Authentication(two_apps.settings, two_apps.clock)
    later.restore(saved)

    assert orjson.loads(orjson.dumps(later.saved())) == saved
    now = two_apps.clock.now()
    assert later.identify(f"Bearer {token}", now) == first.identify(f"Bearer {token}", now)
    assert later.private == {}
    assert later.uninstalled == {"other-refresh"}
    app = two_apps.settings.oauth_apps[0]
    assert later.exchange(code, app, "verifier") == REFRESH_TOKEN
