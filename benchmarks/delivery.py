"""What delivering one partition takes, from its export to its results.

    python benchmarks/delivery.py [--rows 100000] [--memory-rows 200000,2000000]

Rows per second, CPU and memory with the account's limits lifted; how much of a limit is used where
there is one; and how soon a run that was killed goes on. The simulated account runs in a process of
its own. Every measurement runs in a fresh process; peak memory is what the operating system counts
of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hubspot_pipeline import pipeline
from hubspot_pipeline.actions import ACTIONS, MappingSettings, merge_writes
from hubspot_pipeline.destination import Destination, destination_from
from hubspot_pipeline.payload_files import sorted_chunks
from hubspot_pipeline.pipeline import DeliverySummary
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, SimulatorSettings
from hubspot_pipeline.storage import Storage, open_parquet

DAY = "2026-01-01"
NEXT_DAY = "2026-01-02"
LIMIT, WINDOW_SECONDS = 100, 10.0
IN_FLIGHT = 8
NO_LIMITS = SimulatorSettings(limits=None, keep_inputs=False)


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--memory-rows", default="200000,2000000")
    parser.add_argument("--limited-rows", type=int, default=30_000)
    arguments = parser.parse_args()

    print(f"{arguments.rows:,} contacts, all different, nested Parquet, 12 properties each")
    told = _measure(arguments.rows, _map)
    print(f"  map and store            {told['mapped']:>10,.0f} rows/s")
    print(f"  sort, merge and chunk    {told['chunked']:>10,.0f} rows/s")
    print(f"  from export to batches   {told['both']:>10,.0f} rows/s per process")
    told = _measure(arguments.rows, _deliver)
    print(f"  deliver, limits lifted   {told['delivered']:>10,.0f} rows/s")
    print(f"    calls per 1,000 rows   {told['calls_per_1000']:>10,.2f}")
    print(f"    CPU here per row       {told['cpu_ms'] * 10:>10,.1f} µs")
    print(f"    CPU here per batch     {told['cpu_ms']:>10,.2f} ms")
    print(f"    CPU of the account     {told['account_cpu_ms']:>10,.2f} ms per batch")
    print(f"  run again, all delivered {told['again']:>10,.0f} rows/s, {told['calls_again']} calls")
    print(
        f"  the same on another day  {told['unchanged']:>10,.0f} rows/s, {told['calls_same']} calls"
    )
    told = _measure(arguments.limited_rows, _deliver_limited, SimulatorSettings(keep_inputs=False))
    print(f"{arguments.limited_rows:,} contacts, {LIMIT} calls in 10 s")
    print(f"  use of the limit         {told['used']:>10.1%} of {told['calls']} calls' best time")
    told = _measure(arguments.rows, _deliver_killed)
    print(f"{arguments.rows:,} contacts, killed half way, and run again")
    print(f"  until the first new call {told['goes_on_ms']:>10,.0f} ms")
    print(f"  calls sent once more     {told['sent_again']:>10}, of those under way: {IN_FLIGHT}")
    print("peak memory of mapping and delivering")
    peaks = {}
    for rows in map(int, filter(None, arguments.memory_rows.split(","))):
        peaks[rows] = _measure(rows, _deliver)["peak_mib"]
        print(f"  {rows:>12,} rows {peaks[rows]:>8,.0f} MiB", flush=True)
    if len(peaks) > 1:
        (few, small), (many, large) = min(peaks.items()), max(peaks.items())
        print(f"  of each row more {(large - small) * 2**20 / (many - few):>8,.1f} bytes")


def _measure(
    rows: int, work: Callable[..., None], account: SimulatorSettings = NO_LIMITS
) -> dict[str, Any]:
    """Run one partition in a process of its own, and return what it tells."""
    processes = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        export = processes.Process(target=_write_export, args=(Path(folder), rows))
        export.start()
        export.join()
        here, there = processes.Pipe()
        account_here, account_there = processes.Pipe()
        served = processes.Process(target=_serve, args=(account_there, account), daemon=True)
        served.start()
        bench = Bench(Path(folder), rows, account_here.recv())
        run = processes.Process(target=work, args=(there, bench))
        run.start()
        there.close()
        told: dict[str, Any] = here.recv()
        run.join()
        account_here.send("stop")
        cpu: float = account_here.recv()
        served.join()
    told["account_cpu_ms"] = cpu / max(rows / 100, 1) * 1e3
    return told


def _serve(parent: Any, settings: SimulatorSettings) -> None:
    with SimulatorServer(settings) as simulator:
        started = time.process_time()
        parent.send(simulator.url)
        parent.recv()
        parent.send(time.process_time() - started)


def _write_export(folder: Path, rows: int) -> None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    target = folder / "events" / DAY
    target.mkdir(parents=True)
    writer = None
    for start in range(0, rows, 100_000):
        count = min(100_000, rows - start)
        # Spread, so that the order of the export is not the order of the addresses.
        number = pc.cast(
            pa.array([(at * 7_919) % rows for at in range(start, start + count)]), pa.string()
        )

        def of(*parts: Any, number: pa.Array = number) -> pa.Array:
            return pc.binary_join_element_wise(
                *(number if part is None else part for part in parts), ""
            )

        address = pa.StructArray.from_arrays(
            [
                of("Street ", None),
                of("City ", None),
                pa.repeat("State", count),
                pa.repeat("NO", count),
                of("0", None),
            ],
            ["street", "city", "state", "country", "postal_code"],
        )
        traits = pa.StructArray.from_arrays(
            [
                of("Person", None, "@example.com"),
                of("First ", None),
                of("Last ", None),
                of("Company ", None),
                of("+47 ", None),
                of("https://example.com/", None),
                address,
            ],
            ["email", "first_name", "lastName", "company", "phone", "website", "address"],
        )
        table = pa.table(
            {
                "type": pa.repeat("identify", count),
                "messageId": of("message-", None),
                "timestamp": pa.repeat("2026-01-01T12:00:00.000Z", count),
                "traits": traits,
            }
        )
        writer = writer or pq.ParquetWriter(target / "events.parquet", table.schema)
        writer.write_table(table, row_group_size=50_000)
    if writer:
        writer.close()


@dataclass(frozen=True)
class Bench:
    """A folder with an export of so many contacts, and the account that they are delivered to."""

    folder: Path
    rows: int
    url: str
    limit: int = 0

    @property
    def destination(self) -> Destination:
        """The destination, with or without a limit."""
        attributes = {
            "portal": "12345678",
            "api": {"base_url": self.url},
            "limits": {"requests_per_10_seconds": self.limit, "requests_in_flight": IN_FLIGHT},
            "events": {"path": f"{self.folder}/events/{{partition}}/*"},
            "mappings": {"contacts": {"action": "upsertContact"}},
        }
        return destination_from(attributes, name="bench", where="benchmark")

    @property
    def storage(self) -> Storage:
        """The files."""
        return Storage(str(self.folder), self.folder / "state")

    def map(self, day: str = DAY) -> str:
        """Map a day; return its payloads' path."""
        return pipeline.map_partition(self.destination, "contacts", day, self.storage).path

    def deliver(self, day: str = DAY) -> DeliverySummary:
        """Deliver a day."""
        destination = self.destination
        settings = pipeline.connection(destination, {"access_token": PRIVATE_APP_TOKEN})
        return pipeline.deliver_partition(destination, "contacts", day, self.storage, settings)

    def batches(self) -> list[tuple[int, str, int]]:
        """Return the journal's batches: number, first key, and when it was sent, in µs."""
        file = self.folder / "state" / "journal.sqlite"
        with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as journal:
            return journal.execute("SELECT number, first_key, sent_at FROM batches").fetchall()


