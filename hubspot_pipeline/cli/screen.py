"""Where the command line writes: answers to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from rich.console import Console
    from rich.table import Table

    from hubspot_pipeline.cli.targets import Tally

PAPER_COLUMNS = 160
"""How wide tables may be where they do not go to a terminal."""

VERDICT_STYLES = {
    "delivered": "green",
    "unchanged": "green",
    "superseded": "cyan",
    "stale": "cyan",
    "skipped": "cyan",
    "rejected": "yellow",
    "failed": "red",
    "undelivered": "bold red",
}
"""Every verdict in the order in which people read them, and its colour."""


def answers() -> Console:
    """Return the console for what a verb was asked for."""
    return _console(sys.stdout)


def errors() -> Console:
    """Return the console for progress and for messages."""
    return _console(sys.stderr)


def show_verdicts(console: Console, tallies: Sequence[Tally]) -> None:
    """Print what became of each target's rows: a table, or sentences where it is too wide."""
    table = _verdict_table(tallies)
    if fits(console, table):
        console.print(table)
        return
    for tally in tallies:
        counts = [("filtered", tally.filtered), *((v, tally.verdicts[v]) for v in VERDICT_STYLES)]
        told = ", ".join(f"{count:,} {name}" for name, count in counts if count)
        console.print(
            f"[bold]{tally.target}[/]: {_cell(tally.rows_read)} rows read: {told}. "
            f"Calls: {_cell(tally.calls)}."
        )


def fits(console: Console, table: Table) -> bool:
    """Return whether a table can be shown without folding its columns."""
    wide = console.options.update(width=1_000)
    return table.__rich_measure__(console, wide).maximum <= console.width


def _verdict_table(tallies: Sequence[Tally]) -> Table:
    """Return a row a mapping and partition, a column a verdict that occurs, and a total."""
    from rich.table import Table

    shown = [verdict for verdict in VERDICT_STYLES if any(t.verdicts[verdict] for t in tallies)]
    table = Table(show_footer=len(tallies) > 1, header_style="bold", footer_style="bold")
    table.add_column("Mapping", footer="all")
    table.add_column("Partition")
    columns: dict[str, tuple[str, list[int | None]]] = {
        "rows read": ("", [t.rows_read for t in tallies]),
        "filtered": ("dim", [t.filtered for t in tallies]),
        **{v: (VERDICT_STYLES[v], [t.verdicts[v] for t in tallies]) for v in shown},
        "calls": ("", [t.calls for t in tallies]),
    }
    for heading, (style, counts) in columns.items():
        total = sum(count or 0 for count in counts)
        table.add_column(heading, justify="right", style=style, footer=f"{total:,}")
    for place, tally in enumerate(tallies):
        cells = [_cell(counts[place]) for _, counts in columns.values()]
        target = tally.target
        table.add_row(f"{target.destination}/{target.mapping}", target.partition, *cells)
    return table


def _cell(count: int | None) -> str:
    return "–" if count is None else f"{count:,}"


def _console(stream: TextIO) -> Console:
    from rich.console import Console

    on_paper = not stream.isatty() and "COLUMNS" not in os.environ
    return Console(file=stream, width=PAPER_COLUMNS if on_paper else None, highlight=False)
