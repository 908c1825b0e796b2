"""The two kinds of write that every action reduces to: record writes, and event occurrences.

Actions make them one a row; rows of one record are merged into one write before delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Literal, TypeAlias

import pyarrow as pa

Mode = Literal["add", "update", "upsert"]
"""Create only, update only, or whichever is needed."""

RECORD_ID = "hs_object_id"
"""The property by which HubSpot knows every record, of any type."""

LIFECYCLE_STAGE = "lifecyclestage"
"""The property that holds the stage of a contact or a company (hubspot-api §2.6)."""

GROUP_ID = "segment_group_id"
"""The hidden property that keeps a company's group id (actions §6.5)."""

RECORD_KEY = "segment_record_key"
"""The hidden property that marks a record that is found by search, and was created here."""

MOST_EVENT_PROPERTIES = 50
"""So many properties an occurrence of an event has at most (hubspot-api §5.2)."""

LONGEST_EVENT_NAME = 50
"""So many characters the names of events and of their properties have at most (hubspot-api §5)."""

ROW = pa.schema(
    [
        ("position", pa.int64()),
        ("file", pa.string()),
        ("row", pa.int64()),
        ("message_id", pa.string()),
        ("event_time", pa.timestamp("us", "UTC")),
        ("user_id", pa.string()),
    ]
)
"""What names an input row: its place in the partition, its file, its row there, its message id,
when its event happened (null where unknown), and whose event it is (the user id, else the anonymous
id; null where it has neither)."""

REJECTED = pa.schema([*ROW, ("error_field", pa.string()), ("error_reason", pa.string())])
"""Input rows that are not delivered: the field at fault, and why; null in rows that are good."""

ASSOCIATIONS = pa.schema(
    [
        ("write", pa.int64()),
        ("to_type", pa.string()),
        ("label", pa.string()),
        ("id_property", pa.string()),
        ("id", pa.string()),
        ("user_id", pa.string()),
        ("other_side", pa.string()),
        ("remove", pa.bool_()),
        ("replaces_labels", pa.bool_()),
    ]
)
"""Associations to add to records or to remove from them, one a row.

``write`` is the write's place. ``label`` is ``CATEGORY:typeId`` or a label's name in HubSpot, null
for the unlabeled one. The record on the other side, of type ``to_type``, has the value ``id`` of
``id_property`` (``RECORD_ID`` for its id); where ``id_property`` is null, ``id`` is a JSON object
of search fields, all of which it matches. ``user_id`` names a contact by an earlier identify event
of that user, where ``id`` is null or leads nowhere. ``other_side`` says what happens where the
record does not exist: ``create`` it, ``skip`` the association, or ``require`` it: then the write
fails before anything is sent. ``replaces_labels``: labels that others set are taken away.
"""

LISTS = pa.schema(
    [
        ("write", pa.int64()),
        ("name", pa.string()),
        ("add", pa.bool_()),
        ("create", pa.bool_()),
    ]
)
"""Changes to static lists, one a row: the list's name, whether the record is added (else removed),
and whether the list is made where the account has none of that name."""


@dataclass(frozen=True, slots=True)
class Private:
    """What of writes is shown to nobody but HubSpot.

    Attributes:
        names: Properties (and an occurrence's identifiers) whose values are private.
        key: Whether the value is, by which a record is found.
        others: Whether what names other records, and lists, is.
    """

    names: frozenset[str] = frozenset()
    key: bool = False
    others: bool = False

    def __bool__(self) -> bool:
        """Whether anything is private."""
        return bool(self.names) or self.key or self.others


@dataclass(frozen=True, slots=True)
class Times:
    """When what merged writes say happened: the event time of the row that each thing comes from.

    Microseconds since 1970 (UTC), as int64; null where that row has no time.

    Attributes:
        properties: One column a property, one row a write; null where it has no value, too.
        associations: One for each of the writes' associations.
        lists: One for each of their changes to lists.
    """

    properties: pa.Table
    associations: pa.ChunkedArray
    lists: pa.ChunkedArray


