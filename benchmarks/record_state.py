"""The record state at full size: `python -m benchmarks.record_state [--records 10000000]`.

Contacts with twelve properties each are remembered, in SQLite and, where
HUBSPOT_PIPELINE_TEST_POSTGRES names a server, in Postgres. Then chunks of writes to records all
over the store are held against it that say nothing new, as a day does that is delivered twice.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hubspot_pipeline.delivery.items import items_of
from hubspot_pipeline.delivery.journal import Journal
from hubspot_pipeline.delivery.memory import recall
from hubspot_pipeline.delivery.pending import pending_of
from hubspot_pipeline.delivery.record_state import RecordStates
from hubspot_pipeline.delivery.states import NONE, overlaid, pack, unpack
from hubspot_pipeline.object_types import CONTACTS
from hubspot_pipeline.writes import RecordWrites

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.states import Ints

CHUNK = 20_000
PROPERTIES = 12
FIRST_ID = 100_000_000_000
MOMENT = 1_767_225_600_000_000


def main() -> None:
    """Fill each store there is, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000_000)
    parser.add_argument("--chunks", type=int, default=8, help="how many are looked up")
    parser.add_argument("--store", choices=["sqlite", "postgres"])
    options = parser.parse_args()
    print(f"{options.records:,} contacts of {PROPERTIES} properties, chunks of {CHUNK:,} writes")
    with tempfile.TemporaryDirectory() as folder:
        stores = {"sqlite": f"sqlite:///{folder}/journal.sqlite"}
        postgres = os.environ.get("HUBSPOT_PIPELINE_TEST_POSTGRES")
        if postgres:
            stores["postgres"] = postgres
        for name, url in stores.items():
            if options.store in (None, name):
                print(name)
                measure(url, options.records, options.chunks)


def measure(url: str, records: int, chunks: int) -> None:
    """Print what filling a store takes, and what looking chunks up in it does."""
    with Journal(url) as book:
        states = RecordStates(book, "benchmark")
        seconds = [fill(book, states, start, records) for start in range(0, records, CHUNK)]
        tenth = max(len(seconds) // 10, 1)
        print(f"  fill              {records / sum(seconds):>12,.0f} records/s")
        print(f"    the last tenth  {CHUNK * tenth / sum(seconds[-tenth:]):>12,.0f} records/s")
        size = size_of(book, Path(book.engine.url.database or ""))
        print(
            f"  size              {size / 2**20:>12,.0f} MiB, {size / records:,.0f} bytes a record"
        )
        chance = random.Random(1)
        everywhere = [np.array(sorted(chance.sample(range(records), CHUNK))) for _ in range(chunks)]
        looked_up = [look_up(book, states, numbers) for numbers in everywhere]
        told = median(looked_up)
        print(
            f"  look up a chunk   {told * 1e3:>12,.0f} ms, the first {looked_up[0] * 1e3:,.0f} ms"
        )
        settled = median(settle(book, states, numbers) for numbers in everywhere)
        print(f"  unchanged         {CHUNK / settled:>12,.0f} rows/s", flush=True)


def contacts(numbers: Ints) -> RecordWrites:
    """Return writes to the contacts of these numbers."""
    number = pc.cast(pa.chunked_array([pa.array(numbers)]), pa.string())
    rows = len(numbers)

    def of(*parts: str) -> pa.ChunkedArray:
        return pc.binary_join_element_wise(parts[0], number, *parts[1:], "")

    ids = of("person", "@example.com")
    properties = {f"property_{at}": of(f"Value {at} of ") for at in range(PROPERTIES)}
    return RecordWrites(
        CONTACTS,
        "email",
        ids,
        ids,
        pa.chunked_array([pa.repeat("upsert", rows)]),
        pa.table(properties),
        pa.table(
            {
                "event_time": pa.repeat(MOMENT, rows).cast(pa.timestamp("us", "UTC")),
                "write": pa.array(range(rows), pa.int64()),
                "carries": pa.repeat(pa.scalar(True), rows),
            }
        ),
    )


def fill(book: Journal, states: RecordStates, start: int, records: int) -> float:
    """Remember a chunk of records, and return how long it took."""
    numbers = np.arange(start, min(start + CHUNK, records))
    writes = contacts(numbers)
    began = time.perf_counter()
    packed = pack(overlaid(NONE, items_of(writes, {}, 0).entries), len(numbers))
    record_ids = (numbers + FIRST_ID).tolist()
    with book.engine.begin() as connection:
        states.put_keys(connection, states.keys(CONTACTS, "email", writes.ids), record_ids)
        states.put_states(connection, CONTACTS, dict(zip(record_ids, packed, strict=True)))
    return time.perf_counter() - began


def look_up(book: Journal, states: RecordStates, numbers: Ints) -> float:
    """Find a chunk's records and their states by e-mail; return how long it took."""
    writes = contacts(numbers)
    began = time.perf_counter()
    with book.engine.connect() as connection:
        record_ids = states.record_ids(connection, CONTACTS, "email", writes.ids)
        known = unpack(states.load(connection, CONTACTS, record_ids))
    took = time.perf_counter() - began
    assert len(known) == len(numbers) * PROPERTIES  # noqa: S101  # else there is nothing measured
    return took


def settle(book: Journal, states: RecordStates, numbers: Ints) -> float:
    """Find that a chunk says nothing new; return how long it took, its writes made included."""
    writes = contacts(numbers)
    began = time.perf_counter()
    pending = pending_of(writes)
    with book.engine.connect() as connection:
        memory = recall(connection, states, writes, None, 0, redeliver=False)
    memory.settle(pending)
    took = time.perf_counter() - began
    assert {write.entry.verdict for write in pending} == {"unchanged"}  # noqa: S101  # as above
    return took


def size_of(book: Journal, file: Path) -> int:
    """Return the bytes that the store takes."""
    with book.engine.connect() as connection:
        if book.engine.dialect.name == "sqlite":
            connection.execute(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))
            return file.stat().st_size
        tables = ("record_keys", "record_states")
        sizes = [connection.scalar(sa.select(sa.func.pg_total_relation_size(t))) for t in tables]
        return sum(sizes)


if __name__ == "__main__":
    main()
