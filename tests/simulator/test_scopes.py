"""Every route wants its scopes, and any one of them is enough (hubspot-api §7.4, §7.5)."""

import re
from collections.abc import Iterator

import httpx
import pytest

from hubspot_pipeline.simulator.app import Simulator
from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.routing import Route
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings

from .conftest import ANYONE

FOR_ANY_APP = {"account.details", "account.usage", "account.me", "events.list", "events.types"}
"""What `oauth` alone is enough for: who the account is, and reading events, as specified."""

WITHOUT_A_TOKEN = {
    "oauth.authorize", "oauth.token", "oauth.introspect", "oauth.revoke", "oauth.access_token",
    "oauth.refresh_token", "oauth.delete_refresh_token", "oauth.private_app",
}  # fmt: skip
"""These lead to a token, or carry it in their path or body."""

TYPES = {"object_type": "contacts", "from_type": "contacts", "to_type": "companies"}
TOKEN = {"Authorization": "Bearer pat-na1-narrow"}

BOTH_SPELLINGS = Behaviour(event_paths_2026_03="both")
ALL = Simulator(SimulatorSettings(behaviour=BOTH_SPELLINGS), Clock()).router.routes
GUARDED = [one for one in ALL if one.name not in FOR_ANY_APP | WITHOUT_A_TOKEN]


def label(route: Route) -> str:
    return f"{route.name} {route.area} {route.path}"


def calls(route: Route) -> Iterator[tuple[str, str]]:
    """The route in all its versions, as calls that name contacts, companies and things called 1."""
    for _, path in route.paths():
        yield route.method, re.sub(r"{(\w+)}", lambda name: TYPES.get(name[1], "1"), path)


def of_types(scope: str) -> str:
    for name, kind in TYPES.items():
        scope = scope.replace(f"{{{name}}}", kind)
    return scope


def call(server: SimulatorServer, method: str, path: str) -> httpx.Response:
    json = {} if method in ("POST", "PUT", "PATCH") else None
    return ANYONE.request(method, server.url + path, headers=TOKEN, json=json)


@pytest.fixture(autouse=True, scope="module")
def account(server: SimulatorServer) -> None:
    """One account for all of them: what the calls leave behind is no other call's scope."""
    server.reset(SimulatorSettings(behaviour=BOTH_SPELLINGS, limits=None))


def narrow(server: SimulatorServer, *scopes: str) -> SimulatorServer:
    """Let the token be of an app with these scopes, and with `oauth`, as all have."""
    allowed = frozenset({*scopes, "oauth"})
    server.authentication.private["pat-na1-narrow"] = Caller(7, oauth=False, scopes=allowed)
    return server


@pytest.mark.parametrize("route", GUARDED, ids=label)
class TestEveryRoute:
    def test_is_403_to_an_app_that_may_nothing(self, server: SimulatorServer, route: Route) -> None:
        narrow(server)
        for method, path in calls(route):
            answer = call(server, method, path)
            assert answer.status_code == 403, f"{method} {path}: {answer.text}"
            body = answer.json()
            assert (body["status"], body["category"]) == ("error", "MISSING_SCOPES")
            context = body.get("context") or body["errors"][0]["context"]
            assert context["requiredGranularScopes"]

    def test_is_open_to_an_app_with_any_one_of_its_scopes(
        self, server: SimulatorServer, route: Route
    ) -> None:
        assert route.scopes
        wanted = [of_types(scope) for scope in route.scopes]
        method, path = next(calls(route))
        for scope in wanted[:4]:
            answer = call(narrow(server, scope), method, path)
            assert answer.status_code != 403, f"{scope}: {answer.text}"

    def test_is_401_to_nobody(self, server: SimulatorServer, route: Route) -> None:
        narrow(server)
        method, path = next(calls(route))
        assert ANYONE.request(method, server.url + path).status_code == 401


def test_the_exceptions_are_just_these() -> None:
    assert {one.name for one in ALL if one.scopes == ("oauth",)} == FOR_ANY_APP
    assert {one.name for one in ALL if one.scopes is None} == WITHOUT_A_TOKEN


@pytest.mark.parametrize("name", sorted(FOR_ANY_APP))
def test_any_app_may_know_the_account_and_read_events(server: SimulatorServer, name: str) -> None:
    narrow(server)
    for route in (one for one in ALL if one.name == name):
        for method, path in calls(route):
            assert call(server, method, path).status_code == 200
            assert ANYONE.request(method, server.url + path).status_code == 401


def test_all_of_tickets_is_one_scope(server: SimulatorServer) -> None:
    narrow(server, "tickets")
    for path in ("/crm/v3/objects/tickets", "/crm/v3/properties/tickets"):
        assert call(server, "GET", path).status_code == 200
    answer = call(narrow(server, "crm.objects.contacts.read"), "GET", "/crm/v3/objects/0-5")
    context = answer.json()["errors"][0]["context"]
    assert context == {"requiredGranularScopes": ["tickets"]}


@pytest.mark.parametrize("older", [True, False])
def test_custom_objects_are_refused_in_the_recorded_shape_whatever_the_switch(
    server: SimulatorServer, older: bool
) -> None:
    server.reset(SimulatorSettings(behaviour=Behaviour(missing_scopes_in_context=older)))
    narrow(server, "crm.objects.contacts.read")
    answer = call(server, "GET", "/crm-object-schemas/v3/schemas")
    assert answer.status_code == 403
    assert answer.json()["context"]["requiredGranularScopes"] == ["custom-object-read"]
