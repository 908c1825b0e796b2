"""One call on its way, as the journal and its writes' histories will tell it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.history import Batch, outcome_of
from hubspot_pipeline.delivery.journal import LATER_STEPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.delivery.journal import Entry
    from hubspot_pipeline.hubspot.client import Answer
    from hubspot_pipeline.hubspot.errors import HubSpotError
    from hubspot_pipeline.hubspot.records import BatchAnswer


@dataclass(slots=True)
class JournaledCall:
    """A call whose intent is recorded, and whose outcome will be.

    Attributes:
        batch: Its name in the journal.
        entries: Of the writes that it carries.
        step: The step that it is of.
        sent_at: In microseconds since 1970 (UTC).
        answered_at: When it was answered, likewise; None until then.
    """

    batch: str
    entries: Sequence[Entry]
    step: str
    sent_at: int
    answered_at: int | None = None

    def note(
        self, answer: BatchAnswer | Answer | HubSpotError | None, *, maybe_applied: bool
    ) -> None:
        """Note on the entries that the call carried them; None for an answer that tells nothing."""
        self.answered_at = now()
        outcome = outcome_of(answer)
        for entry in self.entries:
            entry.attempts += answer.attempts if answer else 1
            entry.uncertain |= maybe_applied and self.step not in LATER_STEPS
            entry.correlation_id = answer.correlation_id if answer else None
            entry.answered_at, entry.answer = self.answered_at, outcome

    def recorded(self, answered_at: int) -> None:
        """Add the call to the histories of its writes, unless it was never made."""
        batch = Batch(self.step, self.batch, self.sent_at, answered_at)
        for entry in self.entries:
            if entry.answer is not None:
                call = batch.call(entry.run, entry.answer, entry.correlation_id)
                entry.history.append(call)
                entry.answer = None


def now() -> int:
    """Return the time in microseconds since 1970 (UTC)."""
    return time.time_ns() // 1000
