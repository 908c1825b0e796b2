"""Runs Dagster's UI over a HubSpot account on this machine, until Ctrl-C stops both."""

# ruff: noqa: INP001, S603, T201 (a script that prints and runs the project's own programs)

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TypeAlias

from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PATIENCE_SECONDS = 60
GRACE_SECONDS = 30

_Process: TypeAlias = "subprocess.Popen[bytes]"


def main() -> int:
    """Start the simulator, then Dagster; stop both when Dagster ends or Ctrl-C is pressed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=3000, help="of Dagster's UI")
    parser.add_argument("--simulator-port", type=int, default=8077, help="of the HubSpot account")
    ports = parser.parse_args()
    # A shell that runs this in the background makes it ignore Ctrl-C, and Dagster then inherits
    # that and cannot be stopped at all. A closed terminal and a kill stop everything, too.
    for signals in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signals, signal.default_int_handler)
    account = f"http://127.0.0.1:{ports.simulator_port}"
    environment = os.environ | {
        "DAGSTER_HOME": os.environ.get("DAGSTER_HOME") or str(PROJECT / "dagster_home"),
        "HUBSPOT_BASE_URL": account,
        "HUBSPOT_ACCESS_TOKEN": PRIVATE_APP_TOKEN,
        "PYTHONWARNINGS": "ignore:Function `dev_command` is superseded",
    }
    started: list[_Process] = []
    try:
        started.append(_start("hubspot-pipeline", "simulate", "--port", str(ports.simulator_port)))
        _wait_for_port(ports.simulator_port, started[0])
        started.append(
            _start("dagster", "dev", "-w", "workspace.yaml", "-p", str(ports.port), env=environment)
        )
        print(f"HubSpot account {account} · Dagster http://127.0.0.1:{ports.port} · Ctrl-C stops")
        return started[1].wait()
    except KeyboardInterrupt:
        print("\nStopping ...")
        return 0
    finally:
        for process in reversed(started):
            _stop(process)


def _start(program: str, *arguments: str, env: dict[str, str] | None = None) -> _Process:
    """Start one of the project's programs in a group of its own: Ctrl-C reaches only this one."""
    command = [str(BIN / program), *arguments]
    return subprocess.Popen(command, cwd=PROJECT, env=env, start_new_session=True)


def _wait_for_port(port: int, process: _Process) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    raise SystemExit(f"Nothing answers on port {port}; is another program using it?")


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


if __name__ == "__main__":
    raise SystemExit(main())
