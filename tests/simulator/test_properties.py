"""Property definitions and groups (hubspot-api §3)."""

from typing import Any

import httpx
import orjson
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import RequiredOnCreation, SimulatorSettings

from .conftest import Begin, Contacts, without_id

PATH = "/crm/v3/properties/contacts"
NEW = {
    "name": "plan",
    "label": "Plan",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
}


@pytest.fixture(autouse=True)
def _begun(simulator: SimulatorServer) -> SimulatorServer:
    return simulator


def create(hubspot: httpx.Client, **changes: Any) -> httpx.Response:
    return hubspot.post(PATH, json=NEW | changes)


class TestList:
    def test_holds_the_properties_that_come_with_hubspot(self, hubspot: httpx.Client) -> None:
        listed = {one["name"]: one for one in hubspot.get(PATH).json()["results"]}

        names = "email firstname lastname phone company website address city state country zip"
        more = "lifecyclestage jobtitle industry hs_additional_emails hubspot_owner_id"
        for name in f"{names} {more}".split():
            assert listed[name]["modificationMetadata"]["readOnlyValue"] is False
        assert listed["createdate"]["modificationMetadata"]["readOnlyValue"] is True
        assert listed["lifecyclestage"]["options"][0]["value"] == "subscriber"
        types = {one["type"] for one in listed.values()}
        assert types >= {"string", "number", "bool", "datetime", "enumeration"}

    @pytest.mark.parametrize("version", ["2025-09", "2026-03", "2026-09"])
    def test_is_alike_in_all_versions(self, hubspot: httpx.Client, version: str) -> None:
        dated = hubspot.get(f"/crm/properties/{version}/0-1").json()
        assert dated == hubspot.get(PATH).json()

    def test_leaves_out_sensitive_ones_unless_asked(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot, dataSensitivity="sensitive")
        simulator.clock.advance(1)
        assert "plan" not in hubspot.get(PATH).text
        asked = hubspot.get(PATH, params={"dataSensitivity": "sensitive"}).json()
        assert [one["name"] for one in asked["results"]] == ["plan"]

    def test_can_be_cut_down_to_some_names(self, hubspot: httpx.Client) -> None:
        asked = hubspot.get(PATH, params={"properties": "city,email", "locale": "fr"}).json()
        assert {one["name"] for one in asked["results"]} == {"city", "email"}

    @pytest.mark.parametrize(
        ("kind", "names"),
        [
            ("companies", "name domain industry numberofemployees annualrevenue lifecyclestage"),
            ("deals", "dealname dealstage pipeline amount closedate dealtype"),
            ("tickets", "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority"),
            ("products", "name price hs_sku"),
            ("line_items", "quantity price hs_product_id"),
            ("notes", "hs_timestamp hs_note_body"),
            ("tasks", "hs_timestamp hs_task_subject hs_task_status"),
            ("calls", "hs_timestamp hs_call_title hs_call_direction"),
            ("meetings", "hs_timestamp hs_meeting_title hs_meeting_outcome"),
            ("emails", "hs_timestamp hs_email_subject hs_email_direction"),
            ("quotes", "hs_title hs_expiration_date"),
            ("orders", "hs_order_name hs_pipeline_stage hs_total_price"),
            ("leads", "hs_lead_name hs_lead_label hs_pipeline_stage"),
        ],
    )
    def test_holds_what_other_types_are_written_with(
        self, hubspot: httpx.Client, kind: str, names: str
    ) -> None:
        listed = hubspot.get(f"/crm/properties/2026-03/{kind}").json()["results"]
        by_name = {one["name"]: one for one in listed}
        for name in names.split():
            assert by_name[name]["modificationMetadata"]["readOnlyValue"] is False
        for name in ("hs_object_id", "hs_lastmodifieddate", "createdate"):
            assert by_name[name]["modificationMetadata"]["readOnlyValue"] is True

    def test_shows_options_by_their_values(self, hubspot: httpx.Client) -> None:
        industry = hubspot.get("/crm/v3/properties/companies/industry").json()
        values = [one["value"] for one in industry["options"]]
        assert len(values) == len(set(values)) > 140
        assert industry["options"][6]["displayOrder"] == 6
        owner = hubspot.get(f"{PATH}/hubspot_owner_id").json()
        assert owner["externalOptions"] is True
        assert owner["referencedObjectType"] == "OWNER"


