"""A case delivered to an account on which things go wrong, run after run, until all is said."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hubspot_pipeline import pipeline, sending
from hubspot_pipeline.actions import MappingSettings
from hubspot_pipeline.destination import Destination
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.hubspot.connections import Timeouts
from hubspot_pipeline.payload_files import sorted_chunks
from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    ALL_SCOPES,
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
)
from hubspot_pipeline.storage import Storage
from hubspot_pipeline.writes import RecordWrites, Writes
from tests.acceptance.cases import Case
from tests.acceptance.shop import DAY, Run, Shop, prompt_account
from tests.acceptance.snapshots import Snapshot, snapshot

CHUNK_ROWS = 4
"""So small that every step of a case is taken twice."""

DAYS_BETWEEN_RUNS = 2
"""By then a day's quota is there again, and a move to another data centre is over."""

OAUTH = {"authentication": {"client_id": "A", "client_secret": "B", "refresh_token": "C"}}
OAUTH_SECRETS = {
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "refresh_token": REFRESH_TOKEN,
}


@dataclass
class Trial(Shop):
    """A shop whose clocks are moved instead of waiting, with a state of its own.

    Attributes:
        state: The folder of the journal and the limits; the export and the payloads are shared.
        read_seconds: How long a call waits for its answer; None: as usual.
    """

    state: Path = field(default_factory=Path)
    read_seconds: float | None = None
    _days: int = 0
    _tokens: int = 0

    @property
    def storage(self) -> Storage:
        return Storage(str(self.root), self.state)

    def connection(self, destination: Destination) -> ConnectionSettings:
        settings = super().connection(destination)
        return replace(
            settings,
            timeouts=Timeouts(read=self.read_seconds) if self.read_seconds else Timeouts(),
            wall_clock=lambda: datetime.now(UTC) + timedelta(days=self._days),
            sleep=lambda _: asyncio.sleep(0),
        )

    def wait(self) -> None:
        """Let days pass."""
        self._days += DAYS_BETWEEN_RUNS
        self.simulator.clock.advance(timedelta(days=DAYS_BETWEEN_RUNS).total_seconds())

    def renew_token(self) -> None:
        """Give the app another token, as a person does once it has been revoked."""
        if "access_token" in self.secrets:
            self._tokens += 1
            token = f"pat-na1-{self._tokens}"
            self.simulator.authentication.private[token] = Caller(
                1512050, oauth=False, scopes=ALL_SCOPES
            )
            self.secrets = {"access_token": token}


@dataclass(frozen=True)
class End:
    """What all runs together came to.

    Attributes:
        runs: Each of them.
        held: What the account has of each row, after each run.
        account: What the account holds in the end.
    """

    runs: list[Run]
    held: list[dict[str, str]]
    account: Snapshot

    @property
    def arrivals(self) -> list[Arrival]:
        """All calls."""
        return [arrival for run in self.runs for arrival in run.arrivals]

    @property
    def struck(self) -> int:
        """How many calls a fault struck."""
        return sum(bool(arrival.fault) for arrival in self.arrivals)


class Trials:
    """Deliveries of cases, each from an export that is written and mapped but once."""

    def __init__(self, root: Path, simulator: SimulatorServer) -> None:
        self._root = root
        self._simulator = simulator
        self._made: dict[str, Made] = {}
        self._clean: dict[str, End] = {}

    def clean(self, case: Case, state: Path) -> End:
        """What comes of a case while nothing goes wrong."""
        name = _name(case)
        if name not in self._clean:
            self._clean[name] = self.end(case, state / "clean")
        return self._clean[name]

    def end(
        self,
        case: Case,
        state: Path,
        *faults: Fault,
        most_runs: int = 1,
        oauth: bool = False,
        read_seconds: float | None = None,
    ) -> End:
        """Deliver a case, again and again while rows stay undelivered, to an account of its own."""
        trial, destination, made = self.begun(
            case, state, attributes=OAUTH if oauth else {}, read_seconds=read_seconds
        )
        if oauth:
            trial.secrets = OAUTH_SECRETS
        self._simulator.faults.add(*faults)
        runs: list[Run] = []
        held: list[dict[str, str]] = []
        with made.once():
            while not runs or ("undelivered" in runs[-1].verdicts and len(runs) < most_runs):
                runs.append(trial.deliver(destination, "mapping", DAY))
                held.append(case.held(trial))
                trial.wait()
                trial.renew_token()
        return End(runs, held, snapshot(trial.account))

    def begun(self, case: Case, state: Path, **more: Any) -> tuple[Trial, Destination, Made]:
        """A case ready to be delivered by its mapping, named so, to an account of its own."""
        name = _name(case)
        self._simulator.reset(prompt_account(first_company_is_primary=False))
        trial = Trial(self._root / name, self._simulator, state=state, **more)
        case.prepare(trial)
        destination = trial.destination({"mapping": case.mapping})
        if name not in self._made:
            trial.export(case.events)
            pipeline.map_partition(destination, "mapping", DAY, trial.storage)
            self._made[name] = Made(str(case.mapping["action"]))
        return trial, destination, self._made[name]


@dataclass
class Made:
    """What pure functions made of a case's payloads, lest they make it hundreds of times."""

    action: str
    _chunks: list[pa.Table] = field(default_factory=list)
    _writes: dict[int, list[Writes]] = field(default_factory=dict)

    @property
    def ids(self) -> dict[str, str]:
        """What HubSpot is told of whose record a write is, by the write's key; not of events."""
        return {
            key: id_.lower()
            for made in self._writes.values()
            for writes in made
            if isinstance(writes, RecordWrites)
            for key, id_ in zip(writes.keys.to_pylist(), writes.ids.to_pylist(), strict=True)
        }

    @contextmanager
    def once(self) -> Iterator[None]:
        """Make nothing twice within it."""
        action = sending.ACTIONS[self.action]

        def chunks(payloads: pq.ParquetFile) -> list[pa.Table]:
            if not self._chunks:
                (rows,) = sorted_chunks(payloads)
                starts = range(0, rows.num_rows, CHUNK_ROWS)
                self._chunks = [rows.slice(start, CHUNK_ROWS) for start in starts]
            return self._chunks

        def to_writes(chunk: pa.Table, settings: MappingSettings) -> list[Writes]:
            at = next(at for at, each in enumerate(self._chunks) if each is chunk)
            if at not in self._writes:
                self._writes[at] = list(action.to_writes(chunk, settings))
            return self._writes[at]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sending, "sorted_chunks", chunks)
            patch.setitem(
                sending.ACTIONS, self.action, dataclasses.replace(action, to_writes=to_writes)
            )
            yield


def _name(case: Case) -> str:
    mode = case.mapping.get("sync_mode", "")
    searches = "customObjectSearchFields" in case.mapping["mapping"]
    return f"{case.mapping['action']}-{mode}-{searches}-{len(case.events)}"
