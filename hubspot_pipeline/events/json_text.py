"""Checks and takes apart columns of JSON text, with DuckDB's JSON functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

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


def run(
    connection: duckdb.DuckDBPyConnection, query: str, **columns: pa.Array
) -> dict[str, pa.Array]:
    """Return what a query over the table `cells` of these columns gives, in the rows' order."""
    connection.register("cells", _in_parallel_batches(pa.table(columns)))
    try:
        found = connection.sql(query).to_arrow_table()
    except UnicodeDecodeError as error:  # its message quotes a text, and may cut a character
        raise duckdb.InvalidInputException("A text is not what the query expects.") from error
    finally:
        connection.unregister("cells")
    return {name: found[name].combine_chunks() for name in found.column_names}


def is_blank(texts: pa.Array) -> pa.Array:
    """Return which texts are only white space, as JSON knows it; a null is not."""
    return pc.fill_null(pc.match_substring_regex(texts, r"\A[ \t\n\v\f\r]*\z"), False)


def is_nested(texts: pa.Array) -> pa.Array:
    """Return which JSON texts are objects or lists (bool, null for null)."""
    return pc.or_(pc.starts_with(texts, "{"), pc.starts_with(texts, "["))


def extract(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array, names: Sequence[str]
) -> dict[str, pa.Array]:
    """Return the members of JSON objects: compact JSON texts, null where missing.

    Raises:
        duckdb.InvalidInputException: A text is not JSON.
    """
    pointers = ", ".join(f"'/{name}'" for name in names)
    query = f"SELECT json_extract(text, [{pointers}]) AS found FROM cells"  # noqa: S608 — own names
    found = run(connection, query, text=texts)["found"]
    return {name: pc.list_element(found, index) for index, name in enumerate(names)}


def without_malformed(
    connection: duckdb.DuckDBPyConnection, texts: pa.Array
) -> tuple[pa.Array, pa.Array]:
    """Return the texts with null for what is not JSON, and why it is not (string, else null)."""
    is_json = run(connection, "SELECT json_valid(text) AS is_json FROM cells", text=texts)
    malformed = pc.invert(pc.fill_null(is_json["is_json"], True))
    reasons = [_what_is_wrong(text) for text in texts.filter(malformed).to_pylist()]
    nothing = pa.nulls(len(texts), pa.string())
    why = pc.replace_with_mask(nothing, malformed, pa.array(reasons, pa.string()))
    return pc.if_else(malformed, None, texts), why


def as_text(connection: duckdb.DuckDBPyConnection, texts: pa.Array) -> pa.Array:
    """Return JSON texts as text: strings unquoted, JSON null as null, other values as they are."""
    is_string = pc.fill_null(pc.starts_with(texts, '"'), False)
    are_all = is_string.true_count == len(texts) - texts.null_count
    strings = texts if are_all else pc.if_else(is_string, texts, None)
    if pc.any(pc.match_substring(strings, "\\")).as_py():
        inner = run(connection, "SELECT text ->> '' AS text FROM cells", text=strings)["text"]
    else:
        inner = pc.binary_slice(strings.view(pa.binary()), 1, -1).view(pa.string())
    if are_all:
        return inner
    others = pc.if_else(pc.or_(is_string, pc.equal(texts, "null")), None, texts)
    return pc.coalesce(inner, others)


def read_documents(connection: duckdb.DuckDBPyConnection, name: str, texts: pa.Array) -> Checked:
    """Return texts as documents: JSON objects, without spaces; JSON null is a missing document.

    Args:
        connection: DuckDB, in memory.
        name: The document's name, for the reasons.
        texts: string; null or blank is missing.
    """
    texts = pc.if_else(is_blank(texts), None, texts)
    query = "SELECT json(text)::VARCHAR AS text FROM cells"
    try:
        return objects(name, run(connection, query, text=texts)["text"])
    except duckdb.InvalidInputException:
        texts, why = without_malformed(connection, texts)
        reasons = pc.binary_join_element_wise(name, why, " is ")
        return objects(name, run(connection, query, text=texts)["text"], reasons)


def objects(name: str, documents: pa.Array, reasons: pa.Array | None = None) -> Checked:
    """Hold compact JSON texts to being objects without NaN and infinities.

    Args:
        name: The document's name, for the reasons.
        documents: string, null for missing; JSON as DuckDB writes it, JSON null for missing too.
        reasons: Why some of them are not to be used, so far.
    """
    if reasons is None:
        reasons = pa.nulls(len(documents), pa.string())
    nulls = pc.equal(documents, "null")
    if nulls.true_count:
        documents = pc.if_else(nulls, None, documents)
    is_object = pc.fill_null(pc.starts_with(documents, "{"), True)
    if is_object.false_count:
        reasons = pc.if_else(is_object, reasons, f"{name} is not an object")
    suspect = pc.fill_null(pc.match_substring_regex(documents, _NOT_JSON_NUMBERS), False)
    if suspect.true_count:
        bad = iter([not _is_strict(text) for text in documents.filter(suspect).to_pylist()])
        mask = pa.array([is_suspect and next(bad) for is_suspect in suspect.to_pylist()])
        reasons = pc.if_else(mask, f"{name} holds a number that JSON does not have", reasons)
    return Checked(documents, reasons)


def _in_parallel_batches(cells: pa.Table) -> pa.Table:
    """Split a table so that several threads share it.

    DuckDB refuses nested columns that begin at an offset, as those of a slice do: they are copied.
    """
    batches = cells.to_batches(_PARALLEL_ROWS)
    if any(pt.is_nested(type_) for type_ in cells.schema.types):
        batches = [batch.take(pa.array(range(len(batch)), pa.int64())) for batch in batches]
    return pa.Table.from_batches(batches, cells.schema)


def _is_strict(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _what_is_wrong(text: str) -> str:
    try:
        orjson.loads(text.rstrip())
    except orjson.JSONDecodeError as error:
        return f"not valid JSON at character {error.pos + 1} ({error.msg})"
    return "not valid JSON"
