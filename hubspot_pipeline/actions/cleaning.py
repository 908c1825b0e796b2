"""Free-form properties as the V2 actions take them: names made HubSpot's, lists kept as JSON."""

from __future__ import annotations

import re
from collections import defaultdict

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.actions.action import PROBLEMS
from hubspot_pipeline.actions.problems import problem_rows
from hubspot_pipeline.actions.properties import flattened
from hubspot_pipeline.database import keys_of, query

_NOT_IN_NAMES = re.compile(r"[^a-z0-9_]")


def clean_name(name: str) -> str:
    """Return a property's name as HubSpot could have it: lower case, ``_`` for any other character.

    A character beyond the basic plane is two in JavaScript, and so becomes two (actions §8.5).
    """
    return "".join(
        "__" if letter > "\uffff" else _NOT_IN_NAMES.sub("_", letter) for letter in name.lower()
    )


def is_name(name: str) -> bool:
    """Return whether HubSpot would take a cleaned name: it must start with a letter."""
    return "a" <= name[:1] <= "z"


def cleaned(objects: pa.ChunkedArray) -> pa.Table:
    """Turn free-form objects into one text column a property (actions §8.5).

    Args:
        objects: JSON text of an object a row; null where there is none.

    Returns:
        Columns as ``properties.flattened`` makes them, but with lists as JSON text, the texts true
        and false in lower case, and clean names, in alphabetical order. Of a row's members whose
        names become the same, the last that is not null counts. Names that HubSpot would not take
        are left out, and so are those for which every row's value is null.
    """
    raw = flattened(objects, lists_as_json=True)
    named: defaultdict[str, list[str]] = defaultdict(list)
    for name in raw.column_names:
        named[clean_name(name)].append(name)
    columns = {}
    for name in sorted(filter(is_name, named)):
        same = named[name]
        values = raw[same[0]] if len(same) == 1 else _last_of(raw.select(same), objects)
        if values.null_count < len(values):
            columns[name] = _truth_in_lower_case(values)
    return pa.table(columns)


def bad_names(objects: pa.ChunkedArray, field: str) -> pa.Table:
    """Return the rows that name a property as HubSpot cannot have it (``action.PROBLEMS``)."""
    bad = [name for name in keys_of(objects) if not is_name(clean_name(name))]
    if not bad:
        return PROBLEMS.empty_table()
    names = query(_BAD_NAMES, pa.table({"object": objects}), bad=bad)["name"]
    reasons = pc.binary_join_element_wise(
        "the property name '", names, "' does not start with a letter, as HubSpot's do.", ""
    )
    return problem_rows(names.is_valid(), field, reasons)


_BAD_NAMES = """
SELECT list_filter(
    json_keys(object),
    lambda name: list_contains($bad, name)
        AND json_type(object, '/' || replace(replace(name, '~', '~0'), '/', '~1')) <> 'NULL'
)[1] AS name
FROM rows
"""


def _last_of(same: pa.Table, objects: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return, of columns of one clean name, each row's last value in the order of its object."""
    columns = [f"_{at}" for at in range(same.num_columns)]
    rows = same.rename_columns(columns).append_column("object", objects)
    places = ", ".join(
        f"CASE WHEN {column} IS NOT NULL THEN"
        f" {{'place': list_position(json_keys(object), ${column}), 'value': {column}}} END"
        for column in columns
    )
    names = dict(zip(columns, same.column_names, strict=True))
    return query(f"SELECT list_max([{places}]).value AS value FROM rows", rows, **names)["value"]  # noqa: S608  # our own names


def _truth_in_lower_case(values: pa.ChunkedArray) -> pa.ChunkedArray:
    lowered = pc.utf8_lower(values)
    is_truth = pc.is_in(lowered, pa.array(["true", "false"]))
    return pc.if_else(is_truth, lowered, values)
