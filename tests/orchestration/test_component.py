"""What a destination's YAML becomes, and what a wrong one says."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import dagster as dg
import pytest

from hubspot_pipeline.destination import PACKAGE, Destination
from hubspot_pipeline.orchestration.component import (
    Attributes,
    HubSpotDestination,
    load_destinations,
)
from tests.orchestration.conftest import DELIVERIES, PAYLOADS, Project

# What Dagster's loader does with its own beta parts and with pydantic is not ours to mend.
pytestmark = [
    pytest.mark.filterwarnings("ignore::dagster.BetaWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

TYPE = "hubspot_pipeline.orchestration.component.HubSpotDestination"


def write_destination(folder: Path, name: str, attributes: str) -> None:
    file = folder / name / "defs.yaml"
    file.parent.mkdir(parents=True)
    body = textwrap.indent(textwrap.dedent(attributes).strip(), "  ")
    file.write_text(f"type: {TYPE}\nattributes:\n{body}\n")


def load(folder: Path) -> dg.Definitions:
    """Load a folder of destinations, and hold it to what Dagster requires."""
    defs = load_destinations(folder)
    dg.Definitions.validate_loadable(defs)
    return defs


def said(error: BaseException | None) -> str:
    """Return all that an error and its causes say."""
    return f"{error}\n{said(error.__cause__)}" if error is not None else ""


SMALL = """
    portal: "123"
    mappings: {contacts: {action: upsertContact}}
