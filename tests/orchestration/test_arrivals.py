"""The sensor that watches for exports."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import dagster as dg
import pytest

from hubspot_pipeline.orchestration.arrivals import list_exports
from tests.orchestration.conftest import Project


class Sensor:
    """The sensor of a project, which remembers between looks what Dagster remembers for it."""

    def __init__(self, project: Project, instance: dg.DagsterInstance) -> None:
        self._definitions = project.definitions
        self._instance = instance
        self._cursor: str | None = None

    def look(self) -> dg.SensorResult:
        context = dg.build_sensor_context(
            instance=self._instance, cursor=self._cursor, definitions=self._definitions
        )
        sensor = self._definitions.resolve_sensor_def("deliver_shop_on_arrival")
        result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        self._cursor = result.cursor
        return result

    def started(self) -> list[str | None]:
        """Look, and return the partitions that runs are asked for."""
        return [request.partition_key for request in self.look().run_requests or []]


@pytest.fixture
def sensor(project: Project, instance: dg.DagsterInstance) -> Sensor:
    return Sensor(project, instance)


class TestSensor:
    def test_a_day_starts_once_its_files_are_the_same_in_two_looks(
        self, project: Project, sensor: Sensor
    ) -> None:
        assert sensor.started() == []
        file = project.export("2026-01-02", "ada@example.com")
        assert sensor.started() == []
        file.write_text(file.read_text() * 2)
        assert sensor.started() == []
        assert sensor.started() == ["2026-01-02"]
        assert sensor.started() == []

    def test_the_shared_events_move_with_the_run(self, project: Project, sensor: Sensor) -> None:
        project.export("2026-01-02", "ada@example.com")
        sensor.look()
        result = sensor.look()
        [event] = result.asset_events
        assert isinstance(event, dg.AssetMaterialization)
        assert (event.asset_key.to_user_string(), event.partition) == ("events", "2026-01-02")

    def test_a_late_file_starts_its_day_again_and_no_other(
        self, project: Project, sensor: Sensor
    ) -> None:
        for day in ("2026-01-02", "2026-01-03"):
            project.export(day, "ada@example.com")
        sensor.look()
        assert sensor.started() == ["2026-01-02", "2026-01-03"]
        (project.root / "data/events/2026-01-03/late.jsonl").write_text("{}\n")
        sensor.look()
        assert sensor.started() == ["2026-01-03"]

    def test_the_same_files_ask_for_the_same_run_after_the_cursor_is_lost(
        self, project: Project, instance: dg.DagsterInstance
    ) -> None:
        project.export("2026-01-02", "ada@example.com")
        keys = []
        for sensor in (Sensor(project, instance), Sensor(project, instance)):
            sensor.look()
            keys += [request.run_key for request in sensor.look().run_requests or []]
        assert len(keys) == 2
        assert len(set(keys)) == 1

    def test_days_before_the_first_and_days_that_are_not_over_are_left_alone(
        self, project: Project, sensor: Sensor
    ) -> None:
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        for day in ("2025-12-31", today, "2026-02-31"):
            project.export(day, "ada@example.com")
        sensor.look()
        assert sensor.started() == []

    def test_no_file_is_opened(
        self, project: Project, sensor: Sensor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = project.export("2026-01-02", "ada@example.com")

        def refuse(*arguments: object, **options: object) -> None:
            raise AssertionError(f"opened {arguments} {options}")

        with monkeypatch.context() as patch:
            patch.setattr("builtins.open", refuse)
            patch.setattr("io.open", refuse)
            sensor.look()
            started = sensor.started()
        assert file.exists()
        assert started == ["2026-01-02"]


class TestListExports:
    @pytest.mark.parametrize(
        ("pattern", "file"),
        [
            ("events/{partition}/*", "events/2026-01-02/a.jsonl"),
            ("events/{partition}/*.parquet", "events/2026-01-02/a.parquet"),
            ("events/date={partition}/", "events/date=2026-01-02/deep/er/a.csv"),
            ("events/{partition}.jsonl.gz", "events/2026-01-02.jsonl.gz"),
            ("events/export-{partition}-*.csv", "events/export-2026-01-02-7.csv"),
            ("*/{partition}/*", "events/2026-01-02/a.jsonl"),
            ("events/*/day={partition}/*", "events/web/day=2026-01-02/a.jsonl"),
            ("events/[!a-d]eb/day={partition}/*", "events/web/day=2026-01-02/a.jsonl"),
            ("events/**/day={partition}/*", "events/web/eu/day=2026-01-02/a.jsonl"),
            ("events/**/day={partition}/*", "events/day=2026-01-02/a.jsonl"),
        ],
    )
    def test_a_day_is_found_by_the_pattern_of_its_path(
        self, pattern: str, file: str, tmp_path: Path
    ) -> None:
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        assert list(list_exports(f"{tmp_path}/{pattern}")) == ["2026-01-02"]

    def test_a_path_relative_to_the_working_directory_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("2026-01-02").mkdir()
        Path("2026-01-02/a.csv").write_text("x")
        assert list(list_exports("{partition}/*")) == ["2026-01-02"]

    def test_hidden_and_unfinished_files_are_passed_over(self, tmp_path: Path) -> None:
        for name in ("_SUCCESS", ".a.parquet.tmp", "_temporary/part-0.parquet"):
            file = tmp_path / "2026-01-02" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("x")
        assert list_exports(f"{tmp_path}/{{partition}}/*") == {}

    def test_where_nothing_was_ever_exported_there_is_nothing(self, tmp_path: Path) -> None:
        assert list_exports(f"{tmp_path}/nowhere/{{partition}}/*") == {}

    def test_a_file_written_again_with_the_same_size_is_the_same_export(
        self, tmp_path: Path
    ) -> None:
        file = tmp_path / "2026-01-02.jsonl"
        file.write_text("{}")
        before = list_exports(f"{tmp_path}/{{partition}}.jsonl")
        os.utime(file, (0, 0))
        assert list_exports(f"{tmp_path}/{{partition}}.jsonl") == before
