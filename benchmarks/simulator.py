"""How fast the simulated account answers on one core, and what its contacts take.

    python benchmarks/simulator.py [--calls 3000] [--contacts 1000000]

The account runs in a process of its own, on a core of its own where the system allows it, its
limits lifted and all else as by default. Calls come ready-made over plain sockets, so that what
is measured is the account: CPU time is what the operating system counts of its process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN

CONNECTIONS = 4
BATCH = 100
MIB = 1024 * 1024
PATH = "/crm/objects/2026-03/contacts/batch"
CONTACT = (
    '{"id":"person%(n)d@example.com","idProperty":"email","objectWriteTraceId":"%(n)d",'
    '"properties":{"email":"person%(n)d@example.com","firstname":"%(x)s %(n)d",'
    '"lastname":"Last %(n)d","company":"Company %(n)d","phone":"+47 %(n)d",'
    '"website":"https://example.com/%(n)d","address":"Street %(n)d","city":"City %(n)d",'
    '"state":"State","country":"NO","zip":"0%(n)d","jobtitle":"Title %(n)d"}}'
)
"""One input of a dozen properties; `x` makes another value of the first name."""


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=3_000, help="of each kind")
    parser.add_argument("--contacts", type=int, default=1_000_000, help="0: not measured")
    options = parser.parse_args()
    print(f"{BATCH} contacts a call, 12 properties each; the account on one core")
    print(f"{'':20}{'calls/s':>10}{'CPU ms/call':>14}")
    numbers = range(options.calls)
    with Account() as account:
        account.measure("creating upserts", (upsert(number, "First") for number in numbers))
        account.measure("updating upserts", (upsert(number, "Other") for number in numbers))
        account.measure("same upserts again", (upsert(number, "Other") for number in numbers))
        account.measure("batch reads", (read(number) for number in numbers))
    print(f"to compare: {json_ms():.2f} ms to read and write the JSON of one upsert, no more")
    if options.contacts:
        with Account() as account:
            empty = account.ask("memory")
            account.call(upsert(number, "First") for number in range(options.contacts // BATCH))
            full = account.ask("memory")
        print(f"memory with {options.contacts:,} contacts {full / MIB:,.0f} MiB", end=", ")
        print(f"{(full - empty) / options.contacts:,.0f} bytes each")


def upsert(number: int, first_name: str) -> bytes:
    """A call that writes a hundred contacts, the same ones for the same number."""
    of_call = range(number * BATCH, (number + 1) * BATCH)
    return _request("upsert", ",".join(CONTACT % {"n": n, "x": first_name} for n in of_call))


def read(number: int) -> bytes:
    """A call that reads the contacts of a batch by their addresses, three properties of each."""
    of_call = range(number * BATCH, (number + 1) * BATCH)
    inputs = ",".join(f'{{"id":"person{n}@example.com"}}' for n in of_call)
    more = ',"idProperty":"email","properties":["email","firstname","city"]'
    return _request("read", inputs, more)


def json_ms() -> float:
    """CPU milliseconds that reading a creating upsert and writing it again take at the moment.

    Machines are noisy: what a call costs beside this tells more than milliseconds do.
    """
    bodies = [upsert(number, "First").partition(b"\r\n\r\n")[2] for number in range(300)]
    started = time.process_time()
    for body in bodies:
        orjson.dumps(orjson.loads(body))
    return (time.process_time() - started) / len(bodies) * 1e3


def _request(operation: str, inputs: str, more: str = "") -> bytes:
    body = f'{{"inputs":[{inputs}]{more}}}'.encode()
    head = (
        f"POST {PATH}/{operation} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {PRIVATE_APP_TOKEN}\r\nContent-Type: application/json\r\n"
        f"Accept: */*\r\nUser-Agent: benchmark\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


class Account:
    """A simulated account in a process of its own, and the connections to it."""

    def __enter__(self) -> Account:
        processes = multiprocessing.get_context("spawn")
        self._pipe, there = processes.Pipe()
        self._cores = _cores()
        self._process = processes.Process(target=_serve, args=(there, self._cores[:1]), daemon=True)
        self._process.start()
        there.close()  # so that its end shows if it fails
        if len(self._cores) > 1:
            os.sched_setaffinity(0, self._cores[1:])
        port: int = self._pipe.recv()
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
        for connected in self._sockets:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def __exit__(self, *_: object) -> None:
        for connected in self._sockets:
            connected.close()
        self._pipe.send("stop")
        self._process.join()
        if self._cores:
            os.sched_setaffinity(0, self._cores)

    def ask(self, what: str) -> float:
        """The process's CPU seconds (``cpu``) or its memory in bytes (``memory``)."""
        self._pipe.send(what)
        told: float = self._pipe.recv()
        return told

    def measure(self, name: str, calls: Iterator[bytes]) -> None:
        """Print how many such calls are answered in a second, and what one costs."""
        ready = list(calls)
        cpu, started = self.ask("cpu"), time.perf_counter()
        self.call(ready)
        seconds = time.perf_counter() - started
        cpu_ms = (self.ask("cpu") - cpu) / len(ready) * 1e3
        print(f"{name:20}{len(ready) / seconds:10,.0f}{cpu_ms:14.2f}", flush=True)

    def call(self, calls: Iterable[bytes]) -> None:
        """Make calls, one in flight on each connection, and see that each has success."""
        free = list(self._sockets)
        busy: list[socket.socket] = []
        for call in calls:
            if not free:
                free.append(_answered(busy.pop(0)))
            busy.append(free.pop())
            busy[-1].sendall(call)
        for connected in busy:
            _answered(connected)


def _answered(connected: socket.socket) -> socket.socket:
    """Wait for one answer."""
    got = connected.recv(MIB)
    while b"\r\n\r\n" not in got:
        got += connected.recv(MIB)
    head, _, body = got.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"not a success: {got[:500]!r}")
    left = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) - len(body)
    while left > 0:
        left -= len(connected.recv(MIB))
    return connected


def _cores() -> list[int]:
    """The cores that processes can be bound to; none where the system has no such thing."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _serve(parent: Any, cores: list[int]) -> None:
    from hubspot_pipeline.simulator.server import SimulatorServer, serve
    from hubspot_pipeline.simulator.settings import SimulatorSettings

    def answer() -> None:
        for asked in iter(parent.recv, "stop"):
            parent.send(time.process_time() if asked == "cpu" else _memory())
        os.kill(os.getpid(), signal.SIGINT)

    def started(server: SimulatorServer) -> None:
        parent.send(int(server.url.rpartition(":")[2]))
        threading.Thread(target=answer, daemon=True).start()

    if cores:
        os.sched_setaffinity(0, cores)
    serve(SimulatorSettings(limits=None), port=0, started=started)


def _memory() -> float:
    """This process's memory in bytes, as the system counts it now."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * float(os.sysconf("SC_PAGE_SIZE"))


if __name__ == "__main__":
    main()
