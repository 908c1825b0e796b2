"""How well processes keep and use a shared rate limit: `python -m benchmarks.rate_limit`.

Several processes hammer the simulator at HubSpot's burst limit through each store in turn:
SQLite always, Redis and Postgres where HUBSPOT_PIPELINE_TEST_REDIS and
HUBSPOT_PIPELINE_TEST_POSTGRES name a server. Peak, 429s, use and spare margin are as the
simulator saw them.
"""

import argparse
import asyncio
import os
import tempfile
import time
import uuid
from pathlib import Path
from statistics import median

from hubspot_pipeline.hubspot.rate_limit import MARGIN_SECONDS, Limit, open_rate_limiter
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Limits, SimulatorSettings
from tests.hubspot.hammering import (
    Hammering,
    Processes,
    arrivals,
    shares,
    spare_seconds,
    utilisation,
)

WINDOW_SECONDS = 10.0
SERVERS = ("redis", "postgres")


def main() -> None:
    """Measure each reachable store and print one line for it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--tasks", type=int, default=10, help="calls in flight in each process")
    parser.add_argument("--limit", type=int, default=100, help="calls in any 10 seconds")
    parser.add_argument("--windows", type=float, default=3, help="how many times the limit to call")
    parser.add_argument("--margin", type=float, default=MARGIN_SECONDS, help="in seconds")
    parser.add_argument("--store", choices=["sqlite", "redis", "postgres"])
    options = parser.parse_args()
    print(
        f"{options.processes} processes of {options.tasks} tasks,"
        f" limit {options.limit} per {WINDOW_SECONDS:.0f} s, margin {options.margin * 1000:.0f} ms"
    )
    columns = f"{'peak':>6}{'429s':>6}{'used':>8}{'spare ms':>10}{'µs/acquire':>12}"
    print(f"{'store':10}{columns}  calls by process")
    with tempfile.TemporaryDirectory() as folder:
        for name, url in stores(Path(folder)).items():
            if options.store in (None, name):
                print(f"{name:10}{measure(url, options)}", flush=True)


def stores(folder: Path) -> dict[str, str]:
    """The URL of each store there is."""
    servers = {name: os.environ.get(f"HUBSPOT_PIPELINE_TEST_{name.upper()}") for name in SERVERS}
    return {"sqlite": f"sqlite:///{folder}/limits.db"} | {
        name: url for name, url in servers.items() if url
    }


def measure(url: str, options: argparse.Namespace) -> str:
    """One store's line: what four processes do to the simulator, and what one acquire takes."""
    account = f"benchmark-{uuid.uuid4()}"
    calls = round(options.limit * options.windows)
    with SimulatorServer(SimulatorSettings(limits=Limits(burst=options.limit))) as simulator:
        target = (simulator.url, PRIVATE_APP_TOKEN, options.limit, WINDOW_SECONDS)
        hammerings = [
            Hammering(number, url, account, *target, options.margin, options.tasks)
            for number in range(options.processes)
        ]
        with Processes(hammerings) as processes:
            processes.wait_until(lambda: len(simulator.log) >= calls + options.processes)
    seen = arrivals(simulator.log)
    by_process = shares(seen)
    return (
        f"{simulator.log.peak_in_window(WINDOW_SECONDS):6}"
        f"{simulator.log.calls_by_status()[429]:6}"
        f"{utilisation(seen, options.limit, WINDOW_SECONDS):8.2%}"
        f"{1000 * spare_seconds(seen, options.limit, WINDOW_SECONDS):10.0f}"
        f"{asyncio.run(microseconds_of_acquire(url)):12.0f}"
        f"  {' '.join(str(by_process[number]) for number in range(options.processes))}"
    )


async def microseconds_of_acquire(url: str) -> float:
    """What it takes to get a place that is free at once, while 100 to 200 others are taken."""
    limits = [Limit("burst", 1_000_000, WINDOW_SECONDS)]
    seconds = []
    for _ in range(5):
        async with open_rate_limiter(url, f"benchmark-{uuid.uuid4()}", limits) as limiter:
            for _ in range(100):
                await limiter.acquire(["burst"])
            began = time.perf_counter()
            for _ in range(100):
                await limiter.acquire(["burst"])
            seconds.append((time.perf_counter() - began) / 100)
    return 1_000_000 * median(seconds)


if __name__ == "__main__":
    main()
