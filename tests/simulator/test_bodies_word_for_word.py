"""Every answer that the reference gives word for word, asked for with raw requests (hubspot-api).

What differs from call to call (ids, times, correlation ids) is looked at apart.
"""

from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    PRIVATE_APP_TOKEN,
    REFRESH_TOKEN,
    Behaviour,
    Limits,
    PrivateApp,
    SimulatorSettings,
)  # fmt: skip

from .conftest import ANYONE, Begin, Contacts, without_id

V3 = "/crm/v3/objects"
JULY = 1_783_000_000_000_000_000
COORDINATES = (
    "Cannot set PropertyValueCoordinates{{portalId=12345678, objectTypeId=ObjectTypeId{{"
    "legacyObjectType=CONTACT}}, propertyName={}, value={}}} on {}. {} already has that value."
)


def error(message: str, category: str | None = "VALIDATION_ERROR", **more: Any) -> dict[str, Any]:
    """An error's body (§9.1), without its correlation id."""
    kind = {} if category is None else {"category": category}
    return {"status": "error", "message": message, **kind, **more}


def assert_is(answer: httpx.Response, status: int, body: dict[str, Any]) -> None:
    assert answer.status_code == status, answer.text
    assert without_id(answer.json()) == body


def problem(name: str, **more: Any) -> str:
    """An unknown property in a message's list (§2.5.1, §3.6)."""
    words = f'Property \\"{name}\\" does not exist'
    rest = "".join(f',"{key}":{value}' for key, value in more.items())
    return (
        f'{{"isValid":false,"message":"{words}","error":"PROPERTY_DOESNT_EXIST",'
        f'"name":"{name}"{rest}}}'
    )


def unknown(name: str) -> dict[str, Any]:
    """The same among an answer's errors."""
    return {
        "message": f'Property "{name}" does not exist',
        "code": "PROPERTY_DOESNT_EXIST",
        "context": {"propertyName": [name]},
    }


@pytest.fixture
def limited(server: SimulatorServer, hubspot: httpx.Client) -> httpx.Client:
    """A client of an account that takes one call of each kind."""
    server.reset(SimulatorSettings(limits=Limits(1, 1, 0, 1, 1, 0, 1, 1)))
    return hubspot


