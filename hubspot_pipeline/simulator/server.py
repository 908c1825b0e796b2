"""The simulator as a server: in the background of a test, or in the foreground of a terminal."""

import asyncio
import logging
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from hubspot_pipeline.simulator.account import Account
from hubspot_pipeline.simulator.app import Simulator
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.evidence import ArrivalLog
from hubspot_pipeline.simulator.settings import SimulatorSettings

STOP_SECONDS = 10


class SimulatorServer:
    """A simulated HubSpot account on a port of 127.0.0.1, served from a thread of its own."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings or SimulatorSettings()
        self.clock = clock or Clock()
        self.simulator = Simulator(self.settings, self.clock)
        self._socket = _listen(port)
        self._server = uvicorn.Server(_config(self.simulator))
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def account(self) -> Account:
        """The account itself, to look at or to seed while no call is in flight."""
        return self.simulator.account

    @property
    def log(self) -> ArrivalLog:
        """Every call that arrived."""
        return self.simulator.log

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join(STOP_SECONDS)

    def _serve(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))


def _listen(port: int) -> socket.socket:
    """A socket that already takes connections: callers need not wait for the server to start."""
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    listening.setblocking(False)
    return listening


def _config(simulator: Simulator) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        lifespan="off",
        log_level=logging.CRITICAL,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