@dataclass(frozen=True, slots=True)
class RecordWrites:
    """Writes to records of one object type, found by one property, as columns.

    Attributes:
        object_type: HubSpot's name of the object type, such as ``contacts``.
        id_property: The unique property by which a record is found, such as ``email``;
            ``RECORD_ID`` where that is its id.
        keys: What tells one write from another, in the journal too; text, never null, sorted byte
            by byte. Writes with the same key are of one record.
        ids: The id property's value of each write, in HubSpot's own spelling; text, never null.
        modes: What each write may do: ``add``, ``update`` or ``upsert`` (text).
        properties: One text column a property, one row a write. Null leaves the property as it is;
            the empty text clears it.
        rows: The input rows behind the writes, with the columns of ``ROW`` and
            ``write`` (int64: which write the row went into) and ``carries`` (bool: whether it is
            the row that carries the write; every write has just one).
        search: One text column a search field, one row a write; null where a row has none of it.
            Where no record has the id, the one that matches all of them is meant. None: no search.
        id_is_given: Whether the id is the record's own, to be looked for first and set on a record
            that is found by search. False: it only marks what is created here, so that the same
            event never creates a second record.
        makes_id_property: Whether the id property is made, hidden and unique, where it is missing.
        associations: ``ASSOCIATIONS``.
        lists: ``LISTS``.
        times: When each of these happened; None where all that a write says is of its own row.
        sensitive: The properties that hold sensitive data.
        private: What must not be shown; what is sensitive, once it is held to the account.
    """

    object_type: str
    id_property: str
    keys: pa.ChunkedArray
    ids: pa.ChunkedArray
    modes: pa.ChunkedArray
    properties: pa.Table
    rows: pa.Table
    search: pa.Table | None = None
    id_is_given: bool = True
    makes_id_property: bool = False
    associations: pa.Table = field(default_factory=ASSOCIATIONS.empty_table)
    lists: pa.Table = field(default_factory=LISTS.empty_table)
    times: Times | None = None
    sensitive: frozenset[str] = frozenset()
    private: Private = Private()


@dataclass(frozen=True, slots=True)
class EventWrites:
    """Occurrences of custom events, as columns.

    Attributes:
        keys: What tells one occurrence from another; text, never null, sorted byte by byte.
        uuids: HubSpot takes each once a year and event (hubspot-api §5.1); the same for the same
            event and mapping, always.
        names: The event's name; fully qualified, or as its definition is named.
        object_types: The type of the records that the occurrences belong to; null where only the
            event's definition tells it.
        identifiers: Text columns ``object_id``, ``email`` and ``utk``; null where not given.
        occurred_at: ISO 8601 or milliseconds since 1970, as text; null for now.
        properties: As of ``RecordWrites``; there is nothing to clear, so no text is empty.
        rows: As of ``RecordWrites``.
        private: What must not be shown.
    """

    keys: pa.ChunkedArray
    uuids: pa.ChunkedArray
    names: pa.ChunkedArray
    object_types: pa.ChunkedArray
    identifiers: pa.Table
    occurred_at: pa.ChunkedArray
    properties: pa.Table
    rows: pa.Table
    private: Private = Private()


Writes: TypeAlias = RecordWrites | EventWrites

EVENT_COLUMNS = tuple(
    each.name for each in fields(EventWrites) if each.name not in {"rows", "private"}
)
"""What ``EventWrites`` has one of for each occurrence."""

DEFINITIONS = pa.schema(
    [
        ("kind", pa.string()),
        ("of", pa.string()),
        ("primary_object", pa.string()),
        ("group", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("sensitive", pa.bool_()),
    ]
)
"""Properties that writes will need, one a row, to be made where the account lacks them.

``kind`` is ``record`` (``of`` an object type, in property ``group``) or ``event`` (``of`` an
event's name, whose definition has the ``primary_object``; ``name`` is null where only the
definition is needed). ``type`` is what the values look like: ``number``, ``bool``, ``date``,
``datetime`` or ``string``; a property seen with several types has a row for each.
"""
