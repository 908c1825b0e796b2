"""Event occurrences held to their definitions: before anything is sent (actions §15, W5, W18, W42).

A call is refused as a whole for one bad occurrence (hubspot-api §5.2), so each is looked at here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.coercion import as_text
from hubspot_pipeline.delivery.check.nearest import hint
from hubspot_pipeline.delivery.check.properties import given_columns
from hubspot_pipeline.delivery.check.rejections import Checked, Rejections
from hubspot_pipeline.delivery.check.rules import Rule, rule_of_type
from hubspot_pipeline.delivery.check.schema import no_object_type
from hubspot_pipeline.hubspot import account, event_definitions
from hubspot_pipeline.object_types import CONTACTS, path_name
from hubspot_pipeline.writes import LONGEST_EVENT_NAME, MOST_EVENT_PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from hubspot_pipeline.delivery.prepare import Refused
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.hubspot.event_definitions import EventDefinition, EventProperty
    from hubspot_pipeline.writes import EventWrites, Private

_SHORT, _LONG = 256, 1_024
_LONG_NAMES = ("url", "referrer", "link")
_EVENT = "event_name"


@dataclass(frozen=True, slots=True)
class _Kind:
    """An event's definition, or why occurrences of it cannot be sent.

    Attributes:
        definition: None where the account has none.
        field: What the problem is with.
        problem: Why none of its occurrences can be sent.
        refused: What could not be made of it.
    """

    definition: EventDefinition | None
    field: str = _EVENT
    problem: str | None = None
    refused: Refused | None = None


async def check_events(
    client: HubSpotClient, writes: EventWrites, now: datetime, refused: Mapping[str, Refused]
) -> Checked:
    """Hold event occurrences to their definitions, as ``check`` does."""
    rejections = Rejections(len(writes.keys))
    pairs = pc.binary_join_element_wise(writes.names, pc.fill_null(writes.object_types, ""), "\x1f")
    encoded = pairs.combine_chunks().dictionary_encode()
    kinds = [
        await _kind(client, *each.split("\x1f", 1), refused=refused)
        for each in encoded.dictionary.to_pylist()
    ]
    which = encoded.indices.to_numpy()
    for number, kind in enumerate(kinds):
        rows = np.flatnonzero(which == number)
        if kind.problem:
            rejections.add_at(rows, kind.field, kind.problem)
        elif kind.definition and not _is_of_contacts(kind.definition):
            lacking = writes.identifiers["object_id"].take(pa.array(rows)).is_null()
            rejections.add_at(rows[np.asarray(lacking)], "object_id", _needs_id(kind.definition))
    names = [kind.definition and kind.definition.fully_qualified_name for kind in kinds]
    occurred_at = rejections.hold(
        writes.occurred_at,
        "occurred_at",
        _rule(rule_of_type("datetime", (), now), "occurred_at", writes.private),
    )
    _hold_number(writes.properties, rejections)
    checked = replace(
        writes,
        names=pa.chunked_array([pa.array(names, pa.string()).take(encoded.indices)]),
        occurred_at=occurred_at,
        properties=_hold_properties(writes, which, kinds, rejections, now),
    )
    return rejections.checked(checked)


async def _kind(
    client: HubSpotClient, name: str, object_type: str, *, refused: Mapping[str, Refused]
) -> _Kind:
    definition = await event_definitions.read(client, name)
    if definition is None:
        if name in refused:
            return _Kind(None, problem=_not_made(refused[name].reason))
        known = await event_definitions.names(client, name)
        return _Kind(None, problem=f"the account has no event {name!r}{hint(name, known)}")
    if definition.archived:
        return _Kind(definition, problem=f"the event {name!r} is archived in HubSpot.")
    if object_type:
        kind = await account.object_type(client, object_type)
        if kind is None:
            return _Kind(definition, "object_type", await no_object_type(client, object_type))
        if definition.primary_object_type_id not in (kind.id, kind.name, None):
            problem = f"the event {name!r} is not one of {kind.name}."
            return _Kind(definition, "object_type", problem)
    return _Kind(definition, refused=refused.get(name))


def _not_made(reason: str) -> str:
    return f"cannot be made in HubSpot: {reason}"


def _is_of_contacts(definition: EventDefinition) -> bool:
    """Whether an e-mail address or a user token may name the record; where unknown, it may."""
    return path_name(definition.primary_object_type_id or CONTACTS) == CONTACTS


def _needs_id(definition: EventDefinition) -> str:
    return (
        f"the event {definition.name!r} is not one of contacts, so each occurrence needs the id of "
        "its record."
    )


def _hold_number(properties: pa.Table, rejections: Rejections) -> None:
    """Refuse occurrences with more properties than HubSpot takes (hubspot-api §5.2)."""
    given = given_columns(properties)
    if len(given) <= MOST_EVENT_PROPERTIES:
        return
    number = sum(np.asarray(properties[name].is_valid()).astype(int) for name in given)
    rejections.add(
        np.asarray(number) > MOST_EVENT_PROPERTIES,
        "properties",
        f"an event has at most {MOST_EVENT_PROPERTIES} properties.",
    )


def _hold_properties(
    writes: EventWrites,
    which: np.ndarray,
    kinds: Sequence[_Kind],
    rejections: Rejections,
    now: datetime,
) -> pa.Table:
    """Hold each event's occurrences to its definition, whose properties may have other types."""
    properties = writes.properties
    if not properties.num_columns:
        return properties
    order = np.argsort(which, kind="stable")
    parts = []
    for number, rows in _runs(which, order, len(kinds)):
        part = properties if len(kinds) == 1 else properties.take(pa.array(rows))
        part = _hold_part(part, rows, kinds[number], rejections, now, writes.private)
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    return pa.concat_tables(parts).take(pa.array(np.argsort(order)))


