"""Lists and schemas as HubSpot's own Python client sees them."""

from typing import Any

import pytest
from hubspot.crm.lists import (
    ApiException,
    ListCreateRequest,
    ListSearchRequest,
    MembershipChangeRequest,
)
from hubspot.crm.objects import SimplePublicObjectInputForCreate
from hubspot.crm.schemas import (
    AssociationDefinitionEgg,
    ObjectSchemaEgg,
    ObjectTypeDefinitionLabels,
    ObjectTypeDefinitionPatch,
    ObjectTypePropertyCreate,
)

from hubspot_pipeline.simulator.server import SimulatorServer

PACKAGES = ("crm.lists", "crm.schemas")
"""What is called of HubSpot's client here: all of it that leads to the simulator's routes."""

Client = Any


def new_list(client: Client, name: str) -> str:
    new = ListCreateRequest(object_type_id="0-1", processing_type="MANUAL", name=name)
    made = client.crm.lists.lists_api.create(new).list
    assert (made.name, made.size, made.processing_status) == (name, 0, "COMPLETE")
    return str(made.list_id)


class TestLists:
    def test_from_creation_to_restoration(self, client: Client) -> None:
        api = client.crm.lists.lists_api
        first, second = new_list(client, "First"), new_list(client, "Second")
        with pytest.raises(ApiException) as refused:
            new_list(client, "FIRST")
        assert refused.value.status == 400
        assert "ILS.DUPLICATE_LIST_NAMES" in refused.value.body

        assert api.get_by_id(first).list.name == "First"
        assert api.get_by_name("fIRST", "0-1").list.list_id == first
        assert [one.list_id for one in api.get_all(list_ids=[first, second]).lists] == [
            first,
            second,
        ]
        assert api.update_name(first, list_name="Best").updated_list.name == "Best"
        found = api.do_search(ListSearchRequest(query="best", count=10))
        assert (found.total, found.has_more, found.offset) == (1, False, 1)
        assert found.lists[0].additional_properties["hs_list_size"] == "0"
        api.remove(first)
        with pytest.raises(ApiException) as missing:
            api.get_by_id(first)
        assert missing.value.status == 404
        api.restore(first)
        assert api.get_by_id(first).list.name == "Best"

    def test_members_come_and_go(self, client: Client, simulator: SimulatorServer) -> None:
        simulator.account.seed_contacts(3)
        people = list(simulator.account.contacts.by_id)
        api = client.crm.lists.memberships_api
        list_id, other = new_list(client, "First"), new_list(client, "Second")
        added = api.add(list_id, [*people[:2], "888"])
        assert (added.records_ids_added, added.record_ids_missing) == (people[:2], ["888"])
        assert api.remove(list_id, [people[0]]).record_ids_removed == people[:1]
        change = MembershipChangeRequest(
            record_ids_to_add=people[2:], record_ids_to_remove=people[1:2]
        )
        changed = api.add_and_remove(list_id, change)
        assert changed.records_ids_added == people[2:]
        assert changed.record_ids_removed == people[1:2]

        api.add_all_from_list(other, list_id)
        page = api.get_page(other, limit=1)
        assert [one.record_id for one in page.results] == people[2:]
        joined = api.get_page_ordered_by_added_to_list_date(other).results
        assert joined[0].membership_timestamp is not None
        lists = api.get_lists("0-1", people[2]).results
        assert [one.list_id for one in lists] == [list_id, other]
        api.remove_all(other)
        assert api.get_page(other).results == []


class TestSchemas:
    def test_from_creation_to_deletion(self, client: Client, simulator: SimulatorServer) -> None:
        api = client.crm.schemas.core_api
        model = ObjectTypePropertyCreate(
            name="model", label="Model", type="string", field_type="text"
        )
        egg = ObjectSchemaEgg(
            name="car",
            labels=ObjectTypeDefinitionLabels(singular="Car", plural="Cars"),
            properties=[model],
            required_properties=["model"],
            associated_objects=["CONTACT"],
        )
        made = api.create(egg)
        simulator.clock.advance(1)
        assert [one.object_type_id for one in api.get_all().results] == [made.object_type_id]
        labels = ObjectTypeDefinitionLabels(singular="Vehicle", plural="Vehicles")
        changed = api.update(
            made.object_type_id,
            ObjectTypeDefinitionPatch(labels=labels, required_properties=[]),
        )
        assert changed.labels.plural == "Vehicles"
        definition = AssociationDefinitionEgg(
            from_object_type_id=made.object_type_id, to_object_type_id="0-2", name="owner"
        )
        assert api.create_association(made.object_type_id, definition).name == "owner"

        objects = client.crm.objects.basic_api
        new = SimplePublicObjectInputForCreate(properties={"model": "A"}, associations=[])
        record = objects.create(made.fully_qualified_name, new)
        assert objects.get_by_id(made.object_type_id, record.id, properties=["model"]).properties[
            "model"
        ] == "A"  # fmt: skip
        objects.archive(made.object_type_id, record.id)
        client.crm.properties.core_api.archive(made.object_type_id, "model")
        schema = api.get_by_id(made.fully_qualified_name)
        for one in schema.associations:
            if one.from_object_type_id == made.object_type_id:
                api.archive_association(made.object_type_id, one.id)
        api.archive(made.object_type_id)
        api.archive(made.object_type_id, archived=True)
        assert api.get_all(archived=True).results == []
