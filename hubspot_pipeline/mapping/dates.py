"""Which texts the reference takes for a date or time (mappings §1.1, ``date-like``)."""

from __future__ import annotations

import re
from email.utils import parsedate_tz

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text

_SECONDS_LIMIT = 8_640_000_000_000
_LOOSE = (
    r"^[0-9]{4}[-/]?([0-9]{1,2})?[-/]?([0-9]{0,2})[Tt\s]*([0-9]{1,2})?:?([0-9]{1,2})?"
    r":?([0-9]{1,2})?[.:]?([0-9]+)?$"
)
"""What dayjs reads by itself; it checks no ranges, so 2024-13-45 is a date."""
_ZONED = (
    r"^[+-]?[0-9]{4,6}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]"
    r"(:[0-5][0-9]([.,][0-9]+)?)?\s?([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])$"
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_SLASHED = re.compile(
    r"(\d{1,2})[/-](\d{1,2})[/-](\d{2}|\d{4})(?:[ ,T]+\d{1,2}:\d{2}(?::\d{2})?.*)?"
)
_MONTH_FIRST = re.compile(
    rf"(?:[a-z]{{3,9}},?\s+)?(?:{_MONTHS})[a-z]*\.?\s+(\d{{1,2}}),?\s+\d{{4}}\b.*", re.IGNORECASE
)
_DAY_FIRST = re.compile(
    rf"(?:[a-z]{{3,9}},?\s+)?(\d{{1,2}})[\s-]+(?:{_MONTHS})[a-z]*\.?[\s,-]+\d{{2,4}}\b.*",
    re.IGNORECASE,
)


def is_date_like(texts: pa.StringArray) -> pa.BooleanArray:
    """The texts that read as a date or time; null does not.

    Text of digits alone is unix seconds up to ±8,640,000,000,000, as in the reference. Everything
    else is what dayjs accepts: its own loose pattern, ISO times with a zone, and dates as English
    writes them (``May 1 2024``, ``01/02/2024``).
    """
    digits = _sure(pc.match_substring_regex(texts, r"^[0-9]+$"))
    known = _sure(
        pc.or_(pc.match_substring_regex(texts, _LOOSE), pc.match_substring_regex(texts, _ZONED))
    )
    other = pc.and_not(pc.or_(texts.is_valid(), False), pc.and_not(known, digits))
    if not pc.any(other).as_py():
        return known
    return pc.replace_with_mask(
        known, other, json_text.map_distinct(texts.filter(other), _is_date, pa.bool_())
    )


def _is_date(text: str) -> bool:
    if text.isdecimal():
        return int(text) <= _SECONDS_LIMIT
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        month, day = int(slashed[1]), int(slashed[2])
        return 1 <= month <= 12 and 1 <= day <= 31
    worded = _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    if worded:
        return 1 <= int(worded[1]) <= 31
    return parsedate_tz(text) is not None


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)
