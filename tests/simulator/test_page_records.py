"""The page's records: what they hold, and everything that they are linked with."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import ANYONE, Contacts
from .test_page import shown

CONTACTS = "/_account/objects/contacts"


def post(hubspot: httpx.Client, path: str, body: Any) -> dict[str, Any]:
    answer = hubspot.post(path, json=body)
    assert answer.is_success, answer.text
    given: dict[str, Any] = answer.json()
    return given


class TestPages:
    def test_lead_from_one_to_the_next_until_all_were_seen(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.account.seed_contacts(120)
        path, seen = CONTACTS, []
        while path:
            text = shown(simulator, path)
            seen += [part[:12] for part in text.split(f'class="id"><a href="{CONTACTS}/')[1:]]
            path = text.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
            path = path if 'rel="next"' in text else ""

        assert seen == list(simulator.account.contacts.by_id)

    def test_of_a_type_without_records_say_what_to_do(self, simulator: SimulatorServer) -> None:
        assert "No deals yet: point a destination at" in shown(simulator, "/_account/objects/deals")

    def test_show_what_most_records_of_an_unusual_type_hold(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        body = {"properties": {"hs_note_body": "Call back", "hs_timestamp": "2026-01-01T00:00:00Z"}}
        post(hubspot, "/crm/v3/objects/notes", body)

        assert "Call back" in shown(simulator, "/_account/objects/notes")


class TestFind:
    @pytest.mark.parametrize("key", ["id", "Ada@X.com", "C-1"])
    def test_leads_to_the_record(
        self, simulator: SimulatorServer, contacts: Contacts, key: str
    ) -> None:
        number = Property("number", "No.", "string", "text", "contactinformation", unique=True)
        simulator.account.define(number)
        found = contacts.create(email="ada@x.com", number="C-1")

        answer = ANYONE.get(
            simulator.url + CONTACTS, params={"find": found if key == "id" else key}
        )

        assert answer.status_code == 303
        assert answer.headers["location"] == f"{CONTACTS}/{found}"

    def test_of_nobody_says_so(self, simulator: SimulatorServer) -> None:
        text = shown(simulator, f"{CONTACTS}?find=%3Cb%3E")

        assert "No contact has id or email <b>&lt;b&gt;</b>" in text


class TestRecord:
    def test_is_escaped(self, simulator: SimulatorServer, contacts: Contacts) -> None:
        evil = "<script>alert(1)</script>"
        found = contacts.create(email="a@x.com", firstname=evil)

        for path in (CONTACTS, f"{CONTACTS}/{found}"):
            text = shown(simulator, path)
            assert evil not in text
            assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text

    def test_tells_cleared_values_from_those_never_set(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        found = contacts.create(email="a@x.com", city="Bern")
        contacts.patch(found, city="")

        held, _, never = shown(simulator, f"{CONTACTS}/{found}").partition("never set</summary>")

        assert '<td class="id quiet">city</td>' in held
        assert "cleared</span>" in held
        assert "<code>fax</code>" in never.partition("</details>")[0]

    def test_shows_every_write_with_its_call(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        found = contacts.create(email="a@x.com", city="Bern")
        contacts.patch(found, city="Oslo")

        _, _, writes = shown(simulator, f"{CONTACTS}/{found}").partition("2, the latest first")

        assert writes.index("Oslo") < writes.index("Bern")
        assert 'href="/_account/calls/2"' in writes

    def test_shows_associations_with_their_labels(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        person = contacts.create(email="a@x.com")
        company = post(
            contacts.client, "/crm/v3/objects/companies", {"properties": {"name": "Birch"}}
        )["id"]
        path = f"/crm/v4/objects/contacts/{person}/associations/default/companies/{company}"
        assert contacts.client.put(path).is_success

        text = shown(simulator, f"{CONTACTS}/{person}")

        assert f'<a href="/_account/objects/companies/{company}">Birch</a>' in text
        assert "<b>1</b><span>Associations</span>" in shown(simulator, "/")
        contacts.client.delete(f"{contacts.path}/{person}")
        assert "<b>0</b><span>Associations</span>" in shown(simulator, "/")

    def test_shows_lists_and_the_list_shows_it(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        person = contacts.create(email="a@x.com")
        body = {"name": "News", "objectTypeId": "0-1", "processingType": "MANUAL"}
        made = post(contacts.client, "/crm/v3/lists", body)["list"]["listId"]
        path = f"/crm/v3/lists/{made}/memberships/add"
        assert contacts.client.put(path, json=[person]).is_success

        assert f'<a href="/_account/lists/{made}">News</a>' in shown(
            simulator, f"{CONTACTS}/{person}"
        )
        assert f'<a href="{CONTACTS}/{person}">{person}</a>' in shown(
            simulator, f"/_account/lists/{made}"
        )
        assert "News" in shown(simulator, "/_account/lists")

    def test_shows_what_happened_to_it(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        person = contacts.create(email="a@x.com")
        definition = {"name": "login", "label": "Logged in", "includeDefaultProperties": True}
        post(contacts.client, "/events/v3/event-definitions", definition)
        simulator.clock.advance(1)
        sent = {
            "eventName": "pe12345678_login", "email": "a@x.com", "properties": {"hs_city": "Bern"},
        }  # fmt: skip
        assert contacts.client.post("/events/v3/send", json=sent).is_success
        simulator.clock.advance(3)

        assert "Logged in" in shown(simulator, f"{CONTACTS}/{person}")
        assert "Bern" in shown(simulator, "/_account/events/login")
        assert '<td class="num">1</td>' in shown(simulator, "/_account/events")
        assert "<b>1</b><span>Events</span>" in shown(simulator, "/")
        deletion = {"objectId": person}
        assert contacts.client.post(f"{contacts.path}/gdpr-delete", json=deletion).is_success
        assert "<b>0</b><span>Events</span>" in shown(simulator, "/")

    def test_is_shown_though_it_was_archived(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        found = contacts.create(email="a@x.com")
        contacts.client.delete(f"{contacts.path}/{found}")

        assert "Archived" in shown(simulator, f"{CONTACTS}/{found}")

    def test_is_found_by_an_id_that_was_merged_into_it(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        kept, gone = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        simulator.account.merge(kept, gone)

        text = shown(simulator, f"{CONTACTS}/{gone}")

        assert f"Record {gone} was merged into this one." in text
        assert "a@x.com" in text


class TestDefinitions:
    def test_show_own_and_archived_properties_apart(
        self, simulator: SimulatorServer, contacts: Contacts
    ) -> None:
        for name in ("plan", "old_plan"):
            body = {
                "name": name, "label": name, "groupName": "contactinformation", "type": "string",
                "fieldType": "text", "hasUniqueValue": True,
            }  # fmt: skip
            post(contacts.client, "/crm/v3/properties/contacts", body)
        simulator.clock.advance(1)
        assert contacts.client.delete("/crm/v3/properties/contacts/old_plan").is_success

        text = shown(simulator, f"{CONTACTS}/properties")

        own, archived, standard = (
            text.index(f"<h2>{heading}</h2>")
            for heading in ("Own properties", "Archived properties", "HubSpot’s properties")
        )
        assert own < text.index(">plan</th>") < archived < text.index(">old_plan</th>") < standard
        assert "unique</span>" in text
        assert "read-only</span>" in text

    def test_show_the_labels_of_associations(self, simulator: SimulatorServer) -> None:
        text = shown(simulator, f"{CONTACTS}/associations")

        assert '<th scope="row">Companies</th><td>Primary</td>' in text
