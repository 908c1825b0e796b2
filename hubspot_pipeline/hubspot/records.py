"""Records of any object type, 100 a call, each with an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.hubspot.batches import (
    ADDITIONAL_EMAILS,
    UNANSWERED,
    Accepted,
    Keys,
    Outcome,
    RecordInput,
    Refused,
    Unanswered,
    attribute,
    attribute_errors,
    held_by,
    keys_of,
)
from hubspot_pipeline.hubspot.client import Answer, HubSpotClient
from hubspot_pipeline.hubspot.error_answers import objects
from hubspot_pipeline.hubspot.errors import NotFound, RefusedError

__all__ = [
    "BATCH_SIZE",
    "Accepted",
    "BatchAnswer",
    "Found",
    "Outcome",
    "ReadAnswer",
    "RecordInput",
    "Refused",
    "Unanswered",
    "create",
    "read",
    "update",
    "upsert",
    "verify",
]

BATCH_SIZE = 100
"""The most inputs in one call (hubspot-api §2.5)."""


MOST_HISTORIES = 50
"""So many records one call reads with the histories of their properties (hubspot-api §2.5)."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What became of one batch.

    Attributes:
        outcomes: one for each input, in the order of the inputs.
        correlation_id: HubSpot's id of the call.
        attempts: how often the call was sent.
        maybe_applied_before: whether an attempt that got no answer may have been applied already.
        ownerless: errors in the answer that name none of the inputs; where inputs are
            unanswered, probably theirs.
    """

    outcomes: tuple[Outcome, ...]
    correlation_id: str | None
    attempts: int
    ownerless: tuple[RefusedError, ...] = ()
    maybe_applied_before: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A record that HubSpot holds, with the properties that were asked for."""

    record_id: str
    properties: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ReadAnswer:
    """What a read found.

    Attributes:
        found: records, by the id that was asked for, spelled as it was asked.
        missing: ids of which HubSpot says that there is no record.
        unanswered: ids of which it says nothing.
        correlation_id: HubSpot's id of the call.
    """

    found: Mapping[str, Found]
    missing: frozenset[str]
    unanswered: frozenset[str]
    correlation_id: str | None


async def upsert(
    client: HubSpotClient, object_type: str, inputs: Sequence[RecordInput], *, id_property: str
) -> BatchAnswer:
    """Creates the records that do not exist and updates those that do.

    Properties that an input leaves out are not touched.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        inputs: at most 100; their ids are values of `id_property`.
        id_property: `email` of contacts, or a property with unique values (hubspot-api §2.5.4).

    Raises:
        RefusedError: HubSpot refused the batch as a whole, and wrote none of it.
        TryLaterError: HubSpot gave no final answer; `Unavailable` may have been applied.
        ConfigurationError: no call of this kind can pass.
        ValueError: the inputs are no batch: too many, or ids or trace ids that repeat.
    """

    def body_of(each: RecordInput) -> dict[str, Any]:
        return {
            "id": each.id,
            "idProperty": id_property,
            "properties": _with_key(each, id_property) if repeats else _plain(each.properties),
            "objectWriteTraceId": each.trace_id,
        }

    # A value that was sent is answered, and so can be matched; but an e-mail sent as a property
    # would turn a contact's additional address into its first one.
    repeats = id_property != "email"
    _check_batch(inputs)
    answer = await client.call(
        client.routes.batch(object_type, "upsert"), {"inputs": [body_of(each) for each in inputs]}
    )
    return _outcomes(inputs, answer, id_property, created=None)


async def create(
    client: HubSpotClient, object_type: str, inputs: Sequence[RecordInput], *, key_property: str
) -> BatchAnswer:
    """Creates records that are known not to exist.

    A repeated call cannot double a record, because `key_property` is unique: what an attempt
    without an answer has already created comes back as refused by a `ConflictRefused`.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        inputs: at most 100; their ids are the values of `key_property`, and are sent as such.
        key_property: a property whose values HubSpot keeps unique.

    Raises:
        RefusedError, TryLaterError, ConfigurationError, ValueError: as for `upsert`.
    """
    _check_batch(inputs)
    body = {
        "inputs": [
            {
                "properties": _with_key(each, key_property),
                "associations": [],
                "objectWriteTraceId": each.trace_id,
            }
            for each in inputs
        ]
    }
    answer = await client.call(client.routes.batch(object_type, "create"), body)
    return _outcomes(inputs, answer, key_property, created=True)


