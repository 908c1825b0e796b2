"""Triggers: an FQL text, read once, becomes a mask over events."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.conditions import Condition, Group, TextTest
from hubspot_pipeline.mapping.expressions import Scope
from hubspot_pipeline.mapping.javascript import number_value
from hubspot_pipeline.mapping.paths import Path
from hubspot_pipeline.mapping.sources import source_of
from hubspot_pipeline.mapping.trigger_parser import parse_strict


@dataclass(frozen=True, slots=True)
class Trigger:
    """A compiled trigger.

    Attributes:
        condition: What must hold, whatever dialect it was written in.
        paths: The event paths it looks at.
    """

    condition: Condition
    paths: frozenset[Path]

    def mask(self, events: pa.Table | pa.Array | pa.ChunkedArray) -> pa.BooleanArray:
        """The events that match, one boolean each and no nulls.

        Args:
            events: A table with a column for each event field, or an ``arrow.json`` array of whole
                events.
        """
        return _mask(self.condition, Scope.over(source_of(events), self.paths))


def compile_trigger(text: str) -> Trigger:
    """Read a trigger.

    Raises:
        TriggerError: It is not FQL, or it is FQL that the reference destination takes for something
            else than it says (upper-case ``OR``, ``and`` mixed with ``or``, unknown fields).
    """
    condition = parse_strict(text)
    return Trigger(condition, frozenset(_paths(condition)))


def _paths(condition: Condition) -> set[Path]:
    if isinstance(condition, Group):
        return set().union(*(_paths(child) for child in condition.children))
    return {condition.path}


def _mask(condition: Condition, scope: Scope) -> pa.BooleanArray:
    """The rows where a condition holds (mappings §2, Evaluation)."""
    if isinstance(condition, Group):
        join = pc.and_ if condition.operator == "and" else pc.or_
        return reduce(join, (_mask(child, scope) for child in condition.children))
    column = scope.path(condition.path)
    if isinstance(condition, TextTest):
        passes = _TEXT_TESTS[condition.test](column.strings(), condition.text)
        return _sure(pc.invert(passes) if condition.negated else passes)
    return _compare(column, condition.operator, condition.value)


def _compare(column: Column, operator: str, value: str | float | bool | None) -> pa.BooleanArray:
    if operator in _ORDERS:
        right = number_value(value) if isinstance(value, str) else float(value or 0)
        return _sure(_ORDERS[operator](column.numbers(), right))
    if value is None:
        exists = column.exists()
        return exists if operator == "!=" else pc.invert(exists)
    if isinstance(value, str):
        same = _sure(pc.equal(column.strings(), value))
        return pc.invert(same) if operator == "!=" else same
    if isinstance(value, bool):
        return _sure(pc.equal(column.booleans(), value))
    test = pc.not_equal if operator == "!=" else pc.equal
    return _sure(test(column.numbers(), value))


def _sure(mask: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(mask, False)


_ORDERS = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}
_TEXT_TESTS = {
    "contains": pc.match_substring,
    "starts with": pc.starts_with,
    "ends with": pc.ends_with,
}
