"""Send writes in batches: several in flight, each journaled, a refused one split."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hubspot_pipeline.hubspot.errors import (
    ConfigurationError,
    HubSpotError,
    NotFound,
    RefusedError,
    TryLaterError,
    Unavailable,
    WrongTarget,
)
from hubspot_pipeline.hubspot.rate_limit import LimitStoreError
from hubspot_pipeline.hubspot.records import (
    BATCH_SIZE,
    Accepted,
    BatchAnswer,
    Outcome,
    RecordInput,
    Refused,
)

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.journal import Entry, PartitionJournal

logger = logging.getLogger(__name__)

_SURELY_AT_FAULT = {"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"}

OUTAGE_AFTER_BATCHES = 3
"""So many batches in a row without an answer are an outage: no more calls are made."""


@dataclass(slots=True)
class PendingWrite:
    """A write on its way.

    Attributes:
        entry: What the journal knows of it; its verdict is None until it is final.
        id: Its value of the property by which its record is found.
        properties: The values to write.
        event_time: When the latest of its events happened, in microseconds since 1970 (UTC).
        found: Whether a read found the record; None while none was made or none answered.
        left_out: Whether an answer spoke neither of its success nor of its refusal.
        kept_stage: Whether HubSpot kept another lifecycle stage than the one wanted.
        cleared: Whether HubSpot has cleared that stage since.
        conflict: The refusal that names another record as the owner of this one's key.
    """

    entry: Entry
    id: str
    properties: dict[str, str]
    event_time: int = 0
    found: bool | None = None
    left_out: bool = False
    kept_stage: bool = False
    cleared: bool = False
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
        await self.each_batch(writes, lambda batch: self.send_batch(step, batch))
        left_out = [write for write in writes if write.left_out]
        await self.each_batch(left_out, lambda batch: self.send_batch(step, batch))

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
        except (TryLaterError, ConfigurationError, LimitStoreError) as error:
            for write in batch:
                if write.entry.verdict is None:
                    write.entry.reason = str(error)
                    write.entry.category = getattr(error, "category", None)
            self._consider_stopping(error)
        else:
            self._unavailable_in_a_row = 0

    def _consider_stopping(self, error: Exception) -> None:
        if isinstance(error, Unavailable):
            self._unavailable_in_a_row += 1
            if self._unavailable_in_a_row < OUTAGE_AFTER_BATCHES:
                return
        self.stop_reason = str(error)

    async def send_batch(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Send one batch; refused as a whole, it is split until the bad rows stand alone.

        Raises:
            TryLaterError, ConfigurationError, LimitStoreError: There is no final answer.
        """
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
        except LimitStoreError:
            self.journal.record(batch, entries, _now())  # the call was never made
            raise
        except HubSpotError as error:
            answered_at = _note_call(entries, error, maybe_applied=error.maybe_applied)
            again = _refuse(step, writes, error) if isinstance(error, RefusedError) else []
            self.journal.record(batch, entries, answered_at)
            if isinstance(error, NotFound):  # of a batch, no row's fault
                raise WrongTarget(
                    f"There is no such endpoint: {error.message}", error.facts
                ) from None
            if not isinstance(error, RefusedError):
                raise
            for part in again:
                await self.send_batch(step, part)
            return
        answered_at = _note_call(entries, answer, maybe_applied=answer.maybe_applied_before)
        for write, outcome in zip(writes, answer.outcomes, strict=True):
            _apply(step, write, outcome, answer.ownerless)
        self.journal.record(batch, entries, answered_at)
        await self._verify(step, inputs, writes)

    async def _verify(
        self, step: Step, inputs: Sequence[RecordInput], writes: Sequence[PendingWrite]
    ) -> None:
        """Read whether the writes that an answer left out are there all the same."""
        left_out = [at for at, write in enumerate(writes) if write.left_out]
        if not left_out:
            return
        try:
            outcomes = await step.verify([inputs[at] for at in left_out])
        except RefusedError as error:
            logger.warning("%d records cannot be read back: %s", len(left_out), error)
            return
        for at, outcome in zip(left_out, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                _apply(step, writes[at], outcome, ())
        entries = [writes[at].entry for at in left_out]
        self.journal.append(f"{entries[0].batch}-read", "read back", entries, _now())


def _refuse(
    step: Step, writes: Sequence[PendingWrite], error: RefusedError
) -> list[Sequence[PendingWrite]]:
    """Refuse what a refusal of a whole batch is surely about; return the parts to send again.

    A property that does not exist, or cannot be written, is at fault in every row that has it. Any
    other problem is in one of the rows with the property that it names, else anywhere.
    """
    if isinstance(error, NotFound):
        return []
    if len(writes) == 1:
        step.refused(writes[0], error)
        return []
    named = {problem.name for problem in error.problems}
    surely = {problem.name for problem in error.problems if problem.code in _SURELY_AT_FAULT}
    suspects = [write for write in writes if not named.isdisjoint(step.content(write)[1])]
    others = [write for write in writes if named.isdisjoint(step.content(write)[1])]
    if suspects and surely == named:
        for write in suspects:
            step.refused(write, error)
        return [others] if others else []
    if suspects and others:
        return [suspects, others]
    middle = len(writes) // 2
    return [writes[:middle], writes[middle:]]


def _note_call(
    entries: Sequence[Entry], answer: BatchAnswer | HubSpotError, *, maybe_applied: bool
) -> int:
    """Note on the entries that a call carried them; return when it was answered."""
    answered_at = _now()
    for entry in entries:
        entry.attempts += answer.attempts
        entry.uncertain |= maybe_applied
        entry.correlation_id = answer.correlation_id
        entry.answered_at = answered_at
    return answered_at


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
