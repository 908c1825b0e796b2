"""The one table of HubSpot's routes, in all versions (hubspot-api §1.2, §7.5)."""

from hubspot_pipeline.simulator.endpoints import account_info, batches, objects, properties
from hubspot_pipeline.simulator.endpoints.oauth import OAuthEndpoints
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.routing import Route

_SCHEMA_READ = ("crm.schemas.{object_type}.read", "crm.objects.{object_type}.read")
_SCHEMA_WRITE = ("crm.schemas.{object_type}.write",)
_READ = ("crm.objects.{object_type}.read",)
_WRITE = ("crm.objects.{object_type}.write",)


def table(limits: RateLimits, oauth: OAuthEndpoints) -> tuple[Route, ...]:
    """All routes."""
    one, many = "/{object_type}", "/{object_type}/batch"
    record = "/{object_type}/{object_id}"
    usage = account_info.daily_usage(limits)
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
        Route("account.details", "GET", "account", "/details", account_info.details, ("oauth",)),
        Route(
            "account.usage", "GET", "account", "/api-usage/daily/private-apps", usage, ("oauth",)
        ),
        Route("account.me", "GET", "plain", "/integrations/v1/me", account_info.me, ("oauth",)),
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
