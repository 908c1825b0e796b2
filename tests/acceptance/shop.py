"""A shop that delivers events to a simulated account, from an export file to its results."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from hubspot_pipeline import pipeline
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.pipeline import DeliverySummary
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.event_definitions import EventProperty
from hubspot_pipeline.simulator.account.events import Occurrence
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Behaviour, SimulatorSettings
from hubspot_pipeline.storage import Storage

DAY = "2026-01-02"
PORTAL = "12345678"
ACCOUNT_ROUTES = (
    "account.details", "properties.*", "schemas.*", "owners.*", "pipelines.*",
    "associations.labels.*", "event_definitions.*", "lists.by_name", "lists.create",
)  # fmt: skip
"""What the account is like, and what is made in it once: read or made once a run, or a token."""

Event = dict[str, Any]
NO_LIMITS = {
    "requests_per_10_seconds": 0,
    "searches_per_second": 0,
    "association_requests_per_10_seconds": 0,
    "event_requests_per_second": 0,
}


def prompt_account(**switches: Any) -> SimulatorSettings:
    """An account without limits, in which everything takes effect at once."""
    at_once = Behaviour(search_lag_seconds=0, definition_lag_seconds=0, event_lag_seconds=0)
    return SimulatorSettings(limits=None, behaviour=replace(at_once, **switches))


def event(kind: str, at: int, **members: Any) -> Event:
    """An event of the day, so many seconds after midnight."""
    time = f"{DAY}T{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}Z"
    named = {"messageId": f"{kind}-{at}", "userId": f"user-{at}"} | members
    return {"type": kind, "timestamp": time} | named


def identify(email: str | None, at: int = 0, **traits: Any) -> Event:
    """A person who said who they are."""
    return event("identify", at, messageId=f"{email}-{at}", traits={"email": email, **traits})


def group(group_id: str, at: int = 0, email: str | None = None, **traits: Any) -> Event:
    """A person who joined a company."""
    context = {} if email is None else {"traits": {"email": email}}
    return event("group", at, groupId=group_id, traits=traits, context=context)


def track(name: str, at: int = 0, /, **properties: Any) -> Event:
    """Something that a person did."""
    return event("track", at, event=name, properties=properties)


@dataclass(frozen=True)
class Run:
    """What one delivery came to: results in the order of the export's rows, and its calls."""

    summary: DeliverySummary
    rows: list[dict[str, Any]]
    arrivals: list[Arrival]

    @property
    def verdicts(self) -> list[str]:
        """The verdict of each row."""
        return [row["verdict"] for row in self.rows]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each verdict."""
        return self.summary.verdicts

    @property
    def calls(self) -> Counter[str]:
        """How many calls each of the simulator's routes got."""
        return Counter(arrival.route for arrival in self.arrivals)

    @property
    def calls_for_rows(self) -> int:
        """How many calls there were besides those about the account: once a run, or a token."""
        return sum(
            count
            for route, count in self.calls.items()
            if not any(fnmatchcase(route, pattern) for pattern in ACCOUNT_ROUTES)
        )

    def outcome(self, row: int) -> dict[str, Any]:
        """What each step did with a row."""
        told: dict[str, Any] = json.loads(self.rows[row]["outcome"] or "{}")
        return told


