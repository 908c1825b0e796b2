import httpx
import pytest

from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import AssociationLimit, Limits, SimulatorSettings
from tests.simulator.associating import Associating, spec
from tests.simulator.conftest import Begin, without_id

UNLABELED = {"category": "HUBSPOT_DEFINED", "typeId": 279, "label": None}
PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"}


@pytest.fixture
def api(hubspot: httpx.Client, simulator: SimulatorServer) -> Associating:
    """Contacts and companies of an account with every default, on the paths of 2026-03."""
    return Associating(hubspot, simulator)


class TestBatchCreate:
    def test_it_answers_201_with_the_labels_of_each_pair(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.batch("create", api.typed(contact, company, 279))
        assert answer.status_code == 201
        assert answer.json()["status"] == "COMPLETE"
        assert answer.json()["results"] == [
            {
                "fromObjectTypeId": "0-1",
                "fromObjectId": int(contact),
                "toObjectTypeId": "0-2",
                "toObjectId": int(company),
                "labels": ["Primary"],
            }
        ]

    def test_2026_09_answers_200(self, hubspot: httpx.Client, simulator: SimulatorServer) -> None:
        api = Associating(hubspot, simulator, "2026-09")
        answer = api.batch("create", api.typed(api.contact(), api.company(), 279))
        assert answer.status_code == 200

    def test_ids_are_texts_if_the_switch_says_so(self, hubspot: httpx.Client, begin: Begin) -> None:
        api = Associating(hubspot, begin(association_ids_as_numbers=False))
        contact, company = api.contact(), api.company()
        [result] = api.batch("create", api.typed(contact, company, 279)).json()["results"]
        assert (result["fromObjectId"], result["toObjectId"]) == (contact, company)
        assert api.listed(contact)[0]["toObjectId"] == company

    def test_both_records_see_the_association(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, 279))
        assert api.types(contact, company) == [PRIMARY, UNLABELED]
        back = api.listed(company, "companies", "contacts")
        assert back == [
            {
                "toObjectId": int(contact),
                "associationTypes": [
                    {
                        "category": "HUBSPOT_DEFINED",
                        "typeId": 2,
                        "label": "Contact with Primary Company",
                    },
                    {"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None},
                ],
            }
        ]

    def test_a_labelled_association_has_the_unlabeled_type_too(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, 1))
        assert api.types(contact, company) == [PRIMARY, UNLABELED]

    def test_the_labels_of_a_pair_are_replaced(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        owner, buyer = api.label("owner", "Owner"), api.label("buyer", "Buyer")
        api.batch("create", api.typed(contact, api.company(), 279))
        api.batch("create", api.typed(contact, company, owner))
        assert api.labels(contact, company) == ["Owner"]
        api.batch("create", api.typed(contact, company, buyer))
        assert api.labels(contact, company) == ["Buyer"]
        api.batch("create", api.typed(contact, company, buyer, owner))
        assert sorted(api.labels(contact, company)) == ["Buyer", "Owner"]
        api.batch("create", api.typed(contact, company, 279))
        assert api.labels(contact, company) == []

    def test_creating_it_again_changes_nothing(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        first = api.batch("create", api.typed(contact, company, 279))
        again = api.batch("create", api.typed(contact, company, 279))
        assert again.status_code == 201
        assert again.json()["results"] == first.json()["results"]
        assert len(api.listed(contact)) == 1

    def test_a_pair_that_comes_twice_ends_with_its_last_types(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, api.company(), 279))
        owner = api.label("owner", "Owner")
        answer = api.batch(
            "create", api.typed(contact, company, owner), api.typed(contact, company, 279)
        )
        assert [one["labels"] for one in answer.json()["results"]] == [[]]
        assert api.labels(contact, company) == []

    def test_what_is_wrong_is_an_error_and_the_rest_is_done(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.batch(
            "create",
            api.typed("unknown_id_123456798", company, 279),
            api.typed(contact, company, 279),
            api.typed(contact, "123456789", 279),
        )
        body = answer.json()
        assert answer.status_code == 207
        assert [one["toObjectId"] for one in body["results"]] == [int(company)]
        assert body["numErrors"] == 2
        assert body["errors"] == [
            {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "subCategory": "crm.associations.INVALID_IDENTIFIER",
                "message": "unknown_id_123456798 is not a valid ID",
                "context": {"id": ["unknown_id_123456798"]},
            },
            {
                "status": "error",
                "category": "OBJECT_NOT_FOUND",
                "subCategory": "crm.associations.TO_OBJECT_NOT_FOUND",
                "message": "No company with ID 123456789 exists",
                "context": {"objectType": ["company"], "id": ["123456789"]},
            },
        ]

    def test_an_unknown_record_that_it_leads_from_is_an_error(self, api: Associating) -> None:
        answer = api.batch("create", api.typed("123456789", api.company(), 279))
        [error] = answer.json()["errors"]
        assert error["subCategory"] == "crm.associations.FROM_OBJECT_NOT_FOUND"
        assert error["message"] == "No contact with ID 123456789 exists"

    def test_a_record_cannot_be_associated_with_itself(self, api: Associating) -> None:
        contact = api.contact()
        answer = api.batch("create", api.typed(contact, contact, 449), to="contacts")
        assert answer.status_code == 207
        assert answer.json()["errors"] == [
            {
                "status": "error",
                "category": "VALIDATION_ERROR",
                "message": f"Object {contact} cannot be associated to itself ({contact})",
            }
        ]

    @pytest.mark.parametrize(
        ("type_id", "code"), [(280, "INVALID_FROM_OBJECT"), (12_345, "INVALID_ASSOCIATION_TYPE")]
    )
    def test_a_type_must_lead_from_one_object_type_to_the_other(
        self, api: Associating, type_id: int, code: str
    ) -> None:
        contact, company = api.contact(), api.company()
        answer = api.batch("create", api.typed(contact, company, type_id))
        [error] = answer.json()["errors"]
        assert error["subCategory"] == f"crm.associations.{code}"
        assert error["context"]["type"] == [str(type_id)]
        assert api.listed(contact) == []

    def test_errors_carry_no_trace_ids(self, api: Associating) -> None:
        one = api.typed("1", "2", 279) | {"objectWriteTraceId": "a"}
        [error] = api.batch("create", one).json()["errors"]
        assert "objectWriteTraceId" not in error["context"]

    def test_mixed_batches_of_2026_09_answer_200(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        api = Associating(hubspot, simulator, "2026-09")
        answer = api.batch("create", api.typed(api.contact(), "1", 279))
        assert (answer.status_code, answer.json()["numErrors"]) == (200, 1)

    def test_inputs_under_another_name_change_nothing(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.client.post(
            f"{api.pairs()}/batch/create", json={"input": [api.typed(contact, company, 279)]}
        )
        assert (answer.status_code, answer.json()["results"]) == (201, [])
        assert api.listed(contact) == []

    @pytest.mark.parametrize("missing", ["from", "to", "types"])
    def test_an_input_must_be_whole(self, api: Associating, missing: str) -> None:
        whole = api.typed(api.contact(), api.company(), 279)
        answer = api.batch("create", {key: one for key, one in whole.items() if key != missing})
        assert answer.status_code == 400
        assert answer.json()["message"].endswith(
            f"Cannot build PublicAssociationMultiPost, some of required attributes are not set "
            f"[{missing}]"
        )

    def test_more_than_2000_inputs_are_refused(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        one = api.typed(contact, company, 279)
        assert api.batch("create", *[one] * 2000).status_code == 201
        answer = api.batch("create", *[one] * 2001)
        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "The maximum number of inputs supported in a batch is 2000. "
            "Please reduce the number of items and try again",
            "category": "VALIDATION_ERROR",
        }


class TestDefault:
    def test_a_batch_gives_two_results_a_pair(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.batch("associate/default", api.pair(contact, company))
        assert answer.status_code == 200
        results = sorted(answer.json()["results"], key=lambda one: one["from"]["id"] != contact)
        assert sorted(map(str, results)) == sorted(
            map(
                str,
                [
                    {
                        "from": {"id": contact},
                        "to": {"id": company},
                        "associationSpec": spec(279),
                    },
                    {
                        "from": {"id": company},
                        "to": {"id": contact},
                        "associationSpec": spec(280),
                    },
                ],
            )
        )

    def test_a_batch_with_errors_is_still_200(self, api: Associating) -> None:
        answer = api.batch("associate/default", api.pair(api.contact(), "1"))
        assert (answer.status_code, answer.json()["numErrors"]) == (200, 1)

    def test_it_leaves_labels_alone(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        api.batch("create", api.typed(contact, company, 1, api.label("owner", "Owner")))
        api.batch("associate/default", api.pair(contact, company))
        assert api.labels(contact, company) == ["Primary", "Owner"]

    def test_a_single_one_answers_200_with_both_directions(self, api: Associating) -> None:
        contact, company = api.contact(), api.company()
        answer = api.client.put(f"{api.of(contact)}/default/companies/{company}")
        assert answer.status_code == 200
        specs = [one["associationSpec"]["associationTypeId"] for one in answer.json()["results"]]
        assert sorted(specs) == [279, 280]
        assert api.types(contact, company) == [PRIMARY, UNLABELED]


class TestPrimary:
    def test_the_first_company_of_a_contact_becomes_primary(self, api: Associating) -> None:
        contact, first, second = api.contact(), api.company(), api.company()
        for company in (first, second):
            api.batch("associate/default", api.pair(contact, company))
        assert api.labels(contact, first) == ["Primary"]
        assert api.labels(contact, second) == []

    @pytest.mark.parametrize("kind", ["deals", "tickets"])
    def test_so_does_that_of_a_deal_or_ticket(self, api: Associating, kind: str) -> None:
        record, company = api.record(kind), api.company()
        answer = api.batch(
            "associate/default", api.pair(company, record), from_type="companies", to=kind
        )
        assert answer.json().get("errors") is None
        [one] = api.listed(record, kind, "companies")
        assert one["associationTypes"][0]["label"] == "Primary"

    def test_a_new_primary_company_displaces_the_old(self, api: Associating) -> None:
        contact, first, second = api.contact(), api.company(), api.company()
        api.batch("create", api.typed(contact, first, 279), api.typed(contact, second, 1))
        assert api.labels(contact, first) == []
        assert api.labels(contact, second) == ["Primary"]

    def test_no_company_becomes_primary_if_the_switch_says_so(
        self, hubspot: httpx.Client, begin: Begin
    ) -> None:
        api = Associating(hubspot, begin(first_company_is_primary=False))
        contact, company = api.contact(), api.company()
        api.batch("associate/default", api.pair(contact, company))
        assert api.labels(contact, company) == []


class TestLimits:
    def test_one_more_than_an_admin_allows_fails(
        self, hubspot: httpx.Client, server: SimulatorServer
    ) -> None:
        limit = AssociationLimit("contact", "company", most=1)
        server.reset(SimulatorSettings(limits=None, association_limits=(limit,)))
        api = Associating(hubspot, server)
        contact, first = api.contact(), api.company()
        answer = api.batch(
            "create", api.typed(contact, first, 279), api.typed(contact, api.company(), 279)
        )
        assert answer.status_code == 207
        [error] = answer.json()["errors"]
        assert error["category"] == "VALIDATION_ERROR"
        assert [one["toObjectId"] for one in api.listed(contact)] == [int(first)]
        assert api.batch("create", api.typed(contact, first, 279)).status_code == 201

    def test_of_a_type_that_is_yet_to_be_defined_harm_no_other(
        self, hubspot: httpx.Client, server: SimulatorServer
    ) -> None:
        limit = AssociationLimit("contact", "p_car", most=1)
        server.reset(SimulatorSettings(limits=None, association_limits=(limit,)))
        api = Associating(hubspot, server)
        input_ = api.typed(api.contact(), api.company(), 279)
        assert api.batch("create", input_).status_code == 201

    def test_batches_have_a_window_of_their_own_and_no_limit_headers(
        self, hubspot: httpx.Client, server: SimulatorServer
    ) -> None:
        server.reset(SimulatorSettings(limits=Limits(burst=2, associations=1)))
        api = Associating(hubspot, server)
        contact = api.contact()
        answer = api.batch("read", {"id": contact})
        assert "X-HubSpot-RateLimit-Max" not in answer.headers
        assert api.batch("read", {"id": contact}).status_code == 429
        listed = api.client.get(f"{api.of(contact)}/companies")
        assert (listed.status_code, listed.headers["X-HubSpot-RateLimit-Remaining"]) == (200, "1")
