"""Default directives of fields, as mappings write them."""

from __future__ import annotations

from typing import Any


def path(where: str) -> dict[str, Any]:
    """Return the directive that reads a path of the event, such as ``traits.email``."""
    return {"@path": f"$.{where}"}


def first_of(where: str, other: str) -> dict[str, Any]:
    """Return the directive that reads a path where the event has it, else another."""
    return {"@if": {"exists": path(where), "then": path(where), "else": path(other)}}
