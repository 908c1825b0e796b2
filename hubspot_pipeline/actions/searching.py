"""Search fields: what a record must match to be the one that is meant."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.properties import flattened, said
from hubspot_pipeline.mapping import json_text


def search_fields(objects: pa.ChunkedArray) -> pa.Table | None:
    """Turn free-form search fields into one text column a field, in alphabetical order.

    Empty and blank ones are not searched for: they would match whatever has none (actions §3.3).

    Returns:
        Null where a row has none of a field; None where no row has any.
    """
    flat = flattened(objects)
    columns = {name: said(flat[name]) for name in flat.column_names}
    used = {name: texts for name, texts in columns.items() if texts.null_count < len(texts)}
    return pa.table(used) if used else None


def as_json(search: pa.Table | None, rows: int) -> pa.ChunkedArray:
    """Return each row's search fields as a JSON object of texts, null where it has none."""
    if search is None:
        return pa.chunked_array([pa.nulls(rows, pa.string())])
    members = [
        (name, json_text.encode_strings(search[name].combine_chunks()))
        for name in search.column_names
    ]
    objects = json_text.join_objects(members, rows)
    return pa.chunked_array([pc.if_else(pc.equal(objects, "{}"), None, objects)])
