"""Records of custom object types (hubspot-api §2.1, §2.4, §2.10)."""

from typing import Any

import httpx
import orjson
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PrivateApp, SimulatorSettings

from .cars import FULL_NAME, NEW, OBJECTS, PATH, define
from .conftest import ANYONE, Begin, without_id


@pytest.fixture(autouse=True)
def car(simulator: SimulatorServer, hubspot: httpx.Client) -> dict[str, Any]:
    """The schema of cars, visible to all calls."""
    return define(hubspot, simulator)


def create(hubspot: httpx.Client, **properties: Any) -> str:
    answer = hubspot.post(OBJECTS, json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def by_vin(vin: str, **properties: Any) -> dict[str, Any]:
    return {"id": vin, "idProperty": "vin", "properties": properties}


class TestOneByOne:
    def test_are_created_and_read_like_any_other(
        self, hubspot: httpx.Client, car: dict[str, Any], simulator: SimulatorServer
    ) -> None:
        created = hubspot.post(OBJECTS, json={"properties": {"model": "A", "year": 1999}})
        assert created.status_code == 201
        body = created.json()
        assert body["properties"]["year"] == "1999"
        assert body["properties"]["hs_object_id"] == body["id"]
        portal, type_id = simulator.settings.portal_id, car["objectTypeId"]
        assert body["url"].endswith(f"/contacts/{portal}/record/{type_id}/{body['id']}")

        read = hubspot.get(f"{OBJECTS}/{body['id']}").json()
        assert set(read["properties"]) == {"createdate", "hs_lastmodifieddate", "hs_object_id"}
        asked = hubspot.get(f"{OBJECTS}/{body['id']}", params={"properties": "model,color"})
        assert asked.json()["properties"]["model"] == "A"
        assert asked.json()["properties"]["color"] is None

    def test_are_reached_by_every_name_of_their_type(
        self, hubspot: httpx.Client, car: dict[str, Any]
    ) -> None:
        id_ = create(hubspot, model="A")
        for name in (FULL_NAME, "p_car", car["objectTypeId"]):
            for prefix in ("/crm/v3/objects", "/crm/objects/2026-09"):
                assert hubspot.get(f"{prefix}/{name}/{id_}").status_code == 200
        bare = hubspot.get(f"/crm/v3/objects/car/{id_}")
        assert bare.status_code == 400
        assert bare.json()["message"] == "Unable to infer object type from: car"

    def test_are_found_by_a_unique_property(self, hubspot: httpx.Client) -> None:
        id_ = create(hubspot, model="A", vin="W1")
        path = f"{OBJECTS}/W1"
        assert hubspot.get(path, params={"idProperty": "vin"}).json()["id"] == id_
        changed = hubspot.patch(
            path, params={"idProperty": "vin"}, json={"properties": {"color": "red"}}
        )
        assert changed.status_code == 200
        taken = hubspot.post(OBJECTS, json={"properties": {"model": "B", "vin": "W1"}})
        assert taken.status_code == 400
        assert f"{id_} already has that value." in taken.json()["message"]

    def test_are_listed_and_archived(self, hubspot: httpx.Client) -> None:
        ids = [create(hubspot, model=str(n)) for n in range(3)]
        assert hubspot.delete(f"{OBJECTS}/{ids[0]}").status_code == 204
        listed = hubspot.get(OBJECTS).json()["results"]
        assert [one["id"] for one in listed] == ids[1:]

    def test_take_values_by_the_type_of_the_property(self, hubspot: httpx.Client) -> None:
        refused = hubspot.post(OBJECTS, json={"properties": {"model": "A", "year": "old"}})
        assert refused.json()["errors"][0]["context"] == {"propertyName": ["year"]}


class TestRequiredProperties:
    def test_are_needed_by_creations_only(self, hubspot: httpx.Client) -> None:
        refused = hubspot.post(OBJECTS, json={"properties": {"color": "red"}})
        assert refused.status_code == 400
        assert refused.json()["category"] == "VALIDATION_ERROR"
        assert "model" in refused.text
        id_ = create(hubspot, model="A")
        changed = hubspot.patch(f"{OBJECTS}/{id_}", json={"properties": {"color": "red"}})
        assert changed.status_code == 200

    def test_are_those_of_the_schema_as_it_is_now(self, hubspot: httpx.Client) -> None:
        create(hubspot, model="A")
        hubspot.patch(f"{PATH}/{FULL_NAME}", json={"requiredProperties": ["vin"]})
        assert hubspot.post(OBJECTS, json={"properties": {"model": "B"}}).status_code == 400
        create(hubspot, vin="W1")

    def test_can_be_switched_off(self, begin: Begin, hubspot: httpx.Client) -> None:
        define(hubspot, begin(required_properties_enforced=False))
        create(hubspot, color="red")


class TestBatches:
    def test_upsert_by_a_unique_property(self, hubspot: httpx.Client) -> None:
        path = f"{OBJECTS}/batch/upsert"
        first = hubspot.post(path, json={"inputs": [by_vin("W1", model="A"), by_vin("W2")]})
        assert first.status_code == 400
        first = hubspot.post(
            path, json={"inputs": [by_vin("W1", model="A"), by_vin("W2", model="B")]}
        )
        assert first.status_code == 200
        assert [one["new"] for one in first.json()["results"]] == [True, True]
        again = hubspot.post(
            path, json={"inputs": [by_vin("W2", color="red"), by_vin("W3", model="C")]}
        )
        told = {one["properties"]["vin"]: one["new"] for one in again.json()["results"]}
        assert told == {"W2": False, "W3": True}

        inputs = [{"id": vin} for vin in ("W1", "W2", "W3", "W9")]
        body = {"idProperty": "vin", "properties": ["model", "color"], "inputs": inputs}
        read = hubspot.post(f"{OBJECTS}/batch/read", json=body)
        assert read.status_code == 207
        assert read.json()["errors"][0]["context"] == {"ids": ["W9"]}
        models = {one["properties"]["model"] for one in read.json()["results"]}
        assert models == {"A", "B", "C"}

    def test_refuse_a_property_that_is_not_unique(
        self, hubspot: httpx.Client, car: dict[str, Any]
    ) -> None:
        one = {"id": "red", "idProperty": "color", "properties": {"model": "A"}}
        refused = hubspot.post(f"{OBJECTS}/batch/upsert", json={"inputs": [one]})
        assert refused.status_code == 400
        assert refused.json()["message"].startswith(
            f"Unable to perform update/upsert by non-unique {car['objectTypeId']} property color"
        )

    def test_create_update_and_archive(self, hubspot: httpx.Client) -> None:
        given = {"inputs": [{"properties": {"model": str(n)}} for n in range(2)]}
        created = hubspot.post(f"{OBJECTS}/batch/create", json=given)
        assert created.status_code == 201
        ids = [one["id"] for one in created.json()["results"]]
        changes = {"inputs": [{"id": one, "properties": {"color": "red"}} for one in ids]}
        assert hubspot.post(f"{OBJECTS}/batch/update", json=changes).status_code == 200
        gone = {"inputs": [{"id": one} for one in ids]}
        assert hubspot.post(f"{OBJECTS}/batch/archive", json=gone).status_code == 204
        assert hubspot.get(OBJECTS).json()["results"] == []


class TestSearch:
    def test_finds_them_after_the_lag(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        id_ = create(hubspot, model="Beetle")
        filters = [{"propertyName": "model", "operator": "EQ", "value": "beetle"}]
        body = {"filterGroups": [{"filters": filters}], "properties": ["model"]}
        simulator.clock.advance(60)
        found = hubspot.post(f"{OBJECTS}/search", json=body).json()
        assert [one["id"] for one in found["results"]] == [id_]


class TestListsAndAssociations:
    def test_take_them_like_any_other(self, hubspot: httpx.Client, car: dict[str, Any]) -> None:
        id_ = create(hubspot, model="A")
        new = {"name": "Cars", "objectTypeId": car["objectTypeId"], "processingType": "MANUAL"}
        list_id = hubspot.post("/crm/v3/lists", json=new).json()["list"]["listId"]
        added = hubspot.put(f"/crm/v3/lists/{list_id}/memberships/add", json=[id_])
        assert added.json()["recordsIdsAdded"] == [id_]
        memberships = f"/crm/v3/lists/records/{FULL_NAME}/{id_}/memberships"
        assert hubspot.get(memberships).json()["total"] == 1

    def test_link_them_on_creation(self, hubspot: httpx.Client, car: dict[str, Any]) -> None:
        email = {"properties": {"email": "a@x.com"}}
        contact = hubspot.post("/crm/v3/objects/contacts", json=email).json()["id"]
        type_ = {
            "associationCategory": "USER_DEFINED",
            "associationTypeId": int(car["associations"][0]["id"]),
        }
        link = {"to": {"id": contact}, "types": [type_]}
        body = {"properties": {"model": "A"}, "associations": [link]}
        created = hubspot.post(OBJECTS, json=body)
        assert created.status_code == 201, created.text
        path = f"/crm/v4/objects/contacts/{contact}/associations/{FULL_NAME}"
        found = [str(one["toObjectId"]) for one in hubspot.get(path).json()["results"]]
        assert found == [created.json()["id"]]


class TestScopes:
    @pytest.mark.parametrize(
        ("method", "right", "scope"),
        [("GET", "read", "crm.objects.custom.write"), ("POST", "write", "crm.objects.custom.read")],
    )
    def test_are_missed_as_recorded(
        self, server: SimulatorServer, hubspot: httpx.Client, method: str, right: str, scope: str
    ) -> None:
        other = PrivateApp(token="pat-na1-other", scopes=frozenset({scope}), app_id=2)
        apps = (PrivateApp(), other)
        server.reset(SimulatorSettings(limits=None, private_apps=apps))
        define(hubspot, server)
        answer = ANYONE.request(
            method,
            f"{server.url}{OBJECTS}",
            headers={"Authorization": f"Bearer {other.token}"},
            json={"properties": {"model": "A"}},
        )
        assert answer.status_code == 403
        body = without_id(answer.json())
        assert body["category"] == "MISSING_SCOPES"
        assert body["context"]["requiredGranularScopes"] == [f"custom-object-{right}"]


def test_the_types_outlive_the_process(
    hubspot: httpx.Client, car: dict[str, Any], simulator: SimulatorServer
) -> None:
    schema = hubspot.get(f"{PATH}/{FULL_NAME}").json()
    create(hubspot, model="A")
    kept = simulator.account.schemas
    saved = orjson.loads(orjson.dumps(kept.saved()))
    kept.restore({"next_id": 1, "schemas": [], "associations": []})
    assert hubspot.get(OBJECTS).status_code == 400
    kept.restore(saved)

    assert hubspot.get(f"{PATH}/{FULL_NAME}").json() == schema
    assert len(hubspot.get(OBJECTS).json()["results"]) == 1
    other = hubspot.post(PATH, json=NEW | {"name": "bus"}).json()
    assert other["objectTypeId"] != car["objectTypeId"]


def test_an_account_with_a_deleted_type_can_be_kept(
    hubspot: httpx.Client, simulator: SimulatorServer
) -> None:
    made = define(
        hubspot, simulator, name="bus", properties=[], requiredProperties=[], associatedObjects=[],
        searchableProperties=[], secondaryDisplayProperties=[], primaryDisplayProperty=None,
    )  # fmt: skip
    objects = f"/crm/v3/objects/{made['objectTypeId']}"
    id_ = hubspot.post(objects, json={"properties": {}}).json()["id"]
    hubspot.delete(f"{objects}/{id_}")
    account = simulator.account
    assert made["objectTypeId"] in account.all_records
    hubspot.delete(f"{PATH}/{made['objectTypeId']}")
    assert made["objectTypeId"] not in account.all_records

    account.restore(orjson.loads(orjson.dumps(account.saved())))
    archived = hubspot.get(PATH, params={"archived": "true"}).json()["results"]
    assert [one["name"] for one in archived] == ["bus"]
    assert hubspot.get(f"{PATH}/{FULL_NAME}").status_code == 200
