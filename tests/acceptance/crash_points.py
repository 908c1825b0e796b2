"""Points at which a delivery can die: before and after each record of the journal and each call.

The process that delivers counts them as it passes them, and kills itself at the one it is told.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from hubspot_pipeline import pipeline
from hubspot_pipeline.delivery.identities import Identities
from hubspot_pipeline.delivery.journal import PartitionJournal
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.hubspot.connections import Connections
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from hubspot_pipeline.storage import Storage
from tests.acceptance.trials import Made

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.acceptance.crash_points"])

_RECORDS = ("begin", "intend", "record", "append", "finish")
_BEFORE_RECORDS = frozenset(f"before {name}" for name in _RECORDS)


@dataclass
class Points:
    """The points that were passed, in their order.

    Attributes:
        last: The process is killed at this one, counted from 0; None: it lives.
    """

    last: int | None = None
    passed: list[str] = field(default_factory=list)

    def at(self, name: str) -> None:
        """Pass a point, or die there."""
        if len(self.passed) == self.last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(name)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Pass a point before and after each record of the journal and each call."""
        with pytest.MonkeyPatch.context() as patch:
            for name in _RECORDS:
                record = getattr(PartitionJournal, name)
                patch.setattr(PartitionJournal, name, self._around(name, record))
            remember = self._around("identities", Identities.remember)
            patch.setattr(Identities, "remember", remember)
            patch.setattr(PartitionJournal, "transaction", self._transaction())
            patch.setattr(Connections, "send", self._send())
            yield

    def _around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(work)
        def around(*arguments: Any, **named: Any) -> Any:
            self.at(f"before {name}")
            done = work(*arguments, **named)
            self.at(f"after {name}")
            return done

        return around

    def _transaction(self) -> Callable[..., Any]:
        work = PartitionJournal.transaction

        @contextmanager
        def around(journal: PartitionJournal) -> Iterator[Any]:
            is_a_record = self.passed and self.passed[-1] in _BEFORE_RECORDS
            if not is_a_record:  # whose points are passed already
                self.at("before memory")
            with work(journal) as connection:
                yield connection
            if not is_a_record:
                self.at("after memory")

        return around

    def _send(self) -> Callable[..., Any]:
        work = Connections.send

        async def around(connections: Connections, request: httpx.Request) -> httpx.Response:
            self.at(f"before {request.url.path}")
            response = await work(connections, request)
            self.at(f"after {request.url.path}")
            return response

        return around


def deliver(
    made: Made, destination: Destination, storage: Storage, day: str, last: int | None = None
) -> list[str]:
    """Deliver in this process, which dies at a point; return the points where it does not."""
    points = Points(last)
    settings = pipeline.connection(destination, {"access_token": PRIVATE_APP_TOKEN})
    with made.once(), points.watched():
        pipeline.deliver_partition(destination, "mapping", day, storage, settings)
    return points.passed


def deliver_and_die(*arguments: Any) -> bool:
    """Deliver in a process of its own; return whether it died as it was told."""
    process = _processes.Process(target=deliver, args=arguments)
    process.start()
    process.join()
    return process.exitcode == -signal.SIGKILL
