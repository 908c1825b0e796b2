"""The simulator as a server: in the background of a test, or in the foreground of a terminal."""

import asyncio
import gc
import logging
import signal
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
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
from hubspot_pipeline.simulator.scenarios import read_scenario
from hubspot_pipeline.simulator.settings import SimulatorSettings
from hubspot_pipeline.simulator.state_file import StateFile

STOP_SECONDS = 10
_ENDS = (signal.SIGINT, signal.SIGTERM)


class SimulatorServer:
    """A simulated HubSpot account on a port of 127.0.0.1, served from a thread of its own."""

    def __init__(
        self,
        settings: SimulatorSettings | None = None,
        *,
        scenario: Path | None = None,
        state: Path | None = None,
        port: int = 0,
        clock: Clock | None = None,
    ) -> None:
        """A server that is entered to start it, as a context manager.

        Args:
            settings: What the account is like.
            scenario: A file that says what it is like instead.
            state: A file that keeps the account: it goes on from what is there, if the file
                exists, and is then not seeded again.
            port: Where to listen; 0 takes a free port.
            clock: The simulator's time.

        Raises:
            ScenarioError: The scenario makes no sense.
            StateError: The state cannot be taken up.
            OSError: The port is taken.
        """
        if scenario is not None:
            settings = read_scenario(scenario)
        settings = settings or SimulatorSettings()
        self.clock = clock or Clock()
        self._state = None if state is None else StateFile(state)
        self.simulator = _begun(settings, self.clock, self._state)
        self._socket = _listen(port)
        self._server = uvicorn.Server(_config(self.simulator))
        self._thread = threading.Thread(target=self._serve, name="simulator", daemon=True)
        self._problem: Exception | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def token(self) -> str:
        """The first private app's token."""
        return self.settings.private_apps[0].token

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
        self._thread.join(None if self._state else STOP_SECONDS)
        if self._problem is not None:
            raise self._problem

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            try:
                runner.run(self._serve_and_keep())
            except Exception as problem:  # noqa: BLE001 - told to whoever waits for the end
                self._problem = problem

    async def _serve_and_keep(self) -> None:
        """Take calls until told to stop, and keep the account in its file, if it has one."""
        if self._state is None:
            await self._server.serve(sockets=[self._socket])
            return
        keeping = asyncio.create_task(self._state.keep(self.simulator))
        await self._server.serve(sockets=[self._socket])
        keeping.cancel()
        await self._state.save(self.simulator)


def serve(
    settings: SimulatorSettings,
    *,
    port: int,
    started: Callable[[SimulatorServer], None],
    state: Path | None = None,
) -> None:
    """Serve a simulated account until Ctrl-C or a SIGTERM; from the main thread.

    `started` is told as soon as calls are taken.
    """
    _collect_seldom()
    stop = threading.Event()
    before = {one: signal.signal(one, lambda *_: stop.set()) for one in _ENDS}
    try:
        with SimulatorServer(settings, state=state, port=port) as server:
            started(server)
            stop.wait()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def _collect_seldom() -> None:
    """Look for unreachable cycles seldom: records make none, and a million take long to look at."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _begun(settings: SimulatorSettings, clock: Clock, state: StateFile | None) -> Simulator:
    """A simulator that goes on from its state, if there is one."""
    if state is None or not state.exists:
        simulator = Simulator(settings, clock)
    else:
        simulator = Simulator(replace(settings, seed_contacts=0, records={}), clock)
        simulator.began_with = settings
        state.restore(simulator)
    if state is not None:
        simulator.save = partial(state.save, simulator)
    return simulator


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
