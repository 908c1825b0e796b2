"""Reads Parquet exports."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from hubspot_pipeline.events.errors import UnreadableExport
from hubspot_pipeline.events.exports import ExportFile
from hubspot_pipeline.events.schema import EventBatch, Selection, make_batch

_BUFFER_BYTES = 1 << 20


def read_parquet(file: ExportFile, selection: Selection, batch_rows: int) -> Iterator[EventBatch]:
    """Yield the events of a Parquet file, reading only the columns and nested paths asked for."""
    try:
        source = file.path if file.is_local else file.open()
        parquet = pq.ParquetFile(source, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableExport(file.name, "footer", str(error)) from error
    columns = [
        name
        for name in (*selection.fields, *selection.documents)
        if name in parquet.schema_arrow.names
    ]
    row = 1
    for found in parquet.iter_batches(batch_rows, columns=columns):
        numbers = pa.array(np.arange(row, row + len(found)))
        row += len(found)
        fields = {
            name: found[name] if name in columns else pa.nulls(len(found), pa.string())
            for name in (*selection.fields, *selection.documents)
        }
        yield make_batch(file.name, numbers, fields, pa.nulls(len(found), pa.string()))
