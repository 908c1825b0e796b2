"""The one table of HubSpot's routes, in all versions (hubspot-api §1.2, §7.5)."""

from hubspot_pipeline.simulator.endpoints import (
    account_info,
    association_labels,
    associations_v3,
    associations_v4,
    batches,
    event_definitions,
    event_reads,
    event_sends,
    limits_tracking,
    lists,
    memberships,
    merging,
    objects,
    owners,
    pipelines,
    properties,
    property_groups,
    property_validations,
    schema_associations,
    schemas,
    search,
)
from hubspot_pipeline.simulator.endpoints.oauth import OAuthEndpoints
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.routing import Handler, Route
from hubspot_pipeline.simulator.settings import Behaviour

_SCHEMA_READ = ("crm.schemas.{object_type}.read", "crm.objects.{object_type}.read")
_SCHEMA_WRITE = ("crm.schemas.{object_type}.write",)
_READ = ("crm.objects.{object_type}.read",)
_WRITE = ("crm.objects.{object_type}.write",)
_WRITE_EITHER = ("crm.objects.{from_type}.write", "crm.objects.{to_type}.write")
_READ_EITHER = ("crm.objects.{from_type}.read", "crm.objects.{to_type}.read", *_WRITE_EITHER)
"""Any scope of either object type will do (§7.5); writing takes one that writes."""


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
        *_record_routes(),
        *_property_routes(),
        *_property_group_routes(),
        *_property_validation_routes(),
        *_pipeline_routes(),
        *_owner_routes(),
        *_association_routes(),
        *_account_routes(limits),
        *_limit_routes(),
        *_oauth_routes(oauth),
        *_event_routes(limits, behaviour),
        *_event_definition_routes(),
        *_list_routes(),
        *_schema_routes("schemas"),
        *_schema_routes("schemas short"),
    )  # fmt: skip


def _record_routes() -> tuple[Route, ...]:
    """What is done with records besides reading and writing them."""
    area = "objects"
    return (
        Route(
            "objects.search", "POST", area, "/{object_type}/search", search.search, _READ, "search"
        ),
        Route("objects.merge", "POST", area, "/{object_type}/merge", merging.merge, _WRITE),
        Route(
            "objects.gdpr_delete", "POST", area, "/{object_type}/gdpr-delete",
            merging.gdpr_delete, _WRITE,
        ),
    )  # fmt: skip


def _property_routes() -> tuple[Route, ...]:
    area, many = "properties", "/{object_type}/batch"
    every, one = "/{object_type}", "/{object_type}/{property_name}"
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
    )


def _property_group_routes() -> tuple[Route, ...]:
    area, every, one = "properties", "/{object_type}/groups", "/{object_type}/groups/{group_name}"
    read, write, api = _SCHEMA_READ, _SCHEMA_WRITE, property_groups
    return (
        Route("properties.groups.list", "GET", area, every, api.list_all, read),
        Route("properties.groups.create", "POST", area, every, api.create, write),
        Route("properties.groups.read", "GET", area, one, api.read, read),
        Route("properties.groups.update", "PATCH", area, one, api.update, write),
        Route("properties.groups.archive", "DELETE", area, one, api.archive, write),
    )


def _property_validation_routes() -> tuple[Route, ...]:
    area, one = "property validations", "/{object_type}/{property_name}"
    rule, api = f"{one}/rule-type/{{rule_type}}", property_validations
    return (
        Route("validations.list", "GET", area, "/{object_type}", api.list_all, _SCHEMA_READ),
        Route("validations.read", "GET", area, one, api.read, _SCHEMA_READ),
        Route("validations.read_rule", "GET", area, rule, api.read_rule, _SCHEMA_READ),
        Route("validations.put_rule", "PUT", area, rule, api.put_rule, _SCHEMA_WRITE),
    )


def _pipeline_routes() -> tuple[Route, ...]:
    area, one = "pipelines", "/{object_type}/{pipeline_id}"
    stages, api = f"{one}/stages", pipelines
    stage = f"{stages}/{{stage_id}}"
    return (
        Route("pipelines.list", "GET", area, "/{object_type}", api.list_all, _SCHEMA_READ),
        Route("pipelines.read", "GET", area, one, api.read, _SCHEMA_READ),
        Route("pipelines.stages.list", "GET", area, stages, api.list_stages, _SCHEMA_READ),
        Route("pipelines.stages.read", "GET", area, stage, api.read_stage, _SCHEMA_READ),
    )


