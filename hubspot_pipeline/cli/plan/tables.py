"""A plan as tables and sentences for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hubspot_pipeline.cli.plan.changes import (
    ADDS,
    OVERWRITES,
    TAKES,
    Changes,
    Row,
    kind_of,
    name_of,
    read_changes,
)
from hubspot_pipeline.cli.plan.words import counted, duration, intention
from hubspot_pipeline.cli.screen import VERDICT_STYLES, fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console
    from rich.table import Table

    from hubspot_pipeline.cli.plan.about import About
    from hubspot_pipeline.plan import GuardedPlan
    from hubspot_pipeline.rehearsal.rehearsal import Plan

MOST_CHANGES = 10
"""How many changes of each mapping are shown, the largest; the page and JSON have more."""

MOST_VALUES = 5
"""How many of a record's values are shown, and of its associations."""

MOST_CHARACTERS = 48
"""Of a value; a longer one is cut."""

_STYLES = {"create": "green", "send": "green", "update": "blue", "none": ""}
_WORDS = {"create": "new", "send": "event", "update": "change", "none": "links"}


def print_plans(console: Console, guarded: Sequence[GuardedPlan], about: About) -> None:
    """Print a summary of all mappings, and of each what matters most."""
    plans = [each.plan for each in guarded]
    read = [read_changes(plan.path, most=MOST_CHANGES, most_refused=0) for plan in plans]
    creates = sum(sum(plan.creates.values()) for plan in plans)
    updates = sum(sum(plan.updates.values()) for plan in plans)
    events = sum(changes.events for changes in read)
    console.print(
        f"Delivering {about.partition} to {about.destination} (account {about.portal}) would "
        f"[bold]{intention(creates, updates, events)}[/]. Nothing was written.\n",
        soft_wrap=True,
    )
    _print_summary(console, plans, read)
    for each, changes in zip(guarded, read, strict=True):
        _print_plan(console, each, changes)


def _print_summary(console: Console, plans: Sequence[Plan], read: Sequence[Changes]) -> None:
    """Print a row a mapping; or sentences, where that is too wide."""
    columns = _columns(plans, read)
    table = _summary(plans, columns)
    if fits(console, table):
        console.print(table)
        return
    for place, plan in enumerate(plans):
        counts = [(name, numbers[place]) for name, (_, numbers) in columns.items()]
        told = ", ".join(f"{count:,} {name}" for name, count in counts if count)
        console.print(f"[bold]{plan.mapping}[/]: {told}; time: {duration(plan.seconds)}.")


def _columns(plans: Sequence[Plan], read: Sequence[Changes]) -> dict[str, tuple[str, list[int]]]:
    """Return the counts of each mapping, and their colour, by what they count."""
    return {
        "rows read": ("", [plan.rows_read for plan in plans]),
        "filtered": ("dim", [plan.filtered for plan in plans]),
        **{
            verdict: (style, [plan.verdicts.get(verdict, 0) for plan in plans])
            for verdict, style in VERDICT_STYLES.items()
            if any(plan.verdicts.get(verdict) for plan in plans)
        },
        "new": ("green", [sum(plan.creates.values()) for plan in plans]),
        "changed": ("blue", [sum(plan.updates.values()) for plan in plans]),
        "events": ("green", [changes.events for changes in read]),
        "cleared": ("yellow", [plan.cleared_values for plan in plans]),
        "calls": ("", [sum(plan.calls.values()) for plan in plans]),
    }


def _summary(plans: Sequence[Plan], columns: dict[str, tuple[str, list[int]]]) -> Table:
    from rich.table import Table

    table = Table(show_footer=len(plans) > 1, header_style="bold", footer_style="bold")
    table.add_column("Mapping", footer="all")
    for heading, (style, counts) in columns.items():
        footer = f"{sum(counts):,}"
        table.add_column(heading, justify="right", style=style, footer=footer)
    table.add_column("time", justify="right", footer=duration(sum(p.seconds for p in plans)))
    for place, plan in enumerate(plans):
        cells = [f"{counts[place]:,}" for _, counts in columns.values()]
        table.add_row(plan.mapping, *cells, duration(plan.seconds))
    return table


def _print_plan(console: Console, guarded: GuardedPlan, changes: Changes) -> None:
    from rich.markup import escape

    plan = guarded.plan
    if guarded.broken:
        console.print(f"\n[bold]{plan.mapping}[/] [red]would be held back by its guards:[/]")
    for broken in guarded.broken:
        console.print(f"  {broken.guard} is {escape(broken.reason)}.", soft_wrap=True)
    if plan.stop_reason:
        console.print(
            f"\n[bold]{plan.mapping}[/] [red]would leave rows undelivered:[/] "
            f"{escape(plan.stop_reason)}"
        )
    if not (changes.total or plan.definitions):
        return
    console.print(f"\n[bold]{plan.mapping}[/]")
    for name, told in _besides(plan):
        console.print(f"  {escape(name)}: {escape(told)}")
    if changes.total:
        console.print(_changes_table(changes))
    if changes.total > len(changes.shown):
        console.print(f"  … and {counted(changes.total - len(changes.shown), 'more change')}.")


def _besides(plan: Plan) -> Iterable[tuple[str, str]]:
    """Yield what else would be done, by what it is about."""
    if plan.definitions:
        yield "made first", ", ".join(plan.definitions)
    for pair, counts in plan.associations.items():
        yield f"associations {pair}", _both(*counts)
    for name, counts in plan.list_moves.items():
        yield f"list {name}", _both(*counts)


def _changes_table(changes: Changes) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 2))
    for heading in ("", "Record", "What", "Before", "After"):
        table.add_column(heading, overflow="fold")
    for change in changes.shown:
        what = f"[{_STYLES[change['operation']] or 'none'}]{_WORDS[change['operation']]}[/]"
        record = escape(name_of(change))
        for line in _lines(change):
            table.add_row(what, record, *map(escape, line))
            what = record = ""
    return table


def _lines(change: Row) -> Iterable[tuple[str, str, str]]:
    """Yield what a change does to its record, a line each: what it is about, before and after."""
    values = change["properties"]
    for value in sorted(values, key=_taken_first)[:MOST_VALUES]:
        yield value["name"], _cut(value["before"]), _cut(value["after"], missing="(cleared)")
    if len(values) > MOST_VALUES:
        yield f"… {counted(len(values) - MOST_VALUES, 'more value')}", "", ""
    links = change["associations"]
    for link in links[:MOST_VALUES]:
        other = f"{link['to_type']} {link['other']}"
        removes = link["operation"] == "remove"
        yield "association", *((other, "(removed)") if removes else ("", other))
    if len(links) > MOST_VALUES:
        yield f"… {counted(len(links) - MOST_VALUES, 'more association')}", "", ""
    for move in change["lists"]:
        leaves = move["operation"] == "leave"
        yield "list", *((move["name"], "(leaves)") if leaves else ("", move["name"]))
    if not (values or change["associations"] or change["lists"]):
        yield "", "", ""


def _taken_first(value: dict[str, Any]) -> int:
    return (TAKES, OVERWRITES, ADDS).index(kind_of(value))


def _cut(value: str | None, *, missing: str = "") -> str:
    if value is None:
        return missing
    text = " ".join(value.split())
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + "…"


def _both(more: int, fewer: int) -> str:
    return " ".join([f"+{more:,}"] * bool(more) + [f"−{fewer:,}"] * bool(fewer)) or "0"