async def update(
    client: HubSpotClient, object_type: str, inputs: Sequence[RecordInput]
) -> BatchAnswer:
    """Updates records by their record ids, which HubSpot requires here (hubspot-api §2.5.4).

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        inputs: at most 100; their ids are record ids.

    Raises:
        RefusedError, TryLaterError, ConfigurationError, ValueError: as for `upsert`.
    """
    _check_batch(inputs)
    body = {
        "inputs": [
            {
                "id": each.id,
                "properties": _plain(each.properties),
                "objectWriteTraceId": each.trace_id,
            }
            for each in inputs
        ]
    }
    answer = await client.call(client.routes.batch(object_type, "update"), body)
    return _outcomes(inputs, answer, None, created=False)


async def read(
    client: HubSpotClient,
    object_type: str,
    ids: Sequence[str],
    *,
    id_property: str | None = None,
    properties: Sequence[str] = (),
) -> ReadAnswer:
    """Reads records by record id, or by the values of a unique property.

    A contact is also found by one of its additional e-mail addresses.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        ids: at most 100; ids that are equal, or e-mails that differ in case only, are asked once.
        id_property: the unique property; None for record ids.
        properties: the names of the properties to read.

    Raises:
        TryLaterError, ConfigurationError: as for `upsert`.
        RefusedError: HubSpot refused to read.
        ValueError: there are too many ids.
    """
    fold = str.lower if id_property == "email" else str
    asked = list(dict.fromkeys(fold(each) for each in ids))
    if len(asked) > BATCH_SIZE:
        raise ValueError(f"{len(asked)} ids are more than the {BATCH_SIZE} of one batch.")
    body: dict[str, Any] = {
        "inputs": [{"id": each} for each in asked],
        "properties": list(dict.fromkeys([*properties, *_needed_to_match(id_property)])),
        "propertiesWithHistory": [],
    }
    if id_property:
        body["idProperty"] = id_property
    answer = await client.call(client.routes.batch(object_type, "read"), body)
    return _read_answer(ids, asked, fold, answer, id_property)


async def histories(
    client: HubSpotClient, object_type: str, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, dict[str, list[str]]]:
    """Reads all values that properties of records have had, by record id and property.

    The newest come first. A record that HubSpot does not find has none, and one that it says
    nothing of is not in the answer.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        ids: record ids, at most 50 (hubspot-api §2.5).
        properties: the names of the properties.

    Raises:
        RefusedError, TryLaterError, ConfigurationError: as for `read`.
        ValueError: there are too many ids.
    """
    if len(ids) > MOST_HISTORIES:
        raise ValueError(f"{len(ids)} ids are more than the {MOST_HISTORIES} of one batch.")
    asked = list(dict.fromkeys(ids))
    body = {
        "inputs": [{"id": each} for each in asked],
        "properties": [],
        "propertiesWithHistory": list(properties),
    }
    answer = await client.call(client.routes.batch(object_type, "read"), body)
    errors, _ = attribute_errors(
        objects(answer.body.get("errors")), {}, Keys(asked), answer.correlation_id
    )
    gone = [asked[place] for place, error in errors.items() if isinstance(error, NotFound)]
    return {each: {} for each in gone} | {
        str(result.get("id")): {
            name: [str(version.get("value") or "") for version in objects(versions)]
            for name, versions in (result.get("propertiesWithHistory") or {}).items()
        }
        for result in objects(answer.body.get("results"))
    }


