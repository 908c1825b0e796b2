"""The loop: writes in, batches in flight, what a dead run left resumed, one result per row out."""

from __future__ import annotations

import contextlib
import gc
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson
import pyarrow as pa

from hubspot_pipeline.delivery.journal import Entry
from hubspot_pipeline.delivery.record_batches import RecordDelivery, Way
from hubspot_pipeline.delivery.results import results_of_writes
from hubspot_pipeline.delivery.sender import PendingWrite, Sender
from hubspot_pipeline.delivery.verdicts import SKIPPED_BY_A_RERUN
from hubspot_pipeline.writes import EventWrites, RecordWrites, Writes

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator

    from hubspot_pipeline.delivery.journal import PartitionJournal
    from hubspot_pipeline.hubspot.client import HubSpotClient


_ROWS_AT_A_TIME = 1_000


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
            pending = _pending(writes)
            unfinished = _resume(pending, journal)
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


def _pending(writes: RecordWrites) -> list[PendingWrite]:
    """Return the writes as objects: from here on each goes into a JSON body of its own."""
    carriers = writes.rows.filter(writes.rows["carries"])
    times = carriers["event_time"].cast(pa.int64()).to_pylist()
    return [
        PendingWrite(Entry(key, _digest(properties)), id_, properties, time or 0)
        for key, id_, properties, time in zip(
            writes.keys.to_pylist(),
            writes.ids.to_pylist(),
            _given(writes.properties, len(times)),
            times,
            strict=True,
        )
    ]


def _given(properties: pa.Table, rows: int) -> Iterator[dict[str, str]]:
    """Yield each row's values that are not null, with few rows as Python objects at a time."""
    if not properties.num_columns:
        yield from ({} for _ in range(rows))
    for batch in properties.to_batches(max_chunksize=_ROWS_AT_A_TIME):
        for row in batch.to_pylist():
            yield {name: value for name, value in row.items() if value is not None}


def _resume(pending: list[PendingWrite], journal: PartitionJournal) -> list[PendingWrite]:
    """Take over what the journal knows, and return the writes that have no final verdict yet."""
    if not pending:
        return []
    known = journal.known(pending[0].entry.key, pending[-1].entry.key)
    for write in pending:
        before = known.get(write.entry.key)
        if before is None:
            continue
        if before.digest in {None, write.entry.digest}:
            before.digest = write.entry.digest
            write.entry = before
            if not _is_final(before, journal.run):
                before.verdict = before.reason = before.category = None
        else:
            write.entry.uncertain = before.uncertain
    return [write for write in pending if write.entry.verdict is None]


def _is_final(entry: Entry, run: int) -> bool:
    return entry.verdict in SKIPPED_BY_A_RERUN or (entry.verdict is not None and entry.run == run)


def _say_why(writes: list[PendingWrite], reason: str) -> None:
    for write in writes:
        if write.entry.verdict is None and write.entry.reason is None:
            what = "Not finished" if write.entry.attempts else "Not sent"
            write.entry.reason = f"{what}: {reason}"


def _digest(properties: dict[str, str]) -> str:
    """Return a fingerprint of a write's content; a changed write is a new one."""
    content = orjson.dumps(properties, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=16).hexdigest()
