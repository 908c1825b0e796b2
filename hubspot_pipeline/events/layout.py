"""Finds the event's fields among a file's columns, and makes them out of those columns."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from hubspot_pipeline.events.json_text import Checked, objects, read_documents, run
from hubspot_pipeline.events.schema import (
    DOCUMENTS,
    TEXT_FIELDS,
    Path,
    Selection,
    json_array,
)
from hubspot_pipeline.events.values import (
    NoJsonFormError,
    Plain,
    any_of,
    has_map,
    to_plain,
    to_text,
)


class LayoutError(Exception):
    """A file's columns do not make an event; the message says which ones and why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The event's fields, made of a file's columns.

    Attributes:
        fields: What `EventBatch.events` holds of them.
        reasons: string; why a row is rejected, else null.
    """

    fields: dict[str, pa.Array]
    reasons: pa.Array


def check_names(names: Iterable[str]) -> None:
    """Hold a file's column names to the event schema.

    Raises:
        LayoutError: A column is there twice, or none is of the event schema.
    """
    seen: set[str] = set()
    twice: list[str] = []
    for name in names:
        if name in seen:
            twice.append(name)
        seen.add(name)
    seen = {name for name in seen if is_event_column(name)}
    if twice := [name for name in twice if is_event_column(name)]:
        raise LayoutError(f"has columns named twice: {', '.join(sorted(set(twice)))}")
    if not seen:
        known = ", ".join((*TEXT_FIELDS, *DOCUMENTS))
        raise LayoutError(
            f"has none of the event's columns ({known}, or traits.email and the like)"
        )
    for name in sorted(seen):
        parts = name.split(".")
        for end in range(1, len(parts)):
            if (outer := ".".join(parts[:end])) in seen:
                raise LayoutError(f"gives {name} twice: in column {outer} and in column {name}")


def is_event_column(name: str) -> bool:
    """Return whether a column is of the event schema, or of a document flattened by dots."""
    return name in TEXT_FIELDS or name.partition(".")[0] in DOCUMENTS


def needed_columns(schema: pa.Schema, selection: Selection) -> list[str]:
    """Return the columns and nested paths to read, as dotted names."""
    needed = [name for name in selection.fields if name in schema.names]
    for document, paths in selection.documents.items():
        for column in schema.names:
            if column.partition(".")[0] == document:
                inside = tuple(column.split(".")[1:])
                field = schema.field(column)
                needed += [
                    ".".join((column, *found))
                    for path in sorted(paths)
                    if (found := _within(field.type, inside, path)) is not None
                ]
    return list(dict.fromkeys(needed))


def to_columns(
    connection: duckdb.DuckDBPyConnection, batch: pa.RecordBatch, selection: Selection
) -> Columns:
    """Make the event's fields of a batch of the file's columns.

    Args:
        connection: DuckDB, in memory.
        batch: At least the columns of `needed_columns`, of any type.
        selection: The fields to make; one that the batch does not have is all null.

    Raises:
        LayoutError: A column's type cannot be said in JSON.
    """
    fields: dict[str, pa.Array] = {}
    reasons: list[pa.Array] = []
    for name in selection.fields:
        fields[name], reason = _text_field(name, batch)
        reasons += reason
    for name in selection.documents:
        fields[name], reason = _document(connection, name, batch)
        reasons += reason
    joined = pa.nulls(len(batch), pa.string())
    for reason in reasons:
        both = pc.binary_join_element_wise(joined, reason, "; ")
        joined = pc.coalesce(both, joined, reason)
    return Columns(fields, joined)


def _within(type_: pa.DataType, inside: Path, path: Path) -> Path | None:
    """Return where in a column a document's path leads: its own path, or None if nowhere.

    Args:
        type_: The column's type.
        inside: Where the column stands in the document.
        path: The path in the document.
    """
    shared = min(len(inside), len(path))
    if inside[:shared] != path[:shared]:
        return None
    found: Path = ()
    for part in path[shared:]:
        if not pt.is_struct(type_):
            break
        if type_.get_field_index(part) < 0:
            return None
        type_ = type_.field(part).type
        found = (*found, part)
    return found


def _text_field(name: str, batch: pa.RecordBatch) -> tuple[pa.Array, list[pa.Array]]:
    if name not in batch.schema.names:
        return pa.nulls(len(batch), pa.string()), []
    column = batch[name]
    if pt.is_nested(column.type):
        reason = pc.if_else(column.is_valid(), f"{name} is not text", None)
        return pa.nulls(len(batch), pa.string()), [reason]
    plain = _in_json(name, column, to_text)
    return plain.values, _broken(name, plain)


def _document(
    connection: duckdb.DuckDBPyConnection, name: str, batch: pa.RecordBatch
) -> tuple[pa.Array, list[pa.Array]]:
    columns = {
        tuple(column.split("."))[1:]: _in_json(column, batch[column], to_plain)
        for column in batch.schema.names
        if column.partition(".")[0] == name
    }
    if not columns:
        return pa.nulls(len(batch), pa.string()), []
    broken = _broken(name, Plain(pa.nulls(0), any_of([part.broken for part in columns.values()])))
    values = {path: part.values for path, part in columns.items()}
    document = values[()] if () in values else _nest(values)
    if pt.is_string(document.type):
        checked = read_documents(connection, name, document)
    elif pt.is_map(document.type) or has_map(document.type):
        checked = _as_json(connection, name, document)
    elif pt.is_struct(document.type):
        return document, broken
    else:
        reason = pc.if_else(document.is_valid(), f"{name} is not an object", None)
        return pa.nulls(len(batch), pa.string()), [reason]
    return json_array(checked.texts), [*broken, checked.reasons]


def _as_json(connection: duckdb.DuckDBPyConnection, name: str, document: pa.Array) -> Checked:
    """Write as JSON text the documents whose keys are data; nothing stands for what is missing."""
    query = """
        SELECT CASE WHEN content IS NOT NULL
            THEN json_merge_patch('{}', to_json(content))::VARCHAR END AS text FROM cells
    """
    return objects(name, run(connection, query, content=document)["text"])


def _nest(columns: Mapping[Path, pa.Array]) -> pa.StructArray:
    """Make a struct of columns by their paths; an object with no part there is missing."""
    children: dict[str, pa.Array] = {}
    for key in dict.fromkeys(path[0] for path in columns):
        inner = {path[1:]: array for path, array in columns.items() if path[0] == key}
        children[key] = inner[()] if () in inner else _nest(inner)
    missing: pa.Array | None = None
    for child in children.values():
        missing = child.is_null() if missing is None else pc.and_(missing, child.is_null())
    return pa.StructArray.from_arrays(list(children.values()), list(children), mask=missing)


def _broken(name: str, plain: Plain) -> list[pa.Array]:
    if plain.broken is None:
        return []
    return [pc.if_else(plain.broken, f"{name} is not UTF-8 text", None)]


def _in_json(name: str, column: pa.Array, convert: Callable[[pa.Array], Plain]) -> Plain:
    try:
        return convert(column)
    except NoJsonFormError as error:
        raise LayoutError(f"column {name} has type {error}, which has no form in JSON") from error
