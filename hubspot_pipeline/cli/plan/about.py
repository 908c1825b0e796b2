"""What a plan is of, and when it was made: the beginning of its table, JSON and page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class About:
    """What a plan is of.

    Attributes:
        destination: The destination's name.
        partition: The partition.
        portal: The account's Hub ID.
        address: Where the account's API is.
        planned_at: When the account was read (UTC).
    """

    destination: str
    partition: str
    portal: str
    address: str
    planned_at: datetime
