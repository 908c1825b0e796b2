"""Owners, read, and as values of properties."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.owners import Owners
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import OWNERS, Behaviour, PrivateApp, SimulatorSettings

from .conftest import Begin, Contacts

PATHS = ["/crm/v3/owners", "/crm/owners/2026-03", "/crm/owners/2026-09"]


def ids(answer: httpx.Response) -> list[str]:
    return [one["id"] for one in answer.json()["results"]]


@pytest.mark.usefixtures("simulator")
@pytest.mark.parametrize("path", PATHS)
class TestRead:
    def test_lists_those_who_are_there(self, hubspot: httpx.Client, path: str) -> None:
        answer = hubspot.get(path)
        assert ids(answer) == ["41629779", "41629780", "41629781"]
        assert answer.json()["results"][0] == {
            "id": "41629779",
            "email": "ada@example.com",
            "type": "PERSON",
            "firstName": "Ada",
            "lastName": "Byron",
            "userId": 9_586_504,
            "userIdIncludingInactive": 9_586_504,
            "createdAt": "2019-08-06T02:41:08.029Z",
            "updatedAt": "2019-08-06T02:41:08.029Z",
            "archived": False,
            "teams": [{"id": "178588", "name": "Sales", "primary": True}],
        }
        assert "paging" not in answer.json()

    def test_lists_those_who_left_if_asked(self, hubspot: httpx.Client, path: str) -> None:
        (left,) = hubspot.get(path, params={"archived": "true"}).json()["results"]
        assert left["id"] == "41629782"
        assert left["archived"] is True
        assert "userId" not in left

    def test_goes_page_by_page(self, hubspot: httpx.Client, path: str) -> None:
        first = hubspot.get(path, params={"limit": 2})
        assert ids(first) == ["41629779", "41629780"]
        after = first.json()["paging"]["next"]["after"]
        assert ids(hubspot.get(path, params={"limit": 2, "after": after})) == ["41629781"]

    def test_finds_by_email_in_any_case(self, hubspot: httpx.Client, path: str) -> None:
        assert ids(hubspot.get(path, params={"email": "Grace@example.com"})) == ["41629780"]
        assert ids(hubspot.get(path, params={"email": "nobody@example.com"})) == []

    def test_finds_one_by_its_id_or_its_users(self, hubspot: httpx.Client, path: str) -> None:
        assert hubspot.get(f"{path}/41629780").json()["firstName"] == "Grace"
        by_user = hubspot.get(f"{path}/9586505", params={"idProperty": "userId"})
        assert by_user.json()["id"] == "41629780"

    @pytest.mark.parametrize(
        ("rest", "query", "status"),
        [
            ("/1", {}, 404),
            ("/41629782", {}, 404),
            ("/41629782", {"archived": "true"}, 200),
            ("/41629780", {"idProperty": "email"}, 400),
            ("", {"limit": "501"}, 400),
            ("", {"after": "x"}, 400),
        ],
    )
    def test_answers_the_rest_with(
        self, hubspot: httpx.Client, path: str, rest: str, query: dict[str, Any], status: int
    ) -> None:
        assert hubspot.get(path + rest, params=query).status_code == status


class TestAsValues:
    def test_the_switch_can_be_thrown_while_the_account_is_in_use(self, contacts: Contacts) -> None:
        left = {"lastname": "x", "hubspot_owner_id": "41629782"}
        for refused, status in (True, 400), (False, 201):
            switch = {"archived_owners_refused": refused}
            assert contacts.client.post("/_simulator/behaviour", json=switch).status_code == 200
            answer = contacts.client.post(contacts.path, json={"properties": left})
            assert answer.status_code == status

    @pytest.mark.parametrize("value", ["9586504", "ada@example.com", "41629782", "1"])
    def test_only_ids_of_owners_who_are_there_are_taken(
        self, contacts: Contacts, value: str
    ) -> None:
        properties = {"lastname": "x", "hubspot_owner_id": value}
        answer = contacts.client.post(contacts.path, json={"properties": properties})
        assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"
        assert contacts.create(hubspot_owner_id="41629779")

    def test_those_who_left_are_taken_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(archived_owners_refused=False)
        assert Contacts(hubspot).create(hubspot_owner_id="41629782")


def test_reading_takes_the_owners_scope(server: SimulatorServer, hubspot: httpx.Client) -> None:
    app = PrivateApp(scopes=frozenset({"crm.objects.contacts.read"}))
    server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
    answer = hubspot.get("/crm/v3/owners")
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    assert error["context"] == {"requiredGranularScopes": ["crm.objects.owners.read"]}


def test_saved_owners_come_back_alike() -> None:
    owners, again = Owners(OWNERS, Behaviour()), Owners((), Behaviour())
    again.restore(owners.saved())
    assert again.saved() == owners.saved()
    assert again.page(0, 10, archived=False, email="") == list(OWNERS[:3])
