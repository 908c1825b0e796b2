"""Plans made up for the tests of how they are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from hubspot_pipeline.cli.plan.about import About
from hubspot_pipeline.plan import GuardedPlan
from hubspot_pipeline.rehearsal.rehearsal import CHANGES, Plan
from hubspot_pipeline.storage import write_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ABOUT = About(
    "shop",
    "2026-01-02",
    "12345678",
    "https://api.hubapi.com",
    datetime(2026, 1, 3, 8, 30, tzinfo=UTC),
)

Change = dict[str, Any]


def change(operation: str, record: str | None, **members: Any) -> Change:
    """A row of a plan's file; its properties as ``city=(before, after)`` in ``values``."""
    values = [
        {"name": name, "before": before, "after": after}
        for name, (before, after) in sorted(members.pop("values", {}).items())
    ]
    return {
        "object_type": "contacts",
        "record": record,
        "operation": operation,
        "record_id": None,
        "verdict": "delivered",
        "reason": None,
        "file": "events.jsonl",
        "row": 1,
        "properties": values,
        "associations": [],
        "lists": [],
    } | members


def link(operation: str, other: str) -> dict[str, str]:
    """A change of an association with a company."""
    return {
        "operation": operation,
        "to_type": "companies",
        "label": "HUBSPOT_DEFINED:279",
        "other": other,
    }


def made_plan(folder: Path, changes: Sequence[Change], **members: Any) -> GuardedPlan:
    """A plan of these changes; its counts and broken guards are as told, else nothing."""
    broken = members.pop("broken", [])
    mapping = members.pop("mapping", "contacts")
    path = str(folder / f"{mapping}.parquet")
    with write_parquet(path, CHANGES) as writer:
        writer.write_table(pa.Table.from_pylist(list(changes), CHANGES))
    nothing: dict[str, Any] = {
        "rows_read": 0,
        "filtered": 0,
        "verdicts": {},
        "creates": {},
        "updates": {},
        "cleared_values": 0,
        "associations": {},
        "list_moves": {},
        "definitions": (),
        "calls": {},
        "seconds": 0.0,
    }
    plan = Plan("shop", mapping, "2026-01-02", path=path, **(nothing | members))
    return GuardedPlan(plan, broken)
