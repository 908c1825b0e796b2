"""How the control endpoints speak: JSON in, JSON out, and a clear word for what makes no sense."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]
Paths = dict[str, dict[str, Endpoint]]
"""Path below the prefix → method → endpoint."""


class BadRequest(Exception):  # noqa: N818 - an answer, not a program's error
    """A control call that makes no sense; its text says why."""


async def body_of(request: Request) -> Any:
    """The call's JSON.

    Raises:
        BadRequest: It is none.
    """
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"the body is no JSON: {error}") from None


def whole_number(text: str, name: str) -> int:
    """A number in the query.

    Raises:
        BadRequest: It is none.
    """
    if not text.isdecimal():
        raise BadRequest(f"{name} is a whole number, not {text!r}")
    return int(text)


def answered(body: Any, status: int = 200) -> Response:
    """An answer of JSON."""
    return Response(orjson.dumps(body), status, media_type="application/json")


def nothing() -> Response:
    """An answer without a body."""
    return Response(status_code=204)


async def refused(_request: Request, error: Exception) -> Response:
    """The answer to a call that makes no sense."""
    return answered({"error": str(error)}, 400)