class TestCreate:
    def test_is_201_with_a_location_and_known_after_the_lag(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        answer = create(hubspot)
        contacts = Contacts(hubspot)

        assert answer.status_code == 201
        assert answer.headers["Location"].endswith(f"{PATH}/plan")
        assert hubspot.get(f"{PATH}/plan").status_code == 404
        too_soon = hubspot.post(contacts.path, json={"properties": {"plan": "free"}})
        assert too_soon.json()["errors"][0]["code"] == "PROPERTY_DOESNT_EXIST"
        simulator.clock.advance(0.5)
        assert hubspot.get(f"{PATH}/plan").json()["label"] == "Plan"
        assert contacts.value(contacts.create(plan="free"), "plan") == "free"
        simulator.clock.resume()

    def test_of_a_known_name_is_409(self, hubspot: httpx.Client) -> None:
        create(hubspot)
        answer = create(hubspot)

        assert answer.status_code == 409
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "A property named 'plan' already exists.",
            "category": "OBJECT_ALREADY_EXISTS",
            "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
        }

    @pytest.mark.parametrize(
        "changes",
        [
            {"type": "number"},
            {"type": "object_coordinates"},
            {"name": "Plan"},
            {"groupName": "nowhere"},
            {"label": None},
            {"type": "enumeration", "fieldType": "select"},
            {"type": "enumeration", "fieldType": "select", "options": [{"value": "a"}]},
        ],
    )
    def test_refuses_what_makes_no_property(
        self, hubspot: httpx.Client, changes: dict[str, Any]
    ) -> None:
        assert create(hubspot, **changes).status_code == 400

    def test_takes_ten_unique_properties_and_no_more(self, hubspot: httpx.Client) -> None:
        statuses = [
            create(hubspot, name=f"key_{n}", hasUniqueValue=True).status_code for n in range(11)
        ]
        assert statuses == [201] * 10 + [400]

    def test_of_an_archived_name_restores_the_old_property(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        created = create(hubspot).json()["createdAt"]
        simulator.clock.advance(1)
        assert hubspot.delete(f"{PATH}/plan").status_code == 204
        assert hubspot.get(f"{PATH}/plan").status_code == 404
        assert hubspot.get(f"{PATH}/plan", params={"archived": "true"}).json()["archived"] is True

        assert create(hubspot, label="Other").json()["createdAt"] == created


class TestUpdate:
    def test_replaces_the_options_if_given_and_keeps_them_if_not(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        options = [
            {"label": value, "value": value, "displayOrder": at, "hidden": False}
            for at, value in enumerate("abc")
        ]
        create(hubspot, type="enumeration", fieldType="select", options=options)
        simulator.clock.advance(1)
        contacts = Contacts(hubspot)
        contacts.create(email="a@x.com", plan="c")

        kept = hubspot.patch(f"{PATH}/plan", json={"label": "New"}).json()
        assert [one["value"] for one in kept["options"]] == ["a", "b", "c"]
        hubspot.patch(f"{PATH}/plan", json={"options": options[:1]})
        simulator.clock.advance(1)
        refused = hubspot.post(contacts.path, json={"properties": {"plan": "c"}})
        assert refused.json()["errors"][0]["message"] == (
            "c was not one of the allowed options: [a]"
        )

    def test_shows_to_other_calls_after_the_lag(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        simulator.clock.freeze()
        for label in ("Second", "Third"):
            assert hubspot.patch(f"{PATH}/plan", json={"label": label}).json()["label"] == label
            assert hubspot.get(f"{PATH}/plan").json()["label"] == "Plan"
        simulator.clock.advance(0.5)
        assert hubspot.get(f"{PATH}/plan").json()["label"] == "Third"
        simulator.clock.resume()

    def test_holds_values_to_the_old_options_until_then(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        old = [{"label": "a", "value": "a", "displayOrder": 0, "hidden": False}]
        create(hubspot, type="enumeration", fieldType="select", options=old)
        simulator.clock.advance(1)
        contacts = Contacts(hubspot)
        id_ = contacts.create(plan="a")
        simulator.clock.freeze()
        hubspot.patch(f"{PATH}/plan", json={"options": [old[0] | {"value": "b"}]})
        assert contacts.patch(id_, plan="b").status_code == 400
        assert contacts.patch(id_, plan="a").status_code == 200
        simulator.clock.advance(0.5)
        assert contacts.patch(id_, plan="b").status_code == 200
        assert contacts.patch(id_, plan="a").status_code == 400
        simulator.clock.resume()

    def test_shows_at_once_if_switched(self, begin: Begin, hubspot: httpx.Client) -> None:
        server = begin(updates_lag_too=False)
        create(hubspot)
        server.clock.advance(1)
        hubspot.patch(f"{PATH}/plan", json={"label": "New"})
        assert hubspot.get(f"{PATH}/plan").json()["label"] == "New"

    @pytest.mark.parametrize(
        "changes", [{"type": "number"}, {"fieldType": "date"}, {"groupName": "nowhere"}]
    )
    def test_refuses_what_makes_no_property(
        self, hubspot: httpx.Client, simulator: SimulatorServer, changes: dict[str, Any]
    ) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        assert hubspot.patch(f"{PATH}/plan", json=changes).status_code == 400

    def test_of_hubspots_own_changes_its_words_only(self, hubspot: httpx.Client) -> None:
        path = f"{PATH}/hs_lead_status"
        assert hubspot.patch(path, json={"label": "Status"}).json()["label"] == "Status"
        assert hubspot.patch(path, json={"fieldType": "radio"}).status_code == 400

    def test_of_an_unknown_name_is_404(self, hubspot: httpx.Client) -> None:
        answer = hubspot.patch(f"{PATH}/plan", json={"label": "New"})
        assert answer.status_code == 404
        assert answer.json()["category"] == "OBJECT_NOT_FOUND"


class TestArchive:
    def test_of_hubspots_own_is_refused(self, hubspot: httpx.Client) -> None:
        answer = hubspot.delete(f"{PATH}/email")
        assert answer.status_code == 400
        assert without_id(answer.json())["category"] == "VALIDATION_ERROR"

    def test_of_one_that_a_rule_asks_for_is_refused(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        simulator.account.requirements.add(RequiredOnCreation("contacts", ("plan",)))
        for answer in (
            hubspot.delete(f"{PATH}/plan"),
            hubspot.post(f"{PATH}/batch/archive", json={"inputs": [{"name": "plan"}]}),
        ):
            assert answer.status_code == 400
            in_use = "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
            assert without_id(answer.json())["subCategory"] == in_use

    def test_hides_the_values_until_the_property_is_back(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        contacts = Contacts(hubspot)
        id_ = contacts.create(plan="free")
        hubspot.delete(f"{PATH}/plan")
        assert "plan" not in contacts.get(id_, "plan").json()["properties"]
        assert contacts.patch(id_, plan="x").status_code == 400
        restored = create(hubspot, type="number", fieldType="number")
        assert (restored.status_code, restored.json()["type"]) == (201, "string")
        simulator.clock.advance(1)
        assert contacts.value(id_, "plan") == "free"

    def test_can_be_done_twice(self, hubspot: httpx.Client, simulator: SimulatorServer) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        assert hubspot.delete(f"{PATH}/plan").status_code == 204
        assert hubspot.delete(f"{PATH}/plan").status_code == 404
        archived = hubspot.get(PATH, params={"archived": "true"}).json()["results"]
        assert [one["name"] for one in archived] == ["plan"]

    def test_frees_the_values_of_a_unique_property_from_comparison(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot, hasUniqueValue=True)
        simulator.clock.advance(1)
        contacts = Contacts(hubspot)
        id_ = contacts.create(plan="7")
        hubspot.delete(f"{PATH}/plan")
        contacts.client.delete(f"{contacts.path}/{id_}")
        create(hubspot)
        simulator.clock.advance(1)
        assert contacts.create(plan="7") != id_


class TestBatch:
    def test_create_reports_a_clash_and_creates_the_others(self, hubspot: httpx.Client) -> None:
        create(hubspot, name="age__c")
        inputs = [NEW | {"name": "age__c"}, NEW]
        answer = hubspot.post(f"{PATH}/batch/create", json={"inputs": inputs})

        assert answer.status_code == 207
        body = answer.json()
        assert [one["name"] for one in body["results"]] == ["plan"]
        assert body["numErrors"] == 1
        assert body["errors"][0]["context"] == {"name": ["age__c"]}

    def test_create_takes_no_more_than_a_hundred(self, hubspot: httpx.Client) -> None:
        inputs = [NEW | {"name": f"number_{number}"} for number in range(101)]
        answer = hubspot.post(f"{PATH}/batch/create", json={"inputs": inputs})
        assert answer.status_code == 400
        assert "inputs supported in a batch is 100." in answer.json()["message"]
        assert hubspot.get(f"{PATH}/number_0").status_code == 404

    def test_create_without_a_clash_is_201(self, hubspot: httpx.Client) -> None:
        answer = hubspot.post(f"{PATH}/batch/create", json={"inputs": [NEW]})
        assert answer.status_code == 201

    def test_read_finds_by_name(self, hubspot: httpx.Client) -> None:
        body = {
            "archived": False,
            "dataSensitivity": "non_sensitive",
            "inputs": [{"name": "email"}, {"name": "nope"}],
        }
        answer = hubspot.post(f"{PATH}/batch/read", json=body)
        assert answer.status_code == 207
        assert [one["name"] for one in answer.json()["results"]] == ["email"]

    def test_archive_is_204_whatever_the_state(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        create(hubspot)
        simulator.clock.advance(1)
        for _ in range(2):
            answer = hubspot.post(
                f"{PATH}/batch/archive", json={"inputs": [{"name": "plan"}, {"name": "nope"}]}
            )
            assert answer.status_code == 204


def test_the_lag_can_be_switched_off(begin: Begin, hubspot: httpx.Client) -> None:
    begin(definition_lag_seconds=0)
    create(hubspot)
    assert hubspot.get(f"{PATH}/plan").status_code == 200


def test_saved_definitions_come_back_alike(
    hubspot: httpx.Client, simulator: SimulatorServer
) -> None:
    create(hubspot)
    create(hubspot, name="gone")
    simulator.clock.advance(1)
    hubspot.delete(f"{PATH}/gone")
    hubspot.patch(f"{PATH}/plan", json={"label": "New"})
    saved = orjson.loads(orjson.dumps(simulator.account.properties().saved()))
    simulator.reset(SimulatorSettings(limits=None))
    assert hubspot.get(f"{PATH}/plan").status_code == 404

    simulator.account.properties().restore(saved)
    simulator.clock.advance(1)
    assert hubspot.get(f"{PATH}/plan").json()["label"] == "New"
    assert hubspot.get(f"{PATH}/gone", params={"archived": "true"}).status_code == 200
    assert simulator.account.properties().saved() == saved
