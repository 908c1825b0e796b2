"""The table of docs/simulator.md names sections, switches and tests that there are."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest

from hubspot_pipeline.simulator.settings import Behaviour

from .pages import ROOT, page

SECTIONS = {
    "1": 6, "2": 10, "3": 6, "4": 4, "5": 3, "6": 0, "7": 7, "8": 7, "9": 3, "10": 0, "12": 0,
}  # fmt: skip
"""The reference's sections, with how many subsections each has."""

SUBSECTIONS = {f"2.5.{number}" for number in range(1, 6)}
KNOWN = (
    SECTIONS.keys()
    | SUBSECTIONS
    | {f"{one}.{number}" for one, many in SECTIONS.items() for number in range(1, many + 1)}
)
OURS = "–"
"""In place of a section: a behaviour of the simulator's own, of which HubSpot knows nothing."""

Row = tuple[str, str, str]


def rows() -> list[Row]:
    """The table's rows: behaviour, sections, tests."""
    _, _, rest = page("docs/simulator.md").partition("\n| behaviour | hubspot-api | test |\n|---|")
    table = rest.partition("\n\n")[0].split("\n")[1:]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table]
    assert all(len(row) == 3 for row in cells), [row for row in cells if len(row) != 3]
    return [(row[0], row[1], row[2]) for row in cells]


ROWS = rows()
SWITCHES = {one.name for one in fields(Behaviour)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_a_row_names_sections_of_the_reference(row: Row) -> None:
    named = re.findall(r"(?:§|(?<=[\d.])–)(\d+(?:\.\d+)*)", row[1])
    assert row[1] == OURS or named, row[1]
    assert set(named) <= KNOWN


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:60])
def test_a_row_names_tests_that_there_are(row: Row) -> None:
    named = re.findall(r"`(test_\w+)`((?:,? Test\w+)*)", row[2])
    assert named, row[2]
    for file, after in named:
        there = _classes(file)
        missing = set(re.findall(r"Test\w+", after)) - there
        assert not missing, f"{file} has no {missing}, but {there}"


def test_every_switch_is_in_the_table() -> None:
    named = {name for row in ROWS for name in re.findall(r"`(\w+)`", row[0])}
    assert SWITCHES - named == set()


def test_every_switch_that_the_table_names_there_is() -> None:
    groups = [group for row in ROWS for group in re.findall(r"\(switch(?:es)?: ([^)]*)\)", row[0])]
    named = {re.findall(r"`(\w+)`", group)[0] for group in groups}
    assert named - SWITCHES == set()


def test_no_behaviour_is_told_twice() -> None:
    told = [row[0] for row in ROWS]
    assert len(set(told)) == len(told)


def _classes(file: str) -> set[str]:
    path = ROOT / "tests" / "simulator" / f"{file}.py"
    assert path.is_file(), f"there is no {path.name}"
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return {one.name for one in parsed.body if isinstance(one, ast.ClassDef)}
