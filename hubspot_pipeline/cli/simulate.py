"""The verb ``simulate``: a HubSpot account on this machine, for trying things by hand."""

from __future__ import annotations

import contextlib
import threading
from typing import Annotated

import typer

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.cli.screen import answers

PORT = 8077


def simulate(
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Where to listen on 127.0.0.1; 0: a free port.")
    ] = PORT,
    limit: Annotated[
        int, typer.Option(min=0, help="Calls that it takes in any 10 seconds; 0 lifts the limit.")
    ] = 100,
    seed_contacts: Annotated[
        int, typer.Option(min=0, metavar="N", help="Made-up contacts that it has at the start.")
    ] = 0,
) -> None:
    """Run a simulated HubSpot account on this machine, until Ctrl-C."""
    from hubspot_pipeline.simulator.server import SimulatorServer
    from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Limits, SimulatorSettings

    settings = SimulatorSettings(limits=Limits(burst=limit), seed_contacts=seed_contacts)
    try:
        server = SimulatorServer(settings, port=port)
    except OSError as error:
        raise UserError(
            f"Cannot listen on port {port}: {error.strerror}. Choose another with --port."
        ) from error
    with server:
        console = answers()
        console.print(f"A HubSpot account (portal {settings.portal_id}) listens. To deliver to it:")
        console.print(f"  export HUBSPOT_BASE_URL={server.url}", soft_wrap=True)
        console.print(f"  export HUBSPOT_ACCESS_TOKEN={PRIVATE_APP_TOKEN}", soft_wrap=True)
        console.print("It keeps nothing; Ctrl-C ends it.", style="dim")
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
