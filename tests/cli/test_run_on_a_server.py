from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import graphql
import pytest
import requests
import responses

from hubspot_pipeline.cli import dagster_server, deliver
from hubspot_pipeline.cli.dagster_server import EVENTS, LAUNCH, LOCATE, STATUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Project

URL = "http://dagster.test:3000"
RUN = "7e0ad2a4-0000-4000-8000-000000000001"
DAY = "2026-01-02"
ARGS = ("run", "-d", "shop", "-p", DAY, "--server", URL)

Reply = dict[str, Any] | Exception


class FakeDagster:
    """Answers each kind of query; a list is answered one after the other, the last for ever."""

    def __init__(self, mock: responses.RequestsMock) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.replies: dict[str, list[Reply]] = {
            "Locate": [{"assetNodes": [*nodes("contacts"), *nodes("leads")]}],
            "Launch": [
                {"launchRun": {"__typename": "LaunchRunSuccess", "run": {"runId": RUN}}},
            ],
            "Status": [status("QUEUED"), status("STARTED"), status("SUCCESS")],
            "Events": [events(delivery("contacts", delivered=3), delivery("leads", delivered=1))],
        }
        mock.add_callback(responses.POST, f"{URL}/graphql", callback=self._answer)

    def _answer(self, request: requests.PreparedRequest) -> tuple[int, dict[str, str], str]:
        body = json.loads(request.body or b"")
        name = body["query"].split()[1].partition("(")[0]
        self.asked.append((name, body["variables"]))
        replies = self.replies[name]
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, Exception):
            raise reply
        return 200, {}, json.dumps({"data": reply})


def nodes(mapping: str) -> list[dict[str, Any]]:
    return [
        {
            "assetKey": {"path": ["shop", mapping, kind]},
            "isExecutable": True,
            "repository": {"name": "__repository__", "location": {"name": "hubspot_pipeline"}},
        }
        for kind in ("payloads", "deliveries")
    ]


def status(name: str) -> dict[str, Any]:
    return {"runOrError": {"__typename": "Run", "status": name}}


def delivery(
    mapping: str, *, typename: str = "MaterializationEvent", **verdicts: int
) -> dict[str, Any]:
    counts = {"rows_read": 20, "filtered": 20 - sum(verdicts.values()), **verdicts}
    return {
        "__typename": typename,
        "assetKey": {"path": ["shop", mapping, "deliveries"]},
        "metadataEntries": [
            {"label": "results"},
            *({"label": label, "intRepr": str(count)} for label, count in counts.items()),
        ],
    }


def failure(message: str, *causes: str, description: str | None = None) -> dict[str, Any]:
    return {
        "__typename": "ExecutionStepFailureEvent",
        "stepKey": "shop__contacts__deliveries",
        "error": {
            "message": message,
            "errorChain": [{"error": {"message": cause}} for cause in causes],
        },
        "failureMetadata": {"description": description} if description else None,
    }


def events(*happened: dict[str, Any], more_after: str | None = None) -> dict[str, Any]:
    page = {"events": list(happened), "cursor": more_after or "end", "hasMore": bool(more_after)}
    return {"runOrError": {"__typename": "Run", "eventConnection": page}}


@pytest.fixture
def dagster(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDagster]:
    monkeypatch.setattr(deliver, "POLL_SECONDS", 0)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield FakeDagster(mock)


@pytest.mark.parametrize("query", [LOCATE, LAUNCH, STATUS, EVENTS])
def test_every_query_fits_the_schema_of_the_installed_dagster(query: str) -> None:
    from dagster_graphql.schema import create_schema

    schema = create_schema().graphql_schema
    assert graphql.validate(schema, graphql.parse(query)) == []


class TestLaunching:
    def test_one_run_of_all_mappings_with_the_partition_as_its_tag(
        self, project: Project, dagster: FakeDagster
    ) -> None:
        assert project.call(*ARGS).exit_code == 0
        asked = dict(dagster.asked)
        params = asked["Launch"]["params"]
        assert params["selector"] == {
            "repositoryLocationName": "hubspot_pipeline",
            "repositoryName": "__repository__",
            "jobName": "__ASSET_JOB",
            "assetSelection": [
                {"path": ["shop", mapping, kind]}
                for mapping in ("contacts", "leads")
                for kind in ("payloads", "deliveries")
            ],
        }
        assert params["executionMetadata"] == {"tags": [{"key": "dagster/partition", "value": DAY}]}

    def test_what_is_asked_of_the_run_goes_to_the_deliveries(
        self, project: Project, dagster: FakeDagster
    ) -> None:
        project.call(*ARGS, "--redeliver")
        config = dict(dagster.asked)["Launch"]["params"]["runConfigData"]
        assert config == {
            "ops": {
                f"shop__{mapping}__deliveries": {"config": {"redeliver": True}}
                for mapping in ("contacts", "leads")
            }
        }

    def test_one_mapping_alone(self, project: Project, dagster: FakeDagster) -> None:
        project.call(*ARGS, "--mapping", "leads")
        assert dict(dagster.asked)["Locate"]["assets"] == [
            {"path": ["shop", "leads", "payloads"]},
            {"path": ["shop", "leads", "deliveries"]},
        ]

    @pytest.mark.usefixtures("dagster")
    def test_the_address_may_end_as_people_write_it(self, project: Project) -> None:
        for ending in ("/", "/graphql"):
            result = project.call(*ARGS[:-1], URL + ending)
            assert result.exit_code == 0
            assert f"{URL}/runs/{RUN}" in result.stderr


