"""What the values of free-form objects look like: the types of properties that are to be made."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from hubspot_pipeline.actions.properties import trimmed

SEEN = pa.schema([("name", pa.string()), ("type", pa.string())])


def seen(objects: pa.ChunkedArray) -> pa.Table:
    """Return which types each member of free-form objects is seen with (actions §8.6, §9.4).

    Args:
        objects: JSON text of an object a row; null where there is none.

    Returns:
        ``SEEN``, each pair once, in order: ``name`` as it stands in the objects, and ``type``, one
        of those that ``writes.DEFINITIONS`` names. JSON's numbers are ``number``; its booleans, and
        the texts true and false, are ``bool``; ISO texts of days and times that exist are ``date``
        and ``datetime``; everything else is ``string``, texts of digits too, for they may be ids.
        Null and blank texts say nothing: a member that has no other value is not there.
    """
    payloads = pa.table({"object": objects})  # noqa: F841  # DuckDB finds it by name
    with duckdb.connect() as database:
        database.execute("SET enable_progress_bar = false")
        found = database.sql("SELECT DISTINCT unnest(json_keys(object)) FROM payloads").fetchall()
        names = [name for (name,) in found]
        if not names:
            return SEEN.empty_table()
        pointers = ["/" + name.replace("~", "~0").replace("/", "~1") for name in names]
        values = database.sql(
            _DISTINCT_VALUES, params={"names": names, "pointers": pointers}
        ).to_arrow_table()
        texts = values.set_column(2, "text", trimmed(values["text"]))  # noqa: F841  # by name
        return (
            database.sql(_TYPES, params={"day": _DAY, "time": _DAY + _TIME})
            .to_arrow_table()
            .cast(SEEN)
        )


_DISTINCT_VALUES = """
SELECT DISTINCT name, kind, CASE WHEN kind = 'VARCHAR' THEN value ->> '$' END AS text
FROM (
    SELECT unnest($names) AS name,
        unnest(json_type(object, $pointers)) AS kind,
        unnest(json_extract(object, $pointers)) AS value
    FROM payloads
    WHERE object IS NOT NULL
)
WHERE kind <> 'NULL'
"""

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOUR = r"(?:[01][0-9]|2[0-3])"
_SIXTY = r"[0-5][0-9]"
_TIME = (
    rf"[T ]{_HOUR}:?{_SIXTY}(?::?{_SIXTY}(?:[.,][0-9]+)?)?"  # fractions of a second only
    rf"(?:Z|[+-]{_HOUR}:?{_SIXTY})?"
)

_TYPES = """
SELECT DISTINCT name, CASE
    WHEN kind = 'BOOLEAN' OR lower(text) IN ('true', 'false') THEN 'bool'
    WHEN kind IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN 'number'
    WHEN TRY_CAST(text[:10] AS DATE) IS NULL THEN 'string'
    WHEN regexp_full_match(text, $day) THEN 'date'
    WHEN regexp_full_match(text, $time) THEN 'datetime'
    ELSE 'string'
END AS type
FROM texts
WHERE kind <> 'VARCHAR' OR text <> ''
ORDER BY name, type
"""
