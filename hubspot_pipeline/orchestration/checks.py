"""Asset checks: what a person must look at, though the partition itself is done."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from hubspot_pipeline.pipeline import DeliverySummary, PayloadsSummary

ACCOUNTED_FOR = "accounted_for"
REFUSED = "refused"
REJECTED = "rejected"


def payloads_check_specs(asset: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    """Return the checks of a mapping's payloads; nothing is sent unless they pass."""
    return [
        dg.AssetCheckSpec(
            ACCOUNTED_FOR,
            asset=asset,
            blocking=True,
            description="Every row read is filtered, or stored as mapped or rejected.",
        )
    ]


def check_payloads(summary: "PayloadsSummary", rows_stored: int) -> Sequence[dg.AssetCheckResult]:
    """Hold a partition's payloads to the rows that were read."""
    kept = summary.mapped + summary.rejected
    return [
        dg.AssetCheckResult(
            check_name=ACCOUNTED_FOR,
            passed=summary.rows_read - summary.filtered == kept == rows_stored,
            metadata={
                "rows_read": summary.rows_read,
                "filtered": summary.filtered,
                "mapped": summary.mapped,
                "rejected": summary.rejected,
                "rows_stored": rows_stored,
            },
        )
    ]


def deliveries_check_specs(asset: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    """Return the checks of a mapping's deliveries."""
    return [
        dg.AssetCheckSpec(
            ACCOUNTED_FOR,
            asset=asset,
            blocking=True,
            description="Rows read = filtered + the sum over the verdicts, as stored.",
        ),
        dg.AssetCheckSpec(
            REFUSED,
            asset=asset,
            description="HubSpot refused no row (verdict: failed). A rerun tries them again.",
        ),
        dg.AssetCheckSpec(
            REJECTED,
            asset=asset,
            description="Every row passed validation (verdict: rejected). Mend the events or the "
            "mapping; a rerun tries them again.",
        ),
    ]


def check_deliveries(summary: "DeliverySummary", rows_stored: int) -> Sequence[dg.AssetCheckResult]:
    """Hold a partition's results to the rows that were read, and point at what went wrong."""
    with_verdict = sum(summary.verdicts.values())
    accounted = dg.AssetCheckResult(
        check_name=ACCOUNTED_FOR,
        passed=summary.rows_read - summary.filtered == with_verdict == rows_stored,
        metadata={
            "rows_read": summary.rows_read,
            "filtered": summary.filtered,
            "rows_with_a_verdict": with_verdict,
            "rows_stored": rows_stored,
        },
    )
    return [
        accounted,
        _none_of(REFUSED, summary.verdicts.get("failed", 0)),
        _none_of(REJECTED, summary.verdicts.get("rejected", 0)),
    ]


def _none_of(check: str, rows: int) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=check,
        passed=rows == 0,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"rows": rows},
    )
