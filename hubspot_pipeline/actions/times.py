"""Texts that tell a time, as events and payloads have them."""

from __future__ import annotations

import contextlib

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.database import query

TIME = pa.timestamp("us", "UTC")


def times(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return the times that texts tell, null where they tell none.

    ISO 8601, where no zone means UTC, or seconds or milliseconds since 1970.
    """
    if texts.null_count == len(texts):
        return pa.chunked_array([pa.nulls(len(texts), TIME)])
    with contextlib.suppress(pa.ArrowInvalid):
        return texts.cast(TIME)  # several times faster, but takes no text without a zone
    trimmed = pc.ascii_upper(pc.utf8_trim_whitespace(texts))
    return query(_PARSED, pa.table({"text": trimmed}))["time"].cast(TIME)


_PARSED = """
SELECT TRY_CAST(CASE
    WHEN regexp_matches(text, '(Z|[+-][0-9]{2}:?[0-9]{2})$') THEN text
    WHEN regexp_full_match(text, '[0-9]{4}-[0-9]{2}-[0-9]{2}') THEN text || 'T00:00Z'
    WHEN regexp_full_match(text, '[0-9]{10}([.][0-9]+)?') THEN to_timestamp(text::DOUBLE)::VARCHAR
    WHEN regexp_full_match(text, '[0-9]{13}') THEN to_timestamp(text::DOUBLE / 1000)::VARCHAR
    ELSE text || 'Z'
END AS TIMESTAMPTZ) AS time
FROM rows
"""
