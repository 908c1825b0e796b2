"""What a record is linked with: its history of writes, associations, lists and events."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.simulator.account.histories import writes_of
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.account.records import Record
from hubspot_pipeline.simulator.page.views import title_of

if TYPE_CHECKING:
    from hubspot_pipeline.simulator.account.account import Account

MOST = 25
"""How many of each are shown; beyond that, how many there are."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The records of one type that a record is associated with.

    Attributes:
        shown: Id, title and labels of the first `MOST` of them.
        count: How many there are.
    """

    kind: ObjectType
    shown: list[tuple[str, str, list[str]]]
    count: int


def linked(account: "Account", kind: ObjectType, record: Record) -> dict[str, Any]:
    """The template's variables about what a record is linked with."""
    writes = writes_of(record)
    happened = account.events.occurrences_of(kind, record.id)
    return {
        "writes": writes[: -MOST - 1 : -1],
        "write_count": len(writes),
        "neighbours": _neighbours(account, kind, record),
        "lists": account.lists.of_record(kind, record.id),
        "happened": happened[: -MOST - 1 : -1],
        "happened_count": len(happened),
        "event_labels": {one.full_name: one for one in account.events.definitions.all.values()},
    }


def _neighbours(account: "Account", kind: ObjectType, record: Record) -> list[Neighbours]:
    found = []
    for other in account.associations.kinds(kind, record.id):
        types = account.associations.of(kind, record.id, other)
        titles: Mapping[str, Record] = account.records(other).by_id
        shown = [
            (
                other_id,
                title_of(titles[other_id]) if other_id in titles else "",
                [one.label for one in labels if one.label],
            )
            for other_id, labels in islice(types.items(), MOST)
        ]
        found.append(Neighbours(other, shown, len(types)))
    return found
