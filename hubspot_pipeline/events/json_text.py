"""Checks and takes apart columns of JSON text, with DuckDB's JSON functions."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc

_PARALLEL_ROWS = 8_192
_NOT_JSON_NUMBERS = r"[:\[,](?:-[iInN]|[iIN]|n[aA])"


@dataclass(frozen=True, slots=True)
class Checked:
    """Texts of which each is JSON.

    Attributes:
        texts: string; null where there was none, where it was blank, and where it is not JSON.
        reasons: string; what is wrong with a text that is not JSON, else null.
    """

    texts: pa.Array
    reasons: pa.Array


def run(connection: duckdb.DuckDBPyConnection, query: str, **columns: pa.Array) -> pa.Table:
    """Run a query over the table `cells` that `columns` make, in several threads, in order.

    Raises:
        duckdb.InvalidInputException: A text is not JSON.
    """
    cells = pa.table(columns)
    connection.register(
        "cells", pa.Table.from_batches(cells.to_batches(_PARALLEL_ROWS), cells.schema)
    )
    try:
        return connection.sql(query).to_arrow_table().combine_chunks()
    finally:
        connection.unregister("cells")


def check(connection: duckdb.DuckDBPyConnection, texts: pa.Array) -> Checked:
    """Set aside the texts that are not JSON."""
    texts = pc.if_else(pc.equal(pc.ascii_trim_whitespace(texts), ""), None, texts)
    valid = run(connection, "SELECT json_valid(text) AS valid FROM cells", text=texts)["valid"]
    malformed = pc.invert(pc.fill_null(_array(valid), True))
    why = iter([_what_is_wrong(text) for text in texts.filter(malformed).to_pylist()])
    reasons = [next(why) if bad else None for bad in malformed.to_pylist()]
    return Checked(pc.if_else(malformed, None, texts), pa.array(reasons, pa.string()))


def read_documents(connection: duckdb.DuckDBPyConnection, name: str, texts: pa.Array) -> Checked:
    """Return texts as documents: JSON objects, without spaces; JSON null is a missing document.

    Args:
        connection: DuckDB, in memory.
        name: The document's name, for the reasons.
        texts: string; null or blank is missing.
    """
    query = "SELECT json(text)::VARCHAR AS text FROM cells"
    try:
        documents, reasons = _array(run(connection, query, text=texts)["text"]), None
    except duckdb.InvalidInputException:
        checked = check(connection, texts)
        documents = _array(run(connection, query, text=checked.texts)["text"])
        reasons = pc.binary_join_element_wise(name, checked.reasons, " is ")
    return objects(name, documents, reasons)


def objects(name: str, documents: pa.Array, reasons: pa.Array | None = None) -> Checked:
    """Hold compact JSON texts to being objects without NaN and infinities.

    Args:
        name: The document's name, for the reasons.
        documents: string, null for missing; JSON as DuckDB writes it, JSON null for missing too.
        reasons: Why some of them are not to be used, so far.
    """
    if reasons is None:
        reasons = pa.nulls(len(documents), pa.string())
    documents = pc.if_else(pc.equal(documents, "null"), None, documents)
    is_object = pc.fill_null(pc.starts_with(documents, "{"), True)
    reasons = pc.if_else(is_object, reasons, f"{name} is not an object")
    suspect = pc.fill_null(pc.match_substring_regex(documents, _NOT_JSON_NUMBERS), False)
    if suspect.true_count:
        bad = iter([not _is_strict(text) for text in documents.filter(suspect).to_pylist()])
        mask = pa.array([is_suspect and next(bad) for is_suspect in suspect.to_pylist()])
        reasons = pc.if_else(mask, f"{name} holds a number that JSON does not have", reasons)
    return Checked(documents, reasons)


def _array(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks()


def _is_strict(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _what_is_wrong(text: str) -> str:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"not valid JSON at character {error.pos + 1} ({error.msg})"
    return "not valid JSON"