"""


SAMPLE = ("contacts", "companies", "deals", "trials", "page_views", "invoices")


class TestLoading:
    def test_the_sample_destination_has_these_assets_jobs_checks_and_no_others(self) -> None:
        defs = load(PACKAGE / "defs")
        graph = defs.resolve_asset_graph()
        repository = defs.get_repository_def()
        assert {key.to_user_string() for key in graph.get_all_asset_keys()} == {
            "events",
            *(f"sample/{name}/{kind}" for name in SAMPLE for kind in ("payloads", "deliveries")),
        }
        assert {
            f"{check.asset_key.to_user_string()}:{check.name}" for check in graph.asset_check_keys
        } == {
            f"sample/{name}/{check}"
            for name in SAMPLE
            for check in (
                "payloads:accounted_for",
                "deliveries:accounted_for",
                "deliveries:refused",
                "deliveries:rejected",
            )
        }
        assert {job.name for job in repository.get_all_jobs() if job.name[0] != "_"} == {
            "deliver_sample",
            *(f"deliver_sample__{name}" for name in SAMPLE),
        }
        assert [each.name for each in repository.schedule_defs] == ["deliver_sample_daily"]
        assert {each.name for each in repository.sensor_defs} == {
            "deliver_sample_on_arrival",
            "deliver_sample_go_on",
        }
        assert {each.default_status for each in repository.sensor_defs} == {
            dg.DefaultSensorStatus.STOPPED
        }

    def test_every_job_runs_in_one_process(self) -> None:
        from hubspot_pipeline.definitions import defs

        jobs = defs.get_repository_def().get_all_jobs()
        assert {job.executor_def.name for job in jobs} == {"in_process"}

    def test_loading_imports_nothing_that_reads_data(self) -> None:
        script = (
            "import sys, hubspot_pipeline.definitions as d; d.defs.get_repository_def(); "
            "print({'pandas', 'pyarrow', 'duckdb', 'httpx', 'numpy'} & sys.modules.keys())"
        )
        answer = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert answer.stdout.strip() == "set()"

    def test_loading_needs_no_secret_and_writes_no_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("HUBSPOT_ACCESS_TOKEN", raising=False)
        monkeypatch.chdir(tmp_path)
        write_destination(tmp_path / "defs", "shop", SMALL)
        load(tmp_path / "defs")
        assert [path.name for path in tmp_path.iterdir()] == ["defs"]

    def test_a_destination_loads_in_another_project(self) -> None:
        from dagster.components.testing import create_defs_folder_sandbox

        attributes = {"portal": "123", "mappings": {"contacts": {"action": "upsertContact"}}}
        with create_defs_folder_sandbox() as sandbox:
            path = sandbox.scaffold_component(
                component_cls=HubSpotDestination,
                defs_path="shop",
                defs_yaml_contents={"type": TYPE, "attributes": attributes},
            )
            with sandbox.load_component_and_build_defs(defs_path=path) as (component, defs):
                assert isinstance(component, HubSpotDestination)
                assert component.destination.name == "shop"
                assert DELIVERIES in defs.resolve_asset_graph().get_all_asset_keys()


class TestTwoDestinations:
    def test_they_share_the_events_from_the_earliest_day_of_both(self, tmp_path: Path) -> None:
        write_destination(tmp_path, "late", SMALL + '    partitions: {start: "2026-02-01"}\n')
        write_destination(tmp_path, "shop", SMALL + '    partitions: {start: "2025-12-01"}\n')

        graph = load(tmp_path).resolve_asset_graph()

        partitions = graph.get(dg.AssetKey("events")).partitions_def
        assert isinstance(partitions, dg.DailyPartitionsDefinition)
        assert partitions.get_first_partition_key() == "2025-12-01"
        assert graph.get(dg.AssetKey("events")).child_keys == {
            PAYLOADS,
            dg.AssetKey(["late", "contacts", "payloads"]),
        }

    def test_each_has_its_own_credentials(self, tmp_path: Path) -> None:
        write_destination(tmp_path, "shop", SMALL)
        write_destination(
            tmp_path, "club", SMALL + "    authentication: {access_token: CLUB_TOKEN}\n"
        )
        resources = load(tmp_path).resources
        assert resources is not None
        assert resources.keys() == {"hubspot_shop", "hubspot_club"}

    def test_those_of_one_portal_share_its_pool(self, tmp_path: Path) -> None:
        for name in ("shop", "club"):
            write_destination(tmp_path, name, SMALL)
        defs = load(tmp_path)
        pools = {
            defs.resolve_assets_def(dg.AssetKey([name, "contacts", "deliveries"])).op.pool
            for name in ("shop", "club")
        }
        assert pools == {"hubspot_123"}


class TestYaml:
    def test_mappings_are_neither_rendered_nor_read_by_yaml_1_1(self, tmp_path: Path) -> None:
        write_destination(
            tmp_path,
            "shop",
            """
            portal: "123"
            mappings:
              contacts:
                action: upsertContact
                mapping:
                  firstname: {"@template": "{{ traits.first }} {{ env.HOME }}"}
                  country: no
                  zip: 2026-01-02
            """,
        )
        tree = load(tmp_path).component_tree
        assert tree is not None
        [component] = tree.get_all_components(HubSpotDestination)

        assert component.destination.mapping("contacts").mapping == {
            "firstname": {"@template": "{{ traits.first }} {{ env.HOME }}"},
            "country": "no",
            "zip": "2026-01-02",
        }

    def test_a_typing_slip_is_shown_with_its_line(self, tmp_path: Path) -> None:
        write_destination(tmp_path, "shop", SMALL + "    limits: {requests_per_second: 10}\n")
        with pytest.raises(Exception, match="shop") as caught:
            load(tmp_path)
        message = said(caught.value)
        assert "defs.yaml:5" in message
        assert "requests_per_second" in message

    @pytest.mark.parametrize("name", ["../elsewhere", "web shop", "a-b", ""])
    def test_a_mapping_whose_name_cannot_be_part_of_a_path_or_a_job_is_refused(
        self, name: str, tmp_path: Path
    ) -> None:
        write_destination(
            tmp_path, "shop", f'portal: "123"\nmappings: {{"{name}": {{action: upsertContact}}}}'
        )
        with pytest.raises(Exception, match="shop") as caught:
            load(tmp_path)
        assert "should match pattern" in said(caught.value)

    def test_a_file_without_attributes_says_what_is_missing(self, tmp_path: Path) -> None:
        (tmp_path / "shop").mkdir()
        (tmp_path / "shop" / "defs.yaml").write_text(f"type: {TYPE}\n")
        with pytest.raises(Exception, match="shop") as caught:
            load(tmp_path)
        assert "attributes" in said(caught.value)

    def test_a_folder_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(Exception, match=r"There is no folder .*nowhere"):
            load(tmp_path / "nowhere")

    def test_dagster_knows_every_attribute_of_a_destination_but_its_name(self) -> None:
        assert Attributes.model_fields.keys() | {"name"} == Destination.model_fields.keys()
        described = Attributes.model_json_schema()["$defs"]["Limits"]["properties"]
        assert described["store"]["description"]


class TestAssets:
    def test_deliveries_depend_on_payloads_and_those_on_events(self, project: Project) -> None:
        graph = project.definitions.resolve_asset_graph()
        assert graph.get(DELIVERIES).parent_keys == {PAYLOADS}
        assert graph.get(PAYLOADS).parent_keys == {dg.AssetKey("events")}

    def test_each_partition_has_a_run_of_its_own(self, project: Project) -> None:
        graph = project.definitions.resolve_asset_graph()
        assert graph.get(PAYLOADS).backfill_policy is None
        assert graph.get(DELIVERIES).backfill_policy is None

    def test_a_changed_mapping_changes_the_code_version(self, project: Project) -> None:
        from hubspot_pipeline.orchestration.assets import payloads_asset

        spec = project.destination.mapping("contacts")
        other = project.destination.model_copy(
            update={"mappings": {"contacts": spec.model_copy(update={"trigger": 'type = "track"'})}}
        )
        versions = {
            payloads_asset(destination, "contacts").code_versions_by_key[PAYLOADS]
            for destination in (project.destination, other)
        }
        assert len(versions) == 2
