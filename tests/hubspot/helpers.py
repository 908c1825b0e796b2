"""What the client's tests share: a limiter that only takes notes, and a scripted HubSpot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import orjson

from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient, connect
from hubspot_pipeline.hubspot.rolling_windows import Place
from hubspot_pipeline.hubspot.standstill import Day

TOKEN = "pat-na1-7f3c1e5a-secret"

Handler = Callable[[httpx.Request], httpx.Response]


class NotingLimiter:
    """Gives every call its place at once, and keeps what it was asked."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, ...]] = []
        self.pauses: list[tuple[tuple[str, ...], float]] = []
        self.lowered: list[tuple[str, int]] = []
        self.counted: list[tuple[str, int]] = []
        self.budgets: list[Day] = []
        self.closed: list[float] = []

    async def acquire(self, limits: Sequence[str]) -> None:
        self.taken.append(tuple(limits))

    async def pause(self, limits: Sequence[str], seconds: float) -> None:
        self.pauses.append((tuple(limits), seconds))

    async def lower(self, limit: str, maximum: int) -> None:
        self.lowered.append((limit, maximum))

    async def count(self, limit: str, place: Place | None, calls: int) -> None:  # noqa: ARG002
        self.counted.append((limit, calls))

    async def budget(self, day: Day, place: Place | None) -> Day:  # noqa: ARG002
        self.budgets.append(day)
        return day

    async def close(self, seconds: float) -> None:
        self.closed.append(seconds)


class Script:
    """Answers each request with the next of its answers; the last one again and again."""

    def __init__(self, *answers: httpx.Response | Exception | Handler) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return httpx.Response(
                answer.status_code, headers=answer.headers, content=answer.content
            )
        return answer(request)

    def sent(self, index: int = 0) -> Any:
        """The JSON of one of the requests."""
        return orjson.loads(self.requests[index].content)


def answer(status: int, body: Any = None, **headers: str) -> httpx.Response:
    """A JSON answer; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


async def no_sleep(_seconds: float) -> None:
    """Waits for nothing."""


@asynccontextmanager
async def client_for(
    handler: Handler, limiter: NotingLimiter | None = None, **settings: Any
) -> AsyncIterator[HubSpotClient]:
    """A client whose network is a function."""
    settings.setdefault("credentials", PrivateApp(TOKEN))
    settings.setdefault("sleep", no_sleep)
    connection = ConnectionSettings(transport=httpx.MockTransport(handler), **settings)
    async with connect(connection, limiter or NotingLimiter()) as client:
        yield client
