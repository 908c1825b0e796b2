"""The verbs of ``hubspot-pipeline`` and their shared beginning."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from hubspot_pipeline.cli.deliver import retry, run
from hubspot_pipeline.cli.demo import demo
from hubspot_pipeline.cli.import_segment import import_segment
from hubspot_pipeline.cli.map import map_events
from hubspot_pipeline.cli.plan import plan
from hubspot_pipeline.cli.problems import explained
from hubspot_pipeline.cli.results import results
from hubspot_pipeline.cli.schema import schema
from hubspot_pipeline.cli.simulate import simulate
from hubspot_pipeline.cli.ui import ui

app = typer.Typer(
    name="hubspot-pipeline",
    help="Delivers event exports into HubSpot, in batches, with a recorded verdict for every row.",
    epilog="Every verb explains itself: hubspot-pipeline run --help",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

TRY = "Try it"
WORK = "Work with a destination"
WRITE = "Write a destination"

app.command("demo", rich_help_panel=TRY)(explained(demo))
app.command("simulate", rich_help_panel=TRY)(explained(simulate))
app.command("ui", rich_help_panel=TRY)(explained(ui))
app.command("map", rich_help_panel=TRY)(explained(map_events))
app.command("schema", rich_help_panel=WRITE)(explained(schema))
app.command("import-segment", rich_help_panel=WRITE)(explained(import_segment))
app.command("plan", rich_help_panel=WORK)(explained(plan))
app.command("run", rich_help_panel=WORK)(explained(run))
app.command("results", rich_help_panel=WORK)(explained(results))
app.command("retry", rich_help_panel=WORK)(explained(retry))


def main() -> None:
    """Run the command line."""
    app()


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"hubspot-pipeline {version('hubspot-pipeline')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    pass
