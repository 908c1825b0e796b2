"""What a Dagster run left behind, wherever it ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

AssetKey = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a finished run says about its assets.

    Attributes:
        run_id: Dagster's id of the run.
        status: SUCCESS, FAILURE or CANCELED.
        counts: Each asset's whole-number metadata, of its materialization or of the observation
            that an asset logs before it fails.
        failures: Why steps failed, in the order in which they did.
    """

    run_id: str
    status: str
    counts: dict[AssetKey, dict[str, int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


OnStatus = Callable[[str], None]
"""Told what a run is doing, in a few words, each time it is looked at."""
