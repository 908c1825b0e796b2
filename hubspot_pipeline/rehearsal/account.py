"""A portal as a rehearsal sees it: what HubSpot tells, and on top of that what it has written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot import account as hubspot_account
from hubspot_pipeline.rehearsal.known_pairs import KnownPairs
from hubspot_pipeline.rehearsal.known_records import KnownRecords

if TYPE_CHECKING:
    from hubspot_pipeline.hubspot.client import HubSpotClient


@dataclass(slots=True)
class KnownList:
    """A list that the rehearsal has made, or found."""

    id: str
    name: str
    object_type_id: str


@dataclass(slots=True)
class RehearsedAccount:
    """What rehearsals have written, shared by all mappings of a destination.

    Attributes:
        records: By the object type, as paths name it.
        created: How many records they have created.
        properties: The definitions of new properties as HubSpot lists them, by the object type's
            id and their name.
        pairs: The associations that they have changed, by the two types.
        seen: Records of which answers have told lately, by object type and id.
        lists: New lists, by their name in small letters.
        names_of_lists: New lists and those that were found, by their id.
        members: Who is in a list, by the list's id.
        events: The definitions of new or changed events as HubSpot shows them, by short name.
    """

    records: defaultdict[str, KnownRecords] = field(
        default_factory=lambda: defaultdict(KnownRecords)
    )
    created: int = 0
    properties: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    pairs: defaultdict[tuple[str, str], KnownPairs] = field(
        default_factory=lambda: defaultdict(KnownPairs)
    )
    seen: set[tuple[str, str]] = field(default_factory=set)
    lists: dict[str, KnownList] = field(default_factory=dict)
    names_of_lists: dict[str, KnownList] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)

    def records_of(self, object_type: str) -> KnownRecords:
        """Return the records of an object type that were written."""
        return self.records[object_type]

    def pairs_of(self, near: str, far: str) -> KnownPairs:
        """Return the associations from one object type to another that were changed."""
        return self.pairs[near, far]

    def put_away(self) -> None:
        """Make room where no call is under way; what is asked for again comes back."""
        for records in self.records.values():
            records.put_away()
        for pairs in self.pairs.values():
            pairs.put_away()
        self.seen.clear()

    def close(self) -> None:
        """Let go of what was put away."""
        for records in self.records.values():
            records.close()
        for pairs in self.pairs.values():
            pairs.close()

    def is_new_property(self, object_type: str, name: str | None) -> bool:
        """Return whether a property exists in the rehearsal only."""
        return name in self.properties.get(object_type, {})


async def type_name_of(reader: HubSpotClient, object_type: str) -> str:
    """Return what paths call an object type that may be named in any way.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no list of the account's types.
    """
    kind = await hubspot_account.object_type(reader, object_type)
    return kind.name if kind else object_type
