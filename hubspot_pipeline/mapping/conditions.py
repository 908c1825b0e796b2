"""What a trigger means, apart from how a dialect writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hubspot_pipeline.mapping.paths import Path

Order = Literal["<", "<=", ">", ">="]
TextTestName = Literal["contains", "starts with", "ends with"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``field operator value``.

    ``=`` and ``!=`` compare by the value's type: with text, everything that is not that very text
    is different, missing included; with a number, only numbers are compared; None asks for a value
    that is missing or null, or (``!=``) for one that is neither. The others compare numbers only.
    """

    path: Path
    operator: Literal["=", "!="] | Order
    value: str | float | bool | None


@dataclass(frozen=True, slots=True)
class TextTest:
    """A test of a text; a value that is no text passes neither the test nor its opposite."""

    path: Path
    test: TextTestName
    text: str
    negated: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions all of which (``and``), or any of which (``or``), must hold."""

    operator: Literal["and", "or"]
    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Never:
    """What no event meets: an operator that the reference destination does not know."""


Condition = Comparison | TextTest | Group | Never
