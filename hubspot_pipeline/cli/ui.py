"""The verb ``ui``: Dagster's UI over a HubSpot account on this machine, until Ctrl-C stops both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.cli.screen import answers
from hubspot_pipeline.cli.simulate import PORT

WORKSPACE = "workspace.yaml"
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 60
GRACE_SECONDS = 30

_Process: TypeAlias = "subprocess.Popen[bytes]"


def ui(
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Of Dagster's UI.")] = 3000,
    simulator_port: Annotated[
        int, typer.Option(min=1, max=65_535, help="Of the HubSpot account.")
    ] = PORT,
    portal: Annotated[
        int | None, typer.Option(min=1, metavar="ID", help="The account's Hub ID.")
    ] = None,
) -> None:
    """Open Dagster's UI over a simulated HubSpot account; Ctrl-C stops both."""
    from hubspot_pipeline.cli.sample_account import set_up
    from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN

    if not Path(WORKSPACE).is_file():
        raise UserError(f"There is no {WORKSPACE} here. Change to the project's folder first.")
    # A shell that runs this in the background makes it ignore Ctrl-C, and Dagster then inherits
    # that and cannot be stopped at all. A closed terminal and a kill stop everything, too.
    for signals in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signals, signal.default_int_handler)
    account = f"http://127.0.0.1:{simulator_port}"
    environment = os.environ | {
        "DAGSTER_HOME": os.environ.get("DAGSTER_HOME") or str(Path("dagster_home").resolve()),
        "HUBSPOT_BASE_URL": account,
        "HUBSPOT_ACCESS_TOKEN": PRIVATE_APP_TOKEN,
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
    started: list[_Process] = []
    try:
        which = () if portal is None else ("--portal", str(portal))
        simulate = ("hubspot-pipeline", "simulate", "--port", str(simulator_port), *which)
        started.append(_start(*simulate))
        _wait_for_port(simulator_port, started[0])
        set_up(account, PRIVATE_APP_TOKEN)
        dagster = ("dagster", "dev", "-w", WORKSPACE, "-p", str(port))
        started.append(_start(*dagster, env=environment))
        answers().print(
            f"HubSpot account {account} · Dagster http://127.0.0.1:{port} · Ctrl-C stops",
            soft_wrap=True,
        )
        if started[1].wait():
            raise UserError("Dagster's UI ended by itself; what it printed says why.")
    except KeyboardInterrupt:
        answers().print("Stopping …")
    finally:
        for process in reversed(started):
            _stop(process)


def _start(program: str, *arguments: str, env: dict[str, str] | None = None) -> _Process:
    """Start one of the project's programs in a group of its own: Ctrl-C reaches only this one."""
    command = [str(BIN / program), *arguments]
    return subprocess.Popen(command, env=env, start_new_session=True)  # noqa: S603  # our own programs


def _wait_for_port(port: int, process: _Process) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise UserError(f"Nothing answers on port {port}; is another program using it?")


def _stop(process: _Process) -> None:
    """Stop a program and all that it started, runs included, as Ctrl-C in a terminal does."""
    deadline = time.monotonic() + GRACE_SECONDS
    _signal_group(process, signal.SIGINT)
    while _signal_group(process, 0) and time.monotonic() < deadline:
        process.poll()  # one that has ended counts as there until it is asked
        time.sleep(0.1)
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: _Process, what: int) -> bool:
    """Send a signal to a program's group; return whether anyone was left to get it."""
    try:
        os.killpg(process.pid, what)
    except ProcessLookupError:
        return False
    return True