@dataclass
class Shop:
    """A folder with exports, and a portal to deliver them to."""

    root: Path
    simulator: SimulatorServer
    attributes: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=lambda: {"access_token": PRIVATE_APP_TOKEN})

    # -- running ------------------------------------------------------------------------------

    def run(
        self,
        mapping: Mapping[str, Any] | str,
        events: Sequence[Event],
        *,
        day: str = DAY,
        others: Mapping[str, Any] | None = None,
    ) -> Run:
        """Deliver a day's events by one mapping.

        Args:
            mapping: As under a mapping's name in a destination; a text is an action by default.
            events: The rows of the export, in their order.
            day: The partition.
            others: The destination's other mappings, by name.
        """
        spec = {"action": mapping} if isinstance(mapping, str) else dict(mapping)
        return self.run_one("mapping", {"mapping": spec, **(others or {})}, events, day=day)

    def run_one(
        self, name: str, mappings: Mapping[str, Any], events: Sequence[Event], *, day: str = DAY
    ) -> Run:
        """Deliver a day's events by one of several mappings."""
        self.export(events, day)
        destination = self.destination(mappings)
        pipeline.map_partition(destination, name, day, self.storage)
        return self.deliver(destination, name, day)

    def deliver(self, destination: Destination, name: str, day: str = DAY) -> Run:
        """Deliver what was mapped."""
        before = len(self.simulator.log)
        summary = pipeline.deliver_partition(
            destination, name, day, self.storage, self.connection(destination)
        )
        results = pipeline.read_results(destination, name, day, self.storage)
        rows = results.sort_by([("file", "ascending"), ("row", "ascending")]).to_pylist()
        self.simulator.account.settle(self.simulator.clock.now())
        return Run(summary, rows, list(self.simulator.log)[before:])

    def export(self, events: Sequence[Event], day: str = DAY) -> None:
        """Write a day's export."""
        file = self.root / "events" / day / "events.jsonl"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{json.dumps(each)}\n" for each in events), encoding="utf-8")

    def destination(self, mappings: Mapping[str, Any]) -> Destination:
        """The destination with these mappings."""
        attributes = {
            "portal": PORTAL,
            "events": {"path": f"{self.root}/events/{{partition}}/*"},
            "limits": NO_LIMITS,
            "api": {"base_url": self.simulator.url},
            "mappings": dict(mappings),
            **self.attributes,
        }
        return destination_from(attributes, name="shop", where="a test")

    def connection(self, destination: Destination) -> ConnectionSettings:
        """How to reach the portal."""
        return pipeline.connection(destination, self.secrets)

    @property
    def storage(self) -> Storage:
        """The project's files."""
        return Storage(str(self.root), self.root / "state")

    def forget_deliveries(self) -> None:
        """Lose the journal, as if nothing had ever been delivered."""
        for file in self.storage.state.glob("journal.sqlite*"):
            if file.is_file():
                file.unlink()

    # -- the account --------------------------------------------------------------------------

    @property
    def account(self) -> Account:
        """The simulated account."""
        return self.simulator.account

    def define(self, object_type: str, name: str, kind: str = "string text", **more: Any) -> None:
        """Add a property, ``kind`` being its type and field type."""
        type_, field_type = kind.split()
        made = Property(name, name.title(), type_, field_type, "custom", **more)
        self.account.define(made, kind=object_type)

    def add(self, object_type: str, **properties: str) -> str:
        """Add a record, as people do in HubSpot, and return its id."""
        records = self.account.records(object_type)
        stamp = Stamp(iso(self.simulator.clock.now()), app="person")
        return records.create(records.allocate_id(), properties, stamp).id

    def define_event(self, name: str, properties: Mapping[str, str], kind: str = "contacts") -> str:
        """Add an event's definition, its properties with their types; return its full name."""
        made = self.account.events.definitions.add(name, name, self.account.types.find(kind).id)
        made.properties = {key: EventProperty(key, key, type_) for key, type_ in properties.items()}
        made.changed()
        return made.full_name

    def define_label(self, from_type: str, to_type: str, label: str) -> str:
        """Add a label of associations; return it as ``CATEGORY:typeId``."""
        types, find = self.account.associations.types, self.account.types.find
        (made,) = types.add_label(find(from_type), find(to_type), label.lower(), label, None)
        return f"{made.category}:{made.type_id}"

    def define_list(self, name: str, object_type: str, processing_type: str = "MANUAL") -> None:
        """Add a list."""
        now = iso(self.simulator.clock.now())
        kind = self.account.types.find(object_type)
        self.account.lists.create(name, kind, processing_type, now)

    def records(self, object_type: str, by: str) -> dict[str, dict[str, str]]:
        """All records of a type and what was set on them, by one of their properties."""
        return {
            record.values.get(by, record.id): dict(record.values)
            for record in self.account.records(object_type)
        }

    def record(self, object_type: str, value: str, by: str) -> dict[str, str]:
        """What a record holds."""
        return self.records(object_type, by)[value]

    def ids(self, object_type: str, by: str) -> dict[str, str]:
        """The ids of a type's records, by one of their properties."""
        return {
            record.values.get(by, record.id): record.id
            for record in self.account.records(object_type)
        }

    def associations(self, from_type: str, record_id: str, to_type: str) -> dict[str, set[str]]:
        """The other records' ids, each with the labels as ``CATEGORY:typeId``."""
        types = self.account.types
        found = self.account.associations.of(types.find(from_type), record_id, types.find(to_type))
        return {
            other: {f"{one.category}:{one.type_id}" for one in labels}
            for other, labels in found.items()
        }

    def members(self, name: str) -> set[str]:
        """The ids in a list."""
        found = self.account.lists.named(name)
        assert found is not None, f"there is no list {name!r}"
        return set(found.members)

    def occurrences(self, name: str) -> list[Occurrence]:
        """All that happened of one event."""
        return self.account.events.occurrences_by(f"pe{PORTAL}_{name}")
