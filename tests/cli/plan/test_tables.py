from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from hubspot_pipeline.cli.plan.tables import MOST_CHANGES, print_plans
from hubspot_pipeline.guards import Broken
from tests.cli.plan.made_plans import ABOUT, change, link, made_plan

if TYPE_CHECKING:
    from pathlib import Path

    from hubspot_pipeline.plan import GuardedPlan


def printed(*plans: GuardedPlan, width: int = 160) -> str:
    """What a person reads, with single spaces."""
    paper = io.StringIO()
    print_plans(Console(file=paper, width=width), plans, ABOUT)
    return " ".join(paper.getvalue().split())


def test_the_first_line_says_what_would_be_done(tmp_path: Path) -> None:
    plan = made_plan(
        tmp_path, [], creates={"contacts": 1_200, "companies": 3}, updates={"contacts": 1}
    )
    assert printed(plan).startswith(
        "Delivering 2026-01-02 to shop (account 12345678) would create 1,203 records and change "
        "1 record. Nothing was written."
    )


def test_changes_are_shown_before_and_after_what_is_taken_first(tmp_path: Path) -> None:
    rows = [
        change(
            "update",
            "ada@example.com",
            values={"city": ("Berlin", "Paris"), "phone": ("030", None), "a": (None, "1")},
            associations=[link("add", "7"), link("remove", "8")],
            lists=[{"operation": "join", "name": "VIPs"}, {"operation": "leave", "name": "Trials"}],
        )
    ]
    assert (
        "change ada@example.com phone 030 (cleared) city Berlin Paris a 1 association companies 7 "
        "association companies 8 (removed) list VIPs list Trials (leaves)"
    ) in printed(made_plan(tmp_path, rows))


def test_long_values_and_long_lists_of_them_are_cut(tmp_path: Path) -> None:
    values = {f"p{n}": (None, "word " * 40) for n in range(9)}
    links = [link("add", f"{n}") for n in range(7)]
    rows = [change("create", "ada", values=values, associations=links)]
    text = printed(made_plan(tmp_path, rows))
    assert "word wo…" in text
    assert "… 4 more values" in text
    assert "… 2 more associations" in text


def test_texts_are_shown_as_they_are(tmp_path: Path) -> None:
    rows = [change("update", "[red]ada", values={"[b]": ("[/]", "[bold]x")})]
    text = printed(
        made_plan(
            tmp_path,
            rows,
            stop_reason="[link]why",
            broken=[Broken("least_rows", "[u]few")],
            definitions=("[i]d",),
            list_moves={"[/]VIPs": (1, 0)},
        )
    )
    for told in (
        "[red]ada",
        "[b] [/] [bold]x",
        "[link]why",
        "[i]d",
        "list [/]VIPs: +1",
        "held back by its guards: least_rows is [u]few.",
    ):
        assert told in text


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    rows = [change("create", f"{n}", values={"a": (None, "1")}) for n in range(MOST_CHANGES + 4)]
    assert "… and 4 more changes." in printed(made_plan(tmp_path, rows))


def test_what_is_made_first_and_what_is_linked_stands_by_its_mapping(tmp_path: Path) -> None:
    plan = made_plan(
        tmp_path,
        [],
        definitions=("property contacts.color (string)",),
        associations={"contacts/companies": (2_000, 1)},
        list_moves={"VIPs": (0, 3)},
        stop_reason="HubSpot is out.",
    )
    assert printed(plan).endswith(
        "contacts would leave rows undelivered: HubSpot is out. contacts made first: property "
        "contacts.color (string) associations contacts/companies: +2,000 −1 list VIPs: −3"
    )


def test_a_narrow_terminal_gets_sentences(tmp_path: Path) -> None:
    plan = made_plan(
        tmp_path,
        [],
        rows_read=5_000,
        filtered=10,
        verdicts={"delivered": 4_990},
        creates={"contacts": 4_990},
        calls={"contacts/batch/upsert": 50},
        seconds=200,
    )
    assert (
        "contacts: 5,000 rows read, 10 filtered, 4,990 delivered, 4,990 new, 50 calls; time: "
        "3 min 20 s."
    ) in printed(plan, width=70)
