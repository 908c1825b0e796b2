"""Send writes in batches: several in flight, each journaled, a refused one split."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot.errors import (
    ConfigurationError,
    RefusedError,
    TryLaterError,
    Unavailable,
)
from hubspot_pipeline.hubspot.records import (
    BATCH_SIZE,
    Accepted,
    BatchAnswer,
    Outcome,
    RecordInput,
    Refused,
    Unanswered,
)

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.journal import Entry, PartitionJournal
    from hubspot_pipeline.hubspot.errors import HubSpotError

OUTAGE_AFTER_BATCHES = 3
"""So many batches in a row without an answer are an outage: no more calls are made."""


@dataclass(slots=True)
class PendingWrite:
    """A write on its way.

    Attributes:
        entry: What the journal knows of it; its verdict is None until it is final.
        properties: The values to write.
        event_time: When the latest of its events happened, in microseconds since 1970 (UTC).
        found: Whether a read found the record; None while none was made or none answered.
        left_out: Whether an answer spoke neither of its success nor of its refusal.
        kept_stage: Whether HubSpot kept another lifecycle stage than the one wanted.
        conflict: The refusal that names another record as the owner of this one's key.
    """

    entry: Entry
    properties: dict[str, str]
    event_time: int = 0
    found: bool | None = None
    left_out: bool = False
    kept_stage: bool = False
    conflict: RefusedError | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One kind of batch call, and what its answers mean for a write.

    Attributes:
        name: As the journal shows it.
        send: Makes the call.
        verify: Reads whether inputs that the answer left out are written all the same.
        content: A write's id and properties in this call.
        accepted: Takes note of an acceptance.
        refused: Takes note of a refusal.
    """

    name: str
    send: Callable[[Sequence[RecordInput]], Awaitable[BatchAnswer]]
    verify: Callable[[Sequence[RecordInput]], Awaitable[Sequence[Outcome]]]
    content: Callable[[PendingWrite], tuple[str, dict[str, str]]]
    accepted: Callable[[PendingWrite, Accepted], None]
    refused: Callable[[PendingWrite, RefusedError], None]


@dataclass(slots=True)
class Sender:
    """Sends batches until told to stop.

    Attributes:
        journal: Where intent and outcome are recorded.
        requests_in_flight: How many calls are under way at once.
        stop_reason: Why nothing more is sent; None while sending goes on.
    """

    journal: PartitionJournal
    requests_in_flight: int
    stop_reason: str | None = None
    _unavailable_in_a_row: int = 0
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.requests_in_flight)

    async def each_batch(
        self,
        writes: Sequence[PendingWrite],
        work: Callable[[Sequence[PendingWrite]], Awaitable[None]],
    ) -> None:
        """Do something for every 100 writes, several at once."""
        async with asyncio.TaskGroup() as tasks:
            for start in range(0, len(writes), BATCH_SIZE):
                tasks.create_task(self._in_place(writes[start : start + BATCH_SIZE], work))

    async def send(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Take writes through a step; a write that gets no final answer keeps its verdict None.

        Writes that an answer leaves out, and that a read does not find written, are sent once more.
        """
        await self.each_batch(writes, lambda batch: self._send_batch(step, batch))
        left_out = [write for write in writes if write.left_out]
        await self.each_batch(left_out, lambda batch: self._send_batch(step, batch))

    async def _in_place(
        self,
        batch: Sequence[PendingWrite],
        work: Callable[[Sequence[PendingWrite]], Awaitable[None]],
    ) -> None:
        async with self._places:
            if self.stop_reason is None:
                await self.guarded(batch, work(batch))

    async def guarded(self, batch: Sequence[PendingWrite], call: Awaitable[None]) -> None:
        """Await a call; where it gets no final answer, note that on the writes."""
        try:
            await call
        except (TryLaterError, ConfigurationError) as error:
            for write in batch:
                write.entry.reason = str(error)
                write.entry.category = error.category
                write.entry.correlation_id = error.correlation_id
            self._consider_stopping(error)
        else:
            self._unavailable_in_a_row = 0

    def _consider_stopping(self, error: HubSpotError) -> None:
        if isinstance(error, Unavailable):
            self._unavailable_in_a_row += 1
            if self._unavailable_in_a_row < OUTAGE_AFTER_BATCHES:
                return
        self.stop_reason = str(error)

    async def _send_batch(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Send one batch; refused as a whole, it is split until the bad rows stand alone."""
        batch, sent_at = uuid.uuid4().hex[:16], _now()
        inputs = [
            RecordInput(f"{batch}-{at}", *step.content(write)) for at, write in enumerate(writes)
        ]
        entries = [write.entry for write in writes]
        for entry in entries:
            entry.batch, entry.sent_at, entry.run = batch, sent_at, self.journal.run
        self.journal.intend(batch, step.name, [entry.key for entry in entries], sent_at)
        try:
            answer = await step.send(inputs)
        except RefusedError as error:
            if len(writes) > 1:
                self._note(entries, error.attempts, error.correlation_id)
                self.journal.record(batch, entries, _now())
                middle = len(writes) // 2
                await self._send_batch(step, writes[:middle])
                await self._send_batch(step, writes[middle:])
                return
            answer = BatchAnswer((Refused(error),), error.correlation_id, error.attempts)
        except (TryLaterError, ConfigurationError) as error:
            self._note(entries, error.attempts, error.correlation_id)
            for entry in entries:
                entry.uncertain |= isinstance(error, Unavailable) and error.maybe_applied
            self.journal.record(batch, entries, _now())
            raise
        self._note(entries, answer.attempts, answer.correlation_id)
        outcomes = await _verified(step, inputs, answer.outcomes)
        for write, outcome in zip(writes, outcomes, strict=True):
            _apply(step, write, outcome, answer.ownerless)
        self.journal.record(batch, entries, _now())

    def _note(self, entries: Sequence[Entry], attempts: int, correlation_id: str | None) -> None:
        answered_at = _now()
        for entry in entries:
            entry.attempts += attempts
            entry.uncertain |= attempts > 1
            entry.correlation_id = correlation_id
            entry.answered_at = answered_at


async def _verified(
    step: Step, inputs: Sequence[RecordInput], outcomes: Sequence[Outcome]
) -> Sequence[Outcome]:
    """Return the outcomes, those that an answer left out as a read of the records finds them."""
    left_out = [at for at, outcome in enumerate(outcomes) if isinstance(outcome, Unanswered)]
    if not left_out:
        return outcomes
    read = await step.verify([inputs[at] for at in left_out])
    found = dict(zip(left_out, read, strict=True))
    return [found.get(at, outcome) for at, outcome in enumerate(outcomes)]


def _apply(
    step: Step, write: PendingWrite, outcome: Outcome, ownerless: Sequence[RefusedError]
) -> None:
    write.left_out = False
    if isinstance(outcome, Accepted):
        step.accepted(write, outcome)
    elif isinstance(outcome, Refused):
        step.refused(write, outcome.error)
    else:
        write.left_out = True
        write.entry.uncertain = True
        said = "".join(f" It said of no row in particular: {error.message}" for error in ownerless)
        write.entry.reason = f"HubSpot's answer left this row out, and no read finds it.{said}"


def _now() -> int:
    return time.time_ns() // 1000
