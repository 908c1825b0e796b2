"""The verb ``simulate``: a HubSpot account on this machine, for trying things by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.cli.screen import answers

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.server import SimulatorServer
    from hubspot_pipeline.simulator.settings import SimulatorSettings

PORT = 8077


def simulate(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Where to listen on 127.0.0.1; 0: a free port.")
    ] = PORT,
    limit: Annotated[
        int | None,
        typer.Option(
            min=0, show_default="100", help="Calls that it takes in any 10 seconds; 0: no limit."
        ),
    ] = None,
    seed_contacts: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Made-up contacts that it has at the start."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="From which all its chance comes.")
    ] = None,
    portal: Annotated[
        int | None, typer.Option(min=1, metavar="ID", help="The account's Hub ID.")
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="YAML or JSON: all that it is like, and its faults."),
    ] = None,
    state: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keeps the account across restarts.")
    ] = None,
) -> None:
    """Run a simulated HubSpot account on this machine, until Ctrl-C.

    What an option says goes before what the scenario says.
    """
    from hubspot_pipeline.simulator.scenarios import ScenarioError
    from hubspot_pipeline.simulator.server import serve
    from hubspot_pipeline.simulator.state_file import StateError

    given = {"portal_id": portal, "seed": seed, "seed_contacts": seed_contacts}
    try:
        settings = _settings(scenario, limit, given)
        serve(settings, port=port, state=state, started=lambda server: _tell(server, state))
    except (ScenarioError, StateError) as error:
        raise UserError(str(error)) from error
    except OSError as error:
        what = f"write {state}" if error.filename else f"listen on port {port}"
        advice = "" if error.filename else " Choose another with --port."
        raise UserError(f"Cannot {what}: {error.strerror}.{advice}") from error


def _settings(
    scenario: Path | None, limit: int | None, given: dict[str, int | None]
) -> SimulatorSettings:
    from hubspot_pipeline.simulator.scenarios import read_scenario
    from hubspot_pipeline.simulator.settings import Limits, SimulatorSettings

    settings = SimulatorSettings() if scenario is None else read_scenario(scenario)
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if limit is not None:
        changes["limits"] = replace(settings.limits or Limits(burst=0), burst=limit)
    return replace(settings, **changes)


def _tell(server: SimulatorServer, state: Path | None) -> None:
    """Say where it is, how to deliver to it, and what becomes of it."""
    console = answers()
    contacts = len(server.account.contacts)
    console.print(
        f"A HubSpot account (portal {server.settings.portal_id}, {contacts:,} contacts) listens. "
        "To deliver to it:",
        soft_wrap=True,
    )
    console.print(f"  export HUBSPOT_BASE_URL={server.url}", soft_wrap=True)
    if server.settings.private_apps:
        console.print(f"  export HUBSPOT_ACCESS_TOKEN={server.token}", soft_wrap=True)
    console.print(f"To look at it: {server.url}/", soft_wrap=True)
    kept = "It keeps nothing" if state is None else f"{state} keeps it"
    console.print(f"{kept}; Ctrl-C ends it.", style="dim", soft_wrap=True)