def _owner_routes() -> tuple[Route, ...]:
    scopes = ("crm.objects.owners.read",)
    return (
        Route("owners.list", "GET", "owners", "", owners.list_page, scopes),
        Route("owners.read", "GET", "owners", "/{owner_id}", owners.read, scopes),
    )


def _account_routes(limits: RateLimits) -> tuple[Route, ...]:
    any_app, daily = ("oauth",), "/api-usage/daily"
    usage = account_info.daily_usage(limits, "api-calls-daily")
    private = account_info.daily_usage(limits, "private-apps-api-calls-daily")
    return (
        Route("account.details", "GET", "account", "/details", account_info.details, any_app),
        Route("account.usage", "GET", "account", daily, usage, any_app),
        Route("account.usage", "GET", "account", f"{daily}/private-apps", private, any_app),
        Route("account.me", "GET", "plain", "/integrations/v1/me", account_info.me, any_app),
    )


def _limit_routes() -> tuple[Route, ...]:
    """How much of the account's limits is used (§8.7)."""
    api, associated = limits_tracking, "/associations/records"
    rows = (
        ("records", "/records", api.records),
        ("pipelines", "/pipelines", api.pipelines),
        ("custom_properties", "/custom-properties", api.custom_properties),
        ("calculated", "/calculated-properties", api.calculated_properties),
        ("custom_types", "/custom-object-types", api.custom_object_types),
        ("labels", "/associations/labels", api.association_labels),
        ("associations.from", f"{associated}/from", api.associated_from),
        ("associations.to", f"{associated}/{{from_type}}/to", api.associated_to),
        ("associations", f"{associated}/{{from_type}}/{{to_type}}", api.associated),
    )
    return tuple(
        Route(f"limits.{name}", "GET", "limits", path, handler, api.SCOPES)
        for name, path, handler in rows
    )


