"""The one table of HubSpot's routes, in all versions (hubspot-api §1.2, §7.5)."""

from hubspot_pipeline.simulator.endpoints import (
    account_info,
    batches,
    event_definitions,
    event_reads,
    event_sends,
    objects,
    properties,
)
from hubspot_pipeline.simulator.endpoints.oauth import OAuthEndpoints
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.routing import Route
from hubspot_pipeline.simulator.settings import Behaviour

_SCHEMA_READ = ("crm.schemas.{object_type}.read", "crm.objects.{object_type}.read")
_SCHEMA_WRITE = ("crm.schemas.{object_type}.write",)
_READ = ("crm.objects.{object_type}.read",)
_WRITE = ("crm.objects.{object_type}.write",)


def table(limits: RateLimits, oauth: OAuthEndpoints, behaviour: Behaviour) -> tuple[Route, ...]:
    """All routes of an account that behaves so."""
    one, many = "/{object_type}", "/{object_type}/batch"
    record = "/{object_type}/{object_id}"
    return (
        Route("objects.list", "GET", "objects", one, objects.list_page, _READ),
        Route("objects.create", "POST", "objects", one, objects.create, _WRITE),
        Route("objects.read", "GET", "objects", record, objects.read, _READ),
        Route("objects.update", "PATCH", "objects", record, objects.update, _WRITE),
        Route("objects.archive", "DELETE", "objects", record, objects.archive, _WRITE),
        Route("objects.batch.create", "POST", "objects", f"{many}/create", batches.create, _WRITE),
        Route("objects.batch.read", "POST", "objects", f"{many}/read", batches.read, _READ),
        Route("objects.batch.update", "POST", "objects", f"{many}/update", batches.update, _WRITE),
        Route("objects.batch.upsert", "POST", "objects", f"{many}/upsert", batches.upsert, _WRITE),
        Route(
            "objects.batch.archive", "POST", "objects", f"{many}/archive", batches.archive, _WRITE
        ),
        *_property_routes(),
        *_account_routes(limits),
        *_oauth_routes(oauth),
        *_event_routes(behaviour),
        *_event_definition_routes(),
    )  # fmt: skip


def _property_routes() -> tuple[Route, ...]:
    area, many = "properties", "/{object_type}/batch"
    every, one, groups = "/{object_type}", "/{object_type}/{property_name}", "/{object_type}/groups"
    read, write, api = _SCHEMA_READ, _SCHEMA_WRITE, properties
    return (
        Route("properties.list", "GET", area, every, api.list_all, read),
        Route("properties.create", "POST", area, every, api.create, write),
        Route("properties.read", "GET", area, one, api.read, read),
        Route("properties.update", "PATCH", area, one, api.update, write),
        Route("properties.archive", "DELETE", area, one, api.archive, write),
        Route("properties.batch.create", "POST", area, f"{many}/create", api.batch_create, write),
        Route("properties.batch.read", "POST", area, f"{many}/read", api.batch_read, read),
        Route(
            "properties.batch.archive", "POST", area, f"{many}/archive", api.batch_archive, write
        ),
        Route("properties.groups.list", "GET", area, groups, api.list_groups, read),
        Route("properties.groups.create", "POST", area, groups, api.create_group, write),
    )


def _account_routes(limits: RateLimits) -> tuple[Route, ...]:
    usage, any_app = account_info.daily_usage(limits), ("oauth",)
    return (
        Route("account.details", "GET", "account", "/details", account_info.details, any_app),
        Route("account.usage", "GET", "account", "/api-usage/daily/private-apps", usage, any_app),
        Route("account.me", "GET", "plain", "/integrations/v1/me", account_info.me, any_app),
    )


def _oauth_routes(oauth: OAuthEndpoints) -> tuple[Route, ...]:
    return (
        Route("oauth.token", "POST", "oauth", "/token", oauth.token, None, "token"),
        Route(
            "oauth.introspect", "POST", "oauth later", "/token/introspect", oauth.introspect, None,
            "token",
        ),
        Route(
            "oauth.revoke", "POST", "oauth later", "/token/revoke", oauth.revoke, None, "token"
        ),
        Route(
            "oauth.access_token", "GET", "oauth v1", "/access-tokens/{token}", oauth.access_token,
            None, "token",
        ),
        Route(
            "oauth.delete_refresh_token", "DELETE", "oauth v1", "/refresh-tokens/{token}",
            oauth.delete_refresh_token, None, "token",
        ),
        Route(
            "oauth.private_app", "POST", "plain",
            "/oauth/v2/private-apps/get/access-token-info", oauth.private_app, None, "token",
        ),
    )  # fmt: skip


def _event_routes(behaviour: Behaviour) -> tuple[Route, ...]:
    """Sends and reads of events; which spelling of 2026-03 takes sends is a switch (§1.3)."""
    spelling, read, any_app = behaviour.event_paths_2026_03, event_reads, ("oauth",)
    areas = ["events but 2026-03"]
    if spelling != "plain":
        areas.append("events custom 2026-03")
    if spelling != "custom":
        areas.append("events plain 2026-03")
    one, many, scope = event_sends.send, event_sends.send_batch, (event_sends.SCOPE,)
    return (
        *(Route("events.send", "POST", area, "/send", one, scope, "events") for area in areas),
        *(
            Route("events.send.batch", "POST", area, "/send/batch", many, scope, "events")
            for area in areas
        ),
        Route("events.list", "GET", "occurrences", "", read.occurrences, any_app),
        Route("events.types", "GET", "occurrences", "/event-types", read.event_types, any_app),
    )


def _event_definition_routes() -> tuple[Route, ...]:
    area, every, api = "events", "/event-definitions", event_definitions
    one, properties = f"{every}/{{event_name}}", f"{every}/{{event_name}}/property"
    scope = ("behavioral_events.event_definitions.read_write",)
    rows = (
        ("create", "POST", every, api.create),
        ("list", "GET", every, api.list_all),
        ("read", "GET", one, api.read),
        ("update", "PATCH", one, api.update),
        ("delete", "DELETE", one, api.delete),
        ("property.create", "POST", properties, api.add_property),
        ("property.update", "PATCH", f"{properties}/{{property_name}}", api.update_property),
        ("property.delete", "DELETE", f"{properties}/{{property_name}}", api.delete_property),
    )
    return tuple(
        Route(f"event_definitions.{name}", method, area, path, handler, scope)
        for name, method, path, handler in rows
    )
