"""Send writes in batches: several in flight, each journaled, a refused one split."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from hubspot_pipeline.delivery.apart import breakdown, send_apart
from hubspot_pipeline.delivery.history import LEFT_OUT, refused
from hubspot_pipeline.delivery.journal import LATER_STEPS, RESTORE
from hubspot_pipeline.delivery.journaled_call import JournaledCall, now
from hubspot_pipeline.delivery.pending import told
from hubspot_pipeline.hubspot.errors import (
    HubSpotError,
    NotFound,
    RefusedError,
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
    import sqlalchemy as sa

    from hubspot_pipeline.delivery.journal import Also, PartitionJournal
    from hubspot_pipeline.delivery.memory import Memory
    from hubspot_pipeline.delivery.pending import Pending, PendingT, PendingWrite

logger = logging.getLogger(__name__)

T = TypeVar("T")

_WRITES_AT_A_TIME = 1_000
_SURELY_AT_FAULT = {"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"}

OUTAGE_AFTER_BATCHES = 3
"""So many batches in a row without an answer are an outage: no more calls are made."""


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


Job: TypeAlias = "tuple[Sequence[Pending], Callable[[], Awaitable[None]]]"
"""Something to do, and the writes that get no verdict where it fails."""


@dataclass(slots=True)
class Sender:
    """Sends batches until told to stop.

    Attributes:
        journal: Where intent and outcome are recorded.
        requests_in_flight: How many calls are under way at once.
        stop_reason: Why nothing more is sent; None while sending goes on.
        memory: What is remembered of the records that are written; None where nothing is.
        reopened: Writes that were done until a call that is being recorded wrote their record, too.
    """

    journal: PartitionJournal
    requests_in_flight: int
    stop_reason: str | None = None
    memory: Memory | None = None
    reopened: list[PendingWrite] = field(default_factory=list)
    _unavailable_in_a_row: int = 0
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.requests_in_flight)

    async def each_batch(
        self,
        writes: Sequence[PendingT],
        work: Callable[[Sequence[PendingT]], Awaitable[None]],
        size: int = BATCH_SIZE,
    ) -> None:
        """Do something for every 100 writes, or so many, several at once."""
        parts = [writes[start : start + size] for start in range(0, len(writes), size)]
        await self.all_of((part, partial(work, part)) for part in parts)

    async def all_of(self, jobs: Iterable[Job]) -> None:
        """Do several things at once; nothing more is begun once there is a reason to stop."""
        async with asyncio.TaskGroup() as tasks:
            for writes, work in jobs:
                tasks.create_task(self._in_place(writes, work))

    async def send(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Take writes through a step; a write that gets no final answer keeps its verdict None.

        Writes that an answer leaves out, and that a read does not find written, are sent once more.
        """
        await self.each_batch(writes, lambda batch: self.send_batch(step, batch))
        left_out = [write for write in writes if write.left_out]
        await self.each_batch(left_out, lambda batch: self.send_batch(step, batch))

    async def _in_place(
        self, writes: Sequence[Pending], work: Callable[[], Awaitable[None]]
    ) -> None:
        async with self._places:
            if self.stop_reason is None:
                await self._guarded(writes, work())

    async def _guarded(self, writes: Sequence[Pending], call: Awaitable[None]) -> None:
        """Await a call; where it gets no final answer, note that on the writes.

        Nor does it where HubSpot refuses what no single write is to blame for, as its own schema.
        """
        try:
            await call
        except (HubSpotError, LimitStoreError) as error:
            reason = told(str(error), writes)
            for write in writes:
                if write.entry.verdict is None:
                    write.entry.reason = reason
                    write.entry.category = getattr(error, "category", None)
            self._consider_stopping(error, reason)
        else:
            self._unavailable_in_a_row = 0

    def _consider_stopping(self, error: Exception, reason: str) -> None:
        if isinstance(error, Unavailable) and error.go_on_at is None:
            self._unavailable_in_a_row += 1
            if self._unavailable_in_a_row < OUTAGE_AFTER_BATCHES:
                return
        self.stop_reason = reason

    async def send_batch(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Send one batch; refused as a whole, it is split until the bad rows stand alone.

        So is one over which HubSpot breaks down again and again, while it does not at others.

        Raises:
            TryLaterError, ConfigurationError, LimitStoreError: There is no final answer.
        """
        broken = await self.apart(writes, partial(self._send_whole, step))
        await self._blame(step, broken)

    async def apart(
        self, items: Sequence[T], send: Callable[[Sequence[T]], Awaitable[None]]
    ) -> list[tuple[T, Unavailable]]:
        """Send items so that those over which HubSpot breaks down stand alone: these, and why.

        Raises:
            TryLaterError, ConfigurationError, LimitStoreError: There is no final answer.
        """
        return await send_apart(items, send, lambda: self.stop_reason)

    async def _send_whole(self, step: Step, writes: Sequence[PendingWrite]) -> None:
        """Send one batch; refused, it is split."""
        again: list[Sequence[PendingWrite]] | None = None
        with self.journaled(step.name, writes) as call:
            inputs = [
                RecordInput(f"{call.batch}-{at}", *step.content(write))
                for at, write in enumerate(writes)
            ]
            try:
                answer = await step.send(inputs)
            except RefusedError as error:
                call.note(error, maybe_applied=error.maybe_applied)
                if isinstance(error, NotFound):  # of a batch, no row's fault
                    raise WrongTarget.of(error) from None
                again = _refuse(step, writes, error)
            else:
                call.note(answer, maybe_applied=answer.maybe_applied_before)
                said = [told(each.message, writes) for each in answer.ownerless]
                for write, outcome in zip(writes, answer.outcomes, strict=True):
                    _apply(step, write, outcome, said)
        if again is None:
            await self._verify(step, inputs, writes)
            return
        for part in again:
            await self.send_batch(step, part)

    async def _blame(self, step: Step, broken: Sequence[tuple[PendingWrite, Unavailable]]) -> None:
        """Fail the writes over which HubSpot breaks down, unless it has made them all the same.

        Raises:
            TryLaterError, ConfigurationError, LimitStoreError: Nobody knows whether it has.
        """
        if not broken:
            return
        writes = [write for write, _ in broken]
        inputs = [RecordInput(str(at), *step.content(write)) for at, write in enumerate(writes)]
        outcomes = await step.verify(inputs)
        for (write, error), outcome in zip(broken, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                step.accepted(write, outcome)
            else:
                write.failed(breakdown(error))
        self.record_told("read back", writes)

    @contextlib.contextmanager
    def journaled(self, step: str, writes: Sequence[Pending]) -> Iterator[JournaledCall]:
        """Record the intent of a call for these writes, and at the end what it came to.

        What is to be recorded of the answer must be on the entries by then.
        """
        call = JournaledCall(_new_batch(), [write.entry for write in writes], step, now())
        for entry in call.entries:
            entry.batch, entry.sent_at, entry.run = call.batch, call.sent_at, self.journal.run
        keys = [entry.key for entry in call.entries]
        doubt = partial(self.memory.doubt, step=step, writes=writes) if self.memory else None
        self.journal.intend(call.batch, step, keys, call.sent_at, doubt)
        try:
            yield call
        except LimitStoreError:
            self._record(call)  # the call was never made
            raise
        except HubSpotError as error:
            if call.answered_at is None:
                call.note(error, maybe_applied=error.maybe_applied)
            self._record(call)
            raise
        self._record(call, None if step in LATER_STEPS else self._remembering(writes))

    def _record(self, call: JournaledCall, also: Also | None = None) -> None:
        answered_at = now()
        reopened, self.reopened = self.reopened, []
        self.journal.record(
            call.batch, call.entries, answered_at, also, [each.entry for each in reopened]
        )
        call.recorded(answered_at)

    def record_finished(self, writes: Sequence[PendingWrite]) -> None:
        """Record what is known of writes at their end, after calls that overtook each other."""
        self._record_told("finish", writes, self.memory.finished if self.memory else None)

    def record_restored(self, writes: Sequence[PendingWrite]) -> None:
        """Record that what was overruled of records is as it can be."""
        self._record_told(RESTORE, writes, self.memory.restored if self.memory else None)

    def record_told(self, step: str, writes: Sequence[Pending]) -> None:
        """Record what became known of writes after the calls that carried them."""
        self._record_told(step, writes, self.memory.written if self.memory else None)

    def _record_told(
        self,
        step: str,
        writes: Sequence[PendingT],
        remember: Callable[[sa.Connection, Sequence[PendingT]], None] | None,
    ) -> None:
        for start in range(0, len(writes), _WRITES_AT_A_TIME):
            part = writes[start : start + _WRITES_AT_A_TIME]
            for write in part:
                write.entry.run = self.journal.run
            entries = [write.entry for write in part]
            also = _about(remember, part) if remember else None
            self.journal.append(_new_batch(), step, entries, now(), also)

    def _remembering(self, writes: Sequence[Pending]) -> Also | None:
        """Return what remembers those of the writes that are written, and doubts those that met."""
        memory, met = self.memory, [*writes, *self.reopened]
        if memory is None:
            return None

        def remember(connection: sa.Connection) -> None:
            memory.written(connection, writes)
            memory.doubt_met(connection, met)

        return remember

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
            logger.warning(
                "%d records cannot be read back: %s", len(left_out), told(str(error), writes)
            )
            return
        for at, outcome in zip(left_out, outcomes, strict=True):
            if isinstance(outcome, Accepted):
                _apply(step, writes[at], outcome, ())
        read = [writes[at] for at in left_out]
        remember, met = self._remembering(read), self.reopened
        self.reopened = []
        self.journal.append(
            f"{read[0].entry.batch}-read",
            "read back",
            [write.entry for write in [*read, *met]],
            now(),
            remember,
        )


def _refuse(
    step: Step, writes: Sequence[PendingWrite], error: RefusedError
) -> list[Sequence[PendingWrite]]:
    """Refuse what a refusal of a whole batch is surely about; return the parts to send again.

    A property that does not exist, or cannot be written, is at fault in every row that has it. Any
    other problem is in one of the rows with the property that it names, else anywhere.
    """
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


def _apply(step: Step, write: PendingWrite, outcome: Outcome, ownerless: Sequence[str]) -> None:
    write.left_out = False
    if isinstance(outcome, Accepted):
        step.accepted(write, outcome)
    elif isinstance(outcome, Refused):
        write.entry.answer = refused(outcome.error)
        step.refused(write, outcome.error)
    else:
        write.entry.answer = LEFT_OUT
        write.left_out = True
        write.entry.uncertain = True
        said = "".join(f" It said of no row in particular: {each}" for each in ownerless)
        write.entry.reason = f"HubSpot's answer left this row out, and no read finds it.{said}"


def _about(
    remember: Callable[[sa.Connection, Sequence[PendingT]], None], writes: Sequence[PendingT]
) -> Also:
    return lambda connection: remember(connection, writes)


def _new_batch() -> str:
    return uuid.uuid4().hex[:16]
