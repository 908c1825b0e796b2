"""Contacts one at a time, and what is particular to contacts (hubspot-api §2.3, §2.6)."""

import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, by_email, without_id

STAGES = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
    "customer", "evangelist", "other",
)  # fmt: skip


class TestCreate:
    def test_answers_201_with_text_values_only(self, contacts: Contacts) -> None:
        answer = contacts.client.post(
            contacts.path, json={"properties": {"email": "a@x.com", "followercount": 7}}
        )

        assert answer.status_code == 201
        values = answer.json()["properties"]
        assert values["followercount"] == "7"
        assert all(isinstance(value, str) for value in values.values())
        assert answer.json()["id"].isdecimal()

    def test_of_a_known_contact_is_409_naming_it(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "A@x.com"}})

        assert answer.status_code == 409
        assert without_id(answer.json()) == {
            "status": "error",
            "message": f"Contact already exists. Existing ID: {id_}",
            "category": "CONFLICT",
        }

    def test_of_a_known_contact_has_the_richer_body_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(conflict_body="identity_profile")
        contacts = Contacts(hubspot)
        id_ = contacts.create(email="a@x.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "a@x.com"}})

        assert answer.status_code == 409
        body = answer.json()
        assert body["category"] == "OBJECT_ALREADY_EXISTS"
        assert body["error"] == "CONTACT_EXISTS"
        assert body["identityProfile"]["vid"] == int(id_)
        assert body["errors"] == [
            {
                "message": f"A contact with email a@x.com already exists. Existing ID: {id_}",
                "in": "email",
            }
        ]

    def test_that_finds_the_conflict_late_is_400_with_the_half_allocated_id_first(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(late_uniqueness_rate=1.0)
        contacts = Contacts(hubspot)
        existing = contacts.create(email="a@x.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "a@x.com"}})

        assert answer.status_code == 400
        assert answer.json()["category"] == "VALIDATION_ERROR"
        assert answer.json()["message"] == (
            "Cannot set PropertyValueCoordinates{portalId=12345678, objectTypeId=ObjectTypeId{"
            "legacyObjectType=CONTACT}, propertyName=email, value=a@x.com} on "
            f"{int(existing) + 1}. {existing} already has that value."
        )

    def test_with_anothers_secondary_address_is_400(self, contacts: Contacts) -> None:
        contacts.create(email="a@x.com", hs_additional_emails="old@x.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "old@x.com"}})

        assert answer.status_code == 400
        assert "already has that value" in answer.json()["message"]


class TestRead:
    @pytest.mark.parametrize("version", ["v3", "2025-09", "2026-03", "2026-09"])
    def test_is_alike_in_all_versions(
        self, contacts: Contacts, hubspot: httpx.Client, version: str
    ) -> None:
        id_ = contacts.create(email="a@x.com", firstname="Ada")
        answer = Contacts(hubspot, version).get(id_, "firstname", "city", "unheard_of")

        assert answer.status_code == 200
        values = answer.json()["properties"]
        assert values["firstname"] == "Ada"
        assert values["city"] is None
        assert "unheard_of" not in values

    @pytest.mark.parametrize("name", ["contacts", "contact", "0-1", "CONTACT", "Contacts"])
    def test_knows_the_type_by_all_its_names(
        self, contacts: Contacts, hubspot: httpx.Client, name: str
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        assert hubspot.get(f"/crm/v3/objects/{name}/{id_}").json()["id"] == id_

    def test_of_an_unknown_type_is_400_without_a_category(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        assert simulator.account.contacts is not None
        answer = hubspot.get("/crm/v3/objects/butterflies/1")
        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "Unable to infer object type from: butterflies",
        }

    def test_of_an_unknown_id_or_address_is_404(self, contacts: Contacts) -> None:
        for answer in (contacts.get("888"), contacts.get("a@x.com", idProperty="email")):
            assert answer.status_code == 404
            assert without_id(answer.json()) == {
                "status": "error",
                "message": "resource not found",
            }

    def test_of_an_unknown_id_names_the_category_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(not_found_category=True)
        assert Contacts(hubspot).get("888").json()["category"] == "OBJECT_NOT_FOUND"

    def test_finds_percent_encoded_addresses(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a+b/c@x.com")
        assert contacts.get("a%2Bb%2Fc%40x.com", idProperty="email").json()["id"] == id_


class TestUpdate:
    def test_overwrites_only_what_it_names(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", firstname="Ada", city="London")
        contacts.patch(id_, city="Paris")
        assert contacts.value(id_, "firstname") == "Ada"
        assert contacts.value(id_, "city") == "Paris"

    def test_clears_with_empty_text_and_ignores_null(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", firstname="Ada", city="London")
        assert contacts.patch(id_, firstname=None, city="").status_code == 200
        assert contacts.value(id_, "firstname") == "Ada"
        assert contacts.value(id_, "city") == ""

    def test_reaches_the_survivor_by_a_merged_id(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        keys = [contacts.create(email=f"{n}@x.com") for n in range(2)]
        simulator.account.merge(keys[0], keys[1])

        assert contacts.patch(keys[1], city="Rome").json()["id"] == keys[0]
        by_its_address = contacts.get("1@x.com", "city", idProperty="email").json()
        assert (by_its_address["id"], by_its_address["properties"]["city"]) == (keys[0], "Rome")

    def test_keeps_a_changed_address_as_secondary_unless_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        for switch, status in ((True, 200), (False, 404)):
            begin(old_email_becomes_secondary=switch)
            contacts = Contacts(hubspot)
            id_ = contacts.create(email="a@x.com")
            assert contacts.patch(id_, email="b@x.com").json()["properties"]["email"] == "b@x.com"
            assert contacts.get("a@x.com", idProperty="email").status_code == status

    def test_to_anothers_address_is_400(self, contacts: Contacts) -> None:
        holder, writer = contacts.create(email="a@x.com"), contacts.create(email="b@x.com")
        answer = contacts.patch(writer, email="a@x.com")

        assert answer.status_code == 400
        assert answer.json()["message"].endswith(f"on {writer}. {holder} already has that value.")
        assert contacts.value(writer, "email") == "b@x.com"

    def test_bumps_the_modification_date(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        id_ = contacts.create(email="a@x.com")
        before = contacts.value(id_, "lastmodifieddate")
        simulator.clock.advance(1)
        contacts.patch(id_, city="Rome")
        assert contacts.value(id_, "lastmodifieddate") > before


class TestLifecycleStage:
    def test_of_a_new_contact_is_lead_unless_given(self, contacts: Contacts) -> None:
        assert contacts.value(contacts.create(email="a@x.com"), "lifecyclestage") == "lead"
        given = contacts.create(email="b@x.com", lifecyclestage="customer")
        assert contacts.value(given, "lifecyclestage") == "customer"

    @pytest.mark.parametrize("at", range(1, len(STAGES)))
    def test_goes_forward_and_keeps_what_it_has_on_a_backward_write(
        self, contacts: Contacts, at: int
    ) -> None:
        id_ = contacts.create(email="a@x.com", lifecyclestage=STAGES[at - 1])
        forward = contacts.patch(id_, lifecyclestage=STAGES[at])
        backward = contacts.patch(id_, lifecyclestage=STAGES[at - 1])

        assert forward.json()["properties"]["lifecyclestage"] == STAGES[at]
        assert backward.status_code == 200
        assert backward.json()["properties"]["lifecyclestage"] == STAGES[at]

    def test_goes_backward_once_cleared(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com", lifecyclestage="customer")
        contacts.patch(id_, lifecyclestage="")
        assert contacts.value(id_, "lifecyclestage") == ""
        contacts.patch(id_, lifecyclestage="lead")
        assert contacts.value(id_, "lifecyclestage") == "lead"

    def test_is_retained_in_a_batch_upsert_too(self, contacts: Contacts) -> None:
        contacts.create(email="a@x.com", lifecyclestage="customer")
        answer = contacts.upsert(by_email("a@x.com", lifecyclestage="lead", city="Rome"))

        (result,) = answer.json()["results"]
        assert result["properties"]["lifecyclestage"] == "customer"
        assert result["properties"]["city"] == "Rome"

    def test_follows_the_order_of_custom_stages(
        self, contacts: Contacts, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        path = "/crm/v3/properties/contacts/lifecyclestage"
        options = hubspot.get(path).json()["options"]
        between = {"label": "Trial", "value": "90123", "displayOrder": 4.5, "hidden": False}
        assert hubspot.patch(path, json={"options": [*options, between]}).status_code == 200
        simulator.clock.advance(1)

        id_ = contacts.create(email="a@x.com", lifecyclestage="opportunity")
        contacts.patch(id_, lifecyclestage="90123")
        assert contacts.value(id_, "lifecyclestage") == "90123"
        contacts.patch(id_, lifecyclestage="opportunity")
        assert contacts.value(id_, "lifecyclestage") == "90123"
        contacts.patch(id_, lifecyclestage="customer")
        assert contacts.value(id_, "lifecyclestage") == "customer"

    def test_must_be_an_internal_name(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        for stage in ("Lead", "LEAD", "nonsense"):
            answer = contacts.patch(id_, lifecyclestage=stage)
            assert answer.json()["errors"][0]["code"] == "INVALID_OPTION"


class TestListAndArchive:
    def test_pages_hold_ten_and_lead_to_the_next_id(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.account.seed_contacts(25)
        seen: list[str] = []
        after = "0"
        while after:
            page = contacts.client.get(contacts.path, params={"after": after}).json()
            assert len(page["results"]) <= 10
            seen += [result["id"] for result in page["results"]]
            after = page.get("paging", {}).get("next", {}).get("after", "")
        assert seen == sorted(simulator.account.contacts.by_id)

    def test_pages_hold_at_most_a_hundred(self, contacts: Contacts) -> None:
        assert contacts.client.get(contacts.path, params={"limit": 101}).status_code == 400

    def test_archived_contacts_are_gone_and_their_address_is_free(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        for _ in range(2):
            assert contacts.client.delete(f"{contacts.path}/{id_}").status_code == 204
        assert contacts.get(id_).status_code == 404
        assert contacts.get(id_, archived="true").json()["archived"] is True
        assert contacts.create(email="a@x.com") != id_

    def test_works_for_companies_too(
        self, simulator: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        given = {"properties": {"name": "Ada Ltd"}}
        created = hubspot.post("/crm/v3/objects/companies", json=given).json()
        assert "hs_lastmodifieddate" in created["properties"]
        assert len(simulator.account.records("0-2")) == 1
