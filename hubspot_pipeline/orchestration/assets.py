"""The assets: the shared events, and each mapping's payloads and deliveries, a day a partition."""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from hubspot_pipeline import order
from hubspot_pipeline.destination import Destination, MappingSpec
from hubspot_pipeline.orchestration import checks, presentation
from hubspot_pipeline.orchestration.resources import resource_key
from hubspot_pipeline.run_options import RunOptions

if TYPE_CHECKING:
    from hubspot_pipeline.pipeline import DeliverySummary

# Nothing that reads data is imported up here: loading definitions must not cost every worker the
# second that pyarrow and pandas take. And no asset has a backfill policy: without one, each
# partition has a run of its own, so that it fails, and is run again, by itself.

EVENTS = dg.AssetKey("events")


class DeliveryConfig(dg.Config):
    """What a person asks of one run; as ``RunOptions``, and shown in Dagster's launchpad."""

    redeliver: bool = Field(
        default=False,
        description="Send every row, also where it was delivered before, or is older than what "
        "was.",
    )
    override_guards: bool = Field(
        default=False,
        description="Deliver although the mapping's guards would hold the partition back.",
    )


def events_asset(destinations: Sequence[Destination]) -> dg.AssetSpec:
    """Return the exports that all destinations read; Dagster knows of them, and makes none."""
    paths = sorted({destination.events.path for destination in destinations})
    return dg.AssetSpec(
        EVENTS,
        description="Event exports, a folder or file a day. They are made elsewhere.",
        partitions_def=dg.DailyPartitionsDefinition(
            start_date=min(destination.partitions.start for destination in destinations)
        ),
        group_name="events",
        kinds={"segment", "file"},
        metadata={"path": "\n".join(paths)},
    )


def destination_assets(destination: Destination) -> Sequence[dg.AssetsDefinition]:
    """Return the payloads and the deliveries of each of a destination's mappings."""
    return [
        build(destination, mapping)
        for mapping in destination.mappings
        for build in (payloads_asset, deliveries_asset)
    ]


def payloads_key(destination: Destination, mapping: str) -> dg.AssetKey:
    """Return the key of a mapping's payloads."""
    return dg.AssetKey([destination.name, mapping, "payloads"])


def deliveries_key(destination: Destination, mapping: str) -> dg.AssetKey:
    """Return the key of a mapping's deliveries."""
    return dg.AssetKey([destination.name, mapping, "deliveries"])


def partitions_of(destination: Destination) -> dg.DailyPartitionsDefinition:
    """Return a destination's partitions: the days (UTC) from its first one on."""
    return dg.DailyPartitionsDefinition(start_date=destination.partitions.start)


