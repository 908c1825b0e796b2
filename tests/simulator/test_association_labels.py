import httpx
import pytest

from hubspot_pipeline.simulator.account.association_types import AssociationTypes
from hubspot_pipeline.simulator.account.object_types import STANDARD_TYPES, ObjectType
from hubspot_pipeline.simulator.server import SimulatorServer
from tests.simulator.associating import Associating

KINDS = {kind.singular: kind for kind in STANDARD_TYPES}
EACH_WAY = [
    *[("contact", "company", 279, 280), ("contact", "deal", 4, 3), ("contact", "ticket", 15, 16)],
    *[("company", "deal", 342, 341), ("company", "ticket", 340, 339), ("deal", "ticket", 27, 28)],
    *[("contact", "contact", 449, 449), ("company", "company", 450, 450)],
    *[("deal", "deal", 451, 451), ("ticket", "ticket", 452, 452)],
    *[("contact", "call", 193, 194), ("contact", "email", 197, 198)],
    *[("contact", "meeting", 199, 200), ("contact", "note", 201, 202)],
    *[("contact", "task", 203, 204)],
]


@pytest.fixture
def api(hubspot: httpx.Client, simulator: SimulatorServer) -> Associating:
    """Contacts and companies of an account with every default, on the paths of 2026-03."""
    return Associating(hubspot, simulator)


def labels(api: Associating, path: str | None = None) -> list[dict[str, object]]:
    answer = api.client.get(path or f"{api.pairs()}/labels")
    assert answer.status_code == 200
    results: list[dict[str, object]] = answer.json()["results"]
    return results


