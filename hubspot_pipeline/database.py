"""DuckDB over columns, for what Arrow does not compute: JSON taken apart, digests, odd times."""

from __future__ import annotations

import threading
from typing import Any

import duckdb
import pyarrow as pa


def query(sql: str, rows: pa.Table, **parameters: Any) -> pa.Table:
    """Return what a query gives over a table, which is called ``rows`` in it.

    The rows of a plain selection come in the order of the table's.
    """
    database = connection()
    database.register("rows", rows)
    try:
        return database.sql(sql, params=parameters or None).to_arrow_table()
    finally:
        database.unregister("rows")


def keys_of(objects: pa.ChunkedArray) -> list[str]:
    """Return the distinct keys of JSON objects, sorted."""
    sql = "SELECT DISTINCT unnest(json_keys(object)) AS key FROM rows ORDER BY key"
    return list(query(sql, pa.table({"object": objects}))["key"].to_pylist())


def pointer(key: str) -> str:
    """Return the JSON pointer to an object's member."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def connection() -> duckdb.DuckDBPyConnection:
    """Return this thread's own in-memory DuckDB; opening one takes longer than most queries.

    Times without a zone are UTC to it, wherever it runs.
    """
    opened: duckdb.DuckDBPyConnection | None = getattr(_local, "connection", None)
    if opened is None:
        opened = _local.connection = open_database()
    return opened


def open_database(**settings: str | int) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB that reaches nothing but the tables that are registered with it.

    Whatever a query says, there is no way from it to files, other databases, extensions, the
    network or Python's variables, nor to these settings. Sorts may spill, where a folder for that
    is among the settings.
    """
    opened = duckdb.connect(config={**_CLOSED, **settings})
    opened.execute("SET enable_progress_bar = false")
    opened.execute("SET TimeZone = 'UTC'")
    opened.execute("SET lock_configuration = true")
    return opened


_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


_local = threading.local()
