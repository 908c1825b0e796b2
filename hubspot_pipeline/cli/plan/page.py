"""A plan as one page for a browser: all in one file, which needs no network and can be mailed."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hubspot_pipeline.cli.plan.changes import Changes, Row, kind_of, name_of, read_changes
from hubspot_pipeline.cli.plan.words import counted, duration, intention
from hubspot_pipeline.cli.screen import VERDICT_STYLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.cli.plan.about import About
    from hubspot_pipeline.guards import Broken
    from hubspot_pipeline.plan import GuardedPlan
    from hubspot_pipeline.rehearsal.rehearsal import Plan

MOST_CHANGES = 1_000
"""How many changes of each mapping the page shows; the plan as JSON has them all."""

MOST_REFUSED = 200
"""How many rows that would not be delivered the page shows of each mapping."""

MOST_BARS = 12
"""How many properties, calls and the like have a bar of their own."""

VALUES_AT_ONCE = 6
"""How many of a record's values are shown before the reader asks for the others."""

LINKS_AT_ONCE = 4
"""How many of its associations, likewise."""


@dataclass(frozen=True, slots=True)
class Section:
    """One mapping's part of the page."""

    plan: Plan
    broken: list[Broken]
    changes: Changes

    @property
    def intention(self) -> str:
        """What delivering the mapping would do, after ``would``."""
        plan = self.plan
        return intention(
            sum(plan.creates.values()), sum(plan.updates.values()), self.changes.events
        )


def page_of(plans: Sequence[GuardedPlan], about: About) -> str:
    """Return the plans of a destination's mappings as HTML; every value in it is escaped."""
    sections = [
        Section(
            each.plan,
            each.broken,
            read_changes(each.plan.path, most=MOST_CHANGES, most_refused=MOST_REFUSED),
        )
        for each in plans
    ]
    script = _static("page.js")
    return (
        _templates()
        .get_template("page.html")
        .render(
            about=about,
            sections=sections,
            totals=_totals(sections),
            intention=intention,
            style=_static("page.css"),
            script=script,
            # Only this script may run, whatever a value might have smuggled in.
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            verdicts=_verdicts(sections),
            most_bars=MOST_BARS,
            values_at_once=VALUES_AT_ONCE,
            links_at_once=LINKS_AT_ONCE,
        )
    )


def _verdicts(sections: Sequence[Section]) -> list[str]:
    """Return the verdicts that occur, in the order in which people read them."""
    return [
        verdict
        for verdict in VERDICT_STYLES
        if any(section.plan.verdicts.get(verdict) for section in sections)
    ]


def _totals(sections: Sequence[Section]) -> dict[str, int | float]:
    plans = [section.plan for section in sections]
    links = [pair for plan in plans for pair in plan.associations.values()]
    moves = [pair for plan in plans for pair in plan.list_moves.values()]
    return {
        "creates": sum(sum(plan.creates.values()) for plan in plans),
        "updates": sum(sum(plan.updates.values()) for plan in plans),
        "events": sum(section.changes.events for section in sections),
        "cleared": sum(plan.cleared_values for plan in plans),
        "linked": sum(added for added, _ in links),
        "unlinked": sum(removed for _, removed in links),
        "joins": sum(joins for joins, _ in moves),
        "leaves": sum(leaves for _, leaves in moves),
        "refused": sum(section.changes.refused_total for section in sections),
        "calls": sum(sum(plan.calls.values()) for plan in plans),
        "seconds": sum(plan.seconds for plan in plans),
        "reads": sum(sum(plan.reads_for_plan.values()) for plan in plans),
    }


def _kinds(change: Row) -> list[str]:
    """Return by what a reader picks a change: what becomes of its record, whether it takes."""
    takes = (
        any(kind_of(value) == "takes" for value in change["properties"])
        or any(link["operation"] == "remove" for link in change["associations"])
        or any(move["operation"] == "leave" for move in change["lists"])
    )
    return [change["operation"], "takes"] if takes else [change["operation"]]


def _largest(counts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return counts, the largest first; of several numbers, their sum decides."""
    return sorted(counts.items(), key=lambda item: -_sum(item[1]))


def _sum(counts: Any) -> int:
    if isinstance(counts, int):
        return counts
    return sum(counts.values() if isinstance(counts, dict) else counts)


def _static(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader(__package__, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        number=lambda number: f"{number:,}",
        counted=counted,
        duration=duration,
        kind=kind_of,
        kinds=_kinds,
        largest=_largest,
        named=name_of,
        total=_sum,
        as_is=Markup,  # of the page's own style and script
    )
    templates.tests["with_kind"] = lambda change, kind: kind in _kinds(change)
    return templates
