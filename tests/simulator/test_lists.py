"""Lists of records: definitions, names, search, deletion (hubspot-api §6)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, without_id

PATH = "/crm/v3/lists"
NEW = {"name": "My static list", "objectTypeId": "0-1", "processingType": "MANUAL"}
DAY = 86_400


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


def create(hubspot: httpx.Client, **changes: Any) -> str:
    answer = hubspot.post(PATH, json=NEW | changes)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["list"]["listId"])


def search(hubspot: httpx.Client, **body: Any) -> dict[str, Any]:
    answer = hubspot.post(f"{PATH}/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [one["name"] for one in found["lists"]]


class TestCreate:
    def test_is_200_with_the_list(self, hubspot: httpx.Client) -> None:
        answer = hubspot.post(PATH, json=NEW)

        assert answer.status_code == 200
        made = answer.json()["list"]
        assert made["createdAt"] == made["updatedAt"]
        assert {name: made[name] for name in made if not name.endswith("At")} == {
            "listId": "1",
            "listVersion": 1,
            "name": "My static list",
            "objectTypeId": "0-1",
            "processingType": "MANUAL",
            "processingStatus": "COMPLETE",
            "size": 0,
        }

    @pytest.mark.parametrize("changes", [{}, {"name": "MY STATIC LIST"}, {"objectTypeId": "0-2"}])
    def test_of_a_known_name_is_400_whatever_the_case_and_the_object_type(
        self, hubspot: httpx.Client, changes: dict[str, str]
    ) -> None:
        create(hubspot)
        answer = hubspot.post(PATH, json=NEW | changes)

        assert answer.status_code == 400
        body = without_id(answer.json())
        assert body["category"] == "VALIDATION_ERROR"
        assert body["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"

    @pytest.mark.parametrize(
        "changes",
        [
            {"name": None},
            {"name": " "},
            {"name": 7},
            {"objectTypeId": "contacts"},
            {"objectTypeId": "0-999"},
            {"processingType": "STATIC"},
            {"processingType": "DYNAMIC"},
        ],
    )
    def test_refuses_what_makes_no_list(
        self, hubspot: httpx.Client, changes: dict[str, Any]
    ) -> None:
        assert hubspot.post(PATH, json=NEW | changes).status_code == 400

    def test_keeps_the_filters_and_shows_them_when_asked(self, hubspot: httpx.Client) -> None:
        branch = {"filterBranchType": "OR", "filterBranches": [], "filters": []}
        id_ = create(hubspot, processingType="DYNAMIC", filterBranch=branch)

        assert "filterBranch" not in hubspot.get(f"{PATH}/{id_}").json()["list"]
        asked = hubspot.get(f"{PATH}/{id_}", params={"includeFilters": "true"}).json()
        assert asked["list"]["filterBranch"] == branch


class TestRead:
    def test_by_id_shows_how_many_members_it_has(
        self, hubspot: httpx.Client, contacts: Contacts
    ) -> None:
        id_ = create(hubspot)
        hubspot.put(f"{PATH}/{id_}/memberships/add", json=[contacts.create(email="a@x.com")])
        assert hubspot.get(f"{PATH}/{id_}").json()["list"]["size"] == 1

    def test_by_name_takes_any_case_and_any_character(self, hubspot: httpx.Client) -> None:
        id_ = create(hubspot, name="Fall / Winter")
        by_name = f"{PATH}/object-type-id/0-1/name"
        assert hubspot.get(f"{by_name}/fall%20%2F%20WINTER").json()["list"]["listId"] == id_
        assert hubspot.get(f"{by_name}/fall").status_code == 404

    def test_by_name_of_another_object_type_is_404(self, hubspot: httpx.Client) -> None:
        create(hubspot)
        assert hubspot.get(f"{PATH}/object-type-id/0-2/name/my static list").status_code == 404

    def test_of_several_leaves_out_those_that_are_not_there(self, hubspot: httpx.Client) -> None:
        ids = [create(hubspot, name=name) for name in "ab"]
        answer = hubspot.get(PATH, params={"listIds": [ids[1], "99", ids[0]]})
        assert [one["listId"] for one in answer.json()["lists"]] == ids[::-1]

    def test_of_an_unknown_list_is_404(self, hubspot: httpx.Client) -> None:
        answer = hubspot.get(f"{PATH}/99")
        assert answer.status_code == 404
        assert without_id(answer.json()) == {"status": "error", "message": "resource not found"}

    @pytest.mark.parametrize("version", ["2025-09", "2026-03", "2026-09"])
    def test_is_alike_in_all_versions(self, hubspot: httpx.Client, version: str) -> None:
        id_ = create(hubspot)
        dated = hubspot.get(f"/crm/lists/{version}/{id_}").json()
        assert dated == hubspot.get(f"{PATH}/{id_}").json()


class TestSearch:
    def test_finds_names_that_have_the_query_in_them(self, hubspot: httpx.Client) -> None:
        for name in ("Buyers of May", "Late buyers", "Others"):
            create(hubspot, name=name)
        assert names(search(hubspot, query="BUYERS")) == ["Buyers of May", "Late buyers"]
        assert search(hubspot, query="nobody")["total"] == 0

    def test_goes_page_by_page(self, hubspot: httpx.Client) -> None:
        for number in range(25):
            create(hubspot, name=f"List {number}")
        first = search(hubspot)
        assert (len(first["lists"]), first["hasMore"], first["total"]) == (20, True, 25)
        last = search(hubspot, offset=first["offset"], count=20)
        assert names(last) == [f"List {number}" for number in range(20, 25)]
        assert (last["hasMore"], last["offset"]) == (False, 25)

    def test_chooses_by_ids_object_type_and_processing_type(self, hubspot: httpx.Client) -> None:
        first = create(hubspot, name="a")
        create(hubspot, name="b", objectTypeId="0-2")
        create(hubspot, name="c", processingType="SNAPSHOT")
        assert names(search(hubspot, objectTypeId="0-2")) == ["b"]
        assert names(search(hubspot, processingTypes=["SNAPSHOT"])) == ["c"]
        assert names(search(hubspot, listIds=[first])) == ["a"]

    def test_tells_the_size_as_a_text(self, hubspot: httpx.Client, contacts: Contacts) -> None:
        id_ = create(hubspot)
        hubspot.put(f"{PATH}/{id_}/memberships/add", json=[contacts.create(email="a@x.com")])
        found = search(hubspot)["lists"][0]
        assert found["additionalProperties"]["hs_list_size"] == "1"
        assert found["additionalProperties"]["hs_last_record_added_at"].isdecimal()
        assert "hs_last_record_removed_at" not in found["additionalProperties"]
        assert "size" not in found

    @pytest.mark.parametrize("body", [{"count": 501}, {"count": "x"}, {"listIds": "1"}])
    def test_refuses_what_it_cannot_read(self, hubspot: httpx.Client, body: dict[str, Any]) -> None:
        assert hubspot.post(f"{PATH}/search", json=body).status_code == 400


class TestRename:
    def test_answers_with_the_list(self, hubspot: httpx.Client, simulator: SimulatorServer) -> None:
        id_ = create(hubspot)
        simulator.clock.advance(1)
        answer = hubspot.put(f"{PATH}/{id_}/update-list-name", params={"listName": "Other"})
        renamed = answer.json()["updatedList"]
        assert (answer.status_code, renamed["name"], renamed["listVersion"]) == (200, "Other", 2)
        assert renamed["updatedAt"] > renamed["createdAt"]
        assert create(hubspot) != id_

    def test_to_a_taken_name_is_400_but_to_its_own_is_not(self, hubspot: httpx.Client) -> None:
        create(hubspot, name="Taken")
        path = f"{PATH}/{create(hubspot)}/update-list-name"
        refused = hubspot.put(path, params={"listName": "taken"})
        assert refused.json()["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"
        assert hubspot.put(path, params={"listName": "MY STATIC LIST"}).status_code == 200
        assert hubspot.put(path).status_code == 400


class TestDelete:
    def test_takes_the_list_away_until_it_is_restored(
        self, hubspot: httpx.Client, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = create(hubspot)
        hubspot.put(f"{PATH}/{id_}/memberships/add", json=[contacts.create(email="a@x.com")])
        assert hubspot.delete(f"{PATH}/{id_}").status_code == 204
        assert hubspot.get(f"{PATH}/{id_}").status_code == 404
        assert hubspot.delete(f"{PATH}/{id_}").status_code == 404
        assert search(hubspot)["total"] == 0

        simulator.clock.advance(90 * DAY - 60)
        assert hubspot.put(f"{PATH}/{id_}/restore").status_code == 204
        assert hubspot.get(f"{PATH}/{id_}").json()["list"]["size"] == 1

    def test_is_for_good_after_90_days(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        id_ = create(hubspot)
        hubspot.delete(f"{PATH}/{id_}")
        simulator.clock.advance(90 * DAY + 60)
        assert hubspot.put(f"{PATH}/{id_}/restore").status_code == 404

    def test_keeps_the_name_for_as_long(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        hubspot.delete(f"{PATH}/{create(hubspot)}")
        taken = hubspot.post(PATH, json=NEW).json()
        assert taken["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"
        simulator.clock.advance(90 * DAY + 60)
        create(hubspot)

    def test_frees_the_name_at_once_by_a_switch(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(deleted_lists_keep_their_names=False)
        old = create(hubspot)
        hubspot.delete(f"{PATH}/{old}")
        create(hubspot)
        restored = hubspot.put(f"{PATH}/{old}/restore")
        assert restored.json()["subCategory"] == "ILS.DUPLICATE_LIST_NAMES"


def test_the_store_outlives_the_process(
    hubspot: httpx.Client, contacts: Contacts, simulator: SimulatorServer
) -> None:
    id_, deleted = create(hubspot), create(hubspot, name="Gone")
    record = contacts.create(email="a@x.com")
    hubspot.put(f"{PATH}/{id_}/memberships/add", json=[record])
    hubspot.delete(f"{PATH}/{deleted}")
    before = hubspot.get(f"{PATH}/{id_}/memberships").json()

    lists = simulator.account.lists
    saved = lists.saved()
    lists.restore({"next": 1, "lists": []})
    assert hubspot.get(f"{PATH}/{id_}").status_code == 404
    lists.restore(saved)

    assert hubspot.get(f"{PATH}/{id_}/memberships").json() == before
    assert hubspot.put(f"{PATH}/{deleted}/restore").status_code == 204
    assert create(hubspot, name="Next") not in (id_, deleted)
