"""A partition's delivery, killed with SIGKILL at a random point and run again."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from hubspot_pipeline.storage import Storage
from hubspot_pipeline.stores import open_journal, scope_of

DAY = "2026-01-02"
POLL_SECONDS = 0.002

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["hubspot_pipeline.pipeline"])


@dataclass(frozen=True)
class Project:
    """A folder with one day's export."""

    root: Path
    way: str

    @property
    def destination(self) -> Destination:
        """Contacts with stages that move backward, some of whose addresses HubSpot refuses."""
        mapping = {
            "email": {"@path": "$.traits.email"},
            "city": {"@path": "$.traits.city"},
            "phone": {"@path": "$.traits.phone"},
            "lifecyclestage": {"@path": "$.traits.stage"},
        }
        contacts = {"action": "upsertContact", "mapping": mapping, "writes": self.way}
        attributes = {
            "portal": "12345678",
            "events": {"path": f"{self.root}/events/{{partition}}/*"},
            "limits": {"requests_per_10_seconds": 0, "requests_in_flight": 4},
            "mappings": {"contacts": contacts},
        }
        return destination_from(attributes, name="shop", where="a test")

    @property
    def storage(self) -> Storage:
        """Its files."""
        return Storage(str(self.root), self.root / "state")

    def export(self, rows: int, seed: int) -> None:
        """Write a day with repeated people, bad rows, and stages that go both ways."""
        chance = random.Random(seed)
        file = self.root / "events" / DAY / "events.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w") as lines:
            for number in range(rows):
                lines.write(_line(number, rows, chance) + "\n")

    def map(self) -> None:
        """Map the day's events to payloads."""
        pipeline.map_partition(self.destination, "contacts", DAY, self.storage)

    def results(self) -> pa.Table:
        """What became of each row, without what differs between two runs."""
        results = pipeline.read_results(self.destination, "contacts", DAY, self.storage)
        told = ["file", "row", "record", "verdict", "field", "category", "superseded_by"]
        return results.select(told).sort_by([("file", "ascending"), ("row", "ascending")])

    def forget_deliveries(self) -> None:
        """Remove the journal, as if nothing had ever been delivered."""
        for file in self.storage.state.glob("journal.sqlite*"):
            if file.is_file():
                file.unlink()

    def _scope(self, url: str) -> str:
        return scope_of(self.destination, "contacts", DAY, self.connection(url))

    def connection(self, url: str) -> ConnectionSettings:
        """How to reach the portal."""
        settings = pipeline.connection(self.destination, {"access_token": PRIVATE_APP_TOKEN})
        return replace(settings, base_url=url)

    def final_keys(self, url: str) -> set[str]:
        """The writes of which the journal says that they are final."""
        with (
            open_journal(self.destination, self.storage) as book,
            book.partition(self._scope(url)) as journal,
        ):
            known = journal.known("", "\U0010ffff")
        return {key for key, entry in known.items() if entry.verdict is not None}


def _line(number: int, rows: int, chance: random.Random) -> str:
    if chance.random() < 0.01:
        return '{"type": "identify", broken'
    traits = {
        "email": f"Person{chance.randrange(rows)}@Example.com",
        "city": chance.choice(["Oslo", "Rome", None]),
        "phone": str(number),
        "stage": chance.choice(["lead", "customer", "subscriber", None]),
    }
    if chance.random() < 0.01:
        traits["email"] = "nobody"
    if chance.random() < 0.002:
        # Only HubSpot knows which top-level domains there are.
        traits["email"] = f"Person{number}@Example.nowhere"
    event = {
        "type": "identify",
        "messageId": f"m{number}",
        "timestamp": f"{DAY}T{number % 24:02d}:00:00Z",
        "traits": {name: value for name, value in traits.items() if value is not None},
    }
    return json.dumps(event)


def deliver(project: Project, url: str) -> None:
    """Deliver the day; in a process of its own, so that it can be killed."""
    pipeline.deliver_partition(
        project.destination, "contacts", DAY, project.storage, project.connection(url)
    )


def deliver_and_kill(project: Project, simulator: SimulatorServer, after_calls: int) -> bool:
    """Deliver in a process killed once so many calls have arrived; False if it ended first."""
    process = _processes.Process(target=deliver, args=(project, simulator.url))
    process.start()
    enough = len(simulator.log) + after_calls
    while process.exitcode is None and len(simulator.log) < enough:
        process.join(POLL_SECONDS)
    if process.exitcode is None and process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def deliver_to_the_end(project: Project, simulator: SimulatorServer) -> None:
    """Deliver in a process that nobody kills."""
    process = _processes.Process(target=deliver, args=(project, simulator.url))
    process.start()
    process.join()
    if process.exitcode != 0:
        raise AssertionError(f"the run failed with exit code {process.exitcode}")
