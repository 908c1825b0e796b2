"""Numbers and texts that are none, wherever a call may have them (hubspot-api §2.5.1, §9.1)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Contacts, without_id
from .example_calls import Have

TOO_LONG = "9" * 5_000
"""More digits than Python makes a number of, and far more than HubSpot's numbers have."""


@pytest.mark.parametrize("text", [TOO_LONG, "9" * 19, "²", "١", "1.5", "-1", "x"])
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/crm/v3/objects/contacts", "limit"),
        ("/crm/v3/objects/contacts", "after"),
        ("/crm/v3/owners", "limit"),
        ("/crm/v3/owners", "after"),
        ("/events/v3/events", "limit"),
        ("/events/v3/events", "after"),
        ("/events/v3/event-definitions", "limit"),
        ("/events/v3/event-definitions", "after"),
        ("/crm/v3/lists/{list_id}/memberships", "limit"),
        ("/crm/v3/lists/{list_id}/memberships", "after"),
        ("/crm/v3/lists/{list_id}/memberships/join-order", "before"),
        ("/crm/v4/objects/contacts/{contact}/associations/companies", "limit"),
        ("/crm/v4/objects/contacts/{contact}/associations/companies", "after"),
        ("/crm/v3/objects/contacts/{contact}/associations/companies", "after"),
    ],
)
def test_a_page_is_refused_at_a_place_or_of_a_length_that_is_no_number(
    hubspot: httpx.Client, simulator: SimulatorServer, path: str, name: str, text: str
) -> None:
    have = Have(hubspot, simulator)
    filled = path.format(list_id=have.list_id, contact=have.contact)

    answer = hubspot.get(filled, params={name: text})

    assert answer.status_code == 400
    assert name in without_id(answer.json())["message"] or "valid ID" in answer.text


@pytest.mark.parametrize("text", [TOO_LONG, "9" * 19])
class TestTooLong:
    def test_no_association_has_such_an_id(
        self, hubspot: httpx.Client, simulator: SimulatorServer, text: str
    ) -> None:
        have = Have(hubspot, simulator)
        path = f"/crm/v4/objects/contacts/{have.contact}/associations/companies/{text}"

        default = path.replace("associations/", "associations/default/")
        answers = [hubspot.delete(path), hubspot.put(default)]

        for answer in answers:
            assert answer.status_code == 400
            assert answer.json()["subCategory"] == "crm.associations.INVALID_IDENTIFIER"

    def test_no_type_of_association_has_such_an_id(
        self, hubspot: httpx.Client, simulator: SimulatorServer, text: str
    ) -> None:
        have = Have(hubspot, simulator)
        one = f"/crm/v3/objects/contacts/{have.contact}/associations/companies/{have.company}"
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": text}
        label = {"associationTypeId": text, "label": "x"}

        assert hubspot.put(f"{one}/{text}").status_code == 400
        assert hubspot.put(one.replace("v3", "v4"), json=[spec]).status_code == 400
        labels = "/crm/v4/associations/contacts/companies/labels"
        assert hubspot.put(labels, json=label).status_code == 400
        assert hubspot.delete(f"{labels}/{text}").status_code == 400

    def test_times_of_so_many_digits_are_none(self, contacts: Contacts, text: str) -> None:
        deal = {"dealname": "D", "dealstage": "qualifiedtobuy", "closedate": text}

        answer = contacts.client.post("/crm/v3/objects/deals", json={"properties": deal})

        assert answer.status_code == 400
        assert answer.json()["errors"][0]["code"] == "INVALID_LONG"

    def test_a_search_does_not_begin_there(self, contacts: Contacts, text: str) -> None:
        answer = contacts.client.post(f"{contacts.path}/search", json={"after": text})

        assert answer.status_code == 400


@pytest.mark.parametrize("order", [1e30, -1e30, TOO_LONG, [1], 2**31])
def test_definitions_have_no_place_beyond_the_numbers_of_hubspot(
    contacts: Contacts, order: Any
) -> None:
    body = {"name": "ours", "label": "Ours", "displayOrder": order}

    answer = contacts.client.post("/crm/v3/properties/contacts/groups", json=body)

    assert answer.status_code == 400
    assert "`java.lang.Integer`" in answer.json()["message"]


@pytest.mark.parametrize("field", ["label", "type", "name", "description"])
@pytest.mark.parametrize("value", [["a"], {"a": 1}])
def test_texts_of_event_definitions_are_neither_arrays_nor_objects(
    hubspot: httpx.Client, simulator: SimulatorServer, field: str, value: Any
) -> None:
    have = Have(hubspot, simulator)
    path = f"/events/v3/event-definitions/{have.event}/property"

    answer = hubspot.post(path, json={"label": "Land", "type": "string"} | {field: value})

    assert answer.status_code == 400
    assert "`java.lang.String`" in without_id(answer.json())["message"]
