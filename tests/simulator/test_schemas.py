"""Schemas of custom object types (hubspot-api §2.10)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PrivateApp, SimulatorSettings

from .cars import FULL_NAME, NEW, OBJECTS, PATH, a_property, define
from .conftest import ANYONE, Begin, without_id

CAR = f"{PATH}/{FULL_NAME}"


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


def names(schemas: httpx.Response) -> list[str]:
    return [one["name"] for one in schemas.json()["results"]]


def empty(hubspot: httpx.Client) -> None:
    """Take out of the schema all that keeps it from being deleted."""
    changes: dict[str, Any] = {
        "primaryDisplayProperty": "hs_object_id",
        "requiredProperties": [],
        "searchableProperties": [],
        "secondaryDisplayProperties": [],
    }
    assert hubspot.patch(CAR, json=changes).status_code == 200
    for one in NEW["properties"]:
        path = f"/crm/v3/properties/{FULL_NAME}/{one['name']}"
        assert hubspot.delete(path).status_code == 204
    for one in hubspot.get(CAR).json()["associations"]:
        hubspot.delete(f"{CAR}/associations/{one['id']}")


class TestCreate:
    def test_is_201_with_the_whole_schema(self, hubspot: httpx.Client) -> None:
        made = define(hubspot)

        assert made["objectTypeId"] == f"2-{made['id']}"
        assert made["fullyQualifiedName"] == FULL_NAME
        assert made["archived"] is False
        for key in NEW.keys() - {"properties", "associatedObjects"}:
            assert made[key] == NEW[key]
        own = {one["name"]: one for one in made["properties"] if not one["hubspotDefined"]}
        assert list(own) == ["model", "vin", "color", "year"]
        assert {one["groupName"] for one in own.values()} == {"car_information"}
        assert own["vin"]["hasUniqueValue"] is True
        assert "hs_object_id" in {one["name"] for one in made["properties"]}
        there, back = made["associations"]
        assert (there["fromObjectTypeId"], there["toObjectTypeId"]) == (
            made["objectTypeId"],
            "0-1",
        )
        assert (there["name"], back["name"]) == ("car_to_contact", "contact_to_car")

    def test_makes_a_type_that_other_calls_see_after_the_lag(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        define(hubspot)
        unknown = hubspot.get(CAR)
        assert unknown.status_code == 400
        assert without_id(unknown.json()) == {
            "status": "error",
            "message": f"Unable to infer object type from: {FULL_NAME}",
        }
        assert hubspot.post(OBJECTS, json={"properties": {"model": "A"}}).status_code == 400
        assert names(hubspot.get(PATH)) == []
        simulator.clock.advance(0.5)
        assert hubspot.get(CAR).status_code == 200
        assert hubspot.post(OBJECTS, json={"properties": {"model": "A"}}).status_code == 201
        assert names(hubspot.get(PATH)) == ["car"]
        simulator.clock.resume()

    @pytest.mark.parametrize(
        "path",
        ["/crm/v3/schemas", *(f"/crm-object-schemas/{v}/schemas" for v in ("2026-03", "2026-09"))],
    )
    def test_is_alike_in_all_versions(self, hubspot: httpx.Client, path: str) -> None:
        assert hubspot.post(path, json=NEW).status_code == 201

    @pytest.mark.parametrize("name", ["1car", "_car", "my car", "my-car", "", "añb"])
    def test_takes_names_of_letters_digits_and_underscores_only(
        self, hubspot: httpx.Client, name: str
    ) -> None:
        assert hubspot.post(PATH, json=NEW | {"name": name}).status_code == 400

    def test_of_a_known_name_is_409_in_any_case(self, hubspot: httpx.Client) -> None:
        define(hubspot)
        again = hubspot.post(PATH, json=NEW | {"name": "CAR"})
        assert again.status_code == 409
        assert again.json()["category"] == "OBJECT_ALREADY_EXISTS"

    @pytest.mark.parametrize(
        "field", ["name", "labels", "properties", "requiredProperties", "associatedObjects"]
    )
    def test_needs_what_every_example_has(self, hubspot: httpx.Client, field: str) -> None:
        body = {key: value for key, value in NEW.items() if key != field}
        answer = hubspot.post(PATH, json=body)
        assert answer.status_code == 400
        assert field in answer.json()["message"]

    def test_needs_all_that_the_specification_says_by_a_switch(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(every_schema_field_needed=True)
        missing = hubspot.post(PATH, json=NEW).json()["message"]
        assert "[allowsSensitiveProperties, shouldCreateSameObjectAssociation]" in missing
        more = {"allowsSensitiveProperties": False, "shouldCreateSameObjectAssociation": False}
        assert hubspot.post(PATH, json=NEW | more).status_code == 201

    @pytest.mark.parametrize(
        "changes",
        [
            {"labels": {"singular": "Car"}},
            {"labels": "Car"},
            {"name": 7},
            {"primaryDisplayProperty": ["model"]},
            {"requiredProperties": 0},
            {"properties": {}},
            {"properties": ["model"]},
            {"properties": [a_property("model", type="enumeration", fieldType="select")]},
            {"properties": [a_property("model"), a_property("model")]},
            {"properties": [a_property("model", groupName="nowhere")]},
            {"requiredProperties": ["nowhere"]},
            {"searchableProperties": ["nowhere"]},
            {"secondaryDisplayProperties": ["nowhere"]},
            {"primaryDisplayProperty": "nowhere"},
            {"associatedObjects": ["butterflies"]},
            {"properties": [a_property(f"key_{n}", hasUniqueValue=True) for n in range(11)]},
        ],
    )
    def test_refused_leaves_nothing_behind(
        self, hubspot: httpx.Client, simulator: SimulatorServer, changes: dict[str, Any]
    ) -> None:
        assert hubspot.post(PATH, json=NEW | changes).status_code in (400, 409)
        define(hubspot, simulator)
        assert names(hubspot.get(PATH)) == ["car"]

    def test_is_refused_beyond_the_number_that_the_switch_says(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(custom_types_allowed=2)
        statuses = [
            hubspot.post(PATH, json=NEW | {"name": name}).status_code for name in ("a", "b", "c")
        ]
        assert statuses == [201, 201, 400]


class TestRead:
    def test_of_hubspots_own_types_shows_their_properties(self, hubspot: httpx.Client) -> None:
        contact = hubspot.get(f"{PATH}/contacts").json()
        assert (contact["objectTypeId"], contact["name"]) == ("0-1", "CONTACT")
        assert "email" in {one["name"] for one in contact["properties"]}

    def test_by_batch_names_what_it_does_not_find(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        define(hubspot, simulator)
        body = {"inputs": [{"id": FULL_NAME}, {"id": "butterflies"}]}
        answer = hubspot.post(f"{PATH}/batch/read", json=body)
        assert answer.status_code == 207
        assert names(answer) == ["car"]
        assert answer.json()["errors"][0]["context"] == {"ids": ["butterflies"]}
        assert hubspot.post(f"{PATH}/batch/read", json={"inputs": [7]}).status_code == 400
        assert hubspot.post(f"{PATH}/batch/read", json={"inputs": 7}).status_code == 400


class TestUpdate:
    def test_changes_labels_and_lists_and_keeps_the_rest(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        made = define(hubspot, simulator, description="Vehicles")
        changes = {"labels": {"plural": "Vehicles"}, "requiredProperties": ["vin"], "name": "bus"}
        answer = hubspot.patch(CAR, json=changes)

        assert answer.status_code == 200
        body = answer.json()
        assert body["labels"] == {"singular": "Car", "plural": "Vehicles"}
        assert (body["name"], body["portalId"]) == ("car", simulator.settings.portal_id)
        assert body["description"] == "Vehicles"
        assert body["updatedAt"] > made["updatedAt"]
        assert hubspot.get(CAR).json()["requiredProperties"] == ["vin"]
        cleared = hubspot.patch(CAR, json={"clearDescription": True}).json()
        assert "description" not in cleared

    def test_names_properties_only_once_calls_see_them(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        define(hubspot, simulator)
        new = a_property("doors", groupName="car_information")
        changes = {"searchableProperties": ["doors"]}
        assert hubspot.patch(CAR, json=changes).status_code == 400
        hubspot.post(f"/crm/v3/properties/{FULL_NAME}", json=new)
        assert hubspot.patch(CAR, json=changes).status_code == 400
        simulator.clock.advance(0.5)
        assert hubspot.patch(CAR, json=changes).status_code == 200
        simulator.clock.resume()

    @pytest.mark.parametrize(
        "changes",
        [
            {"labels": "Cars"},
            {"labels": {"plural": 7}},
            {"requiredProperties": "model"},
            {"searchableProperties": 0},
            {"secondaryDisplayProperties": [None]},
            {"primaryDisplayProperty": ["model"]},
            {"description": {}},
        ],
    )
    def test_refuses_what_it_cannot_read(
        self, hubspot: httpx.Client, simulator: SimulatorServer, changes: dict[str, Any]
    ) -> None:
        made = define(hubspot, simulator)
        assert hubspot.patch(CAR, json=changes).status_code == 400
        assert hubspot.get(CAR).json()["updatedAt"] == made["updatedAt"]

    def test_of_hubspots_own_types_is_400(self, hubspot: httpx.Client) -> None:
        assert hubspot.patch(f"{PATH}/contacts", json={}).status_code == 400
        assert hubspot.delete(f"{PATH}/contacts").status_code == 400


class TestDelete:
    def test_waits_until_records_associations_and_properties_are_gone(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        define(hubspot, simulator)
        record = hubspot.post(OBJECTS, json={"properties": {"model": "A"}}).json()["id"]
        refused = hubspot.delete(CAR)
        assert refused.status_code == 400
        assert refused.json()["category"] == "VALIDATION_ERROR"
        hubspot.delete(f"{OBJECTS}/{record}")
        assert hubspot.delete(CAR).status_code == 400
        empty(hubspot)
        assert hubspot.delete(CAR).status_code == 204
        assert hubspot.get(CAR).status_code == 400
        assert hubspot.get(OBJECTS).status_code == 400

    def test_keeps_the_name_until_it_is_deleted_for_good(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        first = define(hubspot, simulator)
        archived = {"archived": "true"}
        assert hubspot.delete(CAR, params=archived).status_code == 404
        empty(hubspot)
        hubspot.delete(CAR)
        assert names(hubspot.get(PATH)) == []
        assert names(hubspot.get(PATH, params=archived)) == ["car"]
        assert hubspot.get(CAR, params=archived).json()["archived"] is True
        assert hubspot.post(PATH, json=NEW).status_code == 409

        assert hubspot.delete(CAR, params=archived).status_code == 204
        assert names(hubspot.get(PATH, params=archived)) == []
        assert define(hubspot)["objectTypeId"] != first["objectTypeId"]

    def test_of_a_property_in_use_is_refused(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        define(hubspot, simulator)
        properties = f"/crm/v3/properties/{FULL_NAME}"
        refused = hubspot.delete(f"{properties}/color")
        assert refused.status_code == 400
        assert refused.json()["subCategory"] == (
            "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
        )
        assert hubspot.delete(f"{properties}/year").status_code == 204


class TestAssociations:
    def test_can_be_added_and_taken_away_both_directions_at_once(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        type_id = define(hubspot, simulator)["objectTypeId"]
        body = {"fromObjectTypeId": type_id, "toObjectTypeId": "0-2", "name": "driven_by"}
        made = hubspot.post(f"{CAR}/associations", json=body)
        assert made.status_code == 201
        assert made.json()["name"] == "driven_by"
        assert hubspot.post(f"{CAR}/associations", json=body).status_code == 400
        assert len(hubspot.get(CAR).json()["associations"]) == 4

        path = f"{CAR}/associations/{made.json()['id']}"
        assert hubspot.delete(path).status_code == 204
        assert hubspot.delete(path).status_code == 404
        assert len(hubspot.get(CAR).json()["associations"]) == 2

    def test_have_the_ids_of_the_association_types(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        there, back = define(hubspot, simulator)["associations"]
        for one in (there, back):
            path = f"/crm/v4/associations/{one['fromObjectTypeId']}/{one['toObjectTypeId']}/labels"
            listed = [str(label["typeId"]) for label in hubspot.get(path).json()["results"]]
            assert listed == [one["id"]]

    def test_with_itself_come_with_the_schema_if_asked(self, hubspot: httpx.Client) -> None:
        made = define(hubspot, shouldCreateSameObjectAssociation=True, associatedObjects=[])
        assert [one["name"] for one in made["associations"]] == ["car_to_car"]

    def test_take_their_records_associations_with_them(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        made = define(hubspot, simulator)
        car = hubspot.post(OBJECTS, json={"properties": {"model": "A"}}).json()["id"]
        email = {"properties": {"email": "a@x.com"}}
        contact = hubspot.post("/crm/v3/objects/contacts", json=email).json()["id"]
        pair = f"/crm/v4/objects/{FULL_NAME}/{car}/associations"
        hubspot.put(f"{pair}/default/contacts/{contact}")
        assert len(hubspot.get(f"{pair}/contacts").json()["results"]) == 1
        hubspot.delete(f"{CAR}/associations/{made['associations'][1]['id']}")
        assert hubspot.get(f"{pair}/contacts").json()["results"] == []

    @pytest.mark.parametrize(
        "body",
        [
            {"fromObjectTypeId": "0-1"},
            {"fromObjectTypeId": "0-1", "toObjectTypeId": "0-2"},
            {"fromObjectTypeId": 1, "toObjectTypeId": "0-2"},
            {"fromObjectTypeId": "butterflies", "toObjectTypeId": "0-2"},
        ],
    )
    def test_refuse_what_does_not_concern_the_type(
        self, hubspot: httpx.Client, simulator: SimulatorServer, body: dict[str, Any]
    ) -> None:
        define(hubspot, simulator)
        assert hubspot.post(f"{CAR}/associations", json=body).status_code == 400


class TestScopes:
    @pytest.mark.parametrize(
        ("method", "path", "right"),
        [("GET", PATH, "read"), ("POST", PATH, "write"), ("GET", f"{PATH}/contacts", "read")],
    )
    def test_of_custom_objects_are_missed_as_recorded(
        self, server: SimulatorServer, method: str, path: str, right: str
    ) -> None:
        app = PrivateApp(scopes=frozenset({"crm.schemas.contacts.read"}))
        server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
        headers = {"Authorization": f"Bearer {app.token}"}
        answer = ANYONE.request(method, f"{server.url}{path}", headers=headers, json=NEW)

        assert answer.status_code == 403
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "One or more of the following scopes are required.",
            "context": {
                "requiredGranularScopes": [f"custom-object-{right}"],
                "links": ["https://developers.hubspot.com/scopes"],
            },
            "category": "MISSING_SCOPES",
        }
