"""The loop: writes in, batches in flight, what a dead run left resumed, one result per row out."""

from __future__ import annotations

import contextlib
import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.pending import PendingWrite, pending_of, resume
from hubspot_pipeline.delivery.record_batches import RecordDelivery, Way
from hubspot_pipeline.delivery.results import results_of_writes
from hubspot_pipeline.delivery.sender import Sender
from hubspot_pipeline.writes import EventWrites, Writes

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator

    import pyarrow as pa

    from hubspot_pipeline.delivery.journal import PartitionJournal
    from hubspot_pipeline.hubspot.client import HubSpotClient


@dataclass(frozen=True, slots=True)
class DeliveryOptions:
    """How a mapping's writes are sent.

    Attributes:
        way: How records are found and written; see ``RecordDelivery``.
        requests_in_flight: How many calls are under way at once.
    """

    way: Way = "upsert"
    requests_in_flight: int = 8


async def deliver(
    chunks: AsyncIterable[Writes],
    *,
    client: HubSpotClient,
    journal: PartitionJournal,
    options: DeliveryOptions,
    store: Callable[[pa.Table], None],
) -> str | None:
    """Deliver a partition's writes, and hand the results of each chunk's rows to ``store``.

    Args:
        chunks: The writes, each chunk sorted by key byte by byte, no record in two chunks.
        client: The portal.
        journal: The partition's; what is final there is not sent again.
        options: How to send.
        store: Takes results, in ``results.SCHEMA``.

    Returns:
        Why sending stopped before the end; None where it did not. Rows that were not sent, or got
        no final answer, are ``undelivered`` in either case.
    """
    sender = Sender(journal, options.requests_in_flight)
    with _garbage_between_chunks() as collect:
        async for writes in chunks:
            if isinstance(writes, EventWrites):
                raise NotImplementedError("event occurrences")
            pending = pending_of(writes)
            unfinished = resume(pending, journal)
            steps = RecordDelivery(
                client, sender, writes.object_type, writes.id_property, options.way
            )
            await steps.deliver(unfinished)
            if sender.stop_reason:
                _say_why(unfinished, sender.stop_reason)
            store(results_of_writes(writes, [write.entry for write in pending]))
            collect()
    return sender.stop_reason


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


def _say_why(writes: list[PendingWrite], reason: str) -> None:
    for write in writes:
        if write.entry.verdict is None and write.entry.reason is None:
            what = "Not finished" if write.entry.attempts else "Not sent"
            write.entry.reason = f"{what}: {reason}"
