"""Object types and ids in one spelling each, so that rows of one record meet."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.properties import said
from hubspot_pipeline.mapping.json_text import map_distinct
from hubspot_pipeline.object_types import CONTACTS, path_name


def object_types(names: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return object types by their names in paths, null where none is named."""
    given = said(names).combine_chunks()
    return pa.chunked_array([map_distinct(given, path_name, pa.string())])


def ids_as_compared(
    types: pa.ChunkedArray, id_properties: pa.ChunkedArray, ids: pa.ChunkedArray
) -> pa.ChunkedArray:
    """Return ids as HubSpot compares them: trimmed, a contact's e-mail in lower case.

    Blank ones become null.

    Args:
        types: Object types by their names in paths.
        id_properties: The properties that the ids are values of.
        ids: The ids, as mapped.
    """
    text = said(ids)
    is_email = pc.and_(pc.equal(types, CONTACTS), pc.equal(id_properties, "email"))
    return pc.if_else(pc.fill_null(is_email, False), pc.utf8_lower(text), text)