def _runs(which: np.ndarray, order: np.ndarray, kinds: int) -> list[tuple[int, np.ndarray]]:
    """Return each event's number and rows, in the order that puts the same events together."""
    bounds = np.searchsorted(which[order], np.arange(kinds + 1))
    return [(number, order[bounds[number] : bounds[number + 1]]) for number in range(kinds)]


def _hold_part(
    part: pa.Table,
    rows: np.ndarray,
    kind: _Kind,
    rejections: Rejections,
    now: datetime,
    private: Private,
) -> pa.Table:
    if kind.definition is None:
        return part
    held = {name: part[name] for name in part.column_names}
    for name in given_columns(part):
        known = kind.definition.properties.get(name)
        if known is None or known.archived:
            given = np.asarray(held[name].is_valid())
            rejections.add_at(
                rows[given], name, _no_property(name, known, kind.definition, kind.refused)
            )
        else:
            rule = _rule(rule_of_type(known.type, known.options, now), name, private)
            held[name] = rejections.hold(held[name], name, rule, rows)
            rejections.hold(held[name], name, _rule(_length_rule(name), name, private), rows)
    return pa.table(held)


def _rule(rule: Rule, name: str, private: Private) -> Rule:
    return replace(rule, sensitive=True) if name in private.names else rule


def _no_property(
    name: str,
    known: EventProperty | None,
    definition: EventDefinition,
    refused: Refused | None,
) -> str:
    if refused and name in refused.reasons:
        return _not_made(refused.reasons[name])
    if len(name) > LONGEST_EVENT_NAME:
        return f"the names of events' properties have at most {LONGEST_EVENT_NAME} characters."
    if known is not None:
        return f"the property {name!r} of the event {definition.name!r} is archived in HubSpot."
    names = [each.name for each in definition.properties.values() if not each.archived]
    return f"the event {definition.name!r} has no property {name!r}{hint(name, names)}"


def _length_rule(name: str) -> Rule:
    longest = _LONG if any(word in name for word in _LONG_NAMES) else _SHORT
    return Rule(lambda texts: as_text(texts, longest), f"has more than {longest:,} characters")