def _oauth_routes(oauth: OAuthEndpoints) -> tuple[Route, ...]:
    return (
        Route("oauth.authorize", "GET", "plain", "/oauth/authorize", oauth.authorize, None, ""),
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
            "oauth.refresh_token", "GET", "oauth v1", "/refresh-tokens/{token}",
            oauth.refresh_token, None, "token",
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


def _event_routes(limits: RateLimits, behaviour: Behaviour) -> tuple[Route, ...]:
    """Sends and reads of events; which spelling of 2026-03 takes sends is a switch (§1.3)."""
    spelling, read, any_app = behaviour.event_paths_2026_03, event_reads, ("oauth",)
    areas = ["events but 2026-03"]
    if spelling != "plain":
        areas.append("events custom 2026-03")
    if spelling != "custom":
        areas.append("events plain 2026-03")
    scope = (event_sends.SCOPE,)
    one, many = (event_sends.sends(limits, many=several) for several in (False, True))
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


def _association_routes() -> tuple[Route, ...]:
    """§4; the newer v4 specification spells the path of the labels another way (§1.2)."""
    area, single, many = "associations", "associated", "/{from_type}/{to_type}/batch"
    record = "/{from_type}/{object_id}/associations"
    one, bucket, api = f"{record}/{{to_type}}/{{to_id}}", "associations", associations_v4
    default, page = f"{record}/default/{{to_type}}/{{to_id}}", f"{record}/{{to_type}}"
    read, write = _READ_EITHER, _WRITE_EITHER
    batches = (
        ("create", api.batch_create, write),
        ("associate/default", api.batch_associate_default, write),
        ("archive", api.batch_archive, write),
        ("labels/archive", api.batch_labels_archive, write),
        ("read", api.batch_read, read),
    )
    return (
        *(
            Route(f"associations.batch.{verb.replace('/', '_')}", "POST", area, f"{many}/{verb}",
                  handler, scopes, bucket)
            for verb, handler, scopes in batches
        ),
        Route("associations.list", "GET", single, page, api.list_page, read),
        Route("associations.create", "PUT", single, one, api.create, write),
        Route("associations.create_default", "PUT", single, default, api.create_default, write),
        Route("associations.delete", "DELETE", single, one, api.delete, write),
        *(
            Route(f"associations.labels.{verb}", method, spelling, path, handler, scopes, bucket)
            for spelling in ("associations", "associations later v4")
            for verb, method, path, handler, scopes in _label_endpoints()
        ),
        *_association_routes_of_v3(),
    )  # fmt: skip


def _label_endpoints() -> tuple[tuple[str, str, str, Handler, tuple[str, ...]], ...]:
    every, api = "/{from_type}/{to_type}/labels", association_labels
    return (
        ("list", "GET", every, api.list_all, _READ_EITHER),
        ("create", "POST", every, api.create, _WRITE_EITHER),
        ("update", "PUT", every, api.update, _WRITE_EITHER),
        ("delete", "DELETE", f"{every}/{{type_id}}", api.delete, _WRITE_EITHER),
    )


def _association_routes_of_v3() -> tuple[Route, ...]:
    area, single, many = "associations v3", "associated v3", "/{from_type}/{to_type}/batch"
    page = "/{from_type}/{object_id}/associations/{to_type}"
    one, api = f"{page}/{{to_id}}/{{type}}", associations_v3
    batches = (
        ("create", api.batch_create, _WRITE_EITHER),
        ("archive", api.batch_archive, _WRITE_EITHER),
        ("read", api.batch_read, _READ_EITHER),
    )
    return (
        *(
            Route(f"associations.v3.batch.{verb}", "POST", area, f"{many}/{verb}", handler, scopes,
                  "associations")
            for verb, handler, scopes in batches
        ),
        Route("associations.v3.list", "GET", single, page, api.list_page, _READ_EITHER),
        Route("associations.v3.create", "PUT", single, one, api.create, _WRITE_EITHER),
        Route("associations.v3.delete", "DELETE", single, one, api.delete, _WRITE_EITHER),
    )  # fmt: skip


def _list_routes() -> tuple[Route, ...]:
    area, one, members = "lists", "/{list_id}", "/{list_id}/memberships"
    by_name = "/object-type-id/{object_type}/name/{list_name}"
    of_record = "/records/{object_type}/{object_id}/memberships"
    rows = (
        ("create", "POST", "", lists.create, "write"),
        ("read_many", "GET", "", lists.read_many, "read"),
        ("search", "POST", "/search", lists.search, "read"),
        ("read", "GET", one, lists.read, "read"),
        ("delete", "DELETE", one, lists.delete, "write"),
        ("by_name", "GET", by_name, lists.read_by_name, "read"),
        ("rename", "PUT", f"{one}/update-list-name", lists.rename, "write"),
        ("restore", "PUT", f"{one}/restore", lists.restore, "write"),
        ("members", "GET", members, memberships.members, "read"),
        ("members.join_order", "GET", f"{members}/join-order", memberships.members_by_time, "read"),
        ("members.clear", "DELETE", members, memberships.clear, "write"),
        ("members.add", "PUT", f"{members}/add", memberships.add, "write"),
        ("members.remove", "PUT", f"{members}/remove", memberships.remove, "write"),
        (
            "members.add_and_remove", "PUT", f"{members}/add-and-remove",
            memberships.add_and_remove, "write",
        ),
        (
            "members.add_from", "PUT", f"{members}/add-from/{{source_id}}",
            memberships.add_from, "write",
        ),
        ("of_record", "GET", of_record, memberships.of_record, "read"),
    )  # fmt: skip
    return tuple(
        Route(f"lists.{name}", method, area, path, handler, (f"crm.lists.{right}",))
        for name, method, path, handler, right in rows
    )


def _schema_routes(area: str) -> tuple[Route, ...]:
    """Schemas; their path segment is no ``object_type``, as it may name an archived one."""
    one, associations = "/{schema}", "/{schema}/associations"
    rows = (
        ("list", "GET", "", schemas.list_all, "read"),
        ("create", "POST", "", schemas.create, "write"),
        ("batch.read", "POST", "/batch/read", schemas.batch_read, "read"),
        ("read", "GET", one, schemas.read, "read"),
        ("update", "PATCH", one, schemas.update, "write"),
        ("archive", "DELETE", one, schemas.archive, "write"),
        ("associations.create", "POST", associations, schema_associations.create, "write"),
        (
            "associations.remove", "DELETE", f"{associations}/{{association}}",
            schema_associations.remove, "write",
        ),
    )  # fmt: skip
    return tuple(
        Route(f"schemas.{name}", method, area, path, handler, (f"crm.schemas.custom.{right}",))
        for name, method, path, handler, right in rows
    )
