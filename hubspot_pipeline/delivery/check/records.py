"""Record writes held to the account's schema: their properties, ids, search fields and links."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.associations import check_associations
from hubspot_pipeline.delivery.check.properties import (
    NO_RECORD_ID,
    can_be_record_ids,
    given_columns,
    hold_properties,
    hold_search,
    schema_rule,
)
from hubspot_pipeline.delivery.check.rejections import Checked, Rejections
from hubspot_pipeline.delivery.check.schema import Schema, no_object_type, read_schema
from hubspot_pipeline.hubspot import account
from hubspot_pipeline.writes import RECORD_ID, Private, RecordWrites

if TYPE_CHECKING:
    from datetime import datetime

    from hubspot_pipeline.delivery.prepare import Refused
    from hubspot_pipeline.hubspot.client import HubSpotClient


async def check_records(
    client: HubSpotClient, writes: RecordWrites, now: datetime, refused: Refused | None = None
) -> Checked:
    """Hold record writes to the account's schema, as ``check`` does.

    Args:
        client: The portal.
        writes: One a row.
        now: From when HubSpot counts a thousand years (``times``).
        refused: What could not be made of their object type.
    """
    rejections = Rejections(len(writes.keys))
    kind = await account.object_type(client, writes.object_type)
    if kind is None:
        reason = await no_object_type(client, writes.object_type)
        rejections.add(np.ones(len(writes.keys), dtype=bool), "object_type", reason)
        return rejections.checked(writes)
    names = {*given_columns(writes.properties), *given_columns(writes.search)}
    if not writes.makes_id_property:
        names.add(writes.id_property)
    schema = await read_schema(client, kind, names, sensitive=writes.sensitive)
    private = _private(writes, schema)
    schema = replace(schema, sensitive=private.names, refused=refused)
    if not writes.makes_id_property:
        _hold_ids(writes, schema, rejections, now)
    properties = hold_properties(writes.properties, schema, rejections, now)
    search = writes.search and hold_search(writes.search, schema, rejections, now)
    associations = await check_associations(
        client, kind, writes.associations, rejections, now, is_private=private.others
    )
    return rejections.checked(
        replace(
            writes,
            object_type=kind.name,
            properties=properties,
            search=search,
            associations=associations,
            private=private,
        )
    )


def _private(writes: RecordWrites, schema: Schema) -> Private:
    """Return what is private: what the mapping says, and what is sensitive, here or in HubSpot."""
    known = {each.name for each in schema.properties.values() if each.sensitive}
    names = writes.private.names | writes.sensitive | known
    return replace(writes.private, names=names, key=writes.id_property in names)


def _hold_ids(writes: RecordWrites, schema: Schema, rejections: Rejections, now: datetime) -> None:
    """Refuse ids that no record can have; they stay spelled as they are, as the keys are."""
    name = writes.id_property
    if name == RECORD_ID:
        rejections.add(pc.invert(can_be_record_ids(writes.ids)), name, NO_RECORD_ID)
        return
    problem = schema.no_key(name)
    if problem:
        rejections.add(np.ones(len(writes.ids), dtype=bool), name, problem)
    else:
        rejections.hold(writes.ids, name, schema_rule(schema.properties[name], schema, now))