def payloads_asset(destination: Destination, mapping: str) -> dg.AssetsDefinition:
    """Return the asset that maps a day's events to the fields of an action."""
    spec = destination.mapping(mapping)
    key = payloads_key(destination, mapping)

    @dg.asset(
        key=key,
        deps=[EVENTS],
        partitions_def=partitions_of(destination),
        group_name=destination.name,
        kinds={"parquet"},
        description=f"Events mapped to the fields of {spec.action}, a row for each event that the "
        "trigger picks.",
        metadata=presentation.describe_mapping(spec),
        code_version=_version(spec),
        check_specs=checks.payloads_check_specs(key),
    )
    def payloads(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster knows no alias
        from hubspot_pipeline import pipeline, storage
        from hubspot_pipeline.actions import ACTIONS

        with _failures_for_users(_say_kept_back(destination, mapping)):
            summary = pipeline.map_partition(
                destination, mapping, context.partition_key, storage.project_storage()
            )
        with storage.open_parquet(summary.path) as stored:
            return dg.MaterializeResult(
                metadata=presentation.describe_payloads(
                    summary, stored.schema_arrow, ACTIONS[spec.action].fields
                ),
                check_results=checks.check_payloads(summary, stored.metadata.num_rows),
            )

    return payloads


def _version(spec: MappingSpec) -> str:
    """Return what changes when a mapping makes other payloads of the same events."""
    text = spec.model_dump_json(exclude={"guards"})
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def deliveries_asset(destination: Destination, mapping: str) -> dg.AssetsDefinition:
    """Return the asset that delivers a day's payloads, and stores a result for each row."""
    spec = destination.mapping(mapping)
    key = deliveries_key(destination, mapping)
    hubspot = resource_key(destination)
    earlier = [
        deliveries_key(destination, name) for name in order.predecessors(destination)[mapping]
    ]
    place = order.in_order(destination).index(mapping)

    @dg.asset(
        key=key,
        deps=[payloads_key(destination, mapping), *earlier],
        partitions_def=partitions_of(destination),
        group_name=destination.name,
        kinds={"hubspot", "parquet"},
        pool=f"hubspot_{destination.portal}",
        op_tags={"dagster/priority": str(-place)},  # Dagster's own order is the alphabet's
        required_resource_keys={hubspot},
        description=f"What HubSpot account {destination.portal} made of {spec.action}: one result "
        "per input row, with its verdict. A partition with undelivered rows fails; run it again, "
        "and just those are sent.",
        metadata={"dagster/column_schema": presentation.RESULT_COLUMNS},
        check_specs=checks.deliveries_check_specs(key),
    )
    def deliveries(
        context: dg.AssetExecutionContext, config: DeliveryConfig
    ) -> Iterator[dg.AssetObservation | dg.AssetCheckResult | dg.MaterializeResult[Any]]:
        from hubspot_pipeline import pipeline, storage
        from hubspot_pipeline.alerts import tell_if_degraded

        with _failures_for_users(_say_kept_back(destination, mapping)):
            summary = pipeline.deliver_partition(
                destination,
                mapping,
                context.partition_key,
                storage.project_storage(),
                getattr(context.resources, hubspot).connection(destination),
                RunOptions(**config.model_dump()),
            )
        metadata = presentation.describe_deliveries(summary)
        with storage.open_parquet(summary.path) as stored:
            results = checks.check_deliveries(summary, stored.metadata.num_rows)
        if not summary.verdicts.get("undelivered"):
            yield dg.MaterializeResult(metadata=metadata, check_results=results)
            tell_if_degraded(
                destination,
                mapping,
                context.partition_key,
                context.run.run_id,
                summary.verdicts,
                context.log.warning,
            )
            return
        # A materialization, even one followed by a failure, makes the partition green, and a rerun
        # of what failed passes it over; an observation does not.
        yield dg.AssetObservation(key, partition=context.partition_key, metadata=metadata)
        yield from results
        failure = _say_undelivered(summary) + _say_kept_back(destination, mapping)
        raise dg.Failure(failure, metadata=metadata, allow_retries=False)

    return deliveries


def _say_undelivered(summary: "DeliverySummary") -> str:
    rows = summary.rows_read - summary.filtered
    return (
        f"{summary.verdicts['undelivered']:,} of {rows:,} rows are undelivered: "
        f"{summary.undelivered_reason} The results of all rows are stored; run this partition "
        "again to send these."
    )


def _say_kept_back(destination: Destination, mapping: str) -> str:
    """Say which mappings Dagster does not come to in a run in which this one fails."""
    kept_back = order.successors(destination, mapping)
    if not kept_back:
        return ""
    return (
        f" What links to the records of '{mapping}' is kept back, and not delivered in the same "
        f"run: {', '.join(kept_back)}."
    )


@contextlib.contextmanager
def _failures_for_users(consequences: str) -> Iterator[None]:
    """Let what a person must mend fail the step with its message, without a traceback."""
    from hubspot_pipeline.pipeline import USER_ERRORS

    try:
        yield
    except USER_ERRORS as error:
        raise dg.Failure(f"{error}{consequences}", allow_retries=False) from None
