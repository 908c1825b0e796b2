"""Columns of properties held to an object type's schema."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.nearest import listed
from hubspot_pipeline.delivery.check.pipeline_stages import hold_stages
from hubspot_pipeline.delivery.check.rules import Rule, rule_of, rule_of_options
from hubspot_pipeline.hubspot.account import Option, Pipeline, Property

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from hubspot_pipeline.delivery.check.rejections import Rejections
    from hubspot_pipeline.delivery.check.schema import Schema


NO_RECORD_ID = "a record's id has nothing but digits."


def can_be_record_ids(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return which texts HubSpot could have given a record as its id."""
    return pc.match_substring_regex(ids, "^[0-9]+$")


def given_columns(table: pa.Table | None) -> list[str]:
    """Return the columns in which any row has something."""
    if table is None:
        return []
    return [name for name in table.column_names if table[name].null_count < len(table[name])]


def hold_search(
    fields: pa.Table, schema: Schema, rejections: Rejections, now: datetime
) -> pa.Table:
    """Hold search fields to the schema; HubSpot's own properties may be searched, too."""
    held = {name: fields[name] for name in fields.column_names}
    for name in given_columns(fields):
        held[name] = _hold_known(name, held[name], schema, rejections, now)
    return pa.table(held)


def hold_properties(
    properties: pa.Table, schema: Schema, rejections: Rejections, now: datetime
) -> pa.Table:
    """Hold the properties of writes to the schema; what is read-only cannot be written."""
    held = {name: properties[name] for name in properties.column_names}
    given = given_columns(properties)
    given.sort(key=lambda name: name == schema.stage_property)  # after the pipeline it depends on
    for name in given:
        known = schema.properties.get(name)
        if known is not None and known.read_only:
            rejections.add(
                held[name].is_valid(), name, f"{name!r} is read-only: HubSpot sets it itself."
            )
        elif name == schema.stage_property and schema.pipelines:
            held[name] = hold_stages(
                held[name],
                held.get(schema.pipeline_property),
                schema.pipelines,
                name,
                rejections,
                is_private=not schema.sensitive.isdisjoint({name, schema.pipeline_property}),
            )
        else:
            held[name] = _hold_known(name, held[name], schema, rejections, now)
    return pa.table(held)


def _hold_known(
    name: str, values: pa.ChunkedArray, schema: Schema, rejections: Rejections, now: datetime
) -> pa.ChunkedArray:
    known = schema.properties.get(name)
    if known is None:
        rejections.add(values.is_valid(), name, schema.no_property(name))
        return values
    return rejections.hold(values, name, schema_rule(known, schema, now))


def schema_rule(known: Property, schema: Schema, now: datetime) -> Rule:
    """Return what a property's values are held to in this account."""
    if known.name == schema.pipeline_property and schema.pipelines:
        rule = _pipeline_rule(schema.pipelines)
    else:
        rule = rule_of(known, schema.owners, now)
    return replace(rule, sensitive=True) if known.name in schema.sensitive else rule


def _pipeline_rule(pipelines: Sequence[Pipeline]) -> Rule:
    """People know pipelines by their labels, so those are told, not the ids."""
    labels = listed(each.label for each in pipelines)
    rule = rule_of_options([Option(each.id, each.label) for each in pipelines])
    return replace(rule, complaint=f"is not one of the pipelines {labels}")
