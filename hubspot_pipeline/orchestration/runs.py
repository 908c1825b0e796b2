"""What a Dagster run left behind, wherever it ran."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from hubspot_pipeline.run_options import RunOptions

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


def run_config(assets: Sequence[AssetKey], options: RunOptions) -> dict[str, Any]:
    """Return the run configuration that hands what is asked of a run to its deliveries."""
    asked = {name: value for name, value in asdict(options).items() if value}
    deliveries = [asset for asset in assets if asset[-1] == "deliveries"]
    if not asked:
        return {}
    return {"ops": {"__".join(asset): {"config": asked} for asset in deliveries}}
