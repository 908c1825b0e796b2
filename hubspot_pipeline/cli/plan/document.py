"""A plan as JSON: all that is known of it, for programs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from hubspot_pipeline.cli.plan.changes import every_change

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hubspot_pipeline.cli.plan.about import About
    from hubspot_pipeline.plan import GuardedPlan


def json_of(plans: Sequence[GuardedPlan], about: About) -> Iterator[str]:
    """Yield a plan as one JSON object, piece by piece; each change has a line of its own.

    It does not grow in memory with the partition. ``docs/plan.md`` says what its members mean.
    """
    head = orjson.dumps({**asdict(about), "written": False}, option=orjson.OPT_UTC_Z).decode()
    yield f'{head[:-1]},"mappings":['
    before = "\n"
    for plan in plans:
        yield f'{before}{_text(_summary(plan))[:-1]},"changes":['
        before = "\n"
        for change in every_change(plan.plan.path):
            yield before + _text(change)
            before = ",\n"
        yield "]}"
        before = ",\n"
    yield "\n]}\n"


def _summary(guarded: GuardedPlan) -> dict[str, Any]:
    plan = guarded.plan
    return {
        "mapping": plan.mapping,
        "rows_read": plan.rows_read,
        "filtered": plan.filtered,
        "verdicts": plan.verdicts,
        "creates": plan.creates,
        "updates": plan.updates,
        "cleared_values": plan.cleared_values,
        "associations": {
            pair: {"added": added, "removed": removed}
            for pair, (added, removed) in plan.associations.items()
        },
        "lists": {
            name: {"joins": joins, "leaves": leaves}
            for name, (joins, leaves) in plan.list_moves.items()
        },
        "definitions": plan.definitions,
        "calls": plan.calls,
        "seconds": round(plan.seconds, 3),
        "reads_for_plan": plan.reads_for_plan,
        "guards": guarded.broken,
        "stop_reason": plan.stop_reason,
    }


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()
