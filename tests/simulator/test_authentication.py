"""Tokens, scopes, OAuth and the account's details (hubspot-api §7)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT_URI,
    REFRESH_TOKEN,
    OAuthApp,
    PrivateApp,
    SimulatorSettings,
)

from .conftest import ANYONE, Begin, without_id

TOKEN_PATHS = ("/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token", "/oauth/2026-09/token")
GRANT = {
    "grant_type": "refresh_token",
    "refresh_token": REFRESH_TOKEN,
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
}


def details(url: str, authorization: str | None) -> httpx.Response:
    headers = {} if authorization is None else {"Authorization": authorization}
    return ANYONE.get(f"{url}/account-info/v3/details", headers=headers)


def grant(simulator: SimulatorServer, path: str = "/oauth/v3/token", **changes: Any) -> Any:
    return ANYONE.post(simulator.url + path, data=GRANT | changes)


class TestTokens:
    @pytest.mark.parametrize(
        "authorization", [None, "Bearer", "Basic abc", "Bearer pat-na1-unknown", "pat-na1-unknown"]
    )
    def test_that_are_missing_or_unknown_are_401(
        self, simulator: SimulatorServer, authorization: str | None
    ) -> None:
        answer = details(simulator.url, authorization)

        assert answer.status_code == 401
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "Authentication credentials not found. This API supports OAuth 2.0 "
            "authentication and you can find more details at "
            "https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            "category": "INVALID_AUTHENTICATION",
        }

    def test_of_oauth_expire_after_half_an_hour(self, simulator: SimulatorServer) -> None:
        simulator.clock.freeze()
        token = grant(simulator).json()["access_token"]
        simulator.clock.advance(1_799.5)
        assert details(simulator.url, f"Bearer {token}").status_code == 200
        simulator.clock.advance(75.5)
        answer = details(simulator.url, f"Bearer {token}")
        simulator.clock.resume()

        assert answer.status_code == 401
        body = without_id(answer.json())
        (expired,) = body.pop("context")["expire time"]
        assert expired.endswith("Z")
        assert body == {
            "status": "error",
            "message": "The OAuth token used to make this call expired 75 second(s) ago.",
            "category": "EXPIRED_AUTHENTICATION",
        }

    def test_that_are_no_tokens_expired_in_1970(self, simulator: SimulatorServer) -> None:
        answer = details(simulator.url, "Bearer gibberish")
        assert answer.json()["category"] == "EXPIRED_AUTHENTICATION"
        assert answer.json()["context"]["expire time"] == ["1970-01-01T00:00:00.000Z"]

    def test_can_be_let_expire_and_revoked_mid_run(self, simulator: SimulatorServer) -> None:
        token = grant(simulator).json()["access_token"]
        simulator.authentication.expire_access_tokens(simulator.clock.now())
        assert details(simulator.url, f"Bearer {token}").status_code == 401
        simulator.authentication.revoke(REFRESH_TOKEN)
        assert grant(simulator).json()["status"] == "BAD_REFRESH_TOKEN"


class TestScopes:
    @pytest.fixture
    def reader(self, server: SimulatorServer) -> SimulatorServer:
        app = PrivateApp("pat-na1-reader", 7, frozenset({"crm.objects.contacts.read"}))
        server.reset(SimulatorSettings(private_apps=(app,)))
        return server

    @pytest.fixture
    def client(self, reader: SimulatorServer) -> httpx.Client:
        return httpx.Client(base_url=reader.url, headers={"Authorization": "Bearer pat-na1-reader"})

    def test_that_are_missing_are_403_naming_them(self, client: httpx.Client) -> None:
        with client:
            answer = client.post("/crm/v3/objects/contacts", json={"properties": {}})

        link = "https://developers.hubspot.com/scopes"
        assert answer.status_code == 403
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "This app hasn't been granted all required scopes to make this call. "
            f"Read more about required scopes here: {link}.",
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]},
                }
            ],
            "links": {"scopes": link},
            "category": "MISSING_SCOPES",
        }

    def test_of_objects_are_enough_to_read_properties(self, client: httpx.Client) -> None:
        with client:
            assert client.get("/crm/v3/properties/contacts").status_code == 200
            assert client.post("/crm/v3/properties/contacts", json={}).status_code == 403
            assert client.get("/crm/v3/objects/companies").status_code == 403
            assert client.get("/account-info/v3/details").status_code == 200

    def test_are_named_in_the_older_place_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        server = begin(missing_scopes_in_context=True)
        server.authentication.private["pat-x"] = server.authentication.private.popitem()[1]
        narrow = OAuthApp(scopes=frozenset())
        token = server.authentication.grant(narrow, server.clock.now())
        answer = ANYONE.get(
            f"{hubspot.base_url}/crm/v3/objects/contacts",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.json()["context"] == {
            "requiredGranularScopes": ["crm.objects.contacts.read"],
            "links": ["https://developers.hubspot.com/scopes"],
        }
        assert "errors" not in answer.json()


@pytest.mark.parametrize("path", TOKEN_PATHS)
class TestTokenEndpoint:
    def test_refreshes(self, simulator: SimulatorServer, path: str) -> None:
        answer = grant(simulator, path)

        assert answer.status_code == 200
        body = answer.json()
        assert body["token_type"] == "bearer"
        assert body["expires_in"] == 1_800
        assert body["refresh_token"] == REFRESH_TOKEN
        assert len(body["access_token"]) <= 512
        assert ("hub_id" in body) is (path != "/oauth/v1/token")
        assert details(simulator.url, f"Bearer {body['access_token']}").status_code == 200

    def test_exchanges_a_code_once(self, simulator: SimulatorServer, path: str) -> None:
        changes = {
            "grant_type": "authorization_code",
            "code": simulator.authentication.authorize(),
            "redirect_uri": REDIRECT_URI,
        }
        assert grant(simulator, path, **changes).status_code == 200
        assert grant(simulator, path, **changes).json()["status"] == "BAD_AUTH_CODE"

    @pytest.mark.parametrize(
        ("changes", "error", "status"),
        [
            ({"refresh_token": "x"}, "invalid_grant", "BAD_REFRESH_TOKEN"),
            ({"client_id": "x"}, "invalid_client", "BAD_CLIENT_ID"),
            ({"client_secret": "x"}, "invalid_client", "BAD_CLIENT_SECRET"),
            ({"grant_type": "password"}, "unsupported_grant_type", "BAD_GRANT_TYPE"),
            ({"grant_type": "authorization_code"}, "invalid_request", "BAD_REDIRECT_URI"),
        ],
    )
    def test_refuses_with_400(
        self,
        simulator: SimulatorServer,
        path: str,
        changes: dict[str, str],
        error: str,
        status: str,
    ) -> None:
        answer = grant(simulator, path, **changes)

        assert answer.status_code == 400
        assert (answer.json()["error"], answer.json()["status"]) == (error, status)
        if status == "BAD_REFRESH_TOKEN":
            assert without_id(answer.json()) == {
                "error": "invalid_grant",
                "error_description": "refresh token is invalid, expired or revoked",
                "status": "BAD_REFRESH_TOKEN",
                "message": "refresh token is invalid, expired or revoked",
            }

    def test_reads_the_query_only_in_v1(self, simulator: SimulatorServer, path: str) -> None:
        answer = ANYONE.post(simulator.url + path, params=GRANT)
        assert answer.status_code == (200 if path == "/oauth/v1/token" else 400)


class TestIntrospection:
    def test_describes_a_token_until_it_is_revoked(self, simulator: SimulatorServer) -> None:
        token = grant(simulator).json()["access_token"]
        client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "token": token}
        base = f"{simulator.url}/oauth/2026-03/token"

        described = ANYONE.post(f"{base}/introspect", data=client).json()
        assert (described["active"], described["hub_id"]) == (True, 12_345_678)
        assert ANYONE.get(f"{simulator.url}/oauth/v1/access-tokens/{token}").status_code == 200
        assert ANYONE.post(f"{base}/revoke", data=client).status_code == 200
        assert ANYONE.post(f"{base}/introspect", data=client).json() == {"active": False}
        assert details(simulator.url, f"Bearer {token}").status_code == 401

    def test_of_v1_revokes_refresh_tokens(self, simulator: SimulatorServer) -> None:
        path = f"{simulator.url}/oauth/v1/refresh-tokens/{REFRESH_TOKEN}"
        assert ANYONE.delete(path).status_code == 204
        assert grant(simulator).status_code == 400

    def test_of_a_private_app_names_its_hub(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        token = hubspot.headers["Authorization"].removeprefix("Bearer ")
        answer = ANYONE.post(
            f"{simulator.url}/oauth/v2/private-apps/get/access-token-info", json={"tokenKey": token}
        )
        assert answer.json()["hubId"] == 12_345_678


class TestAccount:
    @pytest.mark.parametrize("version", ["v3", "2025-09", "2026-03", "2026-09"])
    def test_details_are_alike_in_all_versions(
        self, simulator: SimulatorServer, hubspot: httpx.Client, version: str
    ) -> None:
        body = hubspot.get(f"/account-info/{version}/details").json()
        assert body.keys() == {
            "portalId", "accountType", "timeZone", "companyCurrency", "additionalCurrencies",
            "utcOffset", "utcOffsetMilliseconds", "uiDomain", "dataHostingLocation",
        }  # fmt: skip
        assert body["portalId"] == simulator.settings.portal_id
        assert body["utcOffset"] in ("-05:00", "-04:00")

    def test_of_europe_says_so(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        server.reset(SimulatorSettings(hublet="eu1", time_zone="Europe/Berlin"))
        body = hubspot.get("/account-info/v3/details").json()
        assert (body["uiDomain"], body["dataHostingLocation"]) == ("app-eu1.hubspot.com", "eu1")
        assert body["utcOffset"].startswith("+")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/crm/v9/objects/contacts"), ("PUT", "/crm/v3/objects/contacts"), ("GET", "/nothing")],
)
def test_a_path_that_hubspot_lacks_is_404(
    simulator: SimulatorServer, hubspot: httpx.Client, method: str, path: str
) -> None:
    assert simulator.log is not None
    assert hubspot.request(method, path).status_code == 404
