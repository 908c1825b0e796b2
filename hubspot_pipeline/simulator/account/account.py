"""The account: its object types, properties and records, and everything else that it remembers."""

import random
from collections.abc import Mapping
from operator import attrgetter
from typing import Any

from hubspot_pipeline.simulator.account.acceptors import TypeAcceptors
from hubspot_pipeline.simulator.account.association_types import AssociationTypes
from hubspot_pipeline.simulator.account.associations import Associations
from hubspot_pipeline.simulator.account.chance import plain_state, set_state
from hubspot_pipeline.simulator.account.computed import COMPUTED, COMPUTED_OF_CONTACTS, Reader
from hubspot_pipeline.simulator.account.events import Events
from hubspot_pipeline.simulator.account.groups import PropertyGroups
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.keeping import Store
from hubspot_pipeline.simulator.account.lists import Lists
from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType, ObjectTypes
from hubspot_pipeline.simulator.account.owners import Owners
from hubspot_pipeline.simulator.account.pipelines import Pipelines
from hubspot_pipeline.simulator.account.properties import Properties, Property
from hubspot_pipeline.simulator.account.records import Record, Records
from hubspot_pipeline.simulator.account.requirements import Requirements
from hubspot_pipeline.simulator.account.schemas import Schemas
from hubspot_pipeline.simulator.account.search_index import SearchIndex
from hubspot_pipeline.simulator.account.standard_properties import standard_properties
from hubspot_pipeline.simulator.clock import Clock, iso
from hubspot_pipeline.simulator.settings import SimulatorSettings

_UI_DOMAINS = {"eu1": "app-eu1.hubspot.com"}