class TestOutcome:
    @pytest.mark.usefixtures("dagster")
    def test_verdicts_come_from_the_run_and_nothing_failed_is_0(self, project: Project) -> None:
        result = project.call(*ARGS)
        assert result.exit_code == 0
        assert "shop/contacts" in result.stdout
        assert "delivered" in result.stdout

    @pytest.mark.parametrize("verdict", ["failed", "undelivered"])
    def test_a_row_that_did_not_get_through_is_1(
        self, project: Project, dagster: FakeDagster, verdict: str
    ) -> None:
        dagster.replies["Events"] = [events(delivery("contacts", delivered=3, **{verdict: 1}))]
        result = project.call(*ARGS)
        assert result.exit_code == 1
        assert verdict in result.stdout

    def test_rejected_rows_alone_are_0(self, project: Project, dagster: FakeDagster) -> None:
        dagster.replies["Events"] = [events(delivery("contacts", rejected=3))]
        assert project.call(*ARGS).exit_code == 0

    def test_a_failed_run_is_1_with_its_numbers_and_its_reason(
        self, project: Project, dagster: FakeDagster
    ) -> None:
        dagster.replies["Status"] = [status("FAILURE")]
        observed = delivery("contacts", typename="ObservationEvent", undelivered=12)
        dagster.replies["Events"] = [
            events(observed, more_after="1"),
            events(failure("step failed", description="12 rows are undelivered: quota")),
        ]
        result = project.call(*ARGS)
        assert result.exit_code == 1
        assert "undelivered" in result.stdout
        assert "12" in result.stdout
        assert "12 rows are undelivered: quota" in result.stderr
        assert dagster.asked[-1] == ("Events", {"run": RUN, "after": "1"})

    def test_an_unforeseen_error_is_told_by_its_root_cause(
        self, project: Project, dagster: FakeDagster
    ) -> None:
        dagster.replies["Status"] = [status("FAILURE")]
        dagster.replies["Events"] = [events(failure("DagsterError: step", "KeyError: 'x'\n"))]
        result = project.call(*ARGS)
        assert result.exit_code == 1
        assert "error: KeyError: 'x'\n" in result.stderr

    def test_a_run_that_someone_stopped_is_1(self, project: Project, dagster: FakeDagster) -> None:
        dagster.replies["Status"] = [status("CANCELED")]
        dagster.replies["Events"] = [events()]
        assert project.call(*ARGS).exit_code == 1


class TestTrouble:
    def test_an_outage_while_waiting_is_sat_out(
        self, project: Project, dagster: FakeDagster
    ) -> None:
        outage = requests.ConnectionError()
        dagster.replies["Status"] = [status("STARTED"), outage, outage, status("SUCCESS")]
        assert project.call(*ARGS).exit_code == 0

    def test_an_outage_without_end_is_not(self, project: Project, dagster: FakeDagster) -> None:
        dagster.replies["Status"] = [requests.ConnectionError()]
        result = project.call(*ARGS)
        assert result.exit_code == 2
        asked = [name for name, _ in dagster.asked]
        assert asked.count("Status") == dagster_server.LOST_CONTACT_AFTER

    @pytest.mark.parametrize(
        ("query", "reply", "message"),
        [
            ("Locate", requests.ConnectionError(), f"No Dagster instance answers at {URL}"),
            ("Locate", {"assetNodes": []}, "has no asset shop/contacts/payloads"),
            (
                "Launch",
                {
                    "launchRun": {
                        "__typename": "RunConfigValidationInvalid",
                        "errors": [{"message": "Missing config"}],
                    }
                },
                "refused the run: Missing config",
            ),
            (
                "Launch",
                {"launchRun": {"__typename": "PythonError", "message": "Unknown\nand more"}},
                "refused the run: Unknown",
            ),
            (
                "Status",
                {"runOrError": {"__typename": "RunNotFoundError", "message": "No such run"}},
                "No such run",
            ),
        ],
    )
    def test_each_is_one_message_and_exit_code_2(
        self, project: Project, dagster: FakeDagster, query: str, reply: Reply, message: str
    ) -> None:
        dagster.replies[query] = [reply]
        result = project.call(*ARGS)
        assert result.exit_code == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr

    def test_a_web_page_in_the_place_of_graphql_is_named(self, project: Project) -> None:
        with responses.RequestsMock() as mock:
            mock.post(f"{URL}/graphql", body="<html>Not here</html>", status=404)
            result = project.call(*ARGS)
        assert result.exit_code == 2
        assert f"What answers at {URL} does not speak Dagster's GraphQL" in result.stderr
