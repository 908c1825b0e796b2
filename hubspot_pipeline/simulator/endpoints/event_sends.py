"""Sending custom events, one or many: a 204 says that they were accepted (hubspot-api §5.1, §5.2).

What happens next happens later, and nobody is told: see `account.events`.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.event_definitions import EventDefinition, NotTaken
from hubspot_pipeline.simulator.account.events import SentEvent, Way
from hubspot_pipeline.simulator.account.object_types import CONTACTS
from hubspot_pipeline.simulator.answers import Answer, Refusal, too_many_inputs, validation_error
from hubspot_pipeline.simulator.authentication import missing_scopes
from hubspot_pipeline.simulator.calls import MAP, TEXT, Body, Call
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.json_positions import Path
from hubspot_pipeline.simulator.limits import RateLimits

SCOPE = "analytics.behavioral_events.send"
MAX_INPUTS = 500
DAY = 24 * 3_600 * NANOSECONDS

_REQUEST = "BehavioralEventHttpCompletionRequest"


def sends(limits: RateLimits, *, many: bool) -> Callable[[Account, Call], Answer]:
    """The handler of single events, or of batches, of an account with these limits."""

    def handle(account: Account, call: Call) -> Answer:
        _check_subscription(account)
        inputs = _inputs(call) if many else [call.json()]
        if inputs is None:
            return Answer(204)
        return _Sending(account, call, limits, many=many).accept(inputs)

    return handle


def _inputs(call: Call) -> list[Body] | None:
    """Up to 500 events; a body without `inputs` is a silent no-op, as of other batches."""
    inputs = call.json().get("inputs")
    if inputs is None:
        return None
    if type(inputs) is not list:
        raise call.mismatch(f"Batched{_REQUEST}$Json", ("inputs",))
    if len(inputs) > MAX_INPUTS:
        raise too_many_inputs(MAX_INPUTS)
    for at, one in enumerate(inputs):
        if type(one) is not dict:
            raise call.mismatch(f"{_REQUEST}$Json", ("inputs", at))
    return inputs


class _Sending:
    """The events of one call, read one by one and accepted together."""

    def __init__(self, account: Account, call: Call, limits: RateLimits, *, many: bool) -> None:
        behaviour = account.settings.behaviour
        self._account = account
        self._call = call
        self._limits = limits
        self._behaviour = behaviour
        self._many = many
        self._at = 0
        self._definitions: dict[Any, EventDefinition] = {}
        self._arrived = iso(call.now)
        self._latest = iso(call.now + DAY) if behaviour.future_events_refused else "9999"
        self._app = str(call.caller.app_id)
        self._due = call.now + round(behaviour.event_lag_seconds * NANOSECONDS)

    def accept(self, inputs: list[Body]) -> Answer:
        """Accept all, or nothing unless the switch says: all that can be accepted.

        Raises:
            Refusal: Of the first event that cannot be accepted.
        """
        self._call.keep(tuple([str(one["uuid"]) for one in inputs if one.get("uuid")]))
        refusal: Refusal | None = None
        events: list[SentEvent] = []
        for self._at, given in enumerate(inputs):
            try:
                events.append(self._read(given))
            except Refusal as refused:
                refusal = refusal or refused
                if self._behaviour.event_batches_atomic:
                    raise
        if self._behaviour.repeated_events_refused:
            self._refuse_repeated(events)
        self._limits.take_events(len(events), self._call.now)
        for event in events:
            self._account.events.accept(event, self._call.now)
        self._account.settle(self._call.now)
        if refusal is not None:
            raise refusal
        return Answer(204)

    def _read(self, given: Body) -> SentEvent:
        name = given.get("eventName")
        definition = self._definitions.get(name) if type(name) is str else None
        definition = definition or self._definition(name)
        kept = self._properties(definition, given)
        way, key = self._way(definition, kept, given)
        return SentEvent(
            self._text(given, "uuid") or self._account.events.new_uuid(),
            definition.full_name,
            self._occurred(given.get("occurredAt")),
            kept,
            way,
            key,
            self._call.arrival.number,
            self._app,
            self._due,
        )

    def _definition(self, name: Any) -> EventDefinition:
        if name is None or name == "":
            raise self._call.incomplete(_REQUEST, ["eventName"], self._place())
        if type(name) is not str:
            raise self._call.mismatch(TEXT, self._place("eventName"))
        found = self._account.events.definitions.sent(name, self._call.now)
        if found is None:
            raise validation_error(f"Event with fully qualified name {name} does not exist.")
        self._definitions[name] = found
        return found

    def _properties(self, definition: EventDefinition, given: Body) -> dict[str, str]:
        """The properties; v3 does without them, the dated versions want at least ``{}``."""
        properties = given.get("properties")
        if properties is None:
            if self._call.version != "v3":
                raise self._call.incomplete(_REQUEST, ["properties"], self._place())
            return {}
        if type(properties) is not dict:
            raise self._call.mismatch(MAP, self._place("properties"))
        refused = self._behaviour.unknown_event_properties_refused
        try:
            return definition.check(properties, self._call.now, unknown_refused=refused)
        except values.NotText as wrong:
            raise self._call.mismatch(TEXT, self._place("properties", wrong.name)) from None
        except NotTaken as wrong:
            raise validation_error(str(wrong)) from None

    def _occurred(self, given: Any) -> str:
        """When it happened: ISO 8601 or milliseconds since 1970; else when it was sent."""
        if given is None or given == "":
            return self._arrived
        try:
            occurred = given if _is_canonical(given) else values.accept_datetime(given)
        except values.NotText:
            raise self._call.mismatch("java.time.Instant", self._place("occurredAt")) from None
        except values.Refused as refused:
            raise validation_error(f"occurredAt is not valid: {refused.message}") from None
        if occurred > self._latest:
            raise validation_error(f"occurredAt is in the future: {occurred}")
        return occurred

    def _way(
        self, definition: EventDefinition, kept: dict[str, str], given: Body
    ) -> tuple[Way, str]:
        """By what an event finds its record: the first of the four that it has (§5.1)."""
        if definition.matching is not None and (key := kept.get(definition.matching[1])):
            return "matching", key
        if key := self._text(given, "objectId"):
            return "objectId", key
        if definition.kind != CONTACTS.id:
            raise validation_error("objectId is required")
        if key := self._text(given, "email"):
            return "email", key
        if key := self._text(given, "utk"):
            return "utk", key
        raise validation_error("email, utk or objectId is required")

    def _text(self, given: Body, name: str) -> str:
        """A field of the event; empty if it is missing or null."""
        value = given.get(name)
        try:
            return "" if value is None else values.text_of(value)
        except values.NotText:
            raise self._call.mismatch(TEXT, self._place(name)) from None

    def _place(self, *names: str) -> Path:
        """Where in the body something of the event is that is being read."""
        return ("inputs", self._at, *names) if self._many else names

    def _refuse_repeated(self, events: list[SentEvent]) -> None:
        seen: set[tuple[str, str]] = set()
        for event in events:
            known = (event.definition, event.id)
            if known in seen or self._account.events.is_repeated(*known, self._call.now):
                raise validation_error(f"An event with uuid {event.id} was already accepted")
            seen.add(known)


def _is_canonical(given: Any) -> bool:
    """Whether a time is written just as HubSpot writes it: then it need not be written anew."""
    if type(given) is not str or len(given) != 24:
        return False
    if (given[4], given[10], given[13], given[19], given[23]) != ("-", "T", ":", ".", "Z"):
        return False
    try:
        datetime.fromisoformat(given)
    except ValueError:
        return False
    return True


def _check_subscription(account: Account) -> None:
    """§5.1: 403 without the subscription; its body is not known, so that of missing scopes."""
    if not account.settings.custom_events:
        older = account.settings.behaviour.missing_scopes_in_context
        raise missing_scopes((SCOPE,), in_context=older)
