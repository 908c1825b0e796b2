"""A partition planned: what delivering it would come to, and what the guards say of that."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hubspot_pipeline.guards import Guarding
from hubspot_pipeline.mapped import map_partition
from hubspot_pipeline.rehearsal.rehearsal import Rehearsal
from hubspot_pipeline.run_options import AS_USUAL, RunOptions
from hubspot_pipeline.storage import open_parquet
from hubspot_pipeline.stores import stores_explained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.guards import Broken
    from hubspot_pipeline.hubspot.client import ConnectionSettings
    from hubspot_pipeline.rehearsal.rehearsal import Plan
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


def plan_partition(
    destination: Destination,
    mappings: Sequence[str],
    partition: str,
    storage: Storage,
    settings: ConnectionSettings,
    options: RunOptions = AS_USUAL,
) -> list[GuardedPlan]:
    """Plan a partition of some mappings, one after the other, each as if those before it had run.

    It is mapped anew. HubSpot is asked, never written to, and so are the journal and what else
    deliveries know; a delivery may be under way meanwhile.

    Args:
        destination: Whose mappings they are.
        mappings: Their names, in the order in which they would be delivered.
        partition: The partition.
        storage: The project's files; the plans' are among them afterwards.
        settings: How to reach the portal.
        options: What would be asked of the runs.

    Returns:
        A plan for each mapping, in their order, held to its guards.

    Raises:
        PipelineError: A store that the destination names cannot be used.
        ExportError: The partition is missing or a file of it cannot be read.
        DestinationError: A mapping or a trigger cannot be compiled, or does not fit the account, or
            the token is another account's.
        UnaccountedRowsError: The plan does not account for every row read.
    """
    plans = []
    with (
        tempfile.TemporaryDirectory(prefix="hubspot-pipeline-") as folder,
        stores_explained(),
        contextlib.closing(
            Rehearsal(destination, partition, storage, settings, options, Path(folder))
        ) as rehearsal,
    ):
        for mapping in mappings:
            path = f"{folder}/{mapping}.parquet"
            map_partition(destination, mapping, partition, storage, path)
            plan = rehearsal.plan(mapping, path)
            guarding = Guarding(destination, mapping, partition, storage, settings, options)
            with open_parquet(path) as payloads:
                plans.append(GuardedPlan(plan, guarding.broken(payloads, plan)))
    return plans
