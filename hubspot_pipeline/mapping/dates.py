"""Which texts the reference takes for a date or time (mappings §1.1, ``date-like``)."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.date_texts import reads_as_date
from hubspot_pipeline.mapping.javascript import WHITESPACE

_SECONDS = re.compile("-?[0-9]+")
_SECONDS_LIMIT = 8_640_000_000_000
_LOOSE = (
    rf"^[0-9]{{4}}[-/]?([0-9]{{1,2}})?[-/]?([0-9]{{0,2}})[Tt{WHITESPACE}]*"
    r"([0-9]{1,2})?:?([0-9]{1,2})?"
    r":?([0-9]{1,2})?[.:]?([0-9]+)?$"
)
"""What dayjs reads by itself; it checks no ranges, so 2024-13-45 is a date."""
_ZONED = (
    r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]"
    r"(:[0-5][0-9](\.[0-9]{1,9})?)?([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"
)
"""The times that exports are full of, told without looking at each."""


def is_date_like(texts: pa.StringArray) -> pa.BooleanArray:
    """The texts that read as a date or time; null does not.

    Text of digits alone is unix seconds up to ±8,640,000,000,000, as in the reference. Everything
    else is what dayjs accepts: its own loose pattern, and what JavaScript's ``Date`` reads.
    """
    digits = _sure(pc.match_substring_regex(texts, r"^-?[0-9]+$"))
    loose = _sure(pc.match_substring_regex(texts, _LOOSE))
    zoned = _sure(pc.match_substring_regex(texts, _ZONED))
    known = pc.and_not(pc.or_(loose, zoned), digits)
    other = pc.and_not(texts.is_valid(), known)
    return json_text.replace_where(
        known, other, lambda _: json_text.map_distinct(texts.filter(other), _is_date, pa.bool_())
    )


def _is_date(text: str) -> bool:
    if _SECONDS.fullmatch(text):
        return abs(float(text)) <= _SECONDS_LIMIT
    return reads_as_date(text)


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)
