"""Definitions that were just made: calls do not know them at once, and some are there already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import stamina

from hubspot_pipeline.hubspot.errors import ConflictRefused, RefusedError

T = TypeVar("T")

_LOOKS = 12
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 1.0


class _NotSeenYet(Exception):  # noqa: N818 - an instruction, caught where it is raised
    """Look again."""


async def until_seen(look: Callable[[], Awaitable[T | None]]) -> T | None:
    """What `look` finds, which looks again and again until it finds something.

    Definitions show 250 to 700 ms after they are made (hubspot-api §3.4).

    Args:
        look: asks HubSpot anew each time; None if it does not see yet what it looks for.

    Returns:
        What it found; None if there was nothing after about ten seconds.
    """
    try:
        async for attempt in stamina.retry_context(
            on=_NotSeenYet,
            attempts=_LOOKS,
            timeout=None,
            wait_initial=_FIRST_WAIT_SECONDS,
            wait_max=_LONGEST_WAIT_SECONDS,
            wait_jitter=_FIRST_WAIT_SECONDS,
        ):
            with attempt:
                return await _look_once(look)
    except _NotSeenYet:
        return None
    raise AssertionError("a retry loop ends by returning or raising")


async def _look_once(look: Callable[[], Awaitable[T | None]]) -> T:
    seen = await look()
    if seen is None:
        raise _NotSeenYet
    return seen


def says_it_exists(error: RefusedError) -> bool:
    """Whether a definition was refused because there is one of its name (hubspot-api §3.4, §5.3).

    An error without a category may have nothing but its message to say so.
    """
    told = error.category is None and "already exists" in error.message
    return told or isinstance(error, ConflictRefused)