class TestHubSpotsOwn:
    @pytest.mark.parametrize(("one", "other", "there", "back"), EACH_WAY)
    def test_each_pair_has_its_ids_both_ways(
        self, one: str, other: str, there: int, back: int
    ) -> None:
        types = AssociationTypes()
        first, second = KINDS[one], KINDS[other]
        forward = types.unlabeled(first, second)
        assert (forward.category, forward.type_id) == ("HUBSPOT_DEFINED", there)
        assert types.inverse(first, second, forward).type_id == back
        assert types.unlabeled(second, first).type_id == back

    @pytest.mark.parametrize(
        ("one", "other", "there", "back"),
        [
            *[("contact", "company", 1, 2), ("deal", "company", 5, 6)],
            *[("ticket", "company", 26, 25), ("company", "company", 13, 14)],
        ],
    )
    def test_so_have_labelled_ones(self, one: str, other: str, there: int, back: int) -> None:
        types = AssociationTypes()
        first, second = KINDS[one], KINDS[other]
        found = types.find(first, second, "HUBSPOT_DEFINED", there)
        assert found is not None
        assert types.inverse(first, second, found).type_id == back

    def test_companies_and_their_activities_have_ids(self) -> None:
        types = AssociationTypes()
        ids = [
            types.unlabeled(KINDS["company"], KINDS[one]).type_id
            for one in ("call", "email", "meeting", "note", "task")
        ]
        assert ids == [181, 185, 187, 189, 191]

    def test_every_pair_has_one_unlabeled_type_each_way_and_no_id_leads_to_two(self) -> None:
        types = AssociationTypes()
        for one in STANDARD_TYPES:
            led_to: dict[int, str] = {}
            for other in STANDARD_TYPES:
                between = types.between(one, other)
                assert [each.label for each in between].count(None) == 1
                for each in between:
                    assert led_to.setdefault(each.type_id, other.id) == other.id
                    back = types.inverse(one, other, each)
                    assert types.inverse(other, one, back) == each

    def test_they_are_listed_under_both_spellings_of_the_path(self, api: Associating) -> None:
        expected = [
            {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None},
            {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
        ]
        assert labels(api) == expected
        assert labels(api, "/crm/v4/associations/contacts/companies/labels") == expected
        assert labels(api, "/crm/associations/v4/contact/company/labels") == expected

    def test_pairs_with_custom_objects_have_ids_of_the_account(self, api: Associating) -> None:
        pet = ObjectType("2-900", "p12345678_pet", "pet", "custom", custom=True)
        api.server.account.types.add(pet)
        [there] = labels(api, f"{api.pairs('contacts', pet.id)}/labels")
        [back] = labels(api, f"{api.pairs(pet.id, 'contacts')}/labels")
        assert (there["category"], there["label"]) == ("USER_DEFINED", None)
        assert back["category"] == "USER_DEFINED"
        assert there["typeId"] != back["typeId"]
        assert labels(api, f"{api.pairs('contacts', pet.id)}/labels") == [there]
        [own] = labels(api, f"{api.pairs(pet.id, pet.id)}/labels")
        assert own["label"] is None


class TestLabels:
    def test_a_single_label_is_one_result(self, api: Associating) -> None:
        answer = api.client.post(f"{api.pairs()}/labels", json={"name": "owner", "label": "Owner"})
        [made] = answer.json()["results"]
        assert (answer.status_code, made["category"], made["label"]) == (
            200,
            "USER_DEFINED",
            "Owner",
        )
        assert made in labels(api)

    def test_paired_labels_are_two_results(self, api: Associating) -> None:
        body = {"name": "boss", "label": "Boss", "inverseLabel": "Works for"}
        there, back = api.client.post(f"{api.pairs()}/labels", json=body).json()["results"]
        assert (there["label"], back["label"]) == ("Boss", "Works for")
        assert back in labels(api, f"{api.pairs('companies', 'contacts')}/labels")
        assert back not in labels(api)

    def test_each_record_sees_its_own_side_of_paired_labels(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        boss = api.label("boss", "Boss", "Works for")
        api.batch("create", api.typed(contact, company, boss))
        assert "Boss" in api.labels(contact, company)
        [one] = api.listed(company, "companies", "contacts")
        assert "Works for" in [each["label"] for each in one["associationTypes"]]

    def test_paired_labels_of_one_object_type_know_both_ends(self, api: Associating) -> None:
        boss, report = api.contact(), api.contact()
        path = f"{api.pairs('contacts', 'contacts')}/labels"
        body = {"name": "boss", "label": "Report", "inverseLabel": "Boss"}
        there, back = api.client.post(path, json=body).json()["results"]
        typed = api.typed(boss, report, {
            "associationCategory": "USER_DEFINED", "associationTypeId": there["typeId"],
        })  # fmt: skip
        answer = api.batch("create", typed, to="contacts")
        assert answer.json()["results"][0]["labels"] == ["Report"]
        [seen] = api.listed(report, "contacts", "contacts")
        assert [one["typeId"] for one in seen["associationTypes"]] == [449, back["typeId"]]

    def test_a_label_gets_other_words(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        owner = api.label("owner", "Owner")
        api.batch("create", api.typed(contact, company, owner))
        body = {"associationTypeId": owner["associationTypeId"], "label": "Proprietor"}
        answer = api.client.put(f"{api.pairs()}/labels", json=body)
        assert answer.status_code == 204
        assert "Proprietor" in api.labels(contact, company)

    def test_a_deleted_label_leaves_its_associations(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        owner = api.label("owner", "Owner", "Owned by")
        api.batch("create", api.typed(contact, company, owner))
        path = f"{api.pairs()}/labels/{owner['associationTypeId']}"
        assert api.client.delete(path).status_code == 204
        assert api.labels(contact, company) == ["Primary"]
        assert len(labels(api)) == 2
        assert api.client.delete(path).status_code == 400

    def test_hubspots_own_types_cannot_be_changed(self, api: Associating) -> None:
        assert api.client.delete(f"{api.pairs()}/labels/279").status_code == 400
        body = {"associationTypeId": 1, "label": "Main"}
        assert api.client.put(f"{api.pairs()}/labels", json=body).status_code == 400

    def test_a_pair_has_at_most_ten(self, api: Associating) -> None:
        for number in range(10):
            api.label(f"label{number}", f"Label {number}", "Back" if number % 2 else None)
        body = {"name": "one_more", "label": "One more"}
        answer = api.client.post(f"{api.pairs()}/labels", json=body)
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
        other_pair = api.client.post(f"{api.pairs('contacts', 'deals')}/labels", json=body)
        assert other_pair.status_code == 200

    def test_a_label_needs_a_name(self, api: Associating) -> None:
        answer = api.client.post(f"{api.pairs()}/labels", json={"label": "Owner"})
        assert answer.status_code == 400
        assert "category" not in answer.json()

    def test_ids_of_labels_say_nothing_without_their_category(self, api: Associating) -> None:
        first = api.label("first", "First")
        assert first["associationTypeId"] == 1
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, first))
        types = {(one["category"], one["typeId"]) for one in api.types(contact, company)}
        assert {("USER_DEFINED", 1), ("HUBSPOT_DEFINED", 1)} <= types
