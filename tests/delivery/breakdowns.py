"""A HubSpot that breaks down over certain words: it answers 500 to every call that has one."""

from __future__ import annotations

from collections.abc import Sequence

import httpx

INTERNAL_ERROR = {"status": "error", "message": "internal error"}


class BreaksOver(httpx.AsyncBaseTransport):
    """The network, with 500 for calls whose body has one of the words.

    Attributes:
        words: What HubSpot cannot digest.
        after_commit: Whether such a call takes effect all the same.
        broken: How many calls were answered so.
    """

    def __init__(self, *words: str, path: str = "", after_commit: bool = False) -> None:
        self.words: Sequence[str] = words
        self.after_commit = after_commit
        self.broken = 0
        self._path = path
        self._network = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = (await request.aread()).decode()
        is_broken = self._path in request.url.path and any(word in body for word in self.words)
        if is_broken and not self.after_commit:
            self.broken += 1
            return httpx.Response(500, json=INTERNAL_ERROR)
        response = await self._network.handle_async_request(request)
        if is_broken:
            self.broken += 1
            await response.aread()
            return httpx.Response(500, json=INTERNAL_ERROR)
        return response

    async def aclose(self) -> None:
        await self._network.aclose()
