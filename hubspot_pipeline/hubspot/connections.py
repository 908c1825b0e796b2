"""The connections to one portal: kept alive, one call on each at a time."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache, lru_cache

import httpx

from hubspot_pipeline.hubspot.errors import ConfigurationError

# It would log the address of every call, and there are names in addresses, such as those of lists.
logging.getLogger("httpx").setLevel(logging.WARNING)

_IDLE_SECONDS = 60.0
"""How long an idle connection stays open: longer than the wait for the next window's calls."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long each part of one attempt may take, in seconds.

    HubSpot's edge gives up on a call after 100 s (hubspot-api §8.5), so waiting a little longer
    than that always gets its answer.
    """

    connect: float = 10.0
    read: float = 110.0
    write: float = 30.0
    pool: float = 120.0


class Connections:
    """Sends requests, each over a connection that is free.

    Each connection is an HTTP client of its own: a pool of many looks at every one of them twice a
    call, which was a tenth of a call's CPU (measured with eight). The last one used goes first, so
    that no more stay open than are needed.
    """

    def __init__(self, clients: list[httpx.AsyncClient]) -> None:
        self._any = clients[0]
        self._free: asyncio.LifoQueue[httpx.AsyncClient] = asyncio.LifoQueue()
        for client in clients:
            self._free.put_nowait(client)

    def request(
        self, method: str, url: str, content: bytes, headers: dict[str, str]
    ) -> httpx.Request:
        """A request as these connections send it."""
        return self._any.build_request(
            method, _parsed(url), content=content or None, headers=headers
        )

    async def send(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request, read to its end.

        Raises:
            httpx.RequestError: there is none.
        """
        client = await self._free.get()
        try:
            return await client.send(request)
        finally:
            self._free.put_nowait(client)


@asynccontextmanager
async def open_connections(
    count: int, timeouts: Timeouts, transport: httpx.AsyncBaseTransport | None
) -> AsyncIterator[Connections]:
    """Opens so many connections, each when it is first needed, and closes them at the end."""
    tls = _tls()
    async with AsyncExitStack() as opened:
        clients = [
            await opened.enter_async_context(
                httpx.AsyncClient(
                    transport=transport,
                    verify=tls,
                    timeout=httpx.Timeout(
                        connect=timeouts.connect,
                        read=timeouts.read,
                        write=timeouts.write,
                        pool=timeouts.pool,
                    ),
                    limits=httpx.Limits(
                        max_connections=1,
                        max_keepalive_connections=1,
                        keepalive_expiry=_IDLE_SECONDS,
                    ),
                    headers={"User-Agent": "hubspot-pipeline", "Accept": "application/json"},
                )
            )
            for _ in range(count)
        ]
        yield Connections(clients)


def checked_base_url(text: str) -> str:
    """Where HubSpot is, without a slash at the end.

    Raises:
        ConfigurationError: it cannot be there.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        url = httpx.URL()
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ConfigurationError(
            "The base URL of HubSpot must be like 'https://api.hubapi.com', "
            "without a user name or password in it."
        )
    return text.rstrip("/")


@lru_cache(maxsize=256)
def _parsed(url: str) -> httpx.URL:
    """Kept, as parsing a URL costs more than the rest of building a request."""
    return httpx.URL(url)


@cache
def _tls() -> ssl.SSLContext:
    """Whom to trust; read once a process, as that takes longer than many a run's calls."""
    return httpx.create_ssl_context()
