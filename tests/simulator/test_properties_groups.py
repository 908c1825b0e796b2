"""Property groups (hubspot-api §3.1, §3.4)."""

import httpx
import pytest

from hubspot_pipeline.simulator.account.groups import PropertyGroups
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import without_id

PROPERTIES = "/crm/v3/properties/contacts"
PATH = f"{PROPERTIES}/groups"
MINE = {"name": "mine", "label": "Mine", "displayOrder": 3, "archived": False}


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


def create(hubspot: httpx.Client) -> httpx.Response:
    return hubspot.post(PATH, json={"name": "mine", "label": "Mine", "displayOrder": 3})


def names(hubspot: httpx.Client) -> list[str]:
    return [one["name"] for one in hubspot.get(PATH).json()["results"]]


def test_every_type_has_one_from_the_start(hubspot: httpx.Client) -> None:
    for kind in ("contact", "company", "deal", "ticket"):
        listed = hubspot.get(f"/crm/properties/2026-09/{kind}/groups").json()["results"]
        assert [one["name"] for one in listed] == [f"{kind}information"]


def test_a_new_one_can_be_read_and_listed_and_takes_properties(hubspot: httpx.Client) -> None:
    assert create(hubspot).json() == MINE
    assert hubspot.get(f"{PATH}/mine").json() == MINE
    assert names(hubspot) == ["contactinformation", "mine"]
    new = {"name": "a", "label": "a", "type": "string", "fieldType": "text", "groupName": "mine"}
    assert hubspot.post(PROPERTIES, json=new).status_code == 201


def test_a_known_name_is_409(hubspot: httpx.Client) -> None:
    create(hubspot)
    answer = create(hubspot)
    assert answer.status_code == 409
    assert answer.json()["category"] == "OBJECT_ALREADY_EXISTS"


def test_a_label_can_be_changed_and_a_name_cannot(hubspot: httpx.Client) -> None:
    create(hubspot)
    changed = hubspot.patch(f"{PATH}/mine", json={"label": "Ours", "name": "ours"}).json()
    assert changed == MINE | {"label": "Ours"}
    assert names(hubspot) == ["contactinformation", "mine"]


def test_an_archived_one_is_gone_and_its_name_free(hubspot: httpx.Client) -> None:
    create(hubspot)
    assert hubspot.delete(f"{PATH}/mine").status_code == 204
    assert hubspot.get(f"{PATH}/mine").status_code == 404
    assert names(hubspot) == ["contactinformation"]
    assert create(hubspot).status_code == 201


def test_one_with_active_properties_cannot_be_archived(
    hubspot: httpx.Client, simulator: SimulatorServer
) -> None:
    create(hubspot)
    new = {"name": "a", "label": "a", "type": "string", "fieldType": "text", "groupName": "mine"}
    hubspot.post(PROPERTIES, json=new)
    answer = hubspot.delete(f"{PATH}/mine")
    assert answer.status_code == 400
    body = without_id(answer.json())
    assert body["category"] == "VALIDATION_ERROR"
    assert body["subCategory"] == "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
    simulator.clock.advance(1)
    hubspot.delete(f"{PROPERTIES}/a")
    assert hubspot.delete(f"{PATH}/mine").status_code == 204


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_unknown_one_is_404(hubspot: httpx.Client, method: str) -> None:
    answer = hubspot.request(method, f"{PATH}/nope", json={"label": "x"})
    assert answer.status_code == 404
    assert answer.json()["category"] == "OBJECT_NOT_FOUND"


def test_name_and_label_are_needed(hubspot: httpx.Client) -> None:
    answer = hubspot.post(PATH, json={"displayOrder": 1})
    assert answer.status_code == 400
    assert "[name, label]" in answer.json()["message"]


def test_saved_groups_come_back_alike(hubspot: httpx.Client, simulator: SimulatorServer) -> None:
    create(hubspot)
    account = simulator.account
    again = PropertyGroups()
    again.restore(account.groups.saved())
    contacts = account.types.find("contacts")
    assert again.of(contacts) == account.groups.of(contacts)