class Account:
    """A HubSpot account in memory; look at it, or seed it, while no call is in flight."""

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.ui_domain = _UI_DOMAINS.get(settings.hublet, "app.hubspot.com")
        self._records_url = f"https://{self.ui_domain}/contacts/{settings.portal_id}/record"
        self.random = random.Random(settings.seed)  # noqa: S311 - repeatable, not secret
        self.types = ObjectTypes(clock)
        self.schemas = Schemas(
            self.types, settings.portal_id, settings.behaviour.custom_type_short_name
        )
        self.associations = Associations(
            self.types,
            AssociationTypes(),
            first_is_primary=settings.behaviour.first_company_is_primary,
        )
        self.lists = Lists(
            deleted_keep_their_names=settings.behaviour.deleted_lists_keep_their_names
        )
        self._properties: dict[str, Properties] = {}
        self._records: dict[str, Records] = {}
        self._search: dict[str, SearchIndex] = {}
        self.owners = Owners(settings.owners, settings.behaviour)
        self.pipelines = Pipelines()
        self.requirements = Requirements(settings, self.pipelines)
        self.groups = PropertyGroups()
        self.events = Events(settings, self.records)
        if settings.seed_contacts:
            self.seed_contacts(settings.seed_contacts)

    def properties(self, kind: ObjectType | str = CONTACTS) -> Properties:
        """The property definitions of an object type."""
        kind = self.types.find(kind) if isinstance(kind, str) else kind
        found = self._properties.get(kind.id)
        if found is None:
            behaviour = self.settings.behaviour
            acceptors = TypeAcceptors(behaviour, kind, self.owners, self.pipelines)
            found = Properties(standard_properties(kind), acceptors)
            self._properties[kind.id] = found
        return found

    def records(self, kind: ObjectType | str = CONTACTS) -> Records:
        """The records of an object type."""
        kind = self.types.find(kind) if isinstance(kind, str) else kind
        found = self._records.get(kind.id)
        if found is None:
            found = Records(kind, self.properties(kind), self.settings.behaviour)
            self._records[kind.id] = found
        return found

    def change_type(self, kind: ObjectType) -> None:
        """Let the records of a custom type follow its changed schema."""
        self.records(kind).kind = kind

    def forget_type(self, kind: ObjectType) -> None:
        """Forget the properties and records of a type that is no more."""
        self._properties.pop(kind.id, None)
        self._records.pop(kind.id, None)
        self._search.pop(kind.id, None)

    @property
    def all_records(self) -> Mapping[str, Records]:
        """The records of every type that was ever asked for, by the type's id."""
        return self._records

    def saved(self) -> dict[str, Any]:
        """All but the records, as plain data, by what it is."""
        return {
            **{name: store.saved() for name, store in self._stores().items()},
            "properties": {id_: one.saved() for id_, one in self._properties.items()},
            "random": plain_state(self.random),
        }

    def restore(self, saved: dict[str, Any]) -> None:
        """Become what `saved` gave; the types come first, as all else is of some type."""
        for name, store in self._stores().items():
            store.restore(saved[name])
        for type_id, definitions in saved["properties"].items():
            kind = self.types.by_id(type_id)
            if kind is not None:
                self.properties(kind).restore(definitions)
        set_state(self.random, saved["random"])

    def _stores(self) -> dict[str, Store]:
        """Every part that keeps itself, in the order in which they were made."""
        return {name: one for name, one in vars(self).items() if isinstance(one, Store)}

    def behaviour_changed(self) -> None:
        """Take in that switches were thrown."""
        for properties in self._properties.values():
            properties.changed()

    def settle(self, now: int) -> None:
        """Let everything take effect that was accepted and is due by now (§5.1)."""
        if self.events.pending:
            self.events.settle(now)

    @property
    def contacts(self) -> Records:
        """The contacts."""
        return self.records(CONTACTS)

    def contact(self, email: str) -> dict[str, str] | None:
        """What a contact holds, found by any of its addresses."""
        record = self.contacts.find(email, "email")
        return None if record is None else self.visible_values(self.contacts, record)

    def state(self, kind: ObjectType | str = CONTACTS) -> dict[str, dict[str, str]]:
        """All live records of a type and what was set on them, by e-mail where they have one.

        Without times and ids: equal states are equal outcomes, however they came about.
        """
        records = self.records(kind)
        return {
            record.values.get("email") or record.id: dict(sorted(record.values.items()))
            for record in records
        }

    def visible_values(self, records: Records, record: Record) -> dict[str, str]:
        """Every property of a record that has a value."""
        shown = dict(record.values)
        for name in [*COMPUTED, *COMPUTED_OF_CONTACTS, records.kind.modified]:
            if (value := self.reader(records, name)(record)) is not None:
                shown[name] = value
        return shown

    def reader(self, records: Records, name: str) -> Reader:
        """What reads a property of a type's records, worked out or kept."""
        if name == records.kind.modified:
            return attrgetter("updated")
        computed = COMPUTED.get(name)
        if computed is None and records.has_emails:
            computed = COMPUTED_OF_CONTACTS.get(name)
        return (lambda record: record.values.get(name)) if computed is None else computed

    def write_counts(self, kind: ObjectType | str = CONTACTS) -> dict[str, int]:
        """How many writes each live record took, by record id."""
        return {record.id: record.writes for record in self.records(kind)}

    def search_index(self, kind: ObjectType) -> SearchIndex:
        """What search sees of an object type (§2.9)."""
        found = self._search.get(kind.id)
        if found is None:
            lag = self.settings.behaviour.search_lag_seconds
            found = self._search[kind.id] = SearchIndex(self.records(kind), lag)
        return found

    def archive(self, kind: ObjectType, record: Record, now: str) -> None:
        """Archive a record: its associations and list memberships vanish."""
        self.records(kind).archive(record, now)
        self.search_index(kind).left(record, self.clock.now())
        self.associations.forget(kind, record.id)
        self.lists.forget(kind, record.id)

    def merge(
        self,
        primary_id: str,
        other_id: str,
        kind: ObjectType | str = CONTACTS,
        stamp: Stamp | None = None,
    ) -> Record:
        """Merge one record into another: by a call, or as people do in HubSpot's UI.

        What hung on the other record hangs on the primary one, which is returned.
        """
        kind = self.types.find(kind) if isinstance(kind, str) else kind
        records = self.records(kind)
        primary, other = records.by_id[primary_id], records.by_id[other_id]
        records.merge(primary, other, stamp or Stamp(iso(self.clock.now()), app="person"))
        self.search_index(kind).left(other, self.clock.now())
        for store in (self.associations, self.lists, self.events):
            store.move(kind, other_id, primary_id)
        return primary

    def delete_for_good(self, kind: ObjectType, record: Record) -> None:
        """Forget a record, live or archived, and all that hung on it (§2.3, GDPR deletion)."""
        self.records(kind).delete(record)
        self.search_index(kind).forget(record)
        for store in (self.associations, self.lists, self.events):
            store.forget(kind, record.id)

    def define(self, *definitions: Property, kind: ObjectType | str = CONTACTS) -> None:
        """Add properties, seen by all calls at once."""
        properties = self.properties(kind)
        properties.defined.update({one.name: one for one in definitions})
        properties.changed()

    def seed_contacts(self, count: int) -> None:
        """Add made-up contacts ``seed0@example.com``, and so on."""
        contacts = self.contacts
        stamp = Stamp(iso(self.clock.now()), app="seed")
        first = len(contacts)
        for number in range(first, first + count):
            written = {
                "email": f"seed{number}@example.com",
                "firstname": f"First {number % 997}",
                "lastname": f"Last {number % 1999}",
                "city": f"City {number % 311}",
                "lifecyclestage": "lead",
            }
            contacts.create(contacts.allocate_id(), written, stamp)

    def record_url(self, kind: ObjectType, record_id: str) -> str:
        """Where HubSpot's UI shows a record (§2.2)."""
        return f"{self._records_url}/{kind.id}/{record_id}"
