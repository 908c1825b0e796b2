"""The property and event names that stand in a mapping, held to the account before sending.

Names that only the events tell are held to it row by row (``delivery.check``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.delivery.check.nearest import hint
from hubspot_pipeline.delivery.check.schema import no_object_type, read_schema
from hubspot_pipeline.hubspot import account, event_definitions
from hubspot_pipeline.mentions import Mention, mentions
from hubspot_pipeline.object_types import path_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hubspot_pipeline.delivery.prepare import Refused
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.writes import Mode


@dataclass(frozen=True, slots=True)
class Misnamed:
    """A name that means nothing in the account.

    Attributes:
        place: Where in the mapping it stands: ``properties.favourite_color``.
        reason: What is wrong with it, and what is near.
    """

    place: str
    reason: str


async def misnamed_properties(
    client: HubSpotClient,
    action: str,
    mapping: Literal["default"] | Mapping[str, Any],
    sync_mode: Mode | None,
) -> list[Misnamed]:
    """Return the names in a mapping that the account does not have.

    What will be made is left out: properties with a property group to make them in, and events and
    their properties where the sync mode has them made.

    Args:
        client: The portal.
        action: The action's key.
        mapping: As in the destination's YAML, with or without shorthand.
        sync_mode: What writes may do.

    Raises:
        TryLaterError, ConfigurationError: HubSpot did not tell its schema.
    """
    given = ACTIONS[action].default_mapping() if mapping == "default" else mapping
    by_owner: dict[tuple[bool, str], list[Mention]] = {}
    for each in mentions(action, given):
        if each.is_made:
            continue
        by_owner.setdefault((each.of_event, each.of), []).append(each)
    found: list[Misnamed] = []
    for (of_event, _), same in by_owner.items():
        found += await (
            _misnamed_of_event(client, same, sync_mode)
            if of_event
            else _misnamed_of_records(client, same)
        )
    return found


def refused_names(
    action: str,
    mapping: Literal["default"] | Mapping[str, Any],
    refused: Mapping[str, Refused],
) -> list[str]:
    """Return why events and properties could not be made as a mapping itself names them.

    Args:
        action: The action's key.
        mapping: As in the destination's YAML, with or without shorthand.
        refused: What could not be made, by the names of the object types and events.
    """
    given = ACTIONS[action].default_mapping() if mapping == "default" else mapping
    named = {
        (each.of if each.of_event else path_name(each.of), each.name or None)
        for each in mentions(action, given)
    }
    return [
        some.reason
        for of, some in refused.items()
        if any((of, name) in named for name in some.reasons)
    ]


async def _misnamed_of_records(
    client: HubSpotClient, mentioned: Sequence[Mention]
) -> list[Misnamed]:
    of, of_place = mentioned[0].of, mentioned[0].of_place
    kind = await account.object_type(client, of)
    if kind is None:
        return [Misnamed(of_place, await no_object_type(client, of))]
    names = {each.name for each in mentioned}
    schema = await read_schema(client, kind, names)
    found = []
    for each in mentioned:
        known = schema.properties.get(each.name)
        if each.role == "key":
            reason = schema.no_key(each.name)
        elif known is None:
            reason = schema.no_property(each.name)
        elif known.read_only and each.role == "written":
            reason = f"{each.name!r} is read-only: HubSpot sets it itself."
        else:
            continue
        if reason:
            found.append(Misnamed(each.place, reason))
    return found


async def _misnamed_of_event(
    client: HubSpotClient, mentioned: Sequence[Mention], sync_mode: Mode | None
) -> list[Misnamed]:
    of, of_place = mentioned[0].of, mentioned[0].of_place
    definition = await event_definitions.read(client, of)
    if definition is None:
        if sync_mode in {"add", "upsert"}:
            return []
        known = await event_definitions.names(client, of)
        return [Misnamed(of_place, f"the account has no event {of!r}{hint(of, known)}")]
    if definition.archived:
        return [Misnamed(of_place, f"the event {of!r} is archived in HubSpot.")]
    if sync_mode in {"update", "upsert"}:
        return []
    return [
        Misnamed(
            each.place,
            f"the event {of!r} has no property {each.name!r}"
            f"{hint(each.name, list(definition.properties))}",
        )
        for each in mentioned
        if each.name and each.name not in definition.properties
    ]
