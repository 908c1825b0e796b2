"""What the values of free-form objects look like: the types of properties that are to be made."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.properties import trimmed
from hubspot_pipeline.database import keys_of, pointer, query
from hubspot_pipeline.iso8601 import DAY, INSTANT

SEEN = pa.schema([("name", pa.string()), ("type", pa.string())])


def seen(objects: pa.ChunkedArray, of: pa.Table | None = None) -> pa.Table:
    """Return which types each member of free-form objects is seen with (actions §8.6, §9.4).

    Args:
        objects: JSON text of an object a row; null where there is none.
        of: What the objects are of, if they are not all of one thing: columns of any names but
            ``name`` and ``type``, a row for each object.

    Returns:
        The columns of ``of`` and of ``SEEN``, each combination once, in order: ``name`` as it
        stands in the objects, and ``type``, one of those that ``writes.DEFINITIONS`` names. JSON's
        numbers are ``number``; its booleans, and the texts true and false, are ``bool``; ISO texts
        of days and times that exist are ``date`` and ``datetime``; everything else is ``string``,
        texts of digits too, for they may be ids. Null and blank texts say nothing: a member that
        has no other value is not there.
    """
    owners = pa.table({"": pa.nulls(len(objects))}) if of is None else of
    flat = owners.combine_chunks()
    owner = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in flat.columns], flat.column_names
    )
    names = keys_of(objects)
    values = query(
        _DISTINCT_VALUES,
        pa.table({"owner": owner, "object": objects}),
        names=names,
        pointers=list(map(pointer, names)),
    )
    texts = values.set_column(3, "text", trimmed(values["text"]))
    types = query(_TYPES, texts, day=DAY, time=INSTANT)
    kinds = types.select(SEEN.names).cast(SEEN)
    if of is None:
        return kinds
    whose = [pc.struct_field(types["owner"], [at]) for at in range(of.num_columns)]
    return pa.table([*whose, *kinds.columns], schema=pa.schema([*of.schema, *SEEN]))


_DISTINCT_VALUES = """
SELECT DISTINCT owner, name, kind, CASE WHEN kind = 'VARCHAR' THEN value ->> '$' END AS text
FROM (
    SELECT owner, unnest($names::VARCHAR[]) AS name,
        unnest(json_type(object, $pointers::VARCHAR[])) AS kind,
        unnest(json_extract(object, $pointers::VARCHAR[])) AS value
    FROM rows
    WHERE object IS NOT NULL
)
WHERE kind <> 'NULL'
"""

_TYPES = """
SELECT DISTINCT owner, name, CASE
    WHEN kind = 'BOOLEAN' OR lower(text) IN ('true', 'false') THEN 'bool'
    WHEN kind IN ('BIGINT', 'UBIGINT', 'DOUBLE') THEN 'number'
    WHEN TRY_CAST(text[:10] AS DATE) IS NULL THEN 'string'
    WHEN regexp_full_match(text, $day) THEN 'date'
    WHEN regexp_full_match(text, $time) THEN 'datetime'
    ELSE 'string'
END AS type
FROM rows
WHERE kind <> 'VARCHAR' OR text <> ''
ORDER BY owner, name, type
"""
