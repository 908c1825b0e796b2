"""How fast exports are read, and in how much memory: `python benchmarks/events.py [rows]`.

Each format is read in a process of its own, for the paths of Upsert Contact's default mapping.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from hubspot_pipeline.events import find_files, read_events
from hubspot_pipeline.events.sample import SampleFormat, write_sample_export

FORMATS: tuple[SampleFormat, ...] = ("parquet", "jsonl", "jsonl.gz", "csv")
NAMES = ["first_name", "firstName", "last_name", "lastName"]
TRAITS = ["email", "company", *NAMES, "phone", "website"]
ADDRESS = ["street", "city", "state", "country", "postalCode", "postal_code"]
PATHS = [
    ("type",),
    *(("traits", name) for name in TRAITS),
    *(("traits", "address", name) for name in ADDRESS),
]


def main(rows: int) -> None:
    """Write the samples, then read each one in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        print("format     write rows/s   read rows/s    rows/CPU s  peak MiB")
        for format_ in FORMATS:
            started = time.perf_counter()
            write_sample_export(Path(folder) / format_, "2026-01-02", rows, format=format_)
            written = rows / (time.perf_counter() - started)
            command = [sys.executable, __file__, "--read", f"{folder}/{format_}"]
            answer = subprocess.run(command, check=True, capture_output=True, text=True)
            print(f"{format_:9} {written:13,.0f} {answer.stdout.strip()}")


def read(folder: str) -> None:
    """Read one export and print the row of the table."""
    files = find_files(f"{folder}/{{partition}}/*", "2026-01-02")
    started, cpu = time.perf_counter(), time.process_time()
    rows = sum(
        batch.events.num_rows + batch.rejected.num_rows for batch in read_events(files, paths=PATHS)
    )
    seconds = time.perf_counter() - started
    cpu = time.process_time() - cpu
    status = Path("/proc/self/status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{rows / seconds:13,.0f} {rows / cpu:13,.0f} {peak:9,.0f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(sys.argv[2])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 500_000)
