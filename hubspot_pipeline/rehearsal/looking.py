"""Looks for records in a rehearsed account: as HubSpot has them, with what was written on top."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot import account, records
from hubspot_pipeline.hubspot.errors import MissingScopes, RefusedError, Unavailable
from hubspot_pipeline.hubspot.properties import Property, property_of
from hubspot_pipeline.rehearsal.account import type_name_of
from hubspot_pipeline.rehearsal.changes import is_new
from hubspot_pipeline.rehearsal.known_records import KnownRecord, KnownRecords

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.records import Found
    from hubspot_pipeline.rehearsal.account import RehearsedAccount

_AS_IT_IS = "bool"
"""A type whose values are compared as they are spelled, as those of unique properties are."""


@dataclass(slots=True)
class Looked:
    """What was found.

    Attributes:
        found: Records by the id that was asked for.
        missing: Ids that no record has.
        unanswered: Ids of which HubSpot said nothing.
    """

    found: dict[str, KnownRecord] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Looking:
    """Looks for records of one object type.

    Attributes:
        reader: Calls HubSpot; only to read.
        rehearsed: What the rehearsal has written.
        object_type: As paths name it.
    """

    reader: HubSpotClient
    rehearsed: RehearsedAccount
    object_type: str

    @classmethod
    async def at(
        cls, reader: HubSpotClient, rehearsed: RehearsedAccount, object_type: str
    ) -> Looking:
        """Return what looks for records of an object type."""
        return cls(reader, rehearsed, await type_name_of(reader, object_type))

    @property
    def known(self) -> KnownRecords:
        """The records of the type that the rehearsal wrote."""
        return self.rehearsed.records_of(self.object_type)

    async def properties(self, names: Iterable[str]) -> Mapping[str, Property]:
        """Return the type's properties, new ones too; sensitive ones where the names need them.

        Raises:
            TryLaterError, ConfigurationError: HubSpot gave none.
        """
        new = {
            name: property_of(entry, sensitive=entry.get("dataSensitivity") == "sensitive")
            for name, entry in self.rehearsed.properties.get(self.object_type, {}).items()
        }
        known = await account.properties(self.reader, self.object_type)
        if any(name not in known and name not in new for name in names):
            with contextlib.suppress(MissingScopes, RefusedError):
                known = await account.properties(self.reader, self.object_type, sensitive=True)
        return {**known, **new}

    async def find(
        self, id_property: str | None, ids: Iterable[str], names: Collection[str]
    ) -> Looked:
        """Find records by a unique property, or by their ids, with the values of some properties.

        Records that HubSpot holds and the rehearsal never wrote to are told as it holds them.

        Raises:
            RefusedError, TryLaterError, ConfigurationError: As ``records.read``.
        """
        looked = Looked()
        unread: list[str] = []
        for id_ in dict.fromkeys(ids):
            record = self.written(id_property, id_)
            if record is None:
                unread.append(id_)
            else:
                looked.found[id_] = record
        await self.complete(list(looked.found.values()), names)
        await self._read(id_property, unread, names, looked)
        return looked

    def written(self, id_property: str | None, id_: str) -> KnownRecord | None:
        """Return the record that the rehearsal gave this id, if it did."""
        if id_property is None:
            return self.known.get(id_)
        is_email = id_property == "email"
        key = id_.lower() if is_email else id_
        kind = "string" if is_email else _AS_IT_IS
        owners = self.known.with_value(id_property, kind, [key])
        return self.known.get(min(owners)) if owners else None

    async def complete(self, some: Sequence[KnownRecord], names: Collection[str]) -> None:
        """Read the values of records that were written to before, but not all of these values.

        Raises:
            RefusedError, TryLaterError, ConfigurationError: As ``records.read``.
        """
        partly = [each for each in some if not each.knows(names)]
        for start in range(0, len(partly), records.BATCH_SIZE):
            part = partly[start : start + records.BATCH_SIZE]
            answer = await records.read(
                self.reader, self.object_type, [each.id for each in part], properties=list(names)
            )
            for each in part:
                held = answer.found.get(each.id)
                if held is None:
                    raise Unavailable(f"HubSpot no longer tells the record {each.id}.")
                each.held = {**held.properties, **each.held}

    def has_seen(self, record_id: str) -> bool:
        """Return whether HubSpot has told of a record in this chunk, so that it is there."""
        return (self.object_type, record_id) in self.rehearsed.seen

    def note_seen(self, record_id: str) -> None:
        """Remember that a record is there."""
        self.rehearsed.seen.add((self.object_type, record_id))

    async def _read(
        self,
        id_property: str | None,
        ids: Sequence[str],
        names: Collection[str],
        looked: Looked,
    ) -> None:
        if self.rehearsed.is_new_property(self.object_type, id_property):
            looked.missing += ids
            return
        new = [id_ for id_ in ids if id_property is None and is_new(id_)]
        looked.missing += new
        asked = [id_ for id_ in ids if id_ not in new] if new else ids
        for start in range(0, len(asked), records.BATCH_SIZE):
            part = asked[start : start + records.BATCH_SIZE]
            answer = await records.read(
                self.reader,
                self.object_type,
                part,
                id_property=id_property,
                properties=list(names),
            )
            for id_ in part:
                held = answer.found.get(id_)
                if held is not None and self._still_has(id_property, held):
                    looked.found[id_] = self._record(held)
                elif held is not None or id_ in answer.missing:
                    looked.missing.append(id_)
                else:
                    looked.unanswered.append(id_)

    def _still_has(self, id_property: str | None, held: Found) -> bool:
        """Whether the rehearsal has left a record the value by which it was read."""
        record = self.known.get(held.record_id)
        return id_property is None or record is None or id_property not in record.written

    def _record(self, held: Found) -> KnownRecord:
        """Return a record with what HubSpot holds of it, which is read anew."""
        self.note_seen(held.record_id)
        record = self.known.get(held.record_id) or KnownRecord(held.record_id)
        record.held = {**record.held, **held.properties}
        return record
