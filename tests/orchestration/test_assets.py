"""What an asset makes of what the pipeline says: checks, failures, and what stays unsent."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pyarrow as pa
import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.hubspot.errors import MissingScopes
from hubspot_pipeline.mapping import MappingError, TriggerError
from hubspot_pipeline.orchestration.runs import run_config
from hubspot_pipeline.pipeline import DeliverySummary, PayloadsSummary, PipelineError
from hubspot_pipeline.run_options import RunOptions
from hubspot_pipeline.storage import write_parquet
from tests.orchestration.conftest import DAY, DELIVERIES, PAYLOADS, Project, failure_of


class FakePipeline:
    """A pipeline that says what it is told to say, over files with that many rows."""

    def __init__(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        self._storage = project.storage
        self.payloads: dict[str, Any] = {"rows_read": 3, "filtered": 1, "mapped": 2, "rejected": 0}
        self.deliveries: dict[str, Any] = {
            "rows_read": 3,
            "filtered": 1,
            "verdicts": {"delivered": 2},
        }
        self.payload_rows = self.result_rows = 2
        self.deliver_error: Exception | None = None
        self.delivered = 0
        self.options: object = None
        monkeypatch.setattr(pipeline, "map_partition", self._map)
        monkeypatch.setattr(pipeline, "deliver_partition", self._deliver)

    def _map(self, *_: object) -> PayloadsSummary:
        path = self._store(self._storage.payloads("shop", "contacts", DAY), self.payload_rows)
        return PayloadsSummary(**self.payloads, seconds=1.0, path=path)

    def _deliver(self, *given: object) -> DeliverySummary:
        self.delivered += 1
        self.options = given[-1]
        if self.deliver_error:
            raise self.deliver_error
        path = self._store(self._storage.results("shop", "contacts", DAY), self.result_rows)
        return DeliverySummary(**({"calls": {}, "seconds": 1.0, "path": path} | self.deliveries))

    def _store(self, path: str, rows: int) -> str:
        table = pa.table({"row": list(range(rows))})
        with write_parquet(path, table.schema) as writer:
            writer.write_table(table)
        return path


@pytest.fixture
def fake(project: Project, monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    return FakePipeline(project, monkeypatch)


def failed_checks(result: dg.ExecuteInProcessResult) -> set[tuple[dg.AssetKey, str]]:
    return {
        (check.asset_key, check.check_name)
        for check in result.get_asset_check_evaluations()
        if not check.passed
    }


def test_payloads_that_are_not_accounted_for_are_not_sent(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.payload_rows = 1
    result = project.materialize(instance)
    assert not result.success
    assert failed_checks(result) == {(PAYLOADS, "accounted_for")}
    assert fake.delivered == 0


def test_results_that_are_not_accounted_for_fail_the_run(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.result_rows = 3
    result = project.materialize(instance)
    assert not result.success
    assert failed_checks(result) == {(DELIVERIES, "accounted_for")}


def test_refused_and_rejected_rows_are_pointed_at_and_the_run_succeeds(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.deliveries["verdicts"] = {"failed": 1, "rejected": 1}
    result = project.materialize(instance)
    assert result.success
    assert failed_checks(result) == {(DELIVERIES, "refused"), (DELIVERIES, "rejected")}


def test_undelivered_rows_are_never_a_materialization(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.deliveries |= {
        "verdicts": {"delivered": 1, "undelivered": 1},
        "undelivered_reason": "HubSpot does not answer.",
    }
    result = project.materialize(instance)
    assert not result.success
    assert result.asset_materializations_for_node(DELIVERIES.to_python_identifier()) == []
    passed = {
        check.check_name
        for check in result.get_asset_check_evaluations()
        if check.asset_key == DELIVERIES and check.passed
    }
    assert passed == {"accounted_for", "refused", "rejected"}
    failure = failure_of(result)
    assert failure.description == (
        "1 of 2 rows are undelivered: HubSpot does not answer. The results of all rows are stored; "
        "run this partition again to send these."
    )
    assert failure.metadata["delivered"].value == 1


@pytest.mark.parametrize(
    "error",
    [
        PipelineError("another run is delivering this partition"),
        DestinationError("no such mapping"),
        MappingError("mapping.email", "unknown directive '@foo'"),
        TriggerError("type = ", 8, "ends too early"),
        MissingScopes("the token lacks crm.objects.contacts.write"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_a_user_must_mend_is_said_in_its_own_words(
    error: Exception, fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.deliver_error = error
    failure = failure_of(project.materialize(instance))
    assert failure.description == str(error)


def test_a_defect_keeps_its_traceback(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    fake.deliver_error = ZeroDivisionError("a defect")
    result = project.materialize(instance)
    [event] = [event for event in result.all_events if event.is_step_failure]
    assert event.step_failure_data.user_failure_data is None
    cause = event.step_failure_data.error.cause
    assert cause is not None
    assert cause.cls_name == "ZeroDivisionError"


def test_what_is_asked_of_a_run_reaches_its_delivery(
    fake: FakePipeline, project: Project, instance: dg.DagsterInstance
) -> None:
    project.materialize(instance)
    assert fake.options == RunOptions()
    asked = RunOptions(redeliver=True)
    project.materialize(instance, config=run_config([("shop", "contacts", "deliveries")], asked))
    assert fake.options == asked
