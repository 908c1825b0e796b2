"""The verdicts, and the arithmetic that accounts for every row."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verdict(StrEnum):
    """The final status of an input row."""

    DELIVERED = "delivered"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    STALE = "stale"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    FAILED = "failed"
    UNDELIVERED = "undelivered"


SKIPPED_BY_A_RERUN = frozenset({Verdict.DELIVERED, Verdict.UNCHANGED, Verdict.STALE})
"""Verdicts that a rerun keeps as they are, as long as the write is the same."""

WORST_FIRST = (Verdict.UNDELIVERED, Verdict.FAILED, Verdict.REJECTED, Verdict.SKIPPED)
"""The verdicts that a person may have to look at, worst first."""


class UnaccountedRowsError(Exception):
    """Rows read are not the filtered ones plus the sum over the verdicts: a defect, never data."""


def hold_to_account(rows_read: int, filtered: int, verdicts: Mapping[str, int]) -> None:
    """Raise ``UnaccountedRowsError`` unless rows read = filtered + the sum over the verdicts."""
    accounted = filtered + sum(verdicts.values())
    if accounted != rows_read:
        raise UnaccountedRowsError(
            f"{rows_read} rows were read, but {accounted} are accounted for: {filtered} filtered "
            f"and {dict(verdicts)}. The results are stored; please report this with them."
        )
