"""Texts of days and instants held to HubSpot's: the day, or the instant in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from hubspot_pipeline.database import query
from hubspot_pipeline.delivery.check.coercion import Coerced
from hubspot_pipeline.iso8601 import DAY, HOUR, INSTANT, SIXTY

_THOUSAND_YEARS = timedelta(days=365_248)  # two days less: which day it is depends on the zone
"""How far from now HubSpot takes a time (hubspot-api §3.6, INVALID_DATE)."""

_USUAL = rf"{DAY}(?:[T ]{HOUR}:{SIXTY}(?::{SIXTY}(?:[.][0-9]{{1,9}})?)?(?:Z|[+-]{HOUR}:{SIXTY})?)?"
"""What DuckDB itself reads as a day or an instant: the spellings that are usual."""


def as_date(texts: pa.ChunkedArray, now: datetime) -> Coerced:
    """Days, ``YYYY-MM-DD``; an instant becomes its day in UTC (hubspot-api §1.5, §3.6).

    Takes ISO 8601 with or without a time, in UTC where it names no zone, and whole numbers: seconds
    since 1970 where they have nine or ten digits (HubSpot would take them for milliseconds of
    January 1970), else milliseconds. Shorter numbers are no time unless they are at midnight.
    """
    return _formatted(texts, "%Y-%m-%d", now)


def as_datetime(texts: pa.ChunkedArray, now: datetime) -> Coerced:
    """Instants, ``YYYY-MM-DDTHH:MM:SS.mmmZ``; a day becomes its midnight in UTC.

    Takes what ``as_date`` takes.
    """
    return _formatted(texts, "%Y-%m-%dT%H:%M:%S.%gZ", now)


def _formatted(texts: pa.ChunkedArray, form: str, now: datetime) -> Coerced:
    now_micros = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    reach = _THOUSAND_YEARS // timedelta(microseconds=1)
    found = query(
        _READ,
        pa.table({"text": texts}),
        usual=_USUAL,
        any=INSTANT,
        form=form,
        earliest=now_micros - reach,
        latest=now_micros + reach,
    )
    return Coerced(found["value"], found["bad"])


_READ = r"""
WITH numbers AS (
    SELECT text, CASE WHEN regexp_full_match(text, '-?[0-9]{1,14}') THEN text::BIGINT END AS number
    FROM rows
), instants AS (
    SELECT text, CASE
        WHEN abs(number) >= 10000000000 THEN number * 1000
        WHEN abs(number) >= 100000000 THEN number * 1000000
        WHEN number % 86400000 = 0 THEN number * 1000
        WHEN number IS NOT NULL THEN NULL
        WHEN regexp_full_match(text, $usual) THEN epoch_us(try_cast(text AS TIMESTAMPTZ))
        WHEN regexp_full_match(text, $any) THEN epoch_us(try_cast(concat(
            regexp_extract(text, $any, 1), 'T', regexp_extract(text, $any, 2), ':',
            regexp_extract(text, $any, 3), ':', lpad(regexp_extract(text, $any, 4), 2, '0'), '.',
            rpad(regexp_extract(text, $any, 5)[:6], 6, '0'), regexp_extract(text, $any, 6)
        ) AS TIMESTAMPTZ))
    END AS micros
    FROM numbers
), shown AS (
    SELECT text, CASE
        WHEN micros BETWEEN $earliest AND $latest THEN strftime(make_timestamp(micros), $form)
    END AS shown
    FROM instants
)
SELECT
    coalesce(shown, text) AS value,
    text IS NOT NULL AND text <> '' AND shown IS NULL AS bad
FROM shown
"""
