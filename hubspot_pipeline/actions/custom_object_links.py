"""Custom Object V2's associations, to add and to remove (actions §8.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.custom_object_fields import (
    ASSOCIATIONS_TO_ADD,
    ASSOCIATIONS_TO_REMOVE,
)
from hubspot_pipeline.actions.linking import associations
from hubspot_pipeline.actions.nested import items_of
from hubspot_pipeline.actions.object_types import ids_as_compared, object_types
from hubspot_pipeline.actions.properties import said
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from hubspot_pipeline.mapping.fields import Field


def links(payloads: pa.Table) -> pa.Table:
    """Return the associations that rows ask for (``writes.ASSOCIATIONS``), in order of row.

    What a row adds comes before what it removes, as it is done in that order. Items that lack one
    of their members say nothing (actions §8.5). A record id is nothing to create a record with.
    """
    added, removed = _items(payloads, ASSOCIATIONS_TO_ADD), _items(payloads, ASSOCIATIONS_TO_REMOVE)
    creates = pc.equal(payloads["association_sync_mode"], "upsert").take(added["row"])
    creates = pc.and_(creates, pc.not_equal(added["id_property"], RECORD_ID))
    replaces = pc.equal(payloads["association_label_mode"], "replace").take(added["row"])
    found = pa.concat_tables(
        [
            _associations(
                added,
                other_side=pc.if_else(creates, "create", "skip"),
                replaces_labels=pc.fill_null(replaces, False),
            ),
            _associations(removed, other_side="skip", remove=True),
        ]
    )
    return found.take(pa.array(np.argsort(found["write"].to_numpy(), kind="stable")))


def _associations(items: pa.Table, **columns: str | bool | pa.ChunkedArray) -> pa.Table:
    named = {name: items[name] for name in items.column_names if name != "row"}
    return associations(items["row"], **named, **columns)


def _items(payloads: pa.Table, field: Field) -> pa.Table:
    """Return the items that have all their members, under the names of ``ASSOCIATIONS``."""
    items = items_of(payloads[field.key], field.fields)
    types = object_types(items["object_type"])
    id_properties = said(items["id_field_name"])
    return pa.table(
        {
            "row": items["row"],
            "to_type": types,
            "label": said(items["association_label"]),
            "id_property": id_properties,
            "id": ids_as_compared(types, id_properties, items["id_field_value"]),
        }
    ).drop_null()
