"""The simulator as a server: in the background of a test, or in the foreground of a terminal."""

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.app import CONNECTION, Simulator
from hubspot_pipeline.simulator.authentication import Authentication
from hubspot_pipeline.simulator.clock import Clock
from hubspot_pipeline.simulator.evidence import ArrivalLog
from hubspot_pipeline.simulator.faults import Faults
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
        self.clock = clock or Clock()
        self.simulator = Simulator(settings or SimulatorSettings(), self.clock)
        self._socket = _listen(port)
        self._server = uvicorn.Server(_config(self.simulator))
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def reset(self, settings: SimulatorSettings | None = None) -> None:
        """Begin with a new account, of other settings if given; only the clock stays.

        A test suite needs but one server: this takes microseconds, a start takes a tenth of a
        second. Not while a call is in flight.
        """
        self.simulator.begin(settings or self.simulator.began_with)

    @property
    def settings(self) -> SimulatorSettings:
        """What the account is like."""
        return self.simulator.settings

    @property
    def account(self) -> Account:
        """The account itself, to look at or to seed while no call is in flight."""
        return self.simulator.account

    @property
    def faults(self) -> Faults:
        """The faults to switch on and off."""
        return self.simulator.faults

    @property
    def authentication(self) -> Authentication:
        """The apps and tokens, to revoke or let expire."""
        return self.simulator.authentication

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
        _run(self._server, self._socket)


def serve(settings: SimulatorSettings, *, port: int, started: Callable[[str], None]) -> None:
    """Serve a simulated account in the foreground until it is interrupted.

    `started` is told the address as soon as calls are taken.
    """
    listening = _listen(port)
    server = uvicorn.Server(_config(Simulator(settings, Clock())))
    started(f"http://127.0.0.1:{listening.getsockname()[1]}")
    with suppress(KeyboardInterrupt):  # the way to end it
        _run(server, listening)


class _Connection:
    """A caller's connection, for faults to cut."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def reset(self) -> None:
        """Cut it at once: the caller sees a reset, not an end."""
        at_once = struct.pack("ii", 1, 0)
        connected = self._transport.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        self._transport.abort()

    def close(self) -> None:
        """Close it after what was already sent."""
        self._transport.close()


class _Protocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it; the application also gets hold of the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {CONNECTION: {"cut": _Connection(self.transport)}}


def _run(server: uvicorn.Server, listening: socket.socket) -> None:
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listening]))


def _listen(port: int) -> socket.socket:
    """A socket that already takes connections: callers need not wait for the server to start."""
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    listening.setblocking(False)
    return listening


def _config(simulator: Simulator) -> uvicorn.Config:
    return uvicorn.Config(
        simulator,
        http=_Protocol,
        lifespan="off",
        log_config=None,
        log_level=logging.ERROR,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=1,
    )
