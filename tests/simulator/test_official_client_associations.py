"""Associations as HubSpot's own Python client sees them: v4, labels and v3."""

from typing import Any

import pytest
from hubspot.crm import associations as v3
from hubspot.crm.associations import v4
from hubspot.crm.associations.v4 import schema

from hubspot_pipeline.simulator.server import SimulatorServer
from tests.simulator.associating import Associating

PACKAGES = ("crm.associations", "crm.associations.v4", "crm.associations.v4.schema")
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

Client = Any


@pytest.fixture
def api(simulator: SimulatorServer, hubspot: Any) -> Associating:
    return Associating(hubspot, simulator)


def spec(type_id: int, category: str = "HUBSPOT_DEFINED") -> Any:
    return v4.AssociationSpec(association_category=category, association_type_id=type_id)


class TestV4:
    def test_typed_batches_are_read_back(self, client: Client, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        one = v4.PublicAssociationMultiPost(
            _from=v4.PublicObjectId(id=contact), to=v4.PublicObjectId(id=company), types=[spec(279)]
        )
        batches = client.crm.associations.v4.batch_api
        made = batches.create(
            "contacts", "companies", v4.BatchInputPublicAssociationMultiPost(inputs=[one])
        )
        assert made.results[0].labels == ["Primary"]
        asked = v4.BatchInputPublicFetchAssociationsBatchRequest(
            inputs=[v4.PublicFetchAssociationsBatchRequest(id=contact)]
        )
        [found] = batches.get_page("contacts", "companies", asked).results
        assert [one.to_object_id for one in found.to] == [company]
        assert [one.type_id for one in found.to[0].association_types] == [1, 279]

    def test_wrong_inputs_come_back_as_errors_of_a_success(
        self, client: Client, api: Associating
    ) -> None:
        one = v4.PublicAssociationMultiPost(
            _from=v4.PublicObjectId(id=api.contact()), to=v4.PublicObjectId(id="1"),
            types=[spec(279)],
        )  # fmt: skip
        made = client.crm.associations.v4.batch_api.create(
            "contacts", "companies", v4.BatchInputPublicAssociationMultiPost(inputs=[one])
        )
        assert made.num_errors == 1
        assert made.errors[0].sub_category == "crm.associations.TO_OBJECT_NOT_FOUND"

    def test_one_at_a_time(self, client: Client, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        basic = client.crm.associations.v4.basic_api
        basic.create("contacts", contact, "companies", company, [spec(1)])
        page = basic.get_page("contacts", contact, "companies")
        assert [one.to_object_id for one in page.results] == [company]
        basic.archive("contacts", contact, "companies", company)
        assert basic.get_page("contacts", contact, "companies").results == []
        both = basic.create_default("contacts", contact, "companies", company)
        assert len(both.results) == 2

    def test_batches_are_archived(self, client: Client, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        batches = client.crm.associations.v4.batch_api
        pair = {"_from": v4.PublicObjectId(id=contact), "to": v4.PublicObjectId(id=company)}
        unlabeled = v4.BatchInputPublicDefaultAssociationMultiPost(
            inputs=[v4.PublicDefaultAssociationMultiPost(**pair)]
        )
        batches.create_default("contacts", "companies", unlabeled)
        primary = v4.PublicAssociationMultiPost(**pair, types=[spec(1)])
        batches.archive_labels(
            "contacts", "companies", v4.BatchInputPublicAssociationMultiPost(inputs=[primary])
        )
        assert api.labels(contact, company) == []
        gone = v4.PublicAssociationMultiArchive(_from=pair["_from"], to=[pair["to"]])
        batches.archive(
            "contacts", "companies", v4.BatchInputPublicAssociationMultiArchive(inputs=[gone])
        )
        assert api.listed(contact) == []


class TestLabels:
    def test_they_are_made_renamed_and_deleted(self, client: Client) -> None:
        labels = client.crm.associations.v4.schema.definitions_api
        given = schema.PublicAssociationDefinitionCreateRequest(
            name="boss", label="Boss", inverse_label="Works for"
        )
        made = labels.create("contacts", "companies", given)
        assert [one.label for one in made.results] == ["Boss", "Works for"]
        type_id = made.results[0].type_id
        changed = schema.PublicAssociationDefinitionUpdateRequest(
            association_type_id=type_id, label="Head"
        )
        labels.update("contacts", "companies", changed)
        known = labels.get_all("contacts", "companies").results
        assert [one.label for one in known] == [None, "Primary", "Head"]
        labels.remove("contacts", "companies", type_id)
        assert len(labels.get_all("contacts", "companies").results) == 2


class TestV3:
    def test_batches_by_name(self, client: Client, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        one = v3.PublicAssociation(
            _from=v3.PublicObjectId(id=contact), to=v3.PublicObjectId(id=company),
            type="contact_to_company",
        )  # fmt: skip
        given = v3.BatchInputPublicAssociation(inputs=[one])
        batches = client.crm.associations.batch_api
        assert len(batches.create("contacts", "companies", given).results) == 1
        asked = v3.BatchInputPublicObjectId(inputs=[v3.PublicObjectId(id=contact)])
        [found] = batches.read("contacts", "companies", asked).results
        assert [(one.id, one.type) for one in found.to] == [(company, "contact_to_company")]
        batches.archive("contacts", "companies", given)
        assert api.listed(contact) == []
