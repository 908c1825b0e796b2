"""Records that become one, and contacts that are forgotten (hubspot-api §2.3, §8.5)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.object_types import CONTACTS
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Contacts, ids, without_id

PATH = "/crm/v3/objects"


def merge(client: httpx.Client, kept: Any, gone: Any, kind: str = "contacts") -> httpx.Response:
    body = {"primaryObjectId": kept, "objectIdToMerge": gone}
    return client.post(f"{PATH}/{kind}/merge", json=body)


def forget(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post(f"{PATH}/contacts/gdpr-delete", json=body)


class TestMerge:
    def test_answers_with_the_primary_record_which_keeps_its_values_and_gains_the_rest(
        self, contacts: Contacts
    ) -> None:
        kept = contacts.create(email="a@x.com", city="Rome")
        gone = contacts.create(email="b@x.com", city="Oslo", phone="1")
        answer = merge(contacts.client, kept, gone)

        assert answer.status_code == 200
        record = answer.json()
        assert record["id"] == kept
        assert record["properties"]["email"] == "a@x.com"
        assert record["properties"]["hs_additional_emails"] == "b@x.com"
        assert record["properties"]["hs_merged_object_ids"] == gone
        assert (record["properties"]["city"], record["properties"]["phone"]) == ("Rome", "1")

    def test_lets_both_ids_and_addresses_reach_the_survivor(self, contacts: Contacts) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        merge(contacts.client, kept, gone)

        assert contacts.get(gone).json()["id"] == kept
        assert contacts.patch(gone, city="Rome").json()["id"] == kept
        assert contacts.get("b@x.com", idProperty="email").json()["id"] == kept
        update = contacts.batch("update", [{"id": gone, "properties": {"city": "Oslo"}}])
        assert (update.status_code, ids(update)) == (200, [])
        assert contacts.value(kept, "city") == "Rome"

    def test_of_a_survivor_carries_earlier_ones_along(self, contacts: Contacts) -> None:
        first, second, third = (contacts.create(email=f"{n}@x.com") for n in range(3))
        merge(contacts.client, second, third)
        merge(contacts.client, first, second)

        assert {contacts.get(id_).json()["id"] for id_ in (first, second, third)} == {first}

    def test_of_a_survivor_names_all_who_were_merged_into_it(self, contacts: Contacts) -> None:
        first, second, third = (contacts.create(email=f"{n}@x.com") for n in range(3))
        merge(contacts.client, second, third)
        merge(contacts.client, first, second)
        assert contacts.value(first, "hs_merged_object_ids") == f"{third};{second}"

    def test_leads_nowhere_once_the_survivor_is_archived(self, contacts: Contacts) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        merge(contacts.client, kept, gone)
        contacts.client.delete(f"{contacts.path}/{kept}")
        assert contacts.get(gone).status_code == 404
        assert contacts.patch(gone, city="Rome").status_code == 404

    def test_takes_numbers_for_ids(self, contacts: Contacts) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        assert merge(contacts.client, int(kept), int(gone)).json()["id"] == kept

    @pytest.mark.parametrize("kind", ["companies", "deals", "tickets", "0-2"])
    def test_is_for_other_types_too(
        self, hubspot: httpx.Client, simulator: SimulatorServer, kind: str
    ) -> None:
        records = simulator.account.records(kind)
        stamp = Stamp("2024-01-01T00:00:00.000Z")
        kept, gone = (records.create(records.allocate_id(), {}, stamp).id for _ in range(2))

        assert merge(hubspot, kept, gone, kind).json()["id"] == kept
        assert hubspot.get(f"{PATH}/{kind}/{gone}").json()["id"] == kept

    @pytest.mark.parametrize("kind", ["notes", "products"])
    def test_is_not_for_types_whose_specification_has_none(
        self, hubspot: httpx.Client, simulator: SimulatorServer, kind: str
    ) -> None:
        assert simulator.url
        assert merge(hubspot, "1", "2", kind).status_code == 404

    def test_of_unknown_records_is_404(self, contacts: Contacts) -> None:
        known = contacts.create(email="a@x.com")
        for pair in ((known, "999"), ("999", known)):
            answer = merge(contacts.client, *pair)
            assert answer.status_code == 404
            assert without_id(answer.json()) == {
                "status": "error",
                "message": "resource not found",
            }

    def test_of_a_record_with_itself_or_with_one_that_was_merged_away_is_400(
        self, contacts: Contacts
    ) -> None:
        first, second, third = (contacts.create(email=f"{n}@x.com") for n in range(3))
        merge(contacts.client, first, second)

        for pair in ((first, first), (third, second), (second, third)):
            answer = merge(contacts.client, *pair)
            assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
        assert contacts.get(third).json()["id"] == third

    @pytest.mark.parametrize("body", [{}, {"primaryObjectId": "1"}, {"primaryObjectId": ""}])
    def test_needs_both_ids(self, contacts: Contacts, body: dict[str, str]) -> None:
        answer = contacts.client.post(f"{contacts.path}/merge", json=body)
        assert answer.status_code == 400
        assert "Cannot build PublicMergeInput" in answer.json()["message"]
        assert "category" not in answer.json()

    def test_of_more_than_250_addresses_is_414(self, contacts: Contacts) -> None:
        def many(of: str, count: int) -> str:
            return ";".join(f"{of}{n}@x.com" for n in range(count))

        kept = contacts.create(email="a@x.com", hs_additional_emails=many("a", 200))
        fits = contacts.create(email="b@x.com", hs_additional_emails=many("b", 48))
        more = contacts.create(email="c@x.com")

        assert merge(contacts.client, kept, fits).status_code == 200
        answer = merge(contacts.client, kept, more)
        assert answer.status_code == 414
        assert answer.json()["message"] == "Cannot have more than 250 identities on a profile"
        assert contacts.get(more).json()["id"] == more

    def test_moves_associations_and_list_memberships(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        account = simulator.account
        other = contacts.create(email="c@x.com")
        account.associations.link(CONTACTS, gone, CONTACTS, other, [])
        members = account.lists.create("L", CONTACTS, "MANUAL", "2024-01-01T00:00:00.000Z")
        members.add([gone], "2024-01-01T00:00:00.000Z")
        merge(contacts.client, kept, gone)

        assert list(account.associations.of(CONTACTS, other, CONTACTS)) == [kept]
        assert [one.id for one in account.lists.of_record(CONTACTS, kept)] == [members.id]
        assert account.lists.of_record(CONTACTS, gone) == []


class TestGdprDelete:
    @pytest.mark.parametrize("by", ["id", "email", "secondary"])
    def test_forgets_a_contact_and_all_that_hung_on_it(
        self, contacts: Contacts, simulator: SimulatorServer, by: str
    ) -> None:
        id_ = contacts.create(email="a@x.com", hs_additional_emails="b@x.com")
        other = contacts.create(email="c@x.com")
        account = simulator.account
        account.associations.link(CONTACTS, id_, CONTACTS, other, [])
        members = account.lists.create("L", CONTACTS, "MANUAL", "2024-01-01T00:00:00.000Z")
        members.add([id_], "2024-01-01T00:00:00.000Z")

        body = {
            "id": {"objectId": id_},
            "email": {"objectId": "A@x.com", "idProperty": "email"},
            "secondary": {"objectId": "b@x.com", "idProperty": "email"},
        }[by]
        answer = forget(contacts.client, **body)

        assert (answer.status_code, answer.content) == (204, b"")
        assert contacts.get(id_).status_code == 404
        assert contacts.get(id_, archived="true").status_code == 404
        assert list(account.associations.of(CONTACTS, other, CONTACTS)) == []
        assert account.lists.of_record(CONTACTS, id_) == []

    def test_forgets_an_archived_contact(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        contacts.client.delete(f"{contacts.path}/{id_}")
        assert contacts.get(id_, archived="true").status_code == 200

        assert forget(contacts.client, objectId=id_).status_code == 204
        assert contacts.get(id_, archived="true").status_code == 404

    def test_frees_the_address(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        forget(contacts.client, objectId=id_)
        assert contacts.create(email="a@x.com") != id_

    def test_takes_ids_that_were_merged_into_the_contact_along(self, contacts: Contacts) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        merge(contacts.client, kept, gone)
        assert forget(contacts.client, objectId=kept).status_code == 204
        assert contacts.get(gone).status_code == 404

    def test_of_an_unknown_id_is_404_of_an_unknown_address_204(self, contacts: Contacts) -> None:
        assert forget(contacts.client, objectId="999").status_code == 404
        assert forget(contacts.client, objectId="a@x.com", idProperty="email").status_code == 204

    def test_needs_an_id_and_knows_no_other_property(self, contacts: Contacts) -> None:
        assert "Cannot build" in forget(contacts.client).json()["message"]
        answer = forget(contacts.client, objectId="Rome", idProperty="city")
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")

    def test_is_for_contacts_only(self, contacts: Contacts) -> None:
        answer = contacts.client.post(f"{PATH}/companies/gdpr-delete", json={"objectId": "1"})
        assert answer.status_code == 404
