"""How ISO 8601 writes days and instants: patterns of whole texts, for DuckDB and Python alike."""

from __future__ import annotations

DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
HOUR = r"(?:[01][0-9]|2[0-3])"
SIXTY = r"[0-5][0-9]"
"""Minutes or seconds."""

INSTANT = (
    rf"({DAY})[T ]({HOUR}):?({SIXTY})(?::?({SIXTY})(?:[.,]([0-9]+))?)?"
    rf"(Z|[+-]{HOUR}(?::?{SIXTY})?)?"
)
"""An instant; its groups are the day, hour, minute, second, fraction of the second, and zone.

Signs between hours, minutes and seconds may be left out, and so may seconds and the zone. Only
seconds have a fraction.
"""
