"""How fast the default Upsert Contact mapping runs: over structs, JSON text, and row by row."""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hubspot_pipeline.actions.upsert_contact import ACTION
from hubspot_pipeline.mapping import compile_mapping, compile_trigger, validate
from tests.mapping.reference.directives import transform
from tests.mapping.reference.fields import field_value
from tests.mapping.reference.javascript import Failed

BATCH_ROWS = 65_536
INTERPRETED_ROWS = 20_000
CITIES = ["Berlin", "Łódź", "Paris", "San José", "Rome", "Oslo"]


def main() -> None:
    """Run one measurement, or each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["structs", "json", "interpreter"])
    arguments = parser.parse_args()
    if arguments.only:
        print(json.dumps(measure(arguments.only, arguments.rows)))
        return
    found = {name: _in_process(name, arguments.rows) for name in ("structs", "json", "interpreter")}
    slowest = found["interpreter"]["rows_per_second"]
    print("events as         rows    map rows/s  trigger rows/s  peak MiB   times")
    for name, figures in found.items():
        print(
            f"{name:<12}{figures['rows']:>10,}{figures['rows_per_second']:>14,.0f}"
            f"{figures.get('trigger_rows_per_second', 0):>16,.0f}{figures['peak_mib']:>10,.0f}"
            f"{figures['rows_per_second'] / slowest:>7,.0f}x"
        )


def measure(name: str, rows: int) -> dict[str, float]:
    """Rows per second of mapping and validation together, and the most memory it took."""
    if name == "interpreter":
        rows = min(rows, INTERPRETED_ROWS)
        seconds = _interpret([_event(random.Random(0), number) for number in range(rows)])
        return {"rows": rows, "rows_per_second": rows / seconds, "peak_mib": _peak_mib()}
    batch = _table([_event(random.Random(0), number) for number in range(BATCH_ROWS)], name)
    program = compile_mapping(ACTION.default_mapping())
    trigger = compile_trigger(str(ACTION.default_trigger))
    fields = [field.key for field in ACTION.fields]
    done = rejected = 0
    seconds = trigger_seconds = 0.0
    while done < rows:
        start = time.perf_counter()
        trigger.mask(batch)
        trigger_seconds += time.perf_counter() - start
        start = time.perf_counter()
        validated = validate(ACTION.fields, program.evaluate_fields(batch, fields), batch.num_rows)
        seconds += time.perf_counter() - start
        done += batch.num_rows
        rejected += validated.errors.num_rows
    return {
        "rows": done,
        "rejected": rejected,
        "rows_per_second": done / seconds,
        "trigger_rows_per_second": done / trigger_seconds,
        "peak_mib": _peak_mib(),
    }


def _interpret(events: list[dict]) -> float:
    mapping = ACTION.default_mapping()
    start = time.perf_counter()
    for event in events:
        payload = transform(mapping, event)
        for field in ACTION.fields:
            try:
                field_value(field, payload.get(field.key), clears=False)
            except Failed:
                break
    return time.perf_counter() - start


def _event(random_: random.Random, number: int) -> dict:
    """An identify event with the traits people send: some missing, a few wrong."""
    random_.seed(number)
    traits = {
        "email": f"person{number}@example.com" if number % 100 else f"person {number}",
        "company": f"Company {number % 5000}",
        "phone": f"+49 30 {number:07d}",
        "website": f"https://example.com/{number % 5000}",
        "plan": random_.choice(["free", "team", "enterprise"]),
        "age": random_.randint(18, 90),
        "address": {
            "street": f"{number % 300} Long Street",
            "city": random_.choice(CITIES),
            "state": "BE",
            "country": "Germany",
            "postalCode" if number % 3 else "postal_code": f"{number % 100_000:05d}",
        },
    }
    traits["first_name" if number % 2 else "firstName"] = f"Name{number % 1000}"
    if number % 10:
        traits["last_name"] = f"O'Surname{number % 5000}"
    return {"type": "identify" if number % 4 else "track", "traits": traits}


def _table(events: list[dict], name: str) -> pa.Table:
    types = pa.array([event["type"] for event in events])
    if name == "structs":
        return pa.table({"type": types, "traits": pa.array([event["traits"] for event in events])})
    texts = pa.array([json.dumps(event["traits"]) for event in events])
    return pa.table({"type": types, "traits": pa.ExtensionArray.from_storage(pa.json_(), texts)})


def _peak_mib() -> float:
    return psutil.Process().memory_info().rss / 2**20 if sys.platform == "win32" else _max_rss_mib()


def _max_rss_mib() -> float:
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_process(name: str, rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--only", name, "--rows", str(rows)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    main()
