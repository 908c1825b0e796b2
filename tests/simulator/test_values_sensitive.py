"""Sensitive properties and the scopes that their values take (hubspot-api §3.5)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import ALL_SCOPES, PrivateApp, SimulatorSettings

from .conftest import Contacts, without_id

READ = "crm.objects.contacts.sensitive.read.v2"
WRITE = "crm.objects.contacts.sensitive.write.v2"
ORDINARY = frozenset(one for one in ALL_SCOPES if "sensitive" not in one)
NEW = {
    "name": "diagnosis",
    "label": "Diagnosis",
    "type": "string",
    "fieldType": "text",
    "groupName": "contactinformation",
    "dataSensitivity": "sensitive",
}


def begin_with(server: SimulatorServer, *more: str) -> None:
    """An account whose app has the ordinary scopes and some more."""
    app = PrivateApp(scopes=ORDINARY | set(more))
    server.reset(SimulatorSettings(limits=None, private_apps=(app,)))
    sensitive = Property("blood", "x", "string", "text", "g", sensitivity="sensitive")
    highly = Property("ssn", "x", "string", "text", "g", sensitivity="highly_sensitive")
    server.account.define(sensitive, highly)


class TestValues:
    def test_are_neither_written_nor_read_without_a_scope(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server)
        contacts = Contacts(hubspot)
        id_ = contacts.create(email="a@x.com")
        new = {"email": "b@x.com", "blood": "A"}
        one = {"id": id_, "properties": {"blood": "A"}}
        search = {"filterGroups": [], "properties": ["blood"]}
        named = {"inputs": [{"id": id_}], "properties": ["blood"]}
        for answer in (
            contacts.client.post(contacts.path, json={"properties": new}),
            contacts.patch(id_, blood="A"),
            contacts.batch("update", [one]),
            contacts.get(id_, "blood"),
            contacts.client.get(contacts.path, params={"properties": "blood"}),
            contacts.get(id_, "email", propertiesWithHistory="blood"),
            hubspot.post(f"{contacts.path}/batch/read", json=named),
            hubspot.post(f"{contacts.path}/search", json=search),
        ):
            assert answer.status_code == 403, answer.text
            assert answer.json()["category"] == "MISSING_SCOPES"
        assert contacts.patch(id_, city="Rome").status_code == 200
        assert contacts.get(id_, "city").status_code == 200

    def test_are_refused_by_the_scope_that_is_missing(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server, READ)
        contacts = Contacts(hubspot)
        id_ = contacts.create(email="a@x.com")

        assert contacts.get(id_, "blood").status_code == 200
        refused = without_id(contacts.patch(id_, blood="A").json())
        assert refused["errors"][0]["context"] == {
            "requiredGranularScopes": [WRITE, WRITE.removesuffix(".v2")]
        }

    def test_of_the_highest_degree_take_a_scope_of_their_own(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server, READ, WRITE)
        contacts = Contacts(hubspot)
        id_ = contacts.create(email="a@x.com", blood="A")
        assert contacts.value(id_, "blood") == "A"
        assert contacts.patch(id_, ssn="1").status_code == 403
        begin_with(server, "crm.objects.contacts.highly_sensitive.write")
        assert Contacts(hubspot).create(email="a@x.com", ssn="1")

    def test_of_tickets_take_one_scope_for_both(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        for scopes, status in ((), 403), (("tickets.sensitive.v2",), 201):
            begin_with(server, *scopes)
            secret = Property("blood", "x", "string", "text", "g", sensitivity="sensitive")
            server.account.define(secret, kind="tickets")
            given = {"properties": {"hs_pipeline_stage": "1", "blood": "A"}}
            assert hubspot.post("/crm/v3/objects/tickets", json=given).status_code == status


class TestDefinitions:
    path = "/crm/v3/properties/contacts"

    def test_are_read_without_and_made_with_a_scope(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server)
        asked = hubspot.get(self.path, params={"dataSensitivity": "sensitive"})
        assert [one["name"] for one in asked.json()["results"]] == ["blood"]
        assert hubspot.get(f"{self.path}/blood").json()["dataSensitivity"] == "sensitive"
        for answer in (
            hubspot.post(self.path, json=NEW),
            hubspot.patch(f"{self.path}/blood", json={"label": "y"}),
            hubspot.delete(f"{self.path}/blood"),
            hubspot.post(f"{self.path}/batch/archive", json={"inputs": [{"name": "blood"}]}),
        ):
            assert answer.status_code == 403, answer.text
        begin_with(server, WRITE)
        assert hubspot.post(self.path, json=NEW).status_code == 201

    @pytest.mark.parametrize("degree", ["secret", 7])
    def test_know_three_degrees(
        self, server: SimulatorServer, hubspot: httpx.Client, degree: Any
    ) -> None:
        begin_with(server)
        assert hubspot.post(self.path, json=NEW | {"dataSensitivity": degree}).status_code == 400
        asked = hubspot.get(self.path, params={"dataSensitivity": degree})
        assert asked.status_code == 400

    def test_stay_as_sensitive_as_they_were_made(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server, WRITE)
        changed = {"dataSensitivity": "non_sensitive", "hasUniqueValue": True, "name": "other"}
        body = hubspot.patch(f"{self.path}/blood", json=changed).json()
        assert body["dataSensitivity"] == "sensitive"
        assert body["hasUniqueValue"] is False
        assert body["name"] == "blood"

    def test_are_found_in_batches_by_their_degree(
        self, server: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        begin_with(server)
        body = {"archived": False, "inputs": [{"name": "blood"}, {"name": "email"}]}
        for degree, name in ("sensitive", "blood"), ("non_sensitive", "email"):
            answer = hubspot.post(
                f"{self.path}/batch/read", json=body | {"dataSensitivity": degree}
            )
            assert answer.status_code == 207
            assert [one["name"] for one in answer.json()["results"]] == [name]
