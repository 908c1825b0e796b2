"""Where the endpoints are, in each API version."""

from __future__ import annotations

from urllib.parse import unquote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.routes import Routes, segment


@pytest.mark.parametrize(
    ("version", "batch", "properties", "details", "token"),
    [
        (
            "2026-03",
            "/crm/objects/2026-03/contacts/batch/upsert",
            "/crm/properties/2026-03/contacts",
            "/account-info/2026-03/details",
            "/oauth/2026-03/token",
        ),
        (
            "2026-09",
            "/crm/objects/2026-09/contacts/batch/upsert",
            "/crm/properties/2026-09/contacts",
            "/account-info/2026-09/details",
            "/oauth/2026-09/token",
        ),
        *(
            (
                version,
                "/crm/v3/objects/contacts/batch/upsert",
                "/crm/v3/properties/contacts",
                "/account-info/v3/details",
                "/oauth/v3/token",
            )
            for version in ("v3", "v4")
        ),
    ],
)
def test_each_version_has_its_own_paths(
    version: str, batch: str, properties: str, details: str, token: str
) -> None:
    routes = Routes(version)
    assert routes.batch("contacts", "upsert").path == batch
    assert routes.properties("contacts").path == properties
    assert routes.account_details().path == details
    assert routes.oauth_token().path == token


@pytest.mark.parametrize("version", ["", "v2", "2026", "2026-3", "2026-04", "v3/../v1"])
def test_a_version_that_hubspot_never_had_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="no HubSpot API version"):
        Routes(version)


def test_the_token_endpoint_takes_no_place_of_the_burst_limit() -> None:
    assert Routes().oauth_token().limits == ("token",)
    assert Routes().batch("contacts", "read").limits == ("burst",)


@pytest.mark.parametrize("text", ["", ".", ".."])
def test_a_segment_that_a_path_resolves_away_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="cannot be a part"):
        segment(text)


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t not in {".", ".."}))
def test_any_object_type_stays_one_segment_of_the_url_that_is_sent(object_type: str) -> None:
    path = Routes().batch(object_type, "read").path
    raw = httpx.URL("https://api.hubapi.com" + path).raw_path.decode()
    assert raw.count("/") == 6
    assert "?" not in raw
    assert "#" not in raw
    assert unquote(raw.split("/")[4]) == object_type


@pytest.mark.parametrize(
    ("version", "crm", "schemas", "labels", "events"),
    [
        *(
            (
                version,
                "/crm/{}/" + version,
                f"/crm-object-schemas/{version}/schemas",
                f"/crm/associations/{version}/contacts/0-2/labels",
                f"/events/custom/{version}/event-definitions",
            )
            for version in ("2026-03", "2026-09")
        ),
        *(
            (
                version,
                "/crm/v3/{}",
                "/crm-object-schemas/v3/schemas",
                "/crm/v4/associations/contacts/0-2/labels",
                "/events/v3/event-definitions",
            )
            for version in ("v3", "v4")
        ),
    ],
)
def test_the_accounts_schema_has_its_paths_in_each_version(
    version: str, crm: str, schemas: str, labels: str, events: str
) -> None:
    routes = Routes(version)
    properties = crm.format("properties")
    assert routes.create_properties("deals").path == f"{properties}/deals/batch/create"
    assert routes.pipelines("deals").path == crm.format("pipelines") + "/deals"
    assert routes.owners(None).path == crm.format("owners") + "?limit=500"
    assert routes.owners("a b").path == crm.format("owners") + "?limit=500&after=a+b"
    assert routes.schemas(None).path == schemas
    assert routes.schemas("7").path == f"{schemas}?after=7"
    assert routes.association_labels("contacts", "0-2", None).path == labels
    assert routes.event_definitions("POST").path == events
    assert routes.event_definitions("GET").path == f"{events}?limit=100"
    assert routes.event_definition("a/b").path == f"{events}/a%2Fb?includeProperties=true"
    assert routes.create_event_property("pe1_e").path == f"{events}/pe1_e/property"


def test_sensitive_properties_are_in_lists_of_their_own() -> None:
    assert "?" not in Routes().properties("contacts").path
    path = Routes().properties("contacts", "highly_sensitive").path
    assert path == "/crm/properties/2026-03/contacts?dataSensitivity=highly_sensitive"


def test_labels_count_against_the_associations_limit() -> None:
    assert Routes().association_labels("contacts", "companies", None).limits == ("associations",)


@pytest.mark.parametrize(
    ("version", "search", "associations", "lists", "events"),
    [
        (
            "2026-03",
            "/crm/objects/2026-03/deals/search",
            "/crm/associations/2026-03/deals/0-1/batch/labels/archive",
            "/crm/lists/2026-03",
            "/events/v3/send/batch",  # its own spelling is not known for sure
        ),
        (
            "2026-09",
            "/crm/objects/2026-09/deals/search",
            "/crm/associations/2026-09/deals/0-1/batch/labels/archive",
            "/crm/lists/2026-09",
            "/events/custom/2026-09/send/batch",
        ),
        *(
            (
                version,
                "/crm/v3/objects/deals/search",
                "/crm/v4/associations/deals/0-1/batch/labels/archive",
                "/crm/v3/lists",
                "/events/v3/send/batch",
            )
            for version in ("v3", "v4")
        ),
    ],
)
def test_search_associations_lists_and_events_have_paths_and_limits_of_their_own(
    version: str, search: str, associations: str, lists: str, events: str
) -> None:
    routes = Routes(version)
    assert (routes.search("deals").path, routes.search("deals").limits) == (search, ("search",))
    unlabel = routes.associations("deals", "0-1", "labels/archive")
    assert (unlabel.path, unlabel.limits) == (associations, ("associations",))
    assert (routes.create_list().path, routes.create_list().limits) == (lists, ("burst",))
    assert routes.list_members("7").path == f"{lists}/7/memberships/add-and-remove"
    assert (routes.send_events().path, routes.send_events().limits) == (events, ("events",))


@given(st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda t: t not in {".", ".."}))
def test_any_name_of_a_list_stays_one_segment_and_shows_in_no_counter(name: str) -> None:
    route = Routes().list_by_name("0-1", name)
    raw = httpx.URL("https://api.hubapi.com" + route.path).raw_path.decode()
    assert "?" not in raw
    assert "#" not in raw
    assert unquote(raw.removeprefix("/crm/lists/2026-03/object-type-id/0-1/name/")) == name
    assert raw.count("/") == 7
    assert route.name == "lists/by-name"
