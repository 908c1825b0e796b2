"""The verb ``plan``: what delivering a partition would do, found out without writing to HubSpot."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hubspot_pipeline.cli.options import MappingOption, PartitionOption, RedeliverOption
from hubspot_pipeline.cli.problems import NOT_DELIVERED, UserError
from hubspot_pipeline.cli.screen import answers, errors
from hubspot_pipeline.run_options import RunOptions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hubspot_pipeline.cli.plan.about import About
    from hubspot_pipeline.cli.targets import Target
    from hubspot_pipeline.plan import GuardedPlan


class Format(StrEnum):
    """How a plan is shown."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


def plan(
    destination: Annotated[
        str, typer.Option("--destination", "-d", metavar="NAME", help="A folder of defs.")
    ],
    partition: PartitionOption,
    mapping: MappingOption = None,
    redeliver: RedeliverOption = False,
    format_: Annotated[
        Format,
        typer.Option(
            "--format",
            help="table: the sums, and the largest changes. json: every change. html: a page for "
            "a browser.",
        ),
    ] = Format.TABLE,
    output: Annotated[
        Path | None,
        typer.Option("--output", "--out", metavar="FILE", help="Write it here."),
    ] = None,
) -> None:
    """Show what delivering a partition would do: HubSpot is read, and nothing is written to it.

    Exit code 0: all of it could be delivered. 1: guards would hold it back, or rows would stay
    undelivered. 2: it could not start.
    """
    from hubspot_pipeline.cli.targets import choose

    if output is not None and not output.parent.is_dir():  # planning may take a while: say it now
        raise UserError(f"{output}: cannot be written: there is no folder {output.parent}.")
    targets = choose(destination, mapping, partition)
    plans, about = _plan(targets, RunOptions(redeliver=redeliver))
    if format_ is Format.JSON:
        from hubspot_pipeline.cli.plan.document import json_of

        _put(json_of(plans, about), output)
    elif format_ is Format.HTML:
        from hubspot_pipeline.cli.plan.page import page_of

        _put([page_of(plans, about)], output)
    else:
        _put(_table(plans, about, is_for_file=output is not None), output)
    if any(one.broken or one.plan.stop_reason for one in plans):
        raise typer.Exit(NOT_DELIVERED)


def _plan(targets: list[Target], options: RunOptions) -> tuple[list[GuardedPlan], About]:
    """Plan the targets, which are of one destination and partition."""
    from hubspot_pipeline.cli.plan.about import About
    from hubspot_pipeline.cli.readiness import check_ready, secrets_of
    from hubspot_pipeline.destination import open_destination
    from hubspot_pipeline.pipeline import connection
    from hubspot_pipeline.plan import plan_partition
    from hubspot_pipeline.storage import project_storage

    check_ready(targets)
    destination, partition = open_destination(targets[0].destination), targets[0].partition
    settings = connection(destination, secrets_of(destination))
    about = About(
        destination.name, partition, destination.portal, settings.base_url, datetime.now(UTC)
    )
    with errors().status(f"Planning {partition} …"):
        mappings = [target.mapping for target in targets]
        plans = plan_partition(
            destination, mappings, partition, project_storage(), settings, options
        )
    return plans, about


def _table(plans: list[GuardedPlan], about: About, *, is_for_file: bool) -> Iterable[str]:
    from hubspot_pipeline.cli.plan.tables import print_plans

    console = answers()
    if not is_for_file:
        print_plans(console, plans, about)
        return []
    with console.capture() as captured:
        print_plans(console, plans, about)
    return [captured.get()]


def _put(text: Iterable[str], output: Path | None) -> None:
    """Write to a file, or to standard output."""
    if output is None:
        sys.stdout.writelines(text)
        return
    try:
        with output.open("w", encoding="utf-8") as file:
            file.writelines(text)
    except OSError as error:
        raise UserError(f"{output}: cannot be written: {error.strerror}.") from error
    errors().print(f"Written: {output}", soft_wrap=True)