async def verify(
    client: HubSpotClient,
    object_type: str,
    inputs: Sequence[RecordInput],
    *,
    id_property: str | None = None,
) -> tuple[Outcome, ...]:
    """Whether inputs that a write left unanswered are nevertheless there.

    Args:
        client: the portal.
        object_type: its name, or its id such as `0-1`.
        inputs: as they were sent.
        id_property: as it was for the write; None where the ids are record ids.

    Returns:
        In the order of the inputs: accepted where HubSpot holds every value that was sent, with
        `created` unknown; unanswered otherwise. Never refused: a read refuses no write.

    Raises:
        RefusedError, TryLaterError, ConfigurationError, ValueError: as for `read`.
    """
    answer = await read(
        client,
        object_type,
        [each.id for each in inputs],
        id_property=id_property,
        properties=list(dict.fromkeys(name for each in inputs for name in each.properties)),
    )
    return tuple(_verified(each, answer.found.get(each.id)) for each in inputs)


def _read_answer(
    ids: Sequence[str],
    asked: Sequence[str],
    fold: Callable[[str], str],
    answer: Answer,
    id_property: str | None,
) -> ReadAnswer:
    """One record may answer several of the ids, where these are addresses of one contact."""
    keys = Keys(asked)
    found_at: dict[int, Found] = {}
    for result in objects(answer.body.get("results")):
        record = Found(str(result.get("id")), held_by(result))
        for key in keys_of(result, id_property):
            place = keys.find(key)
            if place is not None:
                found_at.setdefault(place, record)
    errors, _ = attribute_errors(
        objects(answer.body.get("errors")), {}, keys, answer.correlation_id
    )
    places = {each: place for place, each in enumerate(asked)}
    found, missing, unanswered = {}, set(), set()
    for each in ids:
        place = places[fold(each)]
        if place in found_at:
            found[each] = found_at[place]
        elif isinstance(errors.get(place), NotFound):
            missing.add(each)
        else:
            unanswered.add(each)
    return ReadAnswer(found, frozenset(missing), frozenset(unanswered), answer.correlation_id)


def _verified(each: RecordInput, found: Found | None) -> Outcome:
    if found is None:
        return UNANSWERED
    held = found.properties
    if all(_is_held(name, value, held.get(name)) for name, value in each.properties.items()):
        return Accepted(found.record_id, created=None, properties=held)
    return UNANSWERED


def _is_held(name: str, sent: str, held: str | None) -> bool:
    """Whether HubSpot holds what was sent, by the rules of hubspot-api §3.6."""
    held = held or ""  # a cleared value reads as "", one never set as null
    if sent.startswith(";"):  # adds to the choices that are there
        return set(sent[1:].split(";")) <= set(held.split(";"))
    if name == "email":
        return sent.lower() == held.lower()
    return sent == held


def _outcomes(
    inputs: Sequence[RecordInput],
    answer: Answer,
    id_property: str | None,
    *,
    created: bool | None,
) -> BatchAnswer:
    outcomes, ownerless = attribute(
        inputs,
        answer.body,
        id_property=id_property,
        created=created,
        correlation_id=answer.correlation_id,
    )
    return BatchAnswer(
        outcomes, answer.correlation_id, answer.attempts, ownerless, answer.maybe_applied_before
    )


def _needed_to_match(id_property: str | None) -> list[str]:
    if id_property == "email":
        return ["email", ADDITIONAL_EMAILS]
    return [id_property] if id_property else []


def _with_key(each: RecordInput, key_property: str) -> Mapping[str, str]:
    if key_property in each.properties:
        return _plain(each.properties)
    return {key_property: each.id, **each.properties}


def _plain(properties: Mapping[str, str]) -> Mapping[str, str]:
    return properties if isinstance(properties, dict) else dict(properties)


def _check_batch(inputs: Sequence[RecordInput]) -> None:
    if len(inputs) > BATCH_SIZE:
        raise ValueError(f"{len(inputs)} inputs are more than the {BATCH_SIZE} of one batch.")
    if len({each.trace_id for each in inputs}) < len(inputs):
        raise ValueError("Trace ids repeat in one batch: give each input its own.")
    if len({each.id for each in inputs}) < len(inputs):
        raise ValueError("Ids repeat in one batch: merge the inputs of one record first.")
