"""Reads Parquet exports, row group by row group, only the columns and nested paths asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from hubspot_pipeline.events.errors import UnreadableExport
from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.identity import ids_of_rows
from hubspot_pipeline.events.layout import LayoutError, check_names, needed_columns, to_columns
from hubspot_pipeline.events.schema import EventBatch, Selection, make_batch
from hubspot_pipeline.events.values import to_text

_ID = "messageId"
_BUFFER_BYTES = 1 << 20
_BATCH_BYTES = 32 << 20
_LEAST_ROWS = 1_024


def read_parquet(
    connection: duckdb.DuckDBPyConnection, file: ExportFile, selection: Selection, batch_rows: int
) -> Iterator[EventBatch]:
    """Yield the events of a Parquet file; a row's number is its place in the file, from 1.

    Documents are struct columns, columns of JSON text, maps, or columns with dots in their names.
    A row group is read in pieces, never whole.

    Raises:
        UnreadableExport: The file cannot be read to its end, or its columns make no event.
    """
    with _open(file) as parquet:
        try:
            check_names(parquet.schema_arrow.names)
            columns = needed_columns(parquet.schema_arrow, selection)
            columns = columns or parquet.schema_arrow.names[:1]
        except LayoutError as error:
            raise UnreadableExport(file.name, "schema", str(error)) from error
        row = 1
        for group in range(parquet.num_row_groups):
            try:
                for batch in _read_group(parquet, group, columns, batch_rows):
                    numbers = pa.array(np.arange(row, row + batch.found.num_rows))
                    yield _to_events(connection, file.name, numbers, batch, selection)
                    row += len(numbers)
            except (pa.ArrowException, OSError, LayoutError) as error:
                where = f"row group {group + 1}, from row {row}"
                raise UnreadableExport(file.name, where, str(error)) from error


@dataclass(frozen=True, slots=True)
class _Rows:
    """Some rows of a row group.

    Attributes:
        found: The columns asked for.
        whole: All columns of the same rows, where some rows lack a message id.
    """

    found: pa.RecordBatch
    whole: pa.RecordBatch | None


def _open(file: ExportFile) -> pq.ParquetFile:
    try:
        source = file.path if file.is_local else file.open()
        return pq.ParquetFile(source, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        where = f"footer, before byte {file.size}"
        raise UnreadableExport(file.name, where, f"truncated or broken ({error})") from error


def _read_group(
    parquet: pq.ParquetFile, group: int, columns: list[str], batch_rows: int
) -> Iterator[_Rows]:
    rows = min(batch_rows, _rows_that_fit(parquet.metadata.row_group(group)))
    found = parquet.iter_batches(rows, row_groups=[group], columns=columns)
    if not _lacks_ids(parquet, group, rows):
        yield from (_Rows(batch, None) for batch in found)
        return
    whole = parquet.iter_batches(rows, row_groups=[group])
    for batch, all_of_it in zip(found, whole, strict=True):
        yield _Rows(batch, all_of_it)


def _rows_that_fit(group: pq.RowGroupMetaData) -> int:
    return max(_LEAST_ROWS, int(_BATCH_BYTES * group.num_rows / max(1, group.total_byte_size)))


def _lacks_ids(parquet: pq.ParquetFile, group: int, rows: int) -> bool:
    """Return whether a row of the group has no message id, by the statistics where they tell."""
    names = parquet.schema_arrow.names
    if _ID not in names:
        return True
    type_ = parquet.schema_arrow.field(_ID).type
    if pt.is_nested(type_):
        return False
    metadata = parquet.metadata.row_group(group)
    chunks = (metadata.column(index) for index in range(metadata.num_columns))
    known = next(chunk for chunk in chunks if chunk.path_in_schema == _ID).statistics
    if known is not None and known.has_null_count and known.null_count:
        return True
    if known is not None and known.has_null_count and known.has_min_max and known.min != "":
        return False
    ids = parquet.iter_batches(rows, row_groups=[group], columns=[_ID])
    return any(pc.any(_missing(to_text(batch[_ID]).values)).as_py() for batch in ids)


def _missing(ids: pa.Array) -> pa.Array:
    return pc.or_kleene(ids.is_null(), pc.equal(ids, ""))


def _to_events(
    connection: duckdb.DuckDBPyConnection,
    file: str,
    numbers: pa.Array,
    rows: _Rows,
    selection: Selection,
) -> EventBatch:
    columns = to_columns(connection, rows.found, selection)
    if rows.whole is not None:
        missing = pc.fill_null(_missing(columns.fields[_ID]), True)
        lacking = pa.Table.from_batches([rows.whole]).filter(missing)
        ids = ids_of_rows(connection, lacking)
        columns.fields[_ID] = pc.replace_with_mask(columns.fields[_ID], missing, ids)
    return make_batch(file, numbers, columns.fields, columns.reasons)
