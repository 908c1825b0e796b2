"""Tells which input each entry of a batch answer speaks of, never by its position."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from hubspot_pipeline.hubspot.error_answers import error_from_item, objects, texts
from hubspot_pipeline.hubspot.errors import RefusedError

ADDITIONAL_EMAILS = "hs_additional_emails"
"""A contact's other addresses, `;` between them; each of them also finds it (hubspot-api §2.6)."""

NOT_FINAL = {"RATE_LIMITS", "INTERNAL_ERROR"}
"""Categories that do not speak of the input: an entry with one leaves it unanswered."""


@dataclass(frozen=True, slots=True)
class RecordInput:
    """One record to write.

    Attributes:
        trace_id: any text that no other input of the batch has.
        id: the record's id; or its value of the unique property that the call names.
        properties: what to set, by property name; `""` clears.
    """

    trace_id: str
    id: str
    properties: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Accepted:
    """HubSpot has written this input.

    Attributes:
        record_id: the record's id.
        created: whether it is new; None if the answer does not tell.
        properties: the values that HubSpot now holds, as far as it answered them.
    """

    record_id: str
    created: bool | None
    properties: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Refused:
    """HubSpot has not written this input, and says why."""

    error: RefusedError


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A 2xx that says nothing of this input, or contradicts itself: ask HubSpot what is there."""


Outcome: TypeAlias = Accepted | Refused | Unanswered
UNANSWERED = Unanswered()


class Keys:
    """Positions by key: by the exact key, else ignoring case where that is unambiguous.

    HubSpot answers e-mail addresses in lower case (hubspot-api §2.5.3).
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self._exact = {key: position for position, key in enumerate(keys)}

    def find(self, key: str) -> int | None:
        """The position of the one input with this key."""
        position = self._exact.get(key)
        return self._folded.get(key.lower()) if position is None else position

    @cached_property
    def _folded(self) -> dict[str, int | None]:
        folded: dict[str, int | None] = {}
        for key, position in self._exact.items():
            lower = key.lower()
            folded[lower] = None if lower in folded else position
        return folded


def attribute(
    inputs: Sequence[RecordInput],
    body: Mapping[str, Any],
    *,
    id_property: str | None,
    created: bool | None,
    correlation_id: str | None,
) -> tuple[tuple[Outcome, ...], tuple[RefusedError, ...]]:
    """The outcome of each input of a batch, from the body of its 2xx answer.

    A result belongs to the input whose trace id it echoes, else to the one with its key. An error
    belongs to the inputs whose trace ids its context names, else to those whose ids it names
    (hubspot-api §2.5.1, §2.5.2). An input that is in both is left unanswered.

    Args:
        inputs: what was sent; trace ids and ids are unique.
        body: `results` and `errors`, in any order, either of them missing.
        id_property: the property whose values the inputs' ids are; None for record ids.
        created: whether a record is new where its result does not tell.
        correlation_id: that of the answer, for errors.

    Returns:
        The outcomes, in the order of the inputs, and the errors that belong to no input.
    """
    traces = {each.trace_id: place for place, each in enumerate(inputs)}
    keys = Keys(each.id for each in inputs)
    accepted: list[Accepted | None] = [None] * len(inputs)
    for result in objects(body.get("results")):
        place = _place_of_result(result, traces, keys, id_property)
        if place is not None:
            new = result.get("new")
            accepted[place] = Accepted(
                record_id=str(result.get("id")),
                created=new if isinstance(new, bool) else created,
                properties=held_by(result),
            )
    items = objects(body.get("errors"))
    if not items:
        return tuple(each or UNANSWERED for each in accepted), ()
    refused, ownerless = attribute_errors(items, traces, keys, correlation_id)
    outcomes = (_settle(each, refused.get(place)) for place, each in enumerate(accepted))
    return tuple(outcomes), tuple(ownerless)


def attribute_errors(
    items: Iterable[Mapping[str, Any]],
    traces: Mapping[str, int],
    keys: Keys,
    correlation_id: str | None,
) -> tuple[dict[int, RefusedError], list[RefusedError]]:
    """The first error of each input, by the input's place; and the errors of no input."""
    refused: dict[int, RefusedError] = {}
    ownerless = []
    for item in items:
        error = error_from_item(item, correlation_id)
        places = _places_of_error(error, item, traces, keys)
        for place in places:
            refused.setdefault(place, error)
        if not places:
            ownerless.append(error)
    return refused, ownerless


def keys_of(result: Mapping[str, Any], id_property: str | None) -> tuple[str, ...]:
    """The ids by which a result may be known among the inputs, the likeliest first."""
    if id_property is None:
        return (str(result.get("id")),)
    held = held_by(result)
    value = held.get(id_property)
    first = (str(value),) if value else ()
    others = held.get(ADDITIONAL_EMAILS) if id_property == "email" else None
    return (*first, *str(others).split(";")) if others else first


def held_by(result: Mapping[str, Any]) -> Mapping[str, str | None]:
    """The properties that a result tells."""
    held = result.get("properties")
    return held if isinstance(held, dict) else {}


def _settle(accepted: Accepted | None, error: RefusedError | None) -> Outcome:
    if error is None:
        return accepted or UNANSWERED
    if accepted is not None or error.category in NOT_FINAL:
        return UNANSWERED
    return Refused(error)


def _place_of_result(
    result: Mapping[str, Any], traces: Mapping[str, int], keys: Keys, id_property: str | None
) -> int | None:
    if not result.get("id"):
        return None
    trace = result.get("objectWriteTraceId")
    if isinstance(trace, str) and trace in traces:
        return traces[trace]
    for key in keys_of(result, id_property):
        place = keys.find(key)
        if place is not None:
            return place
    return None


def _places_of_error(
    error: RefusedError, item: Mapping[str, Any], traces: Mapping[str, int], keys: Keys
) -> list[int]:
    """Never by `existingId`: that is the record that another one clashes with."""
    context = error.context
    named = [traces[each] for each in context.get("objectWriteTraceId", ()) if each in traces]
    if named:
        return named
    for ids in (context.get("ids", ()), context.get("id", ()), texts(item.get("id"))):
        places = [place for each in ids if (place := keys.find(each)) is not None]
        if places:
            return places
    return []