def _map(parent: Any, bench: Bench) -> None:
    started = time.perf_counter()
    path = bench.map()
    told = {"mapped": bench.rows / (time.perf_counter() - started)}
    started_chunks = time.perf_counter()
    with open_parquet(path) as payloads:
        for chunk in sorted_chunks(payloads):
            for each in ACTIONS["upsertContact"].to_writes(chunk, MappingSettings()):
                writes = merge_writes(each)
                for start in range(0, len(writes.keys), 100):
                    writes.properties.slice(start, 100).to_pylist()
    ended = time.perf_counter()
    told["chunked"] = bench.rows / (ended - started_chunks)
    told["both"] = bench.rows / (ended - started)
    parent.send(told)


def _deliver(parent: Any, bench: Bench) -> None:
    bench.map()
    cpu = time.process_time()
    done = bench.deliver()
    calls = sum(done.calls.values())
    told: dict[str, Any] = {
        "cpu_ms": (time.process_time() - cpu) / (bench.rows / 100) * 1e3,
        "delivered": done.rows_per_second,
        "calls_per_1000": calls / bench.rows * 1_000,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    if done.verdicts != {"delivered": bench.rows}:
        sys.exit(f"not all delivered: {json.dumps(done.verdicts)}")
    again = bench.deliver()
    told["again"], told["calls_again"] = again.rows_per_second, sum(again.calls.values())
    (bench.folder / "events" / NEXT_DAY).symlink_to(bench.folder / "events" / DAY)
    bench.map(NEXT_DAY)
    same = bench.deliver(NEXT_DAY)
    told["unchanged"], told["calls_same"] = same.rows_per_second, sum(same.calls.values())
    parent.send(told)


def _deliver_limited(parent: Any, bench: Bench) -> None:
    limited = replace(bench, limit=LIMIT)
    limited.map()
    done = limited.deliver()
    calls = sum(done.calls.values())
    best = (calls - 1) // LIMIT * WINDOW_SECONDS  # the last window's calls need not fill it
    parent.send({"used": best / done.seconds, "calls": calls})


def _deliver_killed(parent: Any, bench: Bench) -> None:
    bench.map()
    run = multiprocessing.get_context("fork").Process(target=bench.deliver)
    run.start()
    while run.is_alive() and _sent(bench) < bench.rows // 200:
        time.sleep(0.01)
    run.kill()
    run.join()
    before = bench.batches()
    began = time.time_ns() // 1_000
    bench.deliver()
    last, first_keys = max(number for number, *_ in before), {key for _, key, _ in before}
    after = [each for each in bench.batches() if each[0] > last and each[2] >= began]
    again = [key for _, key, _ in after if key in first_keys]
    first = min(sent_at for _, key, sent_at in after if key not in first_keys)
    parent.send({"goes_on_ms": (first - began) / 1e3, "sent_again": len(again)})


def _sent(bench: Bench) -> int:
    """Return how many batches were sent so far; none before there is a journal."""
    try:
        return len(bench.batches())
    except sqlite3.OperationalError:
        return 0


if __name__ == "__main__":
    main()
