"""The pages of the documentation, and the parts of them that tests hold to the code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

_BLOCK = re.compile(
    r"^```(?P<language>\w+)(?: (?P<role>[\w-]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; its role is the word after its language, empty if there is none."""

    language: str
    role: str
    text: str


def page(name: str) -> str:
    """Return a page's text."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """Return a page's fenced blocks, in order."""
    return [
        Block(found["language"], found["role"] or "", found["text"])
        for found in _BLOCK.finditer(text)
    ]


def section(text: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of any level."""
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"no heading {heading!r}"
    return re.split(r"^#", rest, maxsplit=1, flags=re.MULTILINE)[0]


def first_column(table: str) -> list[str]:
    """Return the code of each row's first cell in the tables of a text."""
    return re.findall(r"^\| `([^`]+)`", table, flags=re.MULTILINE)