class TestRecords:
    def test_unknown_type(self, contacts: Contacts) -> None:
        answer = contacts.client.get(f"{V3}/butterflies")
        assert_is(answer, 400, error("Unable to infer object type from: butterflies", None))

    def test_unknown_id(self, contacts: Contacts) -> None:
        assert_is(contacts.patch("999", city="Rome"), 404, error("resource not found", None))

    def test_known_contact(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "a@x.com"}})
        words = f"Contact already exists. Existing ID: {id_}"
        assert_is(answer, 409, error(words, "CONFLICT"))

    def test_known_contact_as_of_2024(self, begin: Begin, hubspot: httpx.Client) -> None:
        server = begin(conflict_body="identity_profile")
        contacts = Contacts(hubspot)
        server.clock.freeze()
        id_ = contacts.create(email="lee@xyz.com")
        answer = contacts.client.post(contacts.path, json={"properties": {"email": "lee@xyz.com"}})
        now = server.clock.now() // 1_000_000
        server.clock.resume()
        identity = {"value": "lee@xyz.com", "type": "EMAIL", "timestamp": now, "isPrimary": True}
        profile = {
            "vid": int(id_), "identity": [identity], "linkedVid": [], "isContact": True,
            "savedAtTimestamp": now,
        }  # fmt: skip
        who = f"A contact with email lee@xyz.com already exists. Existing ID: {id_}"
        assert_is(
            answer, 409,
            error(
                f"Contact already exists. Existing ID: {id_}", "OBJECT_ALREADY_EXISTS",
                identityProfile=profile, errors=[{"message": who, "in": "email"}],
                error="CONTACT_EXISTS",
            ),
        )  # fmt: skip

    def test_anothers_value(self, contacts: Contacts) -> None:
        holder, writer = contacts.create(email="x@y.com"), contacts.create(email="z@y.com")
        words = COORDINATES.format("email", "x@y.com", writer, holder)
        assert_is(contacts.patch(writer, email="x@y.com"), 400, error(words))

    def test_one_bad_property(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        server.reset(SimulatorSettings(portal_id=123, limits=None))
        body = {"properties": {"email": "a@x.com", "testproperty": "1"}}
        answer = hubspot.post(f"{V3}/contacts", json=body)
        localized = '"Property \\"testproperty\\" does not exist"'
        listed = problem("testproperty", localizedErrorMessage=localized, portalId=123)
        words = f"Property values were not valid: [{listed}]"
        assert_is(answer, 400, error(words, errors=[unknown("testproperty")]))


class TestBatches:
    def test_too_many(self, contacts: Contacts) -> None:
        words = (
            "The maximum number of inputs supported in a batch is 100. "
            "Please reduce the number of items and try again"
        )
        assert_is(contacts.batch("read", [{"id": "1"}] * 101), 400, error(words))

    def test_too_many_with_histories(self, contacts: Contacts) -> None:
        inputs = [{"id": str(n)} for n in range(51)]
        answer = contacts.batch("read", inputs, propertiesWithHistory=["email"])
        words = (
            "The maximum number of inputs supported in a batch request for property histories is "
            "50. Please reduce the number of items and try again"
        )
        assert_is(answer, 400, error(words))

    @pytest.mark.parametrize("traces", [({}, {}), ({"objectWriteTraceId": "1"},) * 2])
    def test_duplicate_ids(self, contacts: Contacts, traces: tuple[dict[str, str], ...]) -> None:
        inputs = [{"id": "123456", "properties": {}, **trace} for trace in traces]
        words = "Duplicate IDs found in batch input: [123456]. IDs must be unique"
        expected = error(words, context={"ids": ["123456"]})
        assert_is(contacts.batch("update", inputs), 400, expected)

    def test_missing_ids(self, contacts: Contacts) -> None:
        one = {"id": "unknownIdentifier888", "properties": {}}
        answer = contacts.batch("update", [one])
        body = answer.json()
        assert answer.status_code == 207
        assert body.keys() == {
            "completedAt", "status", "startedAt", "results", "errors", "numErrors",
        }  # fmt: skip
        assert (body["status"], body["results"], body["numErrors"]) == ("COMPLETE", [], 1)
        words = (
            "Could not get some CONTACT objects, they may be deleted or not exist. "
            "Check that ids are valid."
        )
        context = {"ids": ["unknownIdentifier888"]}
        assert body["errors"] == [error(words, "OBJECT_NOT_FOUND", context=context)]

    def test_many_bad_properties(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(localized_errors=False)
        contacts = Contacts(hubspot)
        bad = {"first000name": "1", "last000name": "2"}
        inputs = [{"id": contacts.create(), "properties": bad} for _ in range(2)]
        listed = ",".join([problem("first000name"), problem("last000name")] * 2)
        assert_is(
            contacts.batch("update", inputs), 400,
            error(
                f"Property values were not valid: [{listed}]",
                errors=[unknown("first000name"), unknown("last000name")],
            ),
        )  # fmt: skip

    def test_of_which_one_is_bad(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        """The official example: two tickets (§2.5.1)."""
        server.reset(SimulatorSettings(portal_id=891936587, limits=None))
        inputs = [
            {"objectWriteTraceId": trace, "properties": {"hs_pipeline_stage": "1", **more}}
            for trace, more in (("549b1c2a9350", {}), ("549b1c2a9351", {"missing": "1"}))
        ]
        body = hubspot.post(f"{V3}/tickets/batch/create", json={"inputs": inputs}).json()
        localized = '"Property \\"missing\\" does not exist"'
        listed = problem("missing", localizedErrorMessage=localized, portalId=891936587)
        words = f"Property values were not valid: [{listed}]"
        context = {"objectWriteTraceId": ["549b1c2a9351"]}
        assert (body["status"], body["numErrors"]) == ("COMPLETE", 1)
        assert body["errors"] == [error(words, context=context)]
        (made,) = body["results"]
        assert made["properties"] | {"hs_ticket_id": made["id"]} == made["properties"]
        assert made["properties"].keys() >= {
            "createdate", "hs_lastmodifieddate", "hs_object_id", "hs_object_source",
            "hs_object_source_label", "hs_pipeline", "hs_pipeline_stage", "hs_ticket_id",
        }  # fmt: skip
        assert (made["properties"]["hs_pipeline"], made["archived"]) == ("0", False)

    def test_of_which_one_is_known(self, contacts: Contacts) -> None:
        id_ = contacts.create(email="a@x.com")
        one = {"properties": {"email": "a@x.com"}, "objectWriteTraceId": "0"}
        (found,) = contacts.batch("create", [one]).json()["errors"]
        context = {"objectWriteTraceId": ["0"], "existingId": [id_]}
        words = f"Contact already exists. Existing ID: {id_}"
        assert found == error(words, "CONFLICT", context=context)

    @pytest.mark.parametrize(
        ("kind", "type_id", "name"),
        [("deals", "0-3", "dealname"), ("companies", "0-2", "hs_object_id")],
    )
    def test_no_id_property(
        self, server: SimulatorServer, hubspot: httpx.Client, kind: str, type_id: str, name: str
    ) -> None:
        server.reset(SimulatorSettings(portal_id=21939747))
        one = {"id": "1", "idProperty": name, "properties": {}}
        answer = hubspot.post(f"{V3}/{kind}/batch/upsert", json={"inputs": [one]})
        words = f"Unable to perform update/upsert by non-unique {type_id} property {name}"
        assert_is(answer, 400, error(f"{words} in portal ID 21939747"))


class TestDefinitions:
    def test_known_property_in_a_batch(self, contacts: Contacts) -> None:
        new = {"name": "email", "label": "E", "type": "string", "fieldType": "text",
               "groupName": "contactinformation"}  # fmt: skip
        path = "/crm/v3/properties/contacts"
        answer = contacts.client.post(f"{path}/batch/create", json={"inputs": [new]})
        clash = error(
            "A property named 'email' already exists.", "OBJECT_ALREADY_EXISTS",
            subCategory="Properties.PROPERTY_WITH_NAME_EXISTS",
        )  # fmt: skip
        assert answer.json()["errors"] == [clash | {"context": {"name": ["email"]}}]
        assert_is(contacts.client.post(path, json=new), 409, clash)

    def test_bad_time(self, contacts: Contacts) -> None:
        body = {
            "properties": {"dealname": "X", "dealstage": "qualifiedtobuy", "closedate": "asd000"}
        }
        answer = contacts.client.post(f"{V3}/deals", json=body)
        first = answer.json()["errors"][0]
        assert (first["code"], first["message"]) == (
            "INVALID_LONG", "asd000 was not a valid long.",
        )  # fmt: skip

    def test_unknown_event(self, contacts: Contacts) -> None:
        answer = contacts.client.get("/events/v3/event-definitions/custom_event_1")
        words = (
            "StandardError{status=error, category=VALIDATION_ERROR, message=Event with fully "
            "qualified name custom_event_1 does not exist., errors=[], context={}, links={}}"
        )
        assert answer.status_code == 400
        assert answer.json()["message"] == words


class TestAssociations:
    def test_of_contacts_with_contacts(self, contacts: Contacts) -> None:
        id_ = contacts.create()
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 449}]
        inputs = [
            {"from": {"id": id_}, "to": {"id": to}, "types": types}
            for to in ("unknown_id_123456798", id_)
        ]
        path = "/crm/v4/associations/contacts/contacts/batch/create"
        answer = contacts.client.post(path, json={"inputs": inputs})
        body = answer.json()
        assert (answer.status_code, body["results"], body["numErrors"]) == (207, [], 2)
        assert body["errors"] == [
            error(
                "unknown_id_123456798 is not a valid ID",
                subCategory="crm.associations.INVALID_IDENTIFIER",
                context={"id": ["unknown_id_123456798"]},
            ),
            error(f"Object {id_} cannot be associated to itself ({id_})"),
        ]

    def test_with_a_missing_contact(self, contacts: Contacts) -> None:
        company = contacts.client.post(f"{V3}/companies", json={"properties": {"name": "X"}})
        one = {"from": {"id": company.json()["id"]}, "to": {"id": "123456789"}}
        path = "/crm/v4/associations/companies/contacts/batch/associate/default"
        (found,) = contacts.client.post(path, json={"inputs": [one]}).json()["errors"]
        assert found == error(
            "No contact with ID 123456789 exists", "OBJECT_NOT_FOUND",
            subCategory="crm.associations.TO_OBJECT_NOT_FOUND",
            context={"objectType": ["contact"], "id": ["123456789"]},
        )  # fmt: skip


class TestApps:
    def test_expired_token(self, begin: Begin) -> None:
        server = begin()
        server.clock.freeze()
        form = {"grant_type": "refresh_token", "refresh_token": REFRESH_TOKEN,
                "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}  # fmt: skip
        token = ANYONE.post(f"{server.url}/oauth/v1/token", data=form).json()["access_token"]
        server.clock.advance(1_800 + 75)
        headers = {"Authorization": f"Bearer {token}"}
        answer = ANYONE.get(f"{server.url}{V3}/contacts", headers=headers)
        server.clock.resume()
        (expired,) = answer.json()["context"]["expire time"]
        words = "The OAuth token used to make this call expired 75 second(s) ago."
        assert_is(
            answer, 401, error(words, "EXPIRED_AUTHENTICATION", context={"expire time": [expired]})
        )
        assert len(expired) == len("2022-06-21T10:37:52.040Z")

    def test_no_token(self, simulator: SimulatorServer) -> None:
        words = (
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and "
            "you can find more details at https://developers.hubspot.com/docs/methods/auth/"
            "oauth-overview"
        )
        answer = ANYONE.get(f"{simulator.url}{V3}/contacts")
        assert_is(answer, 401, error(words, "INVALID_AUTHENTICATION"))

    @pytest.mark.parametrize("older", [False, True])
    def test_missing_scopes(self, server: SimulatorServer, older: bool) -> None:
        app = PrivateApp(PRIVATE_APP_TOKEN, scopes=frozenset({"oauth"}))
        behaviour = Behaviour(missing_scopes_in_context=older)
        server.reset(SimulatorSettings(private_apps=(app,), behaviour=behaviour))
        headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
        answer = ANYONE.get(f"{server.url}{V3}/deals", headers=headers)
        body = without_id(answer.json())
        where = body["context"] if older else body["errors"][0]["context"]
        assert (answer.status_code, body["category"]) == (403, "MISSING_SCOPES")
        assert where["requiredGranularScopes"] == ["crm.objects.deals.read"]
        assert body["message"] == (
            "This app hasn't been granted all required scopes to make this call. Read more about "
            "required scopes here: https://developers.hubspot.com/scopes."
        )
        if not older:
            assert body["links"] == {"scopes": "https://developers.hubspot.com/scopes"}
            assert body["errors"][0]["message"] == (
                "One or more of the following scopes are required."
            )

    def test_bad_refresh_token(self, simulator: SimulatorServer) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": "x",
                "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}  # fmt: skip
        words = "refresh token is invalid, expired or revoked"
        for version in ("v1", "v3"):
            answer = ANYONE.post(f"{simulator.url}/oauth/{version}/token", data=form)
            expected = {"error": "invalid_grant", "error_description": words}
            assert_is(answer, 400, expected | {"status": "BAD_REFRESH_TOKEN", "message": words})

    def test_account_details(self) -> None:
        with SimulatorServer(clock=Clock(start=JULY)) as server:
            headers = {"Authorization": f"Bearer {server.token}"}
            answer = ANYONE.get(f"{server.url}/account-info/v3/details", headers=headers)
        assert answer.json() == {
            "portalId": 12345678, "accountType": "STANDARD", "timeZone": "US/Eastern",
            "companyCurrency": "USD", "additionalCurrencies": [], "utcOffset": "-04:00",
            "utcOffsetMilliseconds": -14400000, "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }  # fmt: skip


class TestLimits:
    def test_burst(self, limited: httpx.Client) -> None:
        limited.get(f"{V3}/contacts")
        answer = limited.get(f"{V3}/contacts")
        group = "publicapi:private_app-api-calls-ten-secondly:1512050:12345678"
        words = "You have reached your ten_secondly_rolling limit."
        policy = {"policyName": "TEN_SECONDLY_ROLLING", "groupName": group}
        assert_is(answer, 429, error(words, None, errorType="RATE_LIMIT", **policy))

    def test_day(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        server.reset(SimulatorSettings(limits=Limits(burst=0, daily=1)))
        hubspot.get(f"{V3}/contacts")
        answer = hubspot.get(f"{V3}/contacts")
        body = without_id(answer.json())
        assert len(body.pop("requestId")) == 36
        words = "You have reached your daily limit."
        assert answer.status_code == 429
        assert body == error(words, None, errorType="RATE_LIMIT", policyName="DAILY")

    def test_search(self, limited: httpx.Client) -> None:
        limited.post(f"{V3}/contacts/search", json={})
        answer = limited.post(f"{V3}/contacts/search", json={})
        assert_is(answer, 429, error("You have reached your secondly limit.", "RATE_LIMITS"))

    def test_headers(self, server: SimulatorServer, hubspot: httpx.Client) -> None:
        """§8.3's recorded block, of an account's first call of the day."""
        server.reset(SimulatorSettings())
        answer = hubspot.get(f"{V3}/butterflies")
        sent = {
            "Daily": "250000", "Daily-Remaining": "249999", "Interval-Milliseconds": "10000",
            "Max": "100", "Remaining": "99", "Secondly": "10", "Secondly-Remaining": "9",
        }  # fmt: skip
        for name, value in sent.items():
            assert answer.headers[f"X-HubSpot-RateLimit-{name}"] == value
        assert len(answer.headers["X-HubSpot-Correlation-Id"]) == 36
        assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
