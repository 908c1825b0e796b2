"""The loop: writes in, batches in flight, what a dead run left resumed, one result per row out."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from hubspot_pipeline.delivery.event_batches import EventDelivery, pending_events
from hubspot_pipeline.delivery.memory import recall
from hubspot_pipeline.delivery.other_sides import OtherSides
from hubspot_pipeline.delivery.pending import pending_of, resume, settled
from hubspot_pipeline.delivery.record_batches import RecordDelivery, Way
from hubspot_pipeline.delivery.required import hold_to_required
from hubspot_pipeline.delivery.restoring import Restoring
from hubspot_pipeline.delivery.results import results_of_writes
from hubspot_pipeline.delivery.sender import Sender
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.writes import EventWrites

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator, Sequence

    import pyarrow as pa

    from hubspot_pipeline.delivery.identities import Identities
    from hubspot_pipeline.delivery.journal import Entry, PartitionJournal
    from hubspot_pipeline.delivery.memory import Memory
    from hubspot_pipeline.delivery.pending import Pending, PendingWrite
    from hubspot_pipeline.delivery.record_state import RecordStates
    from hubspot_pipeline.delivery.turns import Turns
    from hubspot_pipeline.hubspot.client import HubSpotClient
    from hubspot_pipeline.writes import RecordWrites, Writes

    Told: TypeAlias = "Callable[[Writes, Sequence[Entry]], None]"


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """How a mapping's writes are sent.

    Attributes:
        way: How records are found and written; see ``RecordDelivery``.
        requests_in_flight: How many calls are under way at once.
        identities: Where contacts that are delivered by e-mail are remembered under their users'
            ids, and where contacts to associate are looked for; None for neither.
        states: Where it is kept what records were given last; None where that is forgotten.
        unknown_time: When events without a time count as having happened, in microseconds since
            1970 (UTC).
        redeliver: Whether also what the journal calls final is sent.
        turns: What keeps other deliveries from writing the same records meanwhile; None where there
            are no others.
        told: Told each chunk's writes and what became of them, before their results are stored.
    """

    way: Way = "upsert"
    requests_in_flight: int = 8
    identities: Identities | None = None
    states: RecordStates | None = None
    unknown_time: int = 0
    redeliver: bool = False
    turns: Turns | None = None
    told: Told | None = None


async def deliver(
    chunks: AsyncIterable[Writes],
    *,
    client: HubSpotClient,
    journal: PartitionJournal,
    options: DeliveryOptions,
    store: Callable[[pa.Table], None],
    merge: Callable[[Writes], Writes],
    stopped: Callable[[], str | None] = lambda: None,
) -> str | None:
    """Deliver a partition's writes, and hand the results of each chunk's rows to ``store``.

    Args:
        chunks: Writes, one a row, each chunk sorted by key byte by byte, no record in two chunks.
        client: The portal.
        journal: The partition's; what is final there is not sent again.
        options: How to send.
        store: Takes results, in ``results.SCHEMA``.
        merge: Makes one write a record of them.
        stopped: Asked before each chunk: why no more calls are to be made; None while they are.

    Returns:
        Why sending stopped before the end; None where it did not. Rows that were not sent, or got
        no final answer, are ``undelivered`` in either case.
    """
    sender = Sender(journal, options.requests_in_flight)
    with _garbage_between_chunks() as collect:
        async for rows in chunks:
            sender.stop_reason = sender.stop_reason or stopped()
            others = OtherSides(client, sender, options.identities)
            done = partial(_settled, merge=merge, journal=journal, options=options)
            able, unable = await hold_to_required(rows, others, done)
            if unable is not None:
                store(unable)
            writes = merge(able)
            if isinstance(writes, EventWrites):
                entries = await _deliver_events(writes, client, sender, options)
            else:
                entries = await _deliver_records(writes, client, sender, others, options)
            if options.told:
                options.told(writes, entries)
            store(results_of_writes(writes, entries))
            collect()
    return sender.stop_reason


def _settled(
    rows: RecordWrites,
    merge: Callable[[Writes], Writes],
    journal: PartitionJournal,
    options: DeliveryOptions,
) -> set[str]:
    """Return the keys of the records that these rows, merged, have nothing more to do for."""
    if options.redeliver:
        return set()
    whole = merge(rows)
    if isinstance(whole, EventWrites):
        return set()
    known = journal.known(rows.keys[0].as_py(), rows.keys[-1].as_py())
    done = settled(pending_of(whole), known, journal.run) if known else set()
    memory = _recall(whole, journal, options)
    return done | memory.settled() if memory else done


async def _deliver_events(
    writes: EventWrites, client: HubSpotClient, sender: Sender, options: DeliveryOptions
) -> list[Entry]:
    pending = pending_events(writes)
    unfinished = resume(pending, sender.journal, again=options.redeliver)
    await EventDelivery(client, sender).deliver(unfinished)
    _say_why(unfinished, sender.stop_reason)
    return [write.entry for write in pending]


async def _deliver_records(
    writes: RecordWrites,
    client: HubSpotClient,
    sender: Sender,
    others: OtherSides,
    options: DeliveryOptions,
) -> list[Entry]:
    pending = pending_of(writes)
    unfinished = resume(pending, sender.journal, again=options.redeliver)
    steps = RecordDelivery(
        client,
        sender,
        others,
        writes.object_type,
        writes.id_property,
        options.way,
        id_is_given=writes.id_is_given,
        makes_id_property=writes.makes_id_property,
    )
    if unfinished or _is_owed(writes.object_type, pending, sender.journal, options):
        async with _turn(writes, options):
            _hold_to_states(writes, unfinished, sender, options)
            await steps.deliver([write for write in unfinished if write.entry.verdict is None])
            await Restoring(client, sender, writes.object_type).restore(pending)
    _say_why(unfinished, sender.stop_reason)
    entries = [write.entry for write in pending]
    if options.identities and (writes.object_type, writes.id_property) == (CONTACTS, "email"):
        options.identities.remember(writes, entries)
    return entries


def _turn(
    writes: RecordWrites, options: DeliveryOptions
) -> contextlib.AbstractAsyncContextManager[None]:
    return options.turns.take(writes.object_type) if options.turns else contextlib.nullcontext()


def _hold_to_states(
    writes: RecordWrites,
    unfinished: Sequence[PendingWrite],
    sender: Sender,
    options: DeliveryOptions,
) -> None:
    """Take out of the writes what their records have already, or what later events overrule."""
    sender.memory = memory = _recall(writes, sender.journal, options)
    if memory is None:
        return
    with sender.journal.transaction() as connection:
        memory.advance(connection, unfinished)
        memory.notice_lost(connection, unfinished)
    memory.settle(unfinished)


def _is_owed(
    object_type: str,
    writes: Sequence[PendingWrite],
    journal: PartitionJournal,
    options: DeliveryOptions,
) -> bool:
    """Return whether anything is to be put back to the records of writes: a run was cut short."""
    if options.states is None:
        return False
    with journal.transaction() as connection:
        owed = {str(each) for each in options.states.overruled(connection, object_type)}
    return any(write.entry.record_id in owed for write in writes)


def _recall(
    writes: RecordWrites, journal: PartitionJournal, options: DeliveryOptions
) -> Memory | None:
    """Return what is remembered of the writes' records."""
    if options.states is None:
        return None
    with journal.transaction() as connection:
        return recall(
            connection,
            options.states,
            writes,
            options.identities,
            options.unknown_time,
            redeliver=options.redeliver,
        )


@contextlib.contextmanager
def _garbage_between_chunks() -> Iterator[Callable[[], int]]:
    """Keep Python's collector from walking a chunk's writes while they are on their way.

    Measured: it takes up to half of the CPU of making them, and finds nothing, as they hold no
    cycles. So it runs between chunks, and over what is new since the start.
    """
    gc.freeze()
    gc.disable()
    try:
        yield gc.collect
    finally:
        gc.enable()
        gc.unfreeze()


def _say_why(writes: Sequence[Pending], reason: str | None) -> None:
    for write in writes:
        if reason and write.entry.verdict is None and write.entry.reason is None:
            what = "Not finished" if write.entry.attempts else "Not sent"
            write.entry.reason = f"{what}: {reason}"
