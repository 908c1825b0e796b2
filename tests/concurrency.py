"""Several partitions, mappings and destinations of one account, delivered by processes at once."""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hubspot_pipeline import pipeline, sending
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.payload_files import sorted_chunks
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
from hubspot_pipeline.storage import Storage

DAYS = ("2026-01-02", "2026-01-03")
PEOPLE = 300
CHUNK_ROWS = 100
"""Few, so that deliveries take turns often."""

MAPPINGS: dict[str, dict[str, Any]] = {
    "shop": {
        "contacts": {
            "action": "upsertContact",
            "trigger": 'type = "identify"',
            "mapping": {
                "email": "$.traits.email",
                "city": "$.traits.city",
                "phone": "$.traits.phone",
            },
        },
        "companies": {
            "action": "upsertCompany",
            "mapping": {
                "groupid": "$.groupId",
                "createNewCompany": True,
                "associateContact": True,
                "email": "$.context.traits.email",
                "name": "$.traits.name",
            },
        },
    },
    "team": {
        "visitors": {
            "action": "upsertObject",
            "trigger": 'type = "track"',
            "sync_mode": "upsert",
            "mapping": {
                "object_details": {
                    "object_type": "contact",
                    "id_field_name": "email",
                    "id_field_value": "$.properties.email",
                },
                "properties": {"city": "$.properties.city", "jobtitle": "$.properties.job"},
                "list_details": {
                    "connected_to_engage_audience": False,
                    "list_name": "Visitors",
                    "list_action": "$.properties.member",
                    "should_create_list": True,
                },
            },
        }
    },
}


@dataclass(frozen=True)
class Delivery:
    """One partition of one mapping of a destination, to be delivered in a process of its own."""

    root: Path
    url: str
    name: str
    mapping: str
    day: str
    calls_per_10_seconds: int

    @property
    def destination(self) -> Destination:
        """The destination, whose account all of them share."""
        attributes = {
            "portal": "12345678",
            "events": {"path": f"{self.root}/events/{{partition}}/*"},
            "api": {"base_url": self.url},
            "limits": {"requests_per_10_seconds": self.calls_per_10_seconds},
            "mappings": MAPPINGS[self.name],
        }
        return destination_from(attributes, name=self.name, where="a test")

    @property
    def storage(self) -> Storage:
        """The project's files, which all of them share."""
        return Storage(str(self.root), self.root / "state")

    def run(self) -> None:
        """Map and deliver it."""
        sending.sorted_chunks = partial(sorted_chunks, chunk_rows=CHUNK_ROWS)  # type: ignore[assignment]
        settings = pipeline.connection(self.destination, {"access_token": PRIVATE_APP_TOKEN})
        pipeline.map_partition(self.destination, self.mapping, self.day, self.storage)
        summary = pipeline.deliver_partition(
            self.destination, self.mapping, self.day, self.storage, settings
        )
        unfinished = {"failed", "undelivered"} & set(summary.verdicts)
        if unfinished:
            raise AssertionError(f"{self}: {summary.verdicts}, {summary.undelivered_reason}")


def deliveries(root: Path, url: str, calls_per_10_seconds: int = 0) -> list[Delivery]:
    """All of them, under one limit; 0 for none."""
    return [
        Delivery(root, url, name, mapping, day, calls_per_10_seconds)
        for name, mappings in MAPPINGS.items()
        for mapping in mappings
        for day in DAYS
    ]


def deliver_at_once(wanted: Sequence[Delivery]) -> list[int | None]:
    """Deliver each in a process of its own; return their exit codes."""
    started = [_processes.Process(target=one.run) for one in wanted]
    for process in started:
        process.start()
    for process in started:
        process.join()
    return [process.exitcode for process in started]


def export(root: Path, seed: int) -> None:
    """Write days on which the same people come again and again, in an order of their own."""
    chance = random.Random(seed)
    for number, day in enumerate(DAYS):
        file = root / "events" / day / "events.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        events = [each for at in range(PEOPLE) for each in _events(at, chance)]
        chance.shuffle(events)
        lines = (json.dumps(each | _when(day, 3 * at + number)) for at, each in enumerate(events))
        file.write_text("".join(f"{line}\n" for line in lines))


def _events(at: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """What one person does on one day."""
    email = f"p{at}@x.com"
    city, phone = chance.choice([None, "Oslo", "Rome", "Bern"]), chance.choice([None, str(at)])
    yield {"type": "identify", "traits": {"email": email, "city": city, "phone": phone}}
    if chance.random() < 0.7:
        seen = {"email": email, "city": chance.choice([None, "Lima", "Kiev"])}
        job = {"job": chance.choice(["cook", "pilot"]), "member": chance.random() < 0.8}
        yield {"type": "track", "event": "Seen", "properties": seen | job}
    if is_known(at):
        yield {
            "type": "group",
            "groupId": f"g{at // 2}",
            "traits": {"name": chance.choice(["Ant", "Bee", "Cow"])},
            "context": {"traits": {"email": email}},
        }


def is_known(at: int) -> bool:
    """Whether a person's contact is there beforehand."""
    return at % 5 == 0


def _when(day: str, second: int) -> dict[str, str]:
    """An instant that no other event of the account has."""
    time = f"{day}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
    return {"timestamp": time, "messageId": f"{day}-{second}", "userId": f"user-{second}"}


_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["hubspot_pipeline.pipeline"])
