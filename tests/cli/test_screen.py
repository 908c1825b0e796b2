from __future__ import annotations

from collections import Counter

import pytest
from rich.console import Console

from hubspot_pipeline.cli.screen import show_verdicts
from hubspot_pipeline.cli.targets import Tally, Target

TALLIES = [
    Tally(
        Target("shop", "contacts", "2026-01-02"), Counter(delivered=1400, failed=2), 2000, 598, 14
    ),
    Tally(Target("shop", "leads", "2026-01-02"), Counter(undelivered=7), 7, 0, 1),
]


def shown(tallies: list[Tally], width: int) -> str:
    console = Console(width=width, highlight=False)
    with console.capture() as capture:
        show_verdicts(console, tallies)
    return capture.get()


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("│┃┏┓").replace("┃", "│").split("│")]


def test_the_table_has_a_column_for_each_verdict_that_occurs_and_a_total() -> None:
    verdicts = ["delivered", "failed", "undelivered"]
    lines = [line for line in shown(TALLIES, 120).splitlines() if line[0] in "┃│"]
    assert [cells(line) for line in lines] == [
        ["Mapping", "Partition", "rows read", "filtered", *verdicts, "calls"],
        ["shop/contacts", "2026-01-02", "2,000", "598", "1,400", "2", "0", "14"],
        ["shop/leads", "2026-01-02", "7", "0", "0", "0", "7", "1"],
        ["all", "", "2,007", "598", "1,400", "2", "7", "15"],
    ]


def test_one_target_needs_no_total() -> None:
    assert "│ all" not in shown(TALLIES[:1], 120)


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_gets_the_same_numbers_in_words(width: int) -> None:
    text = " ".join(shown(TALLIES, width).split())
    assert text == (
        "shop/contacts 2026-01-02: 2,000 rows read: 598 filtered, 1,400 delivered, 2 failed. "
        "Calls: 14. shop/leads 2026-01-02: 7 rows read: 7 undelivered. Calls: 1."
    )
