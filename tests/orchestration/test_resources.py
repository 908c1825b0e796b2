"""Credentials: from the environment, when a run starts, and shown to nobody."""

from __future__ import annotations

import dagster as dg
import pytest

from hubspot_pipeline.destination import destination_from
from hubspot_pipeline.hubspot.authentication import OAuthApp, PrivateApp
from hubspot_pipeline.orchestration.resources import HubSpotResource
from tests.orchestration.conftest import DAY, Project

OAUTH = destination_from(
    {
        "portal": "123",
        "authentication": {
            "client_id": "SHOP_ID",
            "client_secret": "SHOP_SECRET",
            "refresh_token": "SHOP_REFRESH",
        },
        "mappings": {"contacts": {"action": "upsertContact"}},
    },
    name="shop",
    where="a test",
)


def test_a_private_apps_token_comes_from_the_variable_that_the_destination_names(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "pat-secret")
    resource = HubSpotResource.for_destination(project.destination)
    with dg.build_resources({"hubspot": resource}) as resources:
        settings = resources.hubspot.connection(project.destination)
    assert settings.credentials == PrivateApp("pat-secret")
    assert "pat-secret" not in repr(settings)


def test_an_oauth_apps_three_secrets_come_from_their_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for variable in ("SHOP_ID", "SHOP_SECRET", "SHOP_REFRESH"):
        monkeypatch.setenv(variable, f"value-of-{variable}")
    with dg.build_resources({"hubspot": HubSpotResource.for_destination(OAUTH)}) as resources:
        credentials = resources.hubspot.connection(OAUTH).credentials
    assert credentials == OAuthApp(
        "value-of-SHOP_ID", "value-of-SHOP_SECRET", "value-of-SHOP_REFRESH"
    )


def test_a_resource_shows_none_of_its_secrets() -> None:
    secrets = dict.fromkeys(HubSpotResource.model_fields, "do-not-show")
    resource = HubSpotResource(**secrets)
    assert "do-not-show" not in f"{resource!r} {resource}"


def test_the_run_database_holds_the_variables_name_and_not_its_value(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_ACCESS_TOKEN", "do-not-store")
    job = project.definitions.resolve_job_def("deliver_shop")
    snapshot = dg.serialize_value(job.get_job_snapshot())
    assert "HUBSPOT_ACCESS_TOKEN" in snapshot
    assert "do-not-store" not in snapshot


def test_a_missing_variable_is_named_before_anything_runs(
    project: Project, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HUBSPOT_ACCESS_TOKEN")
    project.export(DAY, "ada@example.com")
    with pytest.raises(dg.DagsterInvalidConfigError, match="HUBSPOT_ACCESS_TOKEN"):
        project.definitions.resolve_job_def("deliver_shop").execute_in_process(
            instance=instance, partition_key=DAY
        )
