"""Rows for which HubSpot breaks down, found by halving, so that those beside them get through.

A row that HubSpot cannot digest makes it answer 500 for the whole batch, however often that is
sent (hubspot-api §8.5). So do outages, in which no row is at fault: the two are told apart by
whether anything gets through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from hubspot_pipeline.delivery.later_steps import Problem
from hubspot_pipeline.hubspot.errors import Unavailable
from hubspot_pipeline.hubspot.retries import fewer_attempts

T = TypeVar("T")

ATTEMPTS_OF_A_PART = 3
"""A part is tried less often than a batch, as all of it was sent before."""

BREAKS_HUBSPOT = "INTERNAL_ERROR"
"""The category of rows that HubSpot answers with 500 even alone: its own name for such errors."""


async def send_apart(
    items: Sequence[T],
    send: Callable[[Sequence[T]], Awaitable[None]],
    stopped: Callable[[], str | None],
) -> list[tuple[T, Unavailable]]:
    """Send items, in ever smaller parts where HubSpot answers 500 to them as a whole.

    A lone bad row of a hundred costs 7 parts that fail and 7 that get through. Under an outage no
    part gets through: after as many as lead to a single row and its neighbour, no more are sent.

    Args:
        items: What one call can carry.
        send: Sends some of them.
        stopped: Why no more calls are to be made; None while they are.

    Returns:
        The items that HubSpot cannot answer even alone, with its answers; those beside them got
        through.

    Raises:
        Unavailable: Nothing gets through, or sending stopped: no item is to blame.
        TryLaterError, ConfigurationError, LimitStoreError: As of a part; the rest is not sent.
    """
    try:
        await send(items)
    except Unavailable as error:
        if error.status != 500 or len(items) < 2 or stopped():
            raise
        return await _halve(items, send, stopped)
    return []


async def _halve(
    items: Sequence[T],
    send: Callable[[Sequence[T]], Awaitable[None]],
    stopped: Callable[[], str | None],
) -> list[tuple[T, Unavailable]]:
    """Send in parts what was answered with 500; as ``send_apart``."""
    most_in_a_row = (len(items) - 1).bit_length() + 1
    parts = _halves(items)
    alone: list[tuple[T, Unavailable]] = []
    failed_in_a_row = 0
    while parts:
        part = parts.pop()
        try:
            with fewer_attempts(ATTEMPTS_OF_A_PART):
                await send(part)
        except Unavailable as error:
            failed_in_a_row += 1
            if error.status != 500 or stopped() or failed_in_a_row == most_in_a_row:
                raise
            if len(part) == 1:
                alone.append((part[0], error))
            else:
                parts += _halves(part)
        else:
            failed_in_a_row = 0
    return alone


def breakdown(error: Unavailable) -> Problem:
    """Return the problem of a row that HubSpot cannot answer even alone."""
    return Problem(
        "HubSpot breaks down over this row: it answers HTTP 500 whenever the row is sent, alone "
        f"too, while those beside it get through. It says: {error.message}",
        error.category or BREAKS_HUBSPOT,
        error.correlation_id,
    )


def _halves(items: Sequence[T]) -> list[Sequence[T]]:
    middle = len(items) // 2
    return [items[middle:], items[:middle]]
