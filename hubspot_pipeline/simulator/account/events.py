"""Custom events that happened, and those that were accepted and are yet to take effect."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import astuple, dataclass
from typing import Any, Literal

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.chance import draw_uuid, plain_state, set_state
from hubspot_pipeline.simulator.account.event_definitions import EventDefinition, EventDefinitions
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.settings import SimulatorSettings

YEAR = 365 * 24 * 3_600 * NANOSECONDS
"""How long an event's uuid is remembered (hubspot-api §5.1)."""

Way = Literal["matching", "objectId", "email", "utk"]


@dataclass(slots=True)
class SentEvent:
    """An accepted event on its way to its record.

    Attributes:
        id: Its uuid, given or made up.
        definition: The event's full name.
        occurred: When, as HubSpot writes it.
        way, key: By what its record is found.
        call: The number of the call that sent it, in the arrival log.
        app: Who sent it.
        due: When it takes effect (nanoseconds since 1970).
    """

    id: str
    definition: str
    occurred: str
    properties: dict[str, str]
    way: Way
    key: str
    call: int
    app: str
    due: int


@dataclass(slots=True)
class Occurrence:
    """An event that a record had; `kind` is its object type's id."""

    id: str
    definition: str
    occurred: str
    properties: dict[str, str]
    kind: str
    record_id: str


class Events:
    """All custom events of an account.

    A uuid counts once a year within its event: the first event accepted with it takes effect, all
    others are dropped (§5.1). `repeated` tells which were, `counts` how many events happened, by
    full name.
    """

    def __init__(
        self, settings: SimulatorSettings, records: Callable[[ObjectType | str], Records]
    ) -> None:
        self.definitions = EventDefinitions(settings.portal_id)
        self.pending: deque[SentEvent] = deque()
        self.unmatched: list[SentEvent] = []
        self.repeated: list[tuple[str, str]] = []
        self._behaviour = settings.behaviour
        self._records = records
        self._random = random.Random(settings.seed + 3)  # noqa: S311 - repeatable, not secret
        self._uuids: dict[str, dict[str, int]] = {}
        self._by_record: dict[tuple[str, str], list[Occurrence]] = {}
        self.counts: Counter[str] = Counter()
        strict = settings.behaviour.unknown_domains_refused
        self._accept_email = values.accept_email(unknown_domains_refused=strict)

    def __iter__(self) -> Iterator[Occurrence]:
        for occurrences in self._by_record.values():
            yield from occurrences

    def occurrences_of(self, kind: ObjectType, record_id: str) -> list[Occurrence]:
        """What happened to a record, in the order in which it took effect."""
        return list(self._by_record.get((kind.id, record_id), ()))

    def occurrences_by(self, definition: str) -> list[Occurrence]:
        """All that happened of one event, by its full name."""
        return [one for one in self if one.definition == definition]

    # -- accepting ----------------------------------------------------------------------------

    def is_repeated(self, definition: str, uuid: str, now: int) -> bool:
        """Whether an event with this uuid was accepted within the year that ends now."""
        accepted = self._uuids.get(definition, {}).get(uuid)
        return accepted is not None and now - accepted < YEAR

    def accept(self, event: SentEvent, now: int) -> None:
        """Take an event; a repeated one has no effect, ever."""
        if self.is_repeated(event.definition, event.id, now):
            self.repeated.append((event.definition, event.id))
            return
        self._uuids.setdefault(event.definition, {})[event.id] = now
        self.pending.append(event)

    def new_uuid(self) -> str:
        """What HubSpot makes up for an event without one."""
        return draw_uuid(self._random)

    # -- taking effect ------------------------------------------------------------------------

    def settle(self, now: int) -> None:
        """Let all events take effect that are due by now."""
        pending = self.pending
        while pending and pending[0].due <= now:
            self._apply(pending.popleft())

    def _apply(self, event: SentEvent) -> None:
        definition = self.definitions.find(event.definition, event.due)
        if definition is None:
            return  # deleted in the meantime, and its events with it
        records = self._records(definition.kind)
        record = self._record_of(event, definition, records)
        if record is None:
            self.unmatched.append(event)
            return
        made = Occurrence(
            event.id, event.definition, event.occurred, event.properties, definition.kind, record.id
        )
        self._enter(made)

    def _record_of(
        self, event: SentEvent, definition: EventDefinition, records: Records
    ) -> Record | None:
        """The record that an event belongs to.

        Nobody else's identifier is tried if the first one given leads nowhere, and a visitor that
        HubSpot's tracking never saw leads nowhere (both UNCONFIRMED: harsher, as nobody is told).
        """
        if event.way == "email":
            found = records.find(event.key, "email")
            create = self._behaviour.events_create_contacts
            return self._contact_of(event, records) if found is None and create else found
        if event.way == "matching" and definition.matching is not None:
            return records.find(event.key, definition.matching[0])
        return records.find_or_survivor(event.key, None) if event.way == "objectId" else None

    def _contact_of(self, event: SentEvent, contacts: Records) -> Record | None:
        """The contact that an event creates (§5.1: UNCONFIRMED; a later creation gets 409)."""
        try:
            email = self._accept_email(event.key)
        except values.Refused:
            return None
        written = {"email": email}
        stamp = Stamp(iso(event.due), event.call, event.app)
        return contacts.create(contacts.allocate_id(), written, stamp)

    def _enter(self, made: Occurrence) -> None:
        self._by_record.setdefault((made.kind, made.record_id), []).append(made)
        self.counts[made.definition] += 1

    # -- forgetting ---------------------------------------------------------------------------

    def forget(self, kind: ObjectType, record_id: str) -> None:
        """A record is gone, and what happened to it."""
        gone = self._by_record.pop((kind.id, record_id), ())
        self.counts.subtract(one.definition for one in gone)

    def move(self, kind: ObjectType, from_id: str, to_id: str) -> None:
        """What happened to a record now happened to the one that it was merged into."""
        moved = self._by_record.pop((kind.id, from_id), [])
        for one in moved:
            one.record_id = to_id
        if moved:
            self._by_record.setdefault((kind.id, to_id), []).extend(moved)

    def delete(self, definition: EventDefinition) -> None:
        """Delete a definition and all that happened of it (§5.3)."""
        self.definitions.remove(definition.name)
        self.counts.pop(definition.full_name, None)
        for happened in self._by_record.values():
            happened[:] = [one for one in happened if one.definition != definition.full_name]

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "definitions": self.definitions.saved(),
            "occurrences": [astuple(one) for one in self],
            "pending": [astuple(one) for one in self.pending],
            "unmatched": [astuple(one) for one in self.unmatched],
            "repeated": self.repeated,
            "uuids": self._uuids,
            "random": plain_state(self._random),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Become what was saved."""
        self.definitions.restore(saved["definitions"])
        self.pending = deque(SentEvent(*one) for one in saved["pending"])
        self.unmatched = [SentEvent(*one) for one in saved["unmatched"]]
        self.repeated = [(definition, uuid) for definition, uuid in saved["repeated"]]
        self._uuids = saved["uuids"]
        set_state(self._random, saved["random"])
        self._by_record = {}
        self.counts = Counter()
        for one in saved["occurrences"]:
            self._enter(Occurrence(*one))
