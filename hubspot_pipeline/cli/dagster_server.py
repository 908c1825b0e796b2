"""A running Dagster instance, spoken to through its GraphQL: launch a partition, wait, look."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gql import Client, GraphQLRequest
from gql.transport.exceptions import TransportConnectionFailed, TransportError
from gql.transport.requests import RequestsHTTPTransport
from requests import RequestException

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.orchestration.runs import AssetKey, OnStatus, RunReport, run_config
from hubspot_pipeline.run_options import AS_USUAL, RunOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ASSET_JOB = "__ASSET_JOB"
"""Dagster's own job for materializing any selection of assets."""

FINISHED = frozenset({"SUCCESS", "FAILURE", "CANCELED"})

LOST_CONTACT_AFTER = 5
"""How many polls in a row may fail before a run is left to itself."""

REQUEST_SECONDS = 60

LOCATE = """
query Locate($assets: [AssetKeyInput!]!) {
  assetNodes(assetKeys: $assets) {
    assetKey { path }
    isExecutable
    repository { name location { name } }
  }
}
"""

LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on Error { message }
  }
}
"""

STATUS = """
query Status($run: ID!) {
  runOrError(runId: $run) {
    __typename
    ... on Run { status }
    ... on Error { message }
  }
}
"""

EVENTS = """
query Events($run: ID!, $after: String) {
  runOrError(runId: $run) {
    __typename
    ... on Run {
      eventConnection(afterCursor: $after) {
        cursor
        hasMore
        events {
          __typename
          ... on MaterializationEvent { ...Facts }
          ... on ObservationEvent { ...Observed }
          ... on ExecutionStepFailureEvent {
            stepKey
            error { message errorChain { error { message } } }
            failureMetadata { description }
          }
          ... on RunFailureEvent { message }
        }
      }
    }
    ... on Error { message }
  }
}
fragment Facts on MaterializationEvent { assetKey { path } metadataEntries { ...Entry } }
fragment Observed on ObservationEvent { assetKey { path } metadataEntries { ...Entry } }
fragment Entry on MetadataEntry {
  label
  ... on IntMetadataEntry { intRepr }
}
"""


class DagsterServer:
    """A Dagster webserver."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/").removesuffix("/graphql")
        transport = RequestsHTTPTransport(url=f"{self.url}/graphql", timeout=REQUEST_SECONDS)
        self._client = Client(transport=transport, execute_timeout=None)

    def run_url(self, run_id: str) -> str:
        """Return where a person looks at a run."""
        return f"{self.url}/runs/{run_id}"

    def launch(
        self, assets: Sequence[AssetKey], partition: str, options: RunOptions = AS_USUAL
    ) -> str:
        """Start one run that materializes one partition of the assets; return the run's id."""
        location, repository = self._locate(assets)
        params = {
            "selector": {
                "repositoryLocationName": location,
                "repositoryName": repository,
                "jobName": ASSET_JOB,
                "assetSelection": [{"path": list(asset)} for asset in assets],
            },
            "runConfigData": run_config(assets, options),
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
        }
        launched = self._ask(LAUNCH, params=params)["launchRun"]
        if launched["__typename"] != "LaunchRunSuccess":
            reasons = [error["message"] for error in launched.get("errors", [])]
            reason = " ".join(reasons) or launched.get("message") or launched["__typename"]
            raise UserError(f"Dagster at {self.url} refused the run: {_first_line(reason)}")
        run_id: str = launched["run"]["runId"]
        return run_id

    def wait(self, run_id: str, *, on_status: OnStatus, pause: Callable[[], None]) -> RunReport:
        """Poll a run until it is finished, and read what it says.

        Args:
            run_id: The run.
            on_status: Called with the run's status at each poll.
            pause: Waits between two polls.
        """
        unanswered = 0
        while True:
            try:
                status = str(self._run(STATUS, run_id)["status"])
                unanswered = 0
            except UserError:
                unanswered += 1
                if unanswered == LOST_CONTACT_AFTER:
                    raise
                status = "no answer"
            on_status(status.lower().replace("_", " "))
            if status in FINISHED:
                return self._report(run_id, status)
            pause()

    def _report(self, run_id: str, status: str) -> RunReport:
        report = RunReport(run_id, status)
        for event in self._events(run_id):
            match event["__typename"]:
                case "MaterializationEvent" | "ObservationEvent" if event["assetKey"]:
                    numbers = {
                        entry["label"]: int(entry["intRepr"])
                        for entry in event["metadataEntries"]
                        if "intRepr" in entry
                    }
                    asset = tuple(event["assetKey"]["path"])
                    report.counts.setdefault(asset, {}).update(numbers)
                case "ExecutionStepFailureEvent":
                    report.failures.append(_failure(event))
                case "RunFailureEvent" if not report.failures:
                    report.failures.append(event["message"])
        return report

    def _locate(self, assets: Sequence[AssetKey]) -> tuple[str, str]:
        """Return the code location and the repository that have all the assets."""
        keys = [{"path": list(asset)} for asset in assets]
        nodes = self._ask(LOCATE, assets=keys)["assetNodes"]
        known = {tuple(node["assetKey"]["path"]): node for node in nodes if node["isExecutable"]}
        missing = ["/".join(asset) for asset in assets if asset not in known]
        if missing:
            raise UserError(
                f"Dagster at {self.url} has no asset {', '.join(missing)}. Is the destination in "
                "the code that it runs, and was its code location reloaded since?"
            )
        repository = known[assets[0]]["repository"]
        return repository["location"]["name"], repository["name"]

    def _events(self, run_id: str) -> Iterator[dict[str, Any]]:
        after = None
        while True:
            page = self._run(EVENTS, run_id, after=after)["eventConnection"]
            yield from page["events"]
            after = page["cursor"]
            if not page["hasMore"]:
                return

    def _run(self, query: str, run_id: str, **variables: Any) -> dict[str, Any]:
        run: dict[str, Any] = self._ask(query, run=run_id, **variables)["runOrError"]
        if run["__typename"] != "Run":
            raise UserError(f"Dagster at {self.url} cannot show run {run_id}: {run['message']}")
        return run

    def _ask(self, query: str, **variables: Any) -> dict[str, Any]:
        try:
            request = GraphQLRequest(query, variable_values=variables)
            answer: dict[str, Any] = self._client.execute(request)
        except (RequestException, TransportConnectionFailed) as error:
            raise UserError(
                f"No Dagster instance answers at {self.url}. "
                "Start one with 'make ui', or leave --server out to run in this process."
            ) from error
        except TransportError as error:
            raise UserError(
                f"What answers at {self.url} does not speak Dagster's GraphQL: {error}"
            ) from error
        return answer


def _failure(event: dict[str, Any]) -> str:
    """Return a failure's own words: its description where the code gave one."""
    described = (event["failureMetadata"] or {}).get("description")
    error = event["error"] or {"message": "The step failed.", "errorChain": []}
    chain = [error["message"], *(link["error"]["message"] for link in error["errorChain"])]
    return str(described or chain[-1]).strip()


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]
