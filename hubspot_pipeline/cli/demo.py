"""The verb ``demo``: generated events, a simulated account, real Dagster runs."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubspot_pipeline.cli.problems import NOT_DELIVERED, show_problem
from hubspot_pipeline.cli.screen import answers, show_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from hubspot_pipeline.cli.targets import Tally
    from hubspot_pipeline.events.sample import SampleFormat
    from hubspot_pipeline.orchestration.runs import RunReport
    from hubspot_pipeline.simulator.server import SimulatorServer

DESTINATION = "sample"
DAYS = 3
ROWS = 5_000
FORMATS: tuple[SampleFormat, ...] = ("parquet", "jsonl.gz", "csv")
"""A day's format is fixed, so that a day generated anew replaces what it had before."""

CALLS = 100
WINDOW_SECONDS = 10
"""HubSpot's lowest limit for a private app (hubspot-api §8.1)."""

SETTLED = 60 * 1_000_000_000
"""Nanoseconds after which an event that HubSpot accepted has taken effect (hubspot-api §5.1)."""


def demo(
    days: Annotated[
        int, typer.Option(min=1, max=60, metavar="N", help="The last N days, up to yesterday.")
    ] = DAYS,
    rows: Annotated[int, typer.Option(min=1, metavar="N", help="Events a day, about.")] = ROWS,
) -> None:
    """Deliver generated events to a HubSpot account on this machine, and show every verdict."""
    console = answers()
    started = time.monotonic()
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    partitions = [yesterday - timedelta(days=back) for back in reversed(range(days))]
    with console.status("Generating events …"):
        files = [_generate(day, rows) for day in partitions]
    console.print(f"[bold]1[/] {days} exports, about {rows:,} events each, such as {files[-1]}")
    with _account() as server:
        console.print(
            f"[bold]2[/] A HubSpot account at {server.url}, which takes {CALLS} calls in any "
            f"{WINDOW_SECONDS} s"
        )
        reports, tallies = _deliver(console, [str(day) for day in partitions])
        console.print(f"[bold]3[/] {len(reports)} Dagster runs, one a day\n")
        show_verdicts(console, _by_mapping(tallies))
        _tell_calls(console, server, time.monotonic() - started)
    _tell_where(console, tallies)
    for failure in (failure for report in reports for failure in report.failures):
        show_problem(failure)
    if any(report.status != "SUCCESS" for report in reports):
        raise typer.Exit(NOT_DELIVERED)


def _generate(day: date, rows: int) -> Path:
    from hubspot_pipeline.destination import open_destination
    from hubspot_pipeline.events.sample import write_sample_export

    folder = open_destination(DESTINATION).events.path.partition("{partition}")[0]
    kind = FORMATS[day.toordinal() % len(FORMATS)]
    return write_sample_export(folder, str(day), rows, format=kind)


@contextmanager
def _account() -> Iterator[SimulatorServer]:
    """Start an empty account that the environment of this process points at.

    The account is new, so what was delivered to earlier ones must be forgotten: the journal and
    all other state live in a temporary folder.
    """
    from hubspot_pipeline.cli.sample_account import set_up
    from hubspot_pipeline.destination import open_destination
    from hubspot_pipeline.simulator.server import SimulatorServer
    from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Limits, SimulatorSettings

    portal = int(open_destination(DESTINATION).portal)
    settings = SimulatorSettings(portal_id=portal, limits=Limits(burst=CALLS))
    with SimulatorServer(settings) as server, tempfile.TemporaryDirectory() as state:
        environment = {
            "HUBSPOT_BASE_URL": server.url,
            "HUBSPOT_ACCESS_TOKEN": PRIVATE_APP_TOKEN,
            "HUBSPOT_PIPELINE_STATE": state,
        }
        before = {name: os.environ.get(name) for name in environment}
        os.environ.update(environment)
        try:
            set_up(server.url, PRIVATE_APP_TOKEN)
            server.log.clear()
            yield server
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})


def _deliver(console: Console, partitions: Sequence[str]) -> tuple[list[RunReport], list[Tally]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} days"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    reports: list[RunReport] = []
    tallies: list[Tally] = []
    with progress:
        task = progress.add_task("Loading Dagster", total=len(partitions))
        from hubspot_pipeline.cli.targets import assets_of, choose, tallies_of
        from hubspot_pipeline.orchestration.run_here import open_dagster

        with open_dagster() as dagster:
            for partition in partitions:
                progress.update(task, description=f"Delivering {partition}")
                targets = choose(DESTINATION, None, partition)
                report = dagster.materialize(assets_of(targets), partition)
                reports.append(report)
                tallies += tallies_of(report, targets)
                progress.advance(task)
    return reports, tallies


def _by_mapping(tallies: Sequence[Tally]) -> list[Tally]:
    """Return one tally a mapping, of all its days."""
    from dataclasses import replace

    together: dict[str, Tally] = {}
    for tally in tallies:
        name = tally.target.mapping
        together[name] = together[name] + tally if name in together else tally
    days = {tally.target.partition for tally in tallies}
    if len(days) == 1:
        return list(together.values())
    said = f"{len(days)} days"
    return [
        replace(tally, target=replace(tally.target, partition=said)) for tally in together.values()
    ]


def _tell_calls(console: Console, server: SimulatorServer, seconds: float) -> None:
    peak = server.log.peak_in_window(WINDOW_SECONDS)
    refused = sum(arrival.over_limit for arrival in server.log)
    account = server.account
    account.settle(server.clock.now() + SETTLED)
    there = [
        f"{len(account.records(object_type)):,} {object_type}"
        for object_type in ("contacts", "companies", "deals", "tickets")
    ]
    console.print(
        f"The account saw {len(server.log)} calls, at most {peak} in any {WINDOW_SECONDS} s "
        f"(it allows {CALLS}), and refused {refused} for its limits. It has {', '.join(there)}, "
        f"{len(account.associations):,} associations and {account.events.counts.total():,} events "
        f"now. All of it took {seconds:.0f} s."
    )


def _tell_where(console: Console, tallies: Sequence[Tally]) -> None:
    last = tallies[-1].target
    console.print(
        f"\nEvery row's verdict: {_program()} results --partition {last.partition} "
        "[dim](--verdict failed, --format csv)[/]\n"
        "The runs in Dagster's UI: make ui, then http://localhost:3000",
        soft_wrap=True,
    )


def _program() -> str:
    """Return what to type to call this program: it need not be on the PATH."""
    name = "hubspot-pipeline"
    called = Path(sys.argv[0])
    return str(called) if called.name == name and shutil.which(name) is None else name
