"""The verbs ``run`` and ``retry``: materialize a partition through Dagster, here or on a server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from hubspot_pipeline.cli.options import (
    DestinationOption,
    MappingOption,
    OverrideGuardsOption,
    PartitionOption,
    RedeliverOption,
)
from hubspot_pipeline.cli.problems import NOT_DELIVERED, UserError, show_problem
from hubspot_pipeline.cli.screen import answers, errors, show_verdicts
from hubspot_pipeline.run_options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.cli.targets import Target
    from hubspot_pipeline.orchestration.runs import AssetKey, RunReport

POLL_SECONDS = 1.0
"""How often a run on a server is looked at."""


def run(
    destination: Annotated[
        str, typer.Option("--destination", "-d", metavar="NAME", help="A folder of defs.")
    ],
    partition: PartitionOption,
    mapping: MappingOption = None,
    redeliver: RedeliverOption = False,
    override_guards: OverrideGuardsOption = False,
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Launch the run on this Dagster instance, such as http://localhost:3000, and "
            "wait for it; else it runs in this process.",
        ),
    ] = None,
) -> None:
    """Deliver one partition: map its events, send them, show the verdicts.

    Exit code 0: nothing is undelivered or failed. 1: something is. 2: it could not start.
    """
    from hubspot_pipeline.cli.targets import choose

    targets = choose(destination, mapping, partition)
    _deliver(targets, partition, server, RunOptions(redeliver, override_guards))


def retry(
    partition: PartitionOption,
    destination: DestinationOption = None,
    mapping: MappingOption = None,
    redeliver: RedeliverOption = False,
    override_guards: OverrideGuardsOption = False,
) -> None:
    """Deliver a partition again; only rows without a final verdict are sent.

    Without a destination: every one that this partition was delivered to before.
    """
    from hubspot_pipeline.cli.targets import choose, choose_all, with_payloads
    from hubspot_pipeline.storage import project_storage

    if destination is None:
        targets = with_payloads(project_storage(), choose_all(None, mapping, partition))
    else:
        targets = choose(destination, mapping, partition)
    _deliver(targets, partition, None, RunOptions(redeliver, override_guards))


def _deliver(
    targets: Sequence[Target], partition: str, server: str | None, options: RunOptions
) -> None:
    from hubspot_pipeline.cli.readiness import check_ready
    from hubspot_pipeline.cli.targets import assets_of, tallies_of

    assets = assets_of(targets)
    if server is None:
        check_ready(targets)
        report = _run_here(assets, partition, options)
    else:
        report = _run_there(server, assets, partition, options)
    counted = tallies_of(report, targets)
    if any(tally.rows_read is not None for tally in counted):
        show_verdicts(answers(), counted)
    for failure in report.failures:
        show_problem(failure)
    delivered = all(tally.is_delivered for tally in counted)
    if report.status != "SUCCESS" or not delivered:
        raise typer.Exit(NOT_DELIVERED)


def _run_here(assets: Sequence[AssetKey], partition: str, options: RunOptions) -> RunReport:
    console = errors()
    with console.status("Loading Dagster …") as status:
        from hubspot_pipeline.orchestration.run_here import open_dagster

        telling = f"Delivering {partition} …"
        with open_dagster(lambda trouble: status.update(f"{telling} {trouble}")) as dagster:
            status.update(telling)
            try:
                return dagster.materialize(assets, partition, options)
            except KeyboardInterrupt:
                console.print("Stopped. Run it again to go on: what was delivered stays so.")
                raise


def _run_there(
    server: str, assets: Sequence[AssetKey], partition: str, options: RunOptions
) -> RunReport:
    console = errors()
    with console.status("Connecting …") as status:
        from hubspot_pipeline.cli.dagster_server import DagsterServer

        dagster = DagsterServer(server)
        run_id = dagster.launch(assets, partition, options)
        url = dagster.run_url(run_id)
        console.print(f"Launched {url}", soft_wrap=True)
        started = time.monotonic()
        try:
            return dagster.wait(
                run_id,
                on_status=lambda text: status.update(
                    f"{partition}: {text}, {time.monotonic() - started:.0f} s"
                ),
                pause=lambda: time.sleep(POLL_SECONDS),
            )
        except KeyboardInterrupt:
            raise UserError(f"Stopped waiting; the run goes on: {url}") from None
