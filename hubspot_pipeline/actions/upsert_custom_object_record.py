"""Upsert Custom Object Record: a record of any type, found by search (actions §7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.linking import associations
from hubspot_pipeline.actions.merge import one_a_row
from hubspot_pipeline.actions.object_types import object_types
from hubspot_pipeline.actions.problems import problem_rows
from hubspot_pipeline.actions.properties import combined, flattened, said
from hubspot_pipeline.actions.searching import as_json, search_fields
from hubspot_pipeline.database import query
from hubspot_pipeline.mapping.fields import Field
from hubspot_pipeline.writes import RECORD_KEY, RecordWrites

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = (
    Field(
        "createNewCustomRecord",
        "Create Custom Object Record if Not Found",
        "boolean",
        default=True,
        description="Whether a record that is not found is created; else its row is skipped. "
        "Without search fields every event creates a record of its own.",
    ),
    Field(
        "customObjectSearchFields",
        "Custom Object Search Fields",
        "object",
        description="Properties by which the record is looked for, by their internal names; it "
        "must match all of them, and be the only one.",
    ),
    Field(
        "objectType",
        "Object Type",
        "string",
        required=True,
        description="The type of the record, such as deals, tickets or a custom object's full "
        "name.",
    ),
    Field(
        "properties",
        "Properties",
        "object",
        required=True,
        description="The record's properties by their internal names.",
    ),
    Field(
        "searchFieldsToAssociateCustomObjects",
        "Search Fields to Associate custom Object",
        "object",
        description="Properties by which the record to associate is looked for; it must match all "
        "of them, and be the only one. This, its type and the label are needed for an association.",
    ),
    Field(
        "toObjectType",
        "ObjectType to associate",
        "string",
        description="The type of the record to associate.",
    ),
    Field(
        "associationLabel",
        "Association Label",
        "string",
        description="What the association is: a label's category and id, such as "
        "HUBSPOT_DEFINED:3, or its name in HubSpot.",
    ),
)


def record_key(payloads: pa.Table) -> pa.ChunkedArray:
    """Return a digest of the object type with the search fields, or else with the message id.

    HubSpot finds texts in any case, so the case of search fields makes no difference.
    """
    types = object_types(payloads["objectType"])
    search = search_fields(payloads["customObjectSearchFields"])
    searched = pc.utf8_lower(as_json(search, payloads.num_rows))
    return _digests(
        types,
        pc.if_else(searched.is_valid(), "search", "message"),
        pc.coalesce(searched, payloads["message_id"]),
    )


def problems(payloads: pa.Table, _settings: MappingSettings) -> pa.Table:
    """Refuse a blank object type."""
    return problem_rows(
        object_types(payloads["objectType"]).is_null(), "objectType", "Object Type is blank."
    )


def to_writes(payloads: pa.Table, settings: MappingSettings) -> list[RecordWrites]:
    """Return upserts and updates by search, one of each object type in the payloads.

    Where nothing is searched for, the mark of the record is of this mapping only: another mapping
    creates a record of its own of the same event.
    """
    types = object_types(payloads["objectType"])
    return [_of_type(each, settings, payloads.filter(mask)) for each, mask in _groups(types)]


def _groups(types: pa.ChunkedArray) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for each in sorted(types.unique().to_pylist()):
        yield each, pc.equal(types, each)


def _of_type(object_type: str, settings: MappingSettings, payloads: pa.Table) -> RecordWrites:
    keys = payloads["record_key"]
    search = search_fields(payloads["customObjectSearchFields"])
    searched = as_json(search, payloads.num_rows).is_valid()
    own = _digests(pa.repeat(settings.name, len(keys)), keys)
    creates = pc.fill_null(payloads["createNewCustomRecord"], True)
    return RecordWrites(
        object_type,
        RECORD_KEY,
        keys,
        pc.if_else(searched, keys, own),
        pc.if_else(creates, "upsert", "update"),
        pa.table(combined({}, flattened(payloads["properties"]))),
        one_a_row(payloads),
        search=search,
        id_is_given=False,
        makes_id_property=True,
        associations=_associations(payloads),
    )


def _associations(payloads: pa.Table) -> pa.Table:
    """Return the association of each row that gives all its three parts."""
    others = search_fields(payloads["searchFieldsToAssociateCustomObjects"])
    types = object_types(payloads["toObjectType"])
    labels = said(payloads["associationLabel"])
    ids = as_json(others, payloads.num_rows)
    given = pc.and_(pc.and_(types.is_valid(), labels.is_valid()), ids.is_valid())
    rows = pc.indices_nonzero(given)
    return associations(
        rows,
        to_type=types.take(rows),
        label=labels.take(rows),
        id=ids.take(rows),
        other_side="skip",
    )


def _digests(*parts: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a digest of texts, row by row; null where one of them is."""
    texts = pc.binary_join_element_wise(*parts, "\x1f")
    return query("SELECT sha256(text) AS digest FROM rows", pa.table({"text": texts}))["digest"]


ACTION = Action(
    key="upsertCustomObjectRecord",
    title="Upsert Custom Object Record",
    description="Create or update deals, tickets or records of other types in HubSpot.",
    default_trigger=None,
    fields=FIELDS,
    record_key=record_key,
    to_writes=to_writes,
    problems=problems,
)
