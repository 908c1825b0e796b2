"""What starts deliveries: the schedule."""

from __future__ import annotations

import datetime

import dagster as dg
import pytest

from tests.orchestration.conftest import Project


@pytest.mark.filterwarnings("ignore:Function `JobDefinition.run_request:DeprecationWarning")
class TestSchedule:
    def test_it_delivers_the_day_before_at_the_hour_of_the_destination(
        self, project: Project, instance: dg.DagsterInstance
    ) -> None:
        schedule = project.definitions.resolve_schedule_def("deliver_shop_daily")
        assert schedule.cron_schedule == "0 2 * * *"
        context = dg.build_schedule_context(
            instance=instance,
            scheduled_execution_time=datetime.datetime(2026, 1, 5, 2, tzinfo=datetime.UTC),
        )
        requests = schedule.evaluate_tick(context).run_requests
        assert requests is not None
        assert [request.partition_key for request in requests] == ["2026-01-04"]
