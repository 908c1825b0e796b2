"""Plans, and what the guards would say of them: what delivering would really come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.guards import Guarding
from hubspot_pipeline.plan import plans_with_payloads
from hubspot_pipeline.run_options import AS_USUAL
from hubspot_pipeline.storage import open_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.guards import Broken
    from hubspot_pipeline.hubspot.client import ConnectionSettings
    from hubspot_pipeline.plan import Plan
    from hubspot_pipeline.run_options import RunOptions
    from hubspot_pipeline.storage import Storage


@dataclass(frozen=True, slots=True)
class GuardedPlan:
    """A plan, and what the mapping's guards say of it.

    Attributes:
        plan: What delivering would do if nothing held it back.
        broken: The guards that would hold it back.
    """

    plan: Plan
    broken: list[Broken]


def plan_with_guards(
    destination: Destination,
    mappings: Sequence[str],
    partition: str,
    storage: Storage,
    settings: ConnectionSettings,
    options: RunOptions = AS_USUAL,
) -> list[GuardedPlan]:
    """Plan a partition as ``plan_partition`` does, and hold each plan to its mapping's guards.

    Raises:
        PipelineError, ExportError, DestinationError, UnaccountedRowsError: As there.
    """
    guarded = []
    for plan, path in plans_with_payloads(
        destination, mappings, partition, storage, settings, options
    ):
        guarding = Guarding(destination, plan.mapping, partition, storage, settings, options)
        with open_parquet(path) as payloads:
            guarded.append(GuardedPlan(plan, guarding.broken(payloads, plan)))
    return guarded
