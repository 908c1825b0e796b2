"""Object types under one name each, so that rows of one record meet whatever the type is called."""

from __future__ import annotations

import pyarrow as pa

from hubspot_pipeline.actions.properties import not_empty, trimmed
from hubspot_pipeline.mapping.json_text import map_distinct
from hubspot_pipeline.object_types import path_name

CONTACTS, COMPANIES = "contacts", "companies"


def object_types(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return object types by their names in paths, null where none is named."""
    given = not_empty(trimmed(names)).combine_chunks()
    return pa.chunked_array([map_distinct(given, path_name, pa.string())])
