"""Texts of days and instants held to HubSpot's: the day, or the instant in UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa

from hubspot_pipeline.delivery.coercion import Coerced

_THOUSAND_YEARS = timedelta(days=365_248)  # two days less: which day it is depends on the zone
"""How far from now HubSpot takes a time (hubspot-api §3.6, INVALID_DATE)."""

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOUR = r"(?:[01][0-9]|2[0-3])"
_SIXTY = r"[0-5][0-9]"
_USUAL = (
    rf"{_DAY}(?:[T ]{_HOUR}:{_SIXTY}(?::{_SIXTY}(?:[.][0-9]{{1,9}})?)?(?:Z|[+-]{_HOUR}:{_SIXTY})?)?"
)
_ANY = (
    rf"({_DAY})[T ]({_HOUR}):?({_SIXTY})(?::?({_SIXTY})(?:[.,]([0-9]+))?)?"
    rf"(Z|[+-]{_HOUR}(?::?{_SIXTY})?)?"
)


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
    given = pa.table({"text": texts})  # noqa: F841  # DuckDB finds it by name
    now_micros = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    reach = _THOUSAND_YEARS // timedelta(microseconds=1)
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        database.execute("SET TimeZone = 'UTC'")
        found: pa.Table = database.sql(
            _READ,
            params={
                "usual": _USUAL,
                "any": _ANY,
                "form": form,
                "from": now_micros - reach,
                "to": now_micros + reach,
            },
        ).to_arrow_table()
    return Coerced(found["value"], found["bad"])


_READ = r"""
WITH numbers AS (
    SELECT text, CASE WHEN regexp_full_match(text, '-?[0-9]{1,14}') THEN text::BIGINT END AS number
    FROM given
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
        WHEN micros BETWEEN $from AND $to THEN strftime(make_timestamp(micros), $form)
    END AS shown
    FROM instants
)
SELECT
    coalesce(shown, text) AS value,
    text IS NOT NULL AND text <> '' AND shown IS NULL AS bad
FROM shown
"""
