"""Histories: every call that carried a write, in this run and in earlier ones, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from hubspot_pipeline.hubspot.errors import HubSpotError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.hubspot.client import Answer
    from hubspot_pipeline.hubspot.records import BatchAnswer

ACCEPTED = "accepted"
NO_ANSWER = "no answer"
LEFT_OUT = "left out"
"""HubSpot answered, but the answer does not speak of this write."""

_TIME = pa.timestamp("us", "UTC")

_CALL = pa.struct(
    [
        ("run", pa.int64()),
        ("step", pa.string()),
        ("batch", pa.string()),
        ("sent_at", _TIME),
        ("answered_at", _TIME),
        ("outcome", pa.string()),
        ("correlation_id", pa.string()),
    ]
)
HISTORY = pa.list_(pa.field("element", _CALL))
"""A row's history, oldest call first: the members of ``Call``; empty where none was made."""


class Call(NamedTuple):
    """A call that carried a write.

    Attributes:
        run: The run of the partition that made it, from 1.
        step: What it was for, such as ``upsert`` or ``associate``.
        batch: Its name in the journal.
        sent_at: In microseconds since 1970 (UTC).
        answered_at: Likewise; None where no answer came.
        outcome: What the answer said of the write: ``accepted``, ``refused: CATEGORY``
            (or just ``refused``), ``no answer`` (none that is final) or ``left out``.
        correlation_id: HubSpot's id of the call; None where it told none.
    """

    run: int
    step: str
    batch: str
    sent_at: int
    answered_at: int | None
    outcome: str
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A call, as the histories of all its writes tell it; what is the same, is held once."""

    step: str
    name: str
    sent_at: int
    answered_at: int
    _told: dict[tuple[int, str, str | None], Call] = field(default_factory=dict)

    def call(self, run: int, outcome: str, correlation_id: str | None) -> Call:
        """Return what the history of a write with this outcome tells."""
        key = run, outcome, correlation_id
        call = self._told.get(key)
        if call is None:
            answered_at = None if outcome == NO_ANSWER else self.answered_at
            call = self._told[key] = Call(
                run, self.step, self.name, self.sent_at, answered_at, outcome, correlation_id
            )
        return call


def outcome_of(answer: BatchAnswer | Answer | HubSpotError | None) -> str | None:
    """Return what a call came to for all that it carried; None where it was never made.

    An answer that tells nothing of itself is given as None: it was accepted.
    """
    if not isinstance(answer, HubSpotError):
        return ACCEPTED
    if not answer.attempts:
        return None
    return NO_ANSWER if isinstance(answer, Unavailable) else refused(answer)


def refused(error: HubSpotError) -> str:
    """Return how a history tells a refusal."""
    why = error.category or (f"HTTP {error.status}" if error.status else None)
    return f"refused: {why}" if why else "refused"


def histories(calls: Sequence[Sequence[Call]]) -> pa.ListArray:
    """Return the histories of writes as ``HISTORY``, each in the order of sending."""
    lengths = np.fromiter(map(len, calls), np.int32, len(calls))
    offsets = np.zeros(len(calls) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    # A call is shared by the hundred writes of its batch: each is brought into columns but once.
    places: dict[int, int] = {}
    distinct: list[Call] = []
    at: list[int] = []
    for each in calls:
        for call in sorted(each, key=_sent_at) if len(each) > 1 else each:
            place = places.setdefault(id(call), len(distinct))
            if place == len(distinct):
                distinct.append(call)
            at.append(place)
    told = pa.array([call._asdict() for call in distinct], _CALL)
    return pa.ListArray.from_arrays(offsets, told.take(pa.array(at, pa.int64())), type=HISTORY)


def _sent_at(call: Call) -> int:
    return call.sent_at
