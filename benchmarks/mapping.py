"""How fast mappings run, from file to payload columns and once read, beside an interpreter.

`python benchmarks/mapping.py [--rows N] [--only NAME]`. Each measurement has a process and a core
of its own and one thread. Rows per second are of CPU time, so that a busy machine matters little;
the best of some passes counts. The interpreter is the plain one, event by event, that the tests
hold the engine to.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hubspot_pipeline.events import EventBatch, ExportFile, find_files, read_events
from hubspot_pipeline.events.lines import read_blocks
from hubspot_pipeline.events.sample import write_sample_export
from hubspot_pipeline.mapping import compile_trigger
from hubspot_pipeline.mapping.sources import source_of
from hubspot_pipeline.mapping.validation import validate
from hubspot_pipeline.payloads import PayloadProgram, compile_payloads
from tests.mapping.reference.directives import transform
from tests.mapping.reference.fields import field_value
from tests.mapping.reference.javascript import UNDEFINED, Failed

DAY = "2026-01-02"
PASSES = 3
INTERPRETED_EVENTS = 20_000
TRIGGERED_EVENTS = 4_000_000

TRAITS = {"@path": "$.traits"}
ADDRESS = {"value": {"@path": "$.traits.address"}, "separator": "_"}
PRODUCT = {"id": {"@path": "$.product_id"}, "price": {"@path": "$.price"}}
PLAN = {"apply": {"person": TRAITS}, "mapping": {"plan": {"@path": "$.person.plan"}}}
PHONE = {"pattern": " ", "replacement": "", "value": {"@path": "$.traits.phone"}}
NAME = {
    "exists": {"@path": "$.traits.first_name"},
    "then": {"@path": "$.traits.first_name"},
    "else": {"@path": "$.traits.firstName"},
}
EVERY_DIRECTIVE: dict[str, Any] = {
    "email": {"@template": "{{anonymousId}}@example.com"},
    "company": {"@case": {"operator": "upper", "value": {"@path": "$.traits.company"}}},
    "firstname": {"@if": NAME},
    "phone": {"@replace": PHONE},
    "website": {"@json": {"mode": "encode", "value": {"@path": "$.traits.tags"}}},
    "city": {"@liquid": "{{ traits.address.city | upcase }}"},
    "lifecyclestage": {"@literal": "customer"},
    "properties": {
        "@merge": {
            "direction": "right",
            "objects": [
                {"@flatten": ADDRESS},
                {"@transform": PLAN},
                {"stage": {"@excludeWhenNull": {"@path": "$.traits.lifecycle_stage"}}},
                {"products": {"@arrayPath": ["$.properties.products", PRODUCT]}},
            ],
        }
    },
}
IDENTIFIED, TRACKED = 'type = "identify"', 'type = "identify" or type = "track"'

Stages = defaultdict[str, float]
"""Seconds by stage."""

Figures = dict[str, Any]
"""What a measurement finds: events, seconds, peak_mib and, if taken apart, seconds by stage."""


def main() -> None:
    """Run one measurement, or each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=300_000, help="events in the exports")
    parser.add_argument("--only", choices=MEASUREMENTS, help="run one, and print what it finds")
    parser.add_argument("--folder", type=Path, help="where the exports are, or will be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        for format_ in ("parquet", "jsonl.gz"):
            if not (folder / format_).exists():
                write_sample_export(folder / format_, DAY, arguments.rows, format=format_)
        if arguments.only:
            print(json.dumps(_alone(MEASUREMENTS[arguments.only], folder)))
        else:
            _report({name: _in_process(name, folder) for name in MEASUREMENTS})


def _report(found: dict[str, Figures]) -> None:
    print(f"{'':30}{'events':>11}{'rows/s':>13}{'peak MiB':>10}{'interpreter':>13}")
    for name, figures in found.items():
        slow = found[f"{'every' if 'every' in name else 'default'}, interpreted"]
        times = "" if "trigger" in name else f"{_speed(figures) / _speed(slow):,.0f}x"
        print(
            f"{name:30}{figures['events']:>11,}{_speed(figures):>13,.0f}"
            f"{figures['peak_mib']:>10,.0f}{times:>13}"
        )
    print("\nwhere the time goes, in microseconds an event:")
    for name, figures in found.items():
        stages = figures.get("stages", {}).items()
        if stages:
            parts = [f"{stage} {1e6 * spent / figures['events']:.2f}" for stage, spent in stages]
            print(f"{name:30}{', '.join(parts)}")


def _speed(figures: Figures) -> float:
    return float(figures["events"] / figures["seconds"])


def _from_file(format_: str, folder: Path) -> Figures:
    """The default mapping, from an export to payload columns."""
    files, program = _files(folder, format_), _program("default", IDENTIFIED)
    events, seconds = _best(lambda: sum(_mapped(program, files)))
    stages: Stages = defaultdict(float)
    if format_ == "jsonl.gz":
        for file in files:
            for _ in _timed(stages, "unzip and split", read_blocks(file)):
                pass
    position = 0
    for batch in _timed(stages, "read", read_events(files, paths=program.paths)):
        _take_apart(stages, program, batch, position)
        position += batch.events.num_rows + batch.rejected.num_rows
    stages["read"] -= stages.get("unzip and split", 0)
    return {"events": events, "seconds": seconds, "stages": stages}


def _once_read(mapping: Any, trigger: str, format_: str, folder: Path) -> Figures:
    """A mapping and validation over the events that its trigger picks, which are in memory."""
    program = _program(mapping, trigger)
    read = read_events(_files(folder, format_), paths=program.paths)
    picked = [program.picked(batch.events) for batch in read]
    events, seconds = _best(lambda: sum(program.validated(e).payloads.num_rows for e in picked))
    stages: Stages = defaultdict(float)
    for batch in picked:
        _evaluate_apart(stages, program, batch)
    return {"events": events, "seconds": seconds, "stages": stages}


def _triggered(text: str, folder: Path) -> Figures:
    """A trigger over columns in memory."""
    trigger = compile_trigger(text)
    batch = next(read_events(_files(folder, "parquet"), paths=trigger.paths)).events
    times = TRIGGERED_EVENTS // batch.num_rows
    events, seconds = _best(lambda: sum(len(trigger.mask(batch)) for _ in range(times)))
    return {"events": events, "seconds": seconds}


def _interpreted(mapping: Any, trigger: str, folder: Path) -> Figures:
    """JSON lines to payloads, event by event; the trigger picks the types that it names."""
    action = _program(mapping, trigger).action
    directives = action.default_mapping() if mapping == "default" else mapping

    def run() -> int:
        events = 0
        for event in islice(_parsed(folder), INTERPRETED_EVENTS):
            events += 1
            if f'"{event.get("type")}"' in trigger:
                payload = transform(directives, event)
                for field in action.fields:
                    try:
                        field_value(field, payload.get(field.key, UNDEFINED), clears=False)
                    except Failed:
                        break
        return events

    events, seconds = _best(run)
    return {"events": events, "seconds": seconds}


def _program(mapping: Any, trigger: str) -> PayloadProgram:
    return compile_payloads("upsertContact", trigger, mapping)


def _files(folder: Path, format_: str) -> list[ExportFile]:
    return find_files(f"{folder}/{format_}/{{partition}}/*", DAY)


def _mapped(program: PayloadProgram, files: list[ExportFile]) -> Iterator[int]:
    """Map every batch; how many rows it has."""
    position = 0
    for batch in read_events(files, paths=program.paths):
        program.map_batch(batch.events, batch.rejected, position)
        rows = batch.events.num_rows + batch.rejected.num_rows
        position += rows
        yield rows


def _take_apart(stages: Stages, program: PayloadProgram, batch: EventBatch, position: int) -> None:
    """Add the time of each stage of mapping a batch; `rest` puts the payload rows together."""
    before = sum(stages.values())
    start = time.process_time()
    program.map_batch(batch.events, batch.rejected, position)
    whole = time.process_time() - start
    start = time.process_time()
    picked = program.picked(batch.events)
    stages["trigger"] += time.process_time() - start
    _evaluate_apart(stages, program, picked)
    stages["rest"] += whole - (sum(stages.values()) - before)


def _evaluate_apart(stages: Stages, program: PayloadProgram, events: pa.Table) -> None:
    """Add the time of each stage of mapping events: values at paths, directives, validation."""
    fields = program.action.fields
    start = time.process_time()
    source_of(events).values_at(program.program.root.paths())
    found = time.process_time()
    columns = program.program.evaluate_fields(events, [field.key for field in fields])
    evaluated = time.process_time()
    validate(fields, columns, events.num_rows)
    stages["paths"] += found - start
    stages["directives"] += (evaluated - found) - (found - start)
    stages["validation"] += time.process_time() - evaluated


def _timed(stages: Stages, stage: str, items: Iterator[Any]) -> Iterator[Any]:
    """Yield items; add the time that it takes to make them."""
    start = time.process_time()
    for item in items:
        stages[stage] += time.process_time() - start
        yield item
        start = time.process_time()


def _parsed(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of the JSON lines that are any."""
    for file in _files(folder, "jsonl.gz"):
        with gzip.open(file.path) as lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if isinstance(event, dict):
                    yield event


def _best(run: Callable[[], int]) -> tuple[int, float]:
    """What a run returns, and the CPU seconds of the quickest of some."""
    quickest = float("inf")
    for _ in range(PASSES):
        start = time.process_time()
        answer = run()
        quickest = min(quickest, time.process_time() - start)
    return answer, quickest


def _alone(measurement: Callable[[Path], Figures], folder: Path) -> Figures:
    """Measure with one core and one thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    figures = measurement(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {**figures, "peak_mib": peak}


def _in_process(name: str, folder: Path) -> Figures:
    command = [sys.executable, __file__, "--only", name, "--folder", str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(answer.stdout))


MEASUREMENTS: dict[str, Callable[[Path], Figures]] = {
    "default, Parquet file": partial(_from_file, "parquet"),
    "default, JSON lines file": partial(_from_file, "jsonl.gz"),
    "default, structs": partial(_once_read, "default", IDENTIFIED, "parquet"),
    "default, JSON text": partial(_once_read, "default", IDENTIFIED, "jsonl.gz"),
    "default, interpreted": partial(_interpreted, "default", IDENTIFIED),
    "every directive, structs": partial(_once_read, EVERY_DIRECTIVE, TRACKED, "parquet"),
    "every directive, JSON text": partial(_once_read, EVERY_DIRECTIVE, TRACKED, "jsonl.gz"),
    "every, interpreted": partial(_interpreted, EVERY_DIRECTIVE, TRACKED),
    "trigger: type": partial(_triggered, IDENTIFIED),
    "trigger: two columns": partial(_triggered, 'type = "track" and event = "Order Completed"'),
    "trigger: a test of text": partial(_triggered, 'contains(event, "Completed")'),
}

if __name__ == "__main__":
    main()
