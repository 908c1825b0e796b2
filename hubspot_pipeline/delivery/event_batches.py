"""Event occurrences, 500 a call; a refused call is split until the bad rows stand alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.apart import breakdown
from hubspot_pipeline.delivery.journal import Entry
from hubspot_pipeline.delivery.pending import Pending, digest, given, problem_of
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.hubspot import event_sends
from hubspot_pipeline.hubspot.errors import NotFound, RefusedError, WrongTarget
from hubspot_pipeline.hubspot.event_sends import BATCH_SIZE, Occurrence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hubspot_pipeline.delivery.sender import Sender
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.writes import EventWrites


@dataclass(slots=True)
class PendingEvent(Pending):
    """An occurrence on its way."""

    occurrence: Occurrence

    def is_of(self, known: Entry) -> bool:
        """Whether the journal knows it: one that was accepted is done, whatever it looks like now.

        HubSpot would drop another of the same uuid without a word (hubspot-api §5.1), so nothing
        true could be said of it.
        """
        return known.verdict == Verdict.DELIVERED or Pending.is_of(self, known)

    def private_values(self) -> Iterator[str]:
        """Yield its private properties, and what says whose it is and when it was."""
        each, names = self.occurrence, self.private.names
        yield from (value for name, value in each.properties.items() if name in names)
        about = {name: getattr(each, name) for name in _PARTS & names}
        yield from filter(None, about.values())

    def delivered(self) -> None:
        """Take note that HubSpot accepted it."""
        self.entry.verdict = Verdict.DELIVERED.value
        self.entry.reason = self.entry.category = None


_PARTS = frozenset({"object_id", "email", "utk", "occurred_at"})


def pending_events(writes: EventWrites) -> list[PendingEvent]:
    """Return the occurrences as objects, in their order: each is to be a JSON body of its own."""
    occurrences = (
        Occurrence(uuid, name, properties, **identifiers, occurred_at=occurred_at)
        for uuid, name, properties, identifiers, occurred_at in zip(
            writes.uuids.to_pylist(),
            writes.names.to_pylist(),
            given(writes.properties, len(writes.keys)),
            writes.identifiers.to_pylist(),
            writes.occurred_at.to_pylist(),
            strict=True,
        )
    )
    return [
        PendingEvent(Entry(key, _digest(occurrence)), occurrence, private=writes.private)
        for key, occurrence in zip(writes.keys.to_pylist(), occurrences, strict=True)
    ]


def _digest(each: Occurrence) -> str:
    who = (each.object_id, each.email, each.utk)
    return digest(each.uuid, each.name, each.properties, who, each.occurred_at)


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """Sends occurrences.

    All that HubSpot ever says of one is that it accepted the call (204, hubspot-api §5.1). What was
    sent without an answer is sent again: its uuid keeps it from happening twice.

    Attributes:
        client: Calls HubSpot.
        sender: Journals the calls, and says when to stop.
    """

    client: HubSpotClient
    sender: Sender

    async def deliver(self, events: Sequence[PendingEvent]) -> None:
        """Send occurrences; one whose entry has no verdict then is undelivered."""
        await self.sender.each_batch(events, self._send, BATCH_SIZE)

    async def _send(self, events: Sequence[PendingEvent]) -> None:
        """Make one call; refused, or broken down over one of them, it is made again in parts.

        Raises:
            TryLaterError, ConfigurationError, LimitStoreError: There is no final answer.
        """
        broken = await self.sender.apart(events, self._send_whole)
        for event, answer in broken:
            event.failed(breakdown(answer))
        self.sender.record_told("tell apart", [event for event, _ in broken])

    async def _send_whole(self, events: Sequence[PendingEvent]) -> None:
        """Make one call; refused, it is made again in parts."""
        again: list[Sequence[PendingEvent]] = []
        with self.sender.journaled("send events", events) as call:
            try:
                answer = await event_sends.send(self.client, [each.occurrence for each in events])
            except RefusedError as error:
                call.note(error, maybe_applied=error.maybe_applied)
                if isinstance(error, NotFound):  # no row's fault: unknown events get a 400
                    raise WrongTarget.of(error) from None
                again = _refuse(events, error)
            else:
                call.note(answer, maybe_applied=answer.maybe_applied_before)
                for each in events:
                    each.delivered()
        for part in again:
            await self._send(part)


def _refuse(events: Sequence[PendingEvent], error: RefusedError) -> list[Sequence[PendingEvent]]:
    """Take note of what a refusal says for sure; return the parts to send again.

    A refusal that a uuid was accepted before is no failure: HubSpot has that occurrence. How it
    tells is not documented (hubspot-api §5.1), so its words are looked at.
    """
    if "already" in error.message:
        repeated = [each for each in events if each.occurrence.uuid in error.message]
        if repeated:
            for each in repeated:
                each.delivered()
            others = [each for each in events if each.entry.verdict is None]
            return [others] if others else []
    if len(events) == 1:
        events[0].failed(problem_of(error, events[0].private))
        return []
    suspects = [each for each in events if each.occurrence.name in error.message]
    if 0 < len(suspects) < len(events):
        return [suspects, [each for each in events if each.occurrence.name not in error.message]]
    middle = len(events) // 2
    return [events[:middle], events[middle:]]
