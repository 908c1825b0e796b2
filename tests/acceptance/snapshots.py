"""What an account holds, told without the ids and instants that differ from run to run."""

from __future__ import annotations

from typing import Any

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.records import Record

Snapshot = dict[str, Any]


def snapshot(account: Account) -> Snapshot:
    """Records with what hangs on them, lists, definitions and events: equal ends are equal."""
    kinds = [records.kind for records in account.all_records.values() if len(records)]
    named = {(kind.id, one.id): _name(one) for kind in kinds for one in account.records(kind)}
    return {
        "records": sorted(
            (kind.name, _name(one), _links(account, kind, one, named))
            for kind in kinds
            for one in account.records(kind)
        ),
        "lists": {
            one.name: (one.type_id, sorted(named[one.type_id, member] for member in one.members))
            for one in account.lists.live()
        },
        "definitions": {
            one.name: {each.name: each.type for each in one.properties.values()}
            for one in account.events.definitions.all.values()
        },
        "events": sorted(
            (one.id, one.definition, sorted(one.properties.items()), named[one.kind, one.record_id])
            for one in account.events
        ),
    }


def _name(record: Record) -> str:
    return repr(sorted(record.values.items()))


def _links(
    account: Account, kind: ObjectType, record: Record, named: dict[tuple[str, str], str]
) -> list[tuple[str, str, list[str]]]:
    return sorted(
        (to_kind.name, named[to_kind.id, other], sorted(map(str, types)))
        for to_kind in account.associations.kinds(kind, record.id)
        for other, types in account.associations.of(kind, record.id, to_kind).items()
    )
