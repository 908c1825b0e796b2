"""Who is in a list (hubspot-api §6, traps 25 and 26 of §10)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PrivateApp, SimulatorSettings

from .conftest import ANYONE, Begin, Contacts
from .test_lists import PATH, create


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


class Members:
    """Short words for calls on one list; each gives the raw answer."""

    def __init__(self, client: httpx.Client, list_id: str) -> None:
        self.client = client
        self.path = f"{PATH}/{list_id}/memberships"

    def add(self, *ids: Any) -> httpx.Response:
        return self.client.put(f"{self.path}/add", json=list(ids))

    def remove(self, *ids: Any) -> httpx.Response:
        return self.client.put(f"{self.path}/remove", json=list(ids))

    def page(self, order: str = "", **query: Any) -> dict[str, Any]:
        answer = self.client.get(f"{self.path}{order}", params=query)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def ids(self, order: str = "", **query: Any) -> list[str]:
        return [one["recordId"] for one in self.page(order, **query)["results"]]


@pytest.fixture
def members(hubspot: httpx.Client) -> Members:
    return Members(hubspot, create(hubspot))


@pytest.fixture
def people(contacts: Contacts) -> list[str]:
    return [contacts.create(email=f"{n}@x.com") for n in range(5)]


class TestAdd:
    def test_tells_who_joined_and_who_does_not_exist(
        self, members: Members, people: list[str]
    ) -> None:
        answer = members.add(people[0], people[1], "888", people[0])

        assert answer.status_code == 200
        assert answer.json() == {
            "recordsIdsAdded": people[:2],
            "recordIdsRemoved": [],
            "recordIdsMissing": ["888"],
        }
        assert members.ids() == people[:2]

    def test_ignores_who_is_a_member_already(self, members: Members, people: list[str]) -> None:
        members.add(*people[:2])
        answer = members.add(*people[:3])
        assert answer.json()["recordsIdsAdded"] == [people[2]]
        assert answer.json()["recordIdsMissing"] == []

    def test_takes_ids_as_numbers_too(self, members: Members, people: list[str]) -> None:
        assert members.add(int(people[0])).json()["recordsIdsAdded"] == people[:1]

    def test_takes_no_email_addresses(self, members: Members) -> None:
        answer = members.add("0@x.com")
        assert answer.status_code == 400
        assert "category" not in answer.json()

    @pytest.mark.parametrize("body", [{"recordIds": ["1"]}, "1", 1, None])
    def test_takes_nothing_but_an_array(
        self, hubspot: httpx.Client, members: Members, body: Any
    ) -> None:
        answer = hubspot.put(f"{members.path}/add", json=body)
        assert answer.status_code == 400
        assert answer.json()["message"].startswith("Invalid input JSON on line 1, column 1")

    def test_knows_no_records_of_another_object_type(
        self, hubspot: httpx.Client, people: list[str]
    ) -> None:
        companies = Members(hubspot, create(hubspot, name="Companies", objectTypeId="0-2"))
        assert companies.add(people[0]).json()["recordIdsMissing"] == people[:1]

    def test_is_refused_by_a_dynamic_list(self, hubspot: httpx.Client, people: list[str]) -> None:
        branch = {"filterBranchType": "OR", "filterBranches": []}
        id_ = create(hubspot, name="Active", processingType="DYNAMIC", filterBranch=branch)
        dynamic = Members(hubspot, id_)
        assert dynamic.add(people[0]).status_code == 400
        assert dynamic.remove(people[0]).status_code == 400
        assert hubspot.delete(dynamic.path).status_code == 400

    def test_is_taken_by_a_snapshot_list(self, hubspot: httpx.Client, people: list[str]) -> None:
        snapshot = Members(hubspot, create(hubspot, name="Then", processingType="SNAPSHOT"))
        assert snapshot.add(people[0]).status_code == 200

    def test_of_an_unknown_list_is_404(self, hubspot: httpx.Client) -> None:
        assert Members(hubspot, "99").add("1").status_code == 404

    def test_takes_as_many_ids_as_the_switch_says(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(list_ids_per_call=3)
        members = Members(hubspot, create(hubspot))
        assert members.add("1", "2", "3").status_code == 200
        assert members.add("1", "2", "3", "4").status_code == 400


class TestRemove:
    def test_tells_who_left(self, members: Members, people: list[str]) -> None:
        members.add(*people[:2])
        answer = members.remove(people[0], people[4], "888")

        assert answer.json() == {
            "recordsIdsAdded": [],
            "recordIdsRemoved": [people[0]],
            "recordIdsMissing": ["888"],
        }
        assert members.ids() == [people[1]]

    def test_can_go_along_with_adding(
        self, hubspot: httpx.Client, members: Members, people: list[str]
    ) -> None:
        members.add(*people[:2])
        body = {"recordIdsToAdd": [people[2], "888"], "recordIdsToRemove": [people[0]]}
        answer = hubspot.put(f"{members.path}/add-and-remove", json=body)

        assert answer.json() == {
            "recordsIdsAdded": [people[2]],
            "recordIdsRemoved": [people[0]],
            "recordIdsMissing": ["888"],
        }
        for half in ({"recordIdsToAdd": []}, {"recordIdsToAdd": 1, "recordIdsToRemove": []}):
            refused = hubspot.put(f"{members.path}/add-and-remove", json=half)
            assert refused.status_code == 400

    def test_of_all_leaves_the_list(
        self, hubspot: httpx.Client, members: Members, people: list[str]
    ) -> None:
        members.add(*people)
        assert hubspot.delete(members.path).status_code == 204
        assert members.page() == {"total": 0, "results": []}


class TestAddFrom:
    def test_copies_the_members_of_another_list(
        self, hubspot: httpx.Client, members: Members, people: list[str]
    ) -> None:
        source = create(hubspot, name="Source")
        Members(hubspot, source).add(*people[:3])
        members.add(people[4])
        assert hubspot.put(f"{members.path}/add-from/{source}").status_code == 204
        assert members.ids() == [*people[:3], people[4]]

    def test_refuses_itself_other_object_types_and_unknown_lists(
        self, hubspot: httpx.Client, members: Members
    ) -> None:
        own = members.path.split("/")[4]
        other = create(hubspot, name="Companies", objectTypeId="0-2")
        sources = {own: 400, other: 400, "99": 404}
        for source, status in sources.items():
            answer = hubspot.put(f"{members.path}/add-from/{source}")
            assert answer.status_code == status

    def test_refuses_a_source_of_100_000_members(
        self, hubspot: httpx.Client, members: Members, simulator: SimulatorServer
    ) -> None:
        source = create(hubspot, name="Large")
        large = simulator.account.lists.find(source)
        assert large is not None
        large.add(map(str, range(99_999)), "2026-01-01T00:00:00.000Z")
        assert hubspot.put(f"{members.path}/add-from/{source}").status_code == 204
        large.add(["99999"], "2026-01-01T00:00:00.000Z")
        assert hubspot.put(f"{members.path}/add-from/{source}").status_code == 400
        assert hubspot.delete(f"{PATH}/{source}/memberships").status_code == 400


class TestPages:
    def test_go_up_by_id_and_down_again(
        self, members: Members, people: list[str], simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        members.add(*reversed(people))
        first = members.page(limit=2)
        assert [one["recordId"] for one in first["results"]] == people[:2]
        assert (first["total"], "prev" in first["paging"]) == (5, False)
        second = members.page(limit=2, after=first["paging"]["next"]["after"])
        assert [one["recordId"] for one in second["results"]] == people[2:4]
        before = second["paging"]["prev"]["before"]
        assert members.ids(limit=2, before=before) == people[1::-1]
        last = members.page(limit=2, after=second["paging"]["next"]["after"])
        assert [one["recordId"] for one in last["results"]] == people[4:]
        assert "next" not in last["paging"]
        simulator.clock.resume()

    def test_are_linked(self, members: Members, people: list[str]) -> None:
        members.add(*people)
        next_ = members.page(limit=4)["paging"]["next"]
        query = parse_qs(urlsplit(next_["link"]).query)
        assert query == {"after": [next_["after"]], "limit": ["4"]}

    def test_can_be_in_the_order_of_joining(
        self, members: Members, people: list[str], simulator: SimulatorServer
    ) -> None:
        for one in (people[3], people[0], people[4]):
            members.add(one)
            simulator.clock.advance(1)
        first = members.page("/join-order", limit=2)
        assert [one["recordId"] for one in first["results"]] == [people[3], people[0]]
        times = [one["membershipTimestamp"] for one in first["results"]]
        assert times == sorted(times)
        after = first["paging"]["next"]["after"]
        assert members.ids("/join-order", limit=2, after=after) == [people[4]]

    def test_hold_a_hundred_unless_asked_for_up_to_250(
        self, members: Members, simulator: SimulatorServer
    ) -> None:
        simulator.account.seed_contacts(260)
        members.add(*simulator.account.contacts.by_id)
        assert len(members.ids()) == 100
        assert len(members.ids(limit=250)) == 250
        for query in ({"limit": 251}, {"limit": 0}, {"after": "nonsense"}):
            assert members.client.get(members.path, params=query).status_code == 400


class TestListsOfARecord:
    def test_tell_since_when_it_is_in_each(
        self,
        hubspot: httpx.Client,
        members: Members,
        people: list[str],
        simulator: SimulatorServer,
    ) -> None:
        Members(hubspot, create(hubspot, name="Other")).add(people[0])
        members.add(people[0])
        members.remove(people[0])
        simulator.clock.advance(1)
        members.add(people[0])
        answer = hubspot.get(f"{PATH}/records/0-1/{people[0]}/memberships").json()

        assert answer["total"] == 2
        first, other = answer["results"]
        assert (first["listId"], first["listVersion"]) == ("1", 1)
        assert first["firstAddedTimestamp"] < first["lastAddedTimestamp"]
        assert other["firstAddedTimestamp"] == other["lastAddedTimestamp"]
        assert hubspot.get(f"{PATH}/records/0-1/888/memberships").json()["results"] == []


class TestRecordsThatGo:
    def test_leave_their_lists_when_archived(
        self, members: Members, people: list[str], contacts: Contacts
    ) -> None:
        members.add(*people[:2])
        contacts.client.delete(f"{contacts.path}/{people[0]}")
        assert members.ids() == [people[1]]

    def test_hand_their_lists_on_when_merged(
        self, members: Members, people: list[str], contacts: Contacts
    ) -> None:
        members.add(people[0])
        merged = {"primaryObjectId": people[1], "objectIdToMerge": people[0]}
        assert contacts.client.post(f"{contacts.path}/merge", json=merged).status_code == 200
        assert members.ids() == [people[1]]


class TestScopes:
    def test_of_lists_are_needed(self, server: SimulatorServer) -> None:
        app = PrivateApp(scopes=frozenset({"crm.lists.read", "crm.objects.contacts.write"}))
        server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
        url = f"{server.url}{PATH}"
        headers = {"Authorization": f"Bearer {app.token}"}
        assert ANYONE.get(url, headers=headers).status_code == 200
        body = {"name": "a", "objectTypeId": "0-1", "processingType": "MANUAL"}
        refused = ANYONE.post(url, headers=headers, json=body)
        assert refused.status_code == 403
        assert "crm.lists.write" in refused.text
