"""Processes that hammer a server through one shared limiter, for tests and benchmarks.

They tell it what HubSpot counts, as the client does.

Run as a module it is one such process: `python -m tests.hubspot.hammering '{"number": 1, …}'`.
"""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from types import TracebackType
from typing import Self

import httpx

from hubspot_pipeline.hubspot.limit_headers import read_limits
from hubspot_pipeline.hubspot.rate_limit import MARGIN_SECONDS, Limit, open_rate_limiter
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.evidence import Arrival, ArrivalLog

ROOT = Path(__file__).parents[2]
PATH = "/crm/v3/objects/contacts/"


@dataclass(frozen=True, slots=True)
class Hammering:
    """What one process does: as many calls as the limiter lets it make, from several tasks.

    One that does not learn goes on as it is, whoever else there is.
    """

    number: int
    limiter_url: str
    account: str
    server_url: str
    token: str
    maximum: int
    window_seconds: float
    margin_seconds: float = MARGIN_SECONDS
    tasks: int = 10
    learns: bool = True

    async def run(self) -> None:
        """Warm up, say so, wait for the word, and make calls until killed.

        Each call's path names this process.
        """
        limits = [Limit("burst", self.maximum, self.window_seconds)]
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            open_rate_limiter(
                self.limiter_url, self.account, limits, margin_seconds=self.margin_seconds
            ) as limiter,
            httpx.AsyncClient(base_url=self.server_url, headers=headers) as client,
        ):

            async def work() -> None:
                while True:
                    place = await limiter.acquire(["burst"])
                    answer = await client.get(f"{PATH}{self.number}")
                    counted = read_limits(answer.headers).counted
                    if counted is not None and self.learns:
                        await limiter.count("burst", place, counted)

            # A process's first call is slow (imports): it is spent outside HubSpot's paths.
            await client.get("/")
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            if sys.stdin.readline():
                await asyncio.gather(*(work() for _ in range(self.tasks)))


class Processes:
    """Hammering processes that begin together, and of which none outlives the block."""

    def __init__(self, hammerings: Sequence[Hammering]) -> None:
        self._all = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.hubspot.hammering", json.dumps(asdict(one))],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for one in hammerings
        ]

    def __enter__(self) -> Self:
        for process in self._all:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", "a process did not come up"
        for process in self._all:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for process in self._all:
            with process:
                process.kill()

    def kill(self, number: int) -> None:
        """SIGKILL, in the middle of whatever it does."""
        self._all[number].kill()

    def wait_until(self, is_enough: Callable[[], bool]) -> None:
        """Let them hammer until it is enough; the last of them must live until then."""
        while not is_enough():
            with suppress(subprocess.TimeoutExpired):
                code = self._all[-1].wait(timeout=0.01)
                raise AssertionError(f"a process ended by itself, with {code}")


def arrivals(log: ArrivalLog) -> list[Arrival]:
    """The calls that were hammered, without those that warmed up."""
    return [arrival for arrival in log if arrival.bucket == "burst"]


def shares(arrivals: Sequence[Arrival]) -> Counter[int]:
    """How many of the calls each process made."""
    return Counter(int(arrival.path.removeprefix(PATH)) for arrival in arrivals)


def utilisation(arrivals: Sequence[Arrival], maximum: int, window_seconds: float) -> float:
    """How much of a limit was used, 1.0 being all of it.

    At full use any `maximum` calls in a row take exactly one window. So this is the window,
    divided by how long `maximum` calls took on average, wherever one begins to count: the calls
    made over those that the limit allowed, over whole windows and free of where these begin.
    """
    return window_seconds / mean(_spans(arrivals, maximum))


def spare_seconds(arrivals: Sequence[Arrival], maximum: int, window_seconds: float) -> float:
    """How much later than allowed the earliest call came: the margin that jitter left over."""
    return min(_spans(arrivals, maximum)) - window_seconds


def _spans(arrivals: Sequence[Arrival], maximum: int) -> list[float]:
    """How many seconds lie between each call and the one `maximum` calls later."""
    pairs = zip(arrivals, arrivals[maximum:], strict=False)
    return [(later.at - earlier.at) / NANOSECONDS for earlier, later in pairs]


if __name__ == "__main__":
    asyncio.run(Hammering(**json.loads(sys.argv[1])).run())
