"""A portal as a rehearsal sees it: what HubSpot tells, and on top of that what it has written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.hubspot import account as hubspot_account
from hubspot_pipeline.rehearsal.known_records import KnownRecords

if TYPE_CHECKING:
    from hubspot_pipeline.hubspot.associations import Label
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
        pairs: The labels of associations that they have changed, by the two types, the first
            record's id and the second's; none where the records are not associated.
        seen: Records of which answers have told lately, by object type and id.
        lists: New lists, by their name in small letters.
        names_of_lists: New lists and those that were found, by their id.
        members: Who is in a list, by the list's id.
        events: The definitions of new or changed events as HubSpot shows them, by short name.
    """

    records: dict[str, KnownRecords] = field(default_factory=dict)
    created: int = 0
    properties: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], dict[str, dict[str, frozenset[Label]]]] = field(
        default_factory=dict
    )
    seen: set[tuple[str, str]] = field(default_factory=set)
    lists: dict[str, KnownList] = field(default_factory=dict)
    names_of_lists: dict[str, KnownList] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    events: dict[str, dict[str, Any]] = field(default_factory=dict)

    def records_of(self, object_type: str) -> KnownRecords:
        """Return the records of an object type that were written."""
        return self.records.setdefault(object_type, KnownRecords())

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
