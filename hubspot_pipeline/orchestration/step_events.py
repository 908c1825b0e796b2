"""What Dagster's events of steps tell: why a step failed, and the numbers in metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from dagster_shared.error import SerializableErrorInfo


def own_words(failure: dg.DagsterEvent) -> str | None:
    """Return what the step's code says of its failure; None where it did not foresee it."""
    told = failure.step_failure_data.user_failure_data
    return told.description if told is not None else None


def first_cause(failure: dg.DagsterEvent) -> SerializableErrorInfo | None:
    """Return the error that all others of a failure come from."""
    error = failure.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    return error


def whole_numbers(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, int]:
    """Return the entries of metadata that are whole numbers, by their labels."""
    return {
        label: entry.value
        for label, entry in metadata.items()
        if isinstance(entry, dg.IntMetadataValue) and entry.value is not None
    }
