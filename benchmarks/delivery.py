"""Rows per second and memory of one partition, from its export to its results.

    python benchmarks/delivery.py [--rows 100000] [--memory-rows 200000,2000000]

The simulated account runs in a process of its own with its limits lifted, so that what is measured
is this side. Every measurement runs in a fresh process; peak memory is what the operating system
counts of it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DAY = "2026-01-01"
PORTAL = {"portal": "12345678", "limits": {"requests_per_10_seconds": 0}}


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--memory-rows", default="200000,2000000")
    arguments = parser.parse_args()

    print(f"{arguments.rows:,} contacts, all different, nested Parquet, 12 properties each")
    told = _measure(arguments.rows, deliver=False)
    print(f"  map and store            {told['mapped']:>10,.0f} rows/s")
    print(f"  sort, merge and chunk    {told['chunked']:>10,.0f} rows/s")
    print(f"  from export to batches   {told['both']:>10,.0f} rows/s per process")
    told = _measure(arguments.rows, deliver=True)
    print(f"  deliver, limits lifted   {told['delivered']:>10,.0f} rows/s")
    print(f"    calls per 1,000 rows   {told['calls_per_1000']:>10,.2f}")
    print(f"    CPU here per batch     {told['cpu_ms']:>10,.2f} ms")
    print(f"    CPU of the account     {told['account_cpu_ms']:>10,.2f} ms per batch")
    print(f"  run again, all delivered {told['again']:>10,.0f} rows/s, {told['calls_again']} calls")
    print("peak memory of mapping and delivering")
    for rows in filter(None, arguments.memory_rows.split(",")):
        told = _measure(int(rows), deliver=True)
        print(f"  {int(rows):>12,} rows {told['peak_mib']:>8,.0f} MiB", flush=True)


def _measure(rows: int, *, deliver: bool) -> dict[str, Any]:
    """Run one partition in a process of its own, and return what it tells."""
    processes = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        export = processes.Process(target=_write_export, args=(Path(folder), rows))
        export.start()
        export.join()
        here, there = processes.Pipe()
        account_here, account_there = processes.Pipe()
        account = processes.Process(target=_serve, args=(account_there,), daemon=True)
        account.start()
        work = processes.Process(
            target=_work, args=(there, Path(folder), rows, account_here.recv(), deliver)
        )
        work.start()
        there.close()
        told: dict[str, Any] = here.recv()
        work.join()
        account_here.send("stop")
        cpu: float = account_here.recv()
        account.join()
    told["account_cpu_ms"] = cpu / max(rows / 100, 1) * 1e3
    return told


def _serve(parent: Any) -> None:
    from hubspot_pipeline.simulator.server import SimulatorServer
    from hubspot_pipeline.simulator.settings import SimulatorSettings

    with SimulatorServer(SimulatorSettings(limits=None, keep_inputs=False)) as simulator:
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


def _work(parent: Any, folder: Path, rows: int, url: str, deliver: bool) -> None:
    from hubspot_pipeline import pipeline
    from hubspot_pipeline.actions import ACTIONS, MappingSettings, merge_writes
    from hubspot_pipeline.destination import destination_from
    from hubspot_pipeline.payload_files import sorted_chunks
    from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN
    from hubspot_pipeline.storage import Storage, open_parquet

    os.environ["HUBSPOT_BASE_URL"] = url
    attributes = {
        **PORTAL,
        "events": {"path": f"{folder}/events/{{partition}}/*"},
        "mappings": {"contacts": {"action": "upsertContact"}},
    }
    destination = destination_from(attributes, name="bench", where="benchmark")
    storage = Storage(str(folder), folder / "state")
    started = time.perf_counter()
    mapped = pipeline.map_partition(destination, "contacts", DAY, storage)
    told: dict[str, Any] = {"mapped": rows / (time.perf_counter() - started)}
    if deliver:
        settings = pipeline.connection(destination, {"access_token": PRIVATE_APP_TOKEN})
        cpu = time.process_time()
        done = pipeline.deliver_partition(destination, "contacts", DAY, storage, settings)
        told["cpu_ms"] = (time.process_time() - cpu) / sum(done.calls.values()) * 1e3
        told["delivered"] = done.rows_per_second
        told["calls_per_1000"] = sum(done.calls.values()) / rows * 1_000
        told["peak_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        again = pipeline.deliver_partition(destination, "contacts", DAY, storage, settings)
        told["again"], told["calls_again"] = again.rows_per_second, sum(again.calls.values())
        if done.verdicts != {"delivered": rows}:
            sys.exit(f"not all delivered: {json.dumps(done.verdicts)}")
    else:
        started_chunks = time.perf_counter()
        with open_parquet(mapped.path) as payloads:
            for chunk in sorted_chunks(payloads):
                for each in ACTIONS["upsertContact"].to_writes(chunk, MappingSettings()):
                    writes = merge_writes(each)
                    for start in range(0, len(writes.keys), 100):
                        writes.properties.slice(start, 100).to_pylist()
        ended = time.perf_counter()
        told["chunked"] = rows / (ended - started_chunks)
        told["both"] = rows / (ended - started)
    parent.send(told)


if __name__ == "__main__":
    main()
