"""Makes the message id of a row that has none, from the row's content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.events.json_text import run
from hubspot_pipeline.events.values import to_plain

PREFIX = "content-"
"""What made ids begin with; the rest is an MD5: the same content has the same id."""


def id_of_cells(cells: Mapping[str, str]) -> str:
    """Return the id of a row of text cells; the order of the columns does not matter."""
    text = orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)
    return PREFIX + hashlib.md5(text, usedforsecurity=False).hexdigest()


def ids_of_texts(connection: duckdb.DuckDBPyConnection, texts: pa.Array) -> pa.Array:
    """Return the id of each text; white space around it does not matter."""
    query = "SELECT md5(text) AS id FROM cells"
    ids = run(connection, query, text=pc.ascii_trim_whitespace(texts))["id"]
    return pc.binary_join_element_wise(PREFIX, ids, "")


def ids_of_rows(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> pa.Array:
    """Return the id of each row of a table; missing values and the order of columns do not matter.

    Raises:
        NoJsonFormError: A column's type cannot be said in JSON.
    """
    names = sorted(rows.column_names)
    columns = [to_plain(rows[name].combine_chunks()).values for name in names]
    row = pa.StructArray.from_arrays(columns, names)
    query = "SELECT md5(json_merge_patch('{}', to_json(content))) AS id FROM cells"
    ids = run(connection, query, content=row)["id"]
    return pc.binary_join_element_wise(PREFIX, ids, "")
