"""A short way of saying which records to write, and of reading what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.histories import Stamp
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.clock import iso
from hubspot_pipeline.writes import ASSOCIATIONS, LISTS, RecordWrites

Values = Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """One write. ``time`` is when its event happened, in microseconds; None: its place."""

    id: str
    properties: Values = field(default_factory=dict)
    mode: str = "upsert"
    search: Values | None = None
    links: Sequence[Mapping[str, Any]] = ()
    lists: Sequence[Mapping[str, Any]] = ()
    time: int | None = None
    user_id: str | None = None


def link(
    to_type: str, id_: str | Values | None, id_property: str | None = None, **more: Any
) -> Any:
    """One association: by a unique property, or by search fields."""
    text = json.dumps(id_) if isinstance(id_, Mapping) else id_
    defaults = {"label": None, "user_id": None, "other_side": "skip", "remove": False}
    return {
        "to_type": to_type,
        "id_property": id_property,
        "id": text,
        **defaults,
        "replaces_labels": False,
        **more,
    }


def listed(name: str, *, add: bool = True, create: bool = True) -> dict[str, Any]:
    """One list that the record joins or leaves."""
    return {"name": name, "add": add, "create": create}


def record_writes(
    object_type: str, id_property: str, given: Sequence[Record], **more: Any
) -> RecordWrites:
    """One write for each of these, a row each; keys sorted as deliver wants them."""
    written = sorted(given, key=lambda one: one.id.encode())
    ids = pa.chunked_array([pa.array([one.id for one in written], pa.string())])
    count = range(len(written))
    searched = any(one.search for one in written)
    return RecordWrites(
        object_type,
        id_property,
        ids,
        ids,
        pa.chunked_array([pa.array([one.mode for one in written], pa.string())]),
        _columns([one.properties for one in written]),
        pa.table(
            {
                "position": pa.array(count, pa.int64()),
                "file": pa.array(["events.jsonl"] * len(written)),
                "row": pa.array([at + 1 for at in count], pa.int64()),
                "message_id": pa.array([f"m{at}" for at in count]),
                "event_time": pa.array(
                    [at if one.time is None else one.time for at, one in enumerate(written)],
                    pa.timestamp("us", "UTC"),
                ),
                "user_id": pa.array([one.user_id for one in written], pa.string()),
                "write": pa.array(count, pa.int64()),
                "carries": pa.array([True] * len(written)),
            }
        ),
        search=_columns([one.search or {} for one in written]) if searched else None,
        associations=_changes(ASSOCIATIONS, [one.links for one in written]),
        lists=_changes(LISTS, [one.lists for one in written]),
        **more,
    )


def _columns(rows: Sequence[Values]) -> pa.Table:
    names = sorted({name for row in rows for name in row})
    if not names:
        return pa.table({"nothing": pa.nulls(len(rows), pa.string())})
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    )


def _changes(schema: pa.Schema, of_writes: Sequence[Sequence[Mapping[str, Any]]]) -> pa.Table:
    rows = [{"write": at, **each} for at, changes in enumerate(of_writes) for each in changes]
    return pa.Table.from_pylist(rows, schema)


def seed(account: Account, kind: str, **values: str) -> str:
    """A record that is there already; returns its id."""
    records = account.records(kind)
    return records.create(records.allocate_id(), values, Stamp(iso(account.clock.now()))).id


def define_key(account: Account, kind: str, name: str) -> None:
    """A property with unique values."""
    groups = {"contacts": "contactinformation", "companies": "companyinformation"}
    group = groups.get(kind, f"{kind.rstrip('s')}information")
    account.define(Property(name, name, "string", "text", group, unique=True), kind=kind)


def held(account: Account, kind: str) -> dict[str, dict[str, str]]:
    """What the records of a type hold, by record id."""
    return {one.id: dict(one.values) for one in account.records(kind)}


def linked(account: Account, kind: str, record_id: str, to: str) -> dict[str, set[str]]:
    """With which records of a type a record is associated: their ids, and by which labels."""
    found = account.associations.of(account.types.find(kind), record_id, account.types.find(to))
    return {
        other: {f"{one.category}:{one.type_id}" for one in types} for other, types in found.items()
    }


def members(account: Account, name: str) -> set[str]:
    """Who is in a list."""
    found = account.lists.named(name)
    assert found is not None
    return set(found.members)
