"""What a record must have (hubspot-api §1.5, §2.4, §2.10)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.pipelines import Pipeline, Stage
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    ConditionalRule,
    RequiredOnCreation,
    SimulatorSettings,
)

from .conftest import Begin, without_id


def create(
    hubspot: httpx.Client, kind: str, version: str = "2026-03", **properties: Any
) -> httpx.Response:
    return hubspot.post(f"/crm/objects/{version}/{kind}", json={"properties": properties})


def not_set(what: str, *names: str) -> dict[str, Any]:
    return {
        "status": "error",
        "message": f"Error creating {what}. Some required properties were not set.",
        "context": {"properties": list(names)},
        "category": "VALIDATION_ERROR",
    }


@pytest.mark.usefixtures("simulator")
class TestCreation:
    @pytest.mark.parametrize("version", ["v3", "2026-03", "2026-09"])
    def test_of_a_contact_needs_an_email_or_a_name(
        self, hubspot: httpx.Client, version: str
    ) -> None:
        path = "/crm/v3/objects/contacts" if version == "v3" else f"/crm/objects/{version}/contacts"
        answer = hubspot.post(path, json={"properties": {"city": "Rome", "email": None}})

        assert answer.status_code == 400
        wanted = not_set("CONTACT", "email", "firstname", "lastname")
        assert without_id(answer.json()) == wanted
        answer = hubspot.post(path, json={"properties": {"firstname": "Ada"}})
        assert answer.status_code == 201

    def test_of_a_company_needs_a_domain_or_a_name(self, hubspot: httpx.Client) -> None:
        answer = create(hubspot, "companies", city="Rome")
        assert without_id(answer.json()) == not_set("COMPANY", "domain", "name")
        assert create(hubspot, "companies", domain="example.com").status_code == 201

    def test_of_a_deal_needs_its_name_and_stage_but_not_its_pipeline(
        self, hubspot: httpx.Client
    ) -> None:
        answer = create(hubspot, "deals", amount="10", dealstage="")
        assert without_id(answer.json()) == not_set("DEAL", "dealname", "dealstage")
        made = create(hubspot, "deals", dealname="Big", dealstage="qualifiedtobuy").json()
        assert made["properties"]["pipeline"] == "default"

    def test_of_a_ticket_needs_only_its_stage(self, hubspot: httpx.Client) -> None:
        answer = create(hubspot, "tickets", subject="Help")
        assert without_id(answer.json()) == not_set("TICKET", "hs_pipeline_stage")
        made = create(hubspot, "tickets", hs_pipeline_stage="1").json()
        assert made["properties"]["hs_pipeline"] == "0"
        assert made["properties"]["hs_ticket_id"] == made["id"]

    def test_of_an_activity_needs_its_time(self, hubspot: httpx.Client) -> None:
        answer = create(hubspot, "tasks", hs_task_subject="Call")
        assert without_id(answer.json()) == not_set("TASK", "hs_timestamp")
        assert create(hubspot, "notes", hs_timestamp=1_700_000_000_000).status_code == 201

    def test_in_a_batch_sinks_it_without_trace_ids(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        inputs = [{"properties": {"name": "A"}}, {"properties": {"city": "Rome"}}]
        path = "/crm/objects/2026-03/companies/batch/create"
        answer = hubspot.post(path, json={"inputs": inputs})

        assert answer.status_code == 400
        assert without_id(answer.json()) == not_set("COMPANY", "domain", "name")
        assert len(simulator.account.records("companies")) == 0

    def test_in_a_batch_with_trace_ids_fails_alone(self, hubspot: httpx.Client) -> None:
        inputs = [
            {"properties": {"name": "A"}, "objectWriteTraceId": "0"},
            {"properties": {"city": "Rome"}, "objectWriteTraceId": "1"},
        ]
        path = "/crm/objects/2026-03/companies/batch/create"
        answer = hubspot.post(path, json={"inputs": inputs})

        assert answer.status_code == 207
        assert len(answer.json()["results"]) == 1
        wanted = not_set("COMPANY", "domain", "name")
        wanted["context"]["objectWriteTraceId"] = ["1"]
        assert answer.json()["errors"] == [wanted]

    def test_by_an_upsert_is_held_to_it_and_an_update_is_not(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        new = {
            "name": "crm_id", "label": "x", "type": "string", "fieldType": "text",
            "groupName": "companyinformation", "hasUniqueValue": True,
        }  # fmt: skip
        assert hubspot.post("/crm/v3/properties/companies", json=new).status_code == 201
        simulator.clock.advance(1)
        create(hubspot, "companies", name="A", crm_id="1")
        path = "/crm/objects/2026-03/companies/batch/upsert"

        def upsert(key: str) -> int:
            one = {"id": key, "idProperty": "crm_id", "properties": {"city": "Rome"}}
            return hubspot.post(path, json={"inputs": [one]}).status_code

        assert upsert("1") == 200
        assert upsert("2") == 400


class TestCreationSwitches:
    def test_let_nameless_contacts_in(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(contacts_need_identity=False)
        assert create(hubspot, "contacts", city="Rome").status_code == 201

    def test_let_everything_else_in(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(required_properties_enforced=False)
        for kind in ("companies", "deals", "tickets", "notes"):
            assert create(hubspot, kind).status_code == 201


@pytest.mark.usefixtures("simulator")
class TestStages:
    def test_that_no_pipeline_has_are_no_options(self, hubspot: httpx.Client) -> None:
        answer = create(hubspot, "tickets", hs_pipeline_stage="9")
        (error,) = answer.json()["errors"]
        assert error["code"] == "INVALID_OPTION"
        assert error["message"] == "9 was not one of the allowed options: [1, 2, 3, 4]"

    def test_of_another_pipeline_are_refused(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        renewals = Pipeline("7788", "Renewals", 1, (Stage("991", "New", 0),))
        deals = simulator.account.types.find("deals")
        simulator.account.pipelines.add(deals, renewals)

        made = create(hubspot, "deals", dealname="x", dealstage="991", pipeline="7788")
        assert made.status_code == 201
        refused = create(hubspot, "deals", dealname="x", dealstage="closedwon", pipeline="7788")
        assert refused.json()["errors"][0] == {
            "message": "closedwon was not one of the allowed options: [991]",
            "code": "INVALID_OPTION",
            "context": {"propertyName": ["dealstage"]},
        }
        assert create(hubspot, "deals", dealname="x", dealstage="991").status_code == 400
        record = f"/crm/objects/2026-03/deals/{made.json()['id']}"
        for change, status in [
            ({"dealstage": "closedwon"}, 400),
            ({"pipeline": "default"}, 400),
            ({"amount": "7"}, 200),
            ({"pipeline": "default", "dealstage": "closedwon"}, 200),
        ]:
            assert hubspot.patch(record, json={"properties": change}).status_code == status


def begin_with_rules(server: SimulatorServer) -> None:
    server.reset(
        SimulatorSettings(
            limits=None,
            required_on_creation=(RequiredOnCreation("contacts", ("firstname", "city")),),
            conditional_rules=(
                ConditionalRule("contacts", "country", ("Italy", "France"), ("zip",)),
            ),
        )
    )


class TestRequiredOn202609:
    def test_names_what_is_missing(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        begin_with_rules(server)
        answer = create(hubspot, "contacts", "2026-09", email="a@x.com", city="Rome")

        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "The property values provided are invalid",
            "errors": [
                {
                    "message": "A value for firstname must be provided",
                    "code": "MISSING_REQUIRED_PROPERTY",
                    "context": {"propertyName": ["firstname"]},
                }
            ],
            "category": "VALIDATION_ERROR",
        }

    @pytest.mark.parametrize("version", ["2025-09", "2026-03"])
    def test_is_unheard_of_on_other_paths(
        self, server: SimulatorServer, hubspot: httpx.Client, version: str
    ) -> None:
        begin_with_rules(server)
        answer = create(hubspot, "contacts", version, email="a@x.com", country="Italy")
        assert answer.status_code == 201

    def test_fails_one_input_of_a_batch_with_trace_ids(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with_rules(server)
        good = {"email": "a@x.com", "firstname": "Ada", "city": "Rome"}
        inputs = [
            {"properties": good, "objectWriteTraceId": "0"},
            {"properties": good | {"email": "b@x.com", "city": ""}, "objectWriteTraceId": "1"},
        ]
        path = "/crm/objects/2026-09/contacts/batch/create"
        body = hubspot.post(path, json={"inputs": inputs}).json()

        assert len(body["results"]) == 1
        (error,) = body["errors"]
        assert error["context"] == {"objectWriteTraceId": ["1"]}
        assert error["errors"][0]["code"] == "MISSING_REQUIRED_PROPERTY"
        assert error["errors"][0]["context"] == {"propertyName": ["city"]}

    def test_can_be_asked_for_while_it_runs(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        assert create(hubspot, "contacts", "2026-09", email="a@x.com").status_code == 201
        simulator.account.requirements.add(RequiredOnCreation("contacts", ("firstname",)))
        assert create(hubspot, "contacts", "2026-09", email="b@x.com").status_code == 400


class TestConditionalOn202609:
    def test_names_the_property_it_is_based_on(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with_rules(server)
        named = {"firstname": "Ada", "city": "Rome"}
        answer = create(hubspot, "contacts", "2026-09", **named, country="Italy")

        assert answer.status_code == 400
        assert answer.json()["errors"] == [
            {
                "message": "zip is required because of a conditional property rule based on "
                "[country]",
                "code": "MISSING_CONDITIONAL_REQUIRED_PROPERTY",
                "context": {"propertyName": ["zip"]},
            }
        ]
        answer = create(hubspot, "contacts", "2026-09", **named, country="Spain")
        assert answer.status_code == 201

    def test_holds_for_updates_that_touch_it(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with_rules(server)
        id_ = create(hubspot, "contacts", email="a@x.com", country="Italy").json()["id"]
        record = f"/crm/objects/2026-09/contacts/{id_}"
        for change, status in [
            ({"city": "Rome"}, 200),
            ({"country": "France"}, 400),
            ({"country": "France", "zip": "75001"}, 200),
            ({"zip": ""}, 400),
            ({"country": "", "zip": ""}, 200),
        ]:
            assert hubspot.patch(record, json={"properties": change}).status_code == status


class TestRules:
    def test_outlive_the_account_that_they_were_saved_from(self, server: SimulatorServer) -> None:
        begin_with_rules(server)
        saved = server.account.requirements.saved()
        contacts = server.account.types.find("contacts")
        server.reset(SimulatorSettings(limits=None))

        assert not server.account.requirements.uses(contacts, "zip")
        server.account.requirements.restore(saved)
        assert server.account.requirements.uses(contacts, "zip")
        assert server.account.requirements.saved() == saved
