"""What a search finds: filters, query, order, pages (hubspot-api §2.9)."""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer

from .conftest import Begin, Contacts, ids, without_id

PEOPLE = (
    {
        "email": "Ada@x.com", "firstname": "Ada", "city": "London", "followercount": "1.10",
        "closedate": "2024-03-01T12:00:00.000Z", "hs_lead_status": "NEW",
        "hs_buying_role": "BLOCKER;OTHER", "company": "Analytical Engines, Inc.",
        "hs_additional_emails": "countess@lovelace.org",
    },
    {
        "email": "bob@y.org", "firstname": "bob", "city": "new york", "followercount": "20",
        "closedate": "2024-03-02T00:00:00.000Z", "hs_lead_status": "OPEN",
        "hs_buying_role": "CHAMPION", "company": "Bob & Sons",
    },
    {"email": "cy@z.net", "firstname": "Cy", "lastname": "Ada-Twombly", "followercount": "-3"},
)  # fmt: skip


class Search:
    """Searches for contacts, and names those found by the first name's first letter."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.names: dict[str, str] = {}

    def __call__(self, **body: Any) -> httpx.Response:
        return self.client.post("/crm/v3/objects/contacts/search", json=body)

    def found(self, *filters: dict[str, Any], **body: Any) -> str:
        answer = self(filterGroups=[{"filters": list(filters)}], **body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["total"] == len(ids(answer))
        return "".join(self.names[id_] for id_ in ids(answer))


@pytest.fixture
def search(begin: Begin, hubspot: httpx.Client) -> Search:
    """Three contacts, in an account whose search index has caught up."""
    server = begin()
    contacts, search = Contacts(hubspot), Search(hubspot)
    for person in PEOPLE:
        search.names[contacts.create(**person)] = person["firstname"][0]
    server.clock.advance(10)
    return search


def is_(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    given = {} if value is None else {"value": value}
    return {"propertyName": name, "operator": operator, **given, **more}


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (is_("email", "EQ", "ADA@X.COM"), "A"),
        (is_("city", "EQ", "New York"), "b"),
        (is_("city", "NEQ", "london"), "b"),
        (is_("city", "IN", values=["london", "new york"]), "Ab"),
        (is_("city", "IN", values=["London", "new york"]), "b"),
        (is_("city", "NOT_IN", values=["london"]), "b"),
        (is_("city", "NOT_IN", values=["London"]), "Ab"),
        (is_("city", "HAS_PROPERTY"), "Ab"),
        (is_("city", "NOT_HAS_PROPERTY"), "C"),
        (is_("city", "GT", "london"), "b"),
        (is_("hs_lead_status", "EQ", "NEW"), "A"),
        (is_("hs_lead_status", "EQ", "new"), ""),
        (is_("hs_lead_status", "IN", values=["NEW", "OPEN"]), "Ab"),
        (is_("hs_lead_status", "IN", values=["new", "open"]), ""),
        (is_("hs_buying_role", "EQ", "OTHER"), "A"),
        (is_("hs_buying_role", "NOT_IN", values=["OTHER"]), "b"),
        (is_("followercount", "EQ", "1.1"), "A"),
        (is_("followercount", "EQ", 20), "b"),
        (is_("followercount", "LT", "1.1"), "C"),
        (is_("followercount", "LTE", "1.1"), "AC"),
        (is_("followercount", "GT", 3), "b"),
        (is_("followercount", "GTE", "1.10"), "Ab"),
        (is_("followercount", "BETWEEN", "-3", highValue="1.1"), "AC"),
        (is_("closedate", "GTE", "2024-03-02"), "b"),
        (is_("closedate", "LT", "1709337600000"), "A"),
        (is_("closedate", "EQ", "2024-03-01T13:00:00+01:00"), "A"),
        (is_("closedate", "BETWEEN", "2024-03-01", highValue="2024-03-02"), "Ab"),
        (is_("company", "CONTAINS_TOKEN", "engines"), "A"),
        (is_("company", "CONTAINS_TOKEN", "ENGINES inc"), "A"),
        (is_("company", "CONTAINS_TOKEN", "engine"), ""),
        (is_("company", "CONTAINS_TOKEN", "engine*"), "A"),
        (is_("company", "NOT_CONTAINS_TOKEN", "engines"), "b"),
        (is_("email", "CONTAINS_TOKEN", "*@y.org"), "b"),
        (is_("email", "EQ", "countess@lovelace.org"), ""),
        (is_("hs_additional_emails", "CONTAINS_TOKEN", "countess@lovelace.org"), "A"),
        (is_("lifecyclestage", "EQ", "lead"), "AbC"),
        (is_("hs_full_name_or_email", "EQ", "cy ada-twombly"), "C"),
        (is_("hs_email_domain", "EQ", "x.com"), "A"),
    ],
)
def test_a_filter_finds(search: Search, given: dict[str, Any], found: str) -> None:
    assert search.found(given) == found


class TestFilterGroups:
    def test_need_all_filters_of_one_group(self, search: Search) -> None:
        answer = search(
            filterGroups=[
                {"filters": [is_("firstname", "EQ", "ada"), is_("city", "EQ", "new york")]},
                {"filters": [is_("firstname", "EQ", "cy"), is_("followercount", "LT", 0)]},
            ]
        )
        assert [search.names[id_] for id_ in ids(answer)] == ["C"]
        assert answer.json()["total"] == 1

    def test_may_be_absent(self, search: Search) -> None:
        assert search().json()["total"] == 3

    @pytest.mark.parametrize(
        ("groups", "status"),
        [
            ([1] * 5, 200),
            ([1] * 6, 400),
            ([6], 200),
            ([7], 400),
            ([6, 6, 6], 200),
            ([6, 6, 6, 1], 400),
        ],
    )
    def test_are_at_most_five_of_six_filters_and_eighteen_in_all(
        self, search: Search, groups: list[int], status: int
    ) -> None:
        one = is_("city", "HAS_PROPERTY")
        answer = search(filterGroups=[{"filters": [one] * count} for count in groups])

        assert answer.status_code == status
        assert answer.json().get("category") == (None if status == 200 else "VALIDATION_ERROR")

    def test_find_records_without_a_value_by_neq_only_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        for switched in (False, True):
            server = begin(negative_filters_find_unset=switched)
            Contacts(hubspot).create(email="a@x.com")
            server.clock.advance(10)
            answer = Search(hubspot)(filterGroups=[{"filters": [is_("city", "NEQ", "Rome")]}])
            assert answer.json()["total"] == switched


class TestQuery:
    @pytest.mark.parametrize(
        ("query", "found"),
        [("ada", "AC"), ("AD", "AC"), ("ada london", ""), ("ada engines", "A"), ("x.com", ""),
         ("bob@y", "b"), ("countess", "A"), ("nobody", "")],
    )  # fmt: skip
    def test_finds_words_that_begin_so_in_the_default_searchable_properties(
        self, search: Search, query: str, found: str
    ) -> None:
        assert search.found(query=query) == found

    def test_and_filters_must_both_be_met(self, search: Search) -> None:
        assert search.found(is_("city", "EQ", "London"), query="ada") == "A"
        assert search.found(is_("city", "EQ", "New York"), query="ada") == ""


class TestSorts:
    @pytest.mark.parametrize(
        ("sort", "found"),
        [
            ("followercount", "CAb"),
            ("-followercount", "bAC"),
            ({"propertyName": "followercount", "direction": "DESCENDING"}, "bAC"),
            ({"propertyName": "city"}, "AbC"),
            ("-city", "bAC"),
            ("-createdate", "CbA"),
            ({"propertyName": "hs_object_id", "direction": "DESCENDING"}, "CbA"),
        ],
    )
    def test_order_by_value_and_put_those_without_one_last(
        self, begin: Begin, hubspot: httpx.Client, sort: Any, found: str
    ) -> None:
        server = begin()
        search = Search(hubspot)
        for person in PEOPLE:
            search.names[Contacts(hubspot).create(**person)] = person["firstname"][0]
            server.clock.advance(10)

        assert search.found(sorts=[sort]) == found

    def test_are_oldest_first_if_none_is_given(self, search: Search) -> None:
        assert search.found() == "AbC"

    def test_take_one_only(self, search: Search) -> None:
        answer = search(sorts=["city", "email"])
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


class TestPages:
    def test_have_ten_results_unless_more_are_asked_for(
        self, hubspot: httpx.Client, simulator: SimulatorServer
    ) -> None:
        simulator.account.seed_contacts(250)
        simulator.clock.advance(10)
        search = Search(hubspot)

        first = search()
        assert first.json()["total"] == 250
        assert len(ids(first)) == 10
        assert first.json()["paging"] == {"next": {"after": "10"}}
        second = search(limit=200, after="200")
        assert len(ids(second)) == 50
        assert "paging" not in second.json()
        assert len({*ids(search(limit=200)), *ids(second)}) == 250
        assert ids(search(after=10)) == ids(search(limit=20))[10:]

    @pytest.mark.parametrize("limit", [0, 201, -1, "many"])
    def test_have_one_to_two_hundred_results(self, search: Search, limit: Any) -> None:
        answer = search(limit=limit)
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")

    def test_end_at_ten_thousand(self, search: Search) -> None:
        assert search(after="9990").status_code == 200
        for after in ("9991", "10000", "-1", "abc"):
            answer = search(after=after)
            assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


class TestResults:
    def test_are_records_with_the_properties_asked_for(self, search: Search) -> None:
        answer = search(
            filterGroups=[{"filters": [is_("email", "EQ", "cy@z.net")]}],
            properties=["firstname", "city", "no_such"],
        )
        body = answer.json()

        assert body.keys() == {"total", "results"}
        (record,) = body["results"]
        assert record["properties"].keys() == {
            "createdate", "hs_object_id", "lastmodifieddate", "firstname", "city",
        }  # fmt: skip
        assert record["properties"]["city"] is None
        assert record["archived"] is False

    @pytest.mark.parametrize("version", ["2025-09", "2026-03", "2026-09"])
    def test_are_the_same_in_every_version(
        self, search: Search, hubspot: httpx.Client, version: str
    ) -> None:
        answer = hubspot.post(f"/crm/objects/{version}/0-1/search", json={})
        assert answer.json() == search().json()


class TestRefusals:
    def test_a_body_has_at_most_3000_characters(self, search: Search) -> None:
        head, tail = '{"query": "', '"}'
        fits = head + "ö" * (3_000 - len(head) - len(tail)) + tail
        path = "/crm/v3/objects/contacts/search"

        assert search.client.post(path, content=fits.encode()).status_code == 200
        answer = search.client.post(path, content=(fits + " ").encode())
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "body",
        [
            {"filterGroups": [{"filters": [is_("no_such", "EQ", "1")]}]},
            {"sorts": ["no_such"]},
        ],
    )
    def test_an_unknown_property_is_named(self, search: Search, body: dict[str, Any]) -> None:
        answer = search(**body)

        assert answer.status_code == 400
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "There was a problem with the request.",
            "errors": [
                {
                    "message": 'Property "no_such" does not exist',
                    "code": "PROPERTY_DOESNT_EXIST",
                    "context": {"propertyName": ["no_such"]},
                }
            ],
            "category": "VALIDATION_ERROR",
        }

    @pytest.mark.parametrize(
        "given",
        [
            is_("city", "EQ"),
            is_("city", "IN"),
            is_("city", "IN", values=[]),
            is_("followercount", "BETWEEN", "1"),
            is_("followercount", "GT", "many"),
            is_("closedate", "LT", "yesterday"),
        ],
    )
    def test_a_filter_without_a_value_of_use(self, search: Search, given: dict[str, Any]) -> None:
        answer = search(filterGroups=[{"filters": [given]}])
        assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")

    def test_a_filter_without_name_and_operator_cannot_be_built(self, search: Search) -> None:
        path = "/crm/v3/objects/contacts/search"
        answer = search.client.post(path, content=b'{"filterGroups":[{"filters":[{}]}]}')

        assert answer.json()["message"] == (
            "Invalid input JSON on line 1, column 31: Cannot build Filter, "
            "some of required attributes are not set [propertyName, operator]"
        )

    def test_an_unknown_operator_is_named_at_its_place(self, search: Search) -> None:
        body = b'{"filterGroups":[{"filters":[{"propertyName":"city","operator":"LIKE"}]}]}'
        answer = search.client.post("/crm/v3/objects/contacts/search", content=body)

        assert answer.status_code == 400
        message = answer.json()["message"]
        assert message.startswith("Invalid input JSON on line 1, column 64: Cannot deserialize")
        assert 'from String "LIKE": not one of the values accepted for Enum class: [EQ,' in message
        assert "category" not in answer.json()

    @pytest.mark.parametrize(
        "body",
        [
            {"filterGroups": {}}, {"filterGroups": ["x"]}, {"filterGroups": [{"filters": {}}]},
            {"filterGroups": [{"filters": ["x"]}]}, {"sorts": {}}, {"sorts": [1]},
            {"properties": "city"}, {"properties": [1]}, {"query": {}}, {"limit": []},
            {"filterGroups": [{"filters": [is_("city", "EQ", {})]}]},
            {"filterGroups": [{"filters": [is_("city", "IN", values=[[]])]}]},
        ],
    )  # fmt: skip
    def test_json_of_the_wrong_type_has_no_category(
        self, search: Search, body: dict[str, Any]
    ) -> None:
        answer = search(**body)
        assert answer.status_code == 400
        assert without_id(answer.json()).keys() == {"status", "message"}
        assert answer.json()["message"].startswith("Invalid input JSON on line 1, column ")

    def test_a_highly_sensitive_property_cannot_be_filtered_by_a_sensitive_one_can(
        self, search: Search, server: SimulatorServer
    ) -> None:
        for sensitivity, status in (("sensitive", 200), ("highly_sensitive", 400)):
            secret = Property(
                sensitivity, "Secret", "string", "text", "contactinformation",
                sensitivity=sensitivity,
            )  # fmt: skip
            server.account.define(secret)
            answer = search(filterGroups=[{"filters": [is_(sensitivity, "HAS_PROPERTY")]}])
            assert answer.status_code == status
