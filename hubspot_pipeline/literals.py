"""What stands literally in a mapping's YAML, told from what is made from the event."""

from __future__ import annotations

from typing import Any


def literal(value: Any) -> str | None:
    """Return a text that stands in a mapping, trimmed; None where it is blank or computed."""
    if isinstance(value, dict) and value.keys() == {"@literal"}:
        value = value["@literal"]
    elif isinstance(value, str) and (value.startswith("$.") or "{{" in value):
        return None  # shorthand for a directive
    return value.strip() or None if isinstance(value, str) else None
