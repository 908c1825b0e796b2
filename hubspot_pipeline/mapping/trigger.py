"""Triggers: an FQL text, read once, becomes a mask over events."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from typing import Literal, TypeGuard

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column
from hubspot_pipeline.mapping.conditions import Condition, Group, Never, TextTest
from hubspot_pipeline.mapping.errors import TriggerError
from hubspot_pipeline.mapping.expressions import Scope
from hubspot_pipeline.mapping.javascript import number_value
from hubspot_pipeline.mapping.paths import Path
from hubspot_pipeline.mapping.segment_dialect import parse_segment
from hubspot_pipeline.mapping.sources import source_of
from hubspot_pipeline.mapping.trigger_parser import parse_strict

Dialect = Literal["strict", "segment"]


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
        cheap, dear = _split(self.condition, events)
        if cheap is None or dear is None:
            return _mask_of(self.condition, events)
        mask = _mask_of(cheap, events)
        rows = pc.indices_nonzero(mask)
        found = _mask_of(dear, events.select(_columns(dear, events)).take(rows))
        return pc.replace_with_mask(mask, mask, found)


def compile_trigger(text: str, dialect: Dialect = "strict") -> Trigger:
    """Read a trigger.

    Args:
        text: FQL.
        dialect: ``strict`` refuses what the reference destination takes for something else than it
            says (upper-case ``OR``, ``and`` mixed with ``or``, unknown fields); ``segment`` takes
            all of it as the reference destination does, for triggers that are moved over.

    Raises:
        TriggerError: The dialect cannot read it; names the column.
    """
    if half := _HALF_LETTER.search(text):
        raise TriggerError(
            text.encode("utf-8", "replace").decode(),
            half.start() + 1,
            "half a letter (a lone surrogate) stands here, which no event can hold: take it out",
        )
    condition = _PARSERS[dialect](text)
    return Trigger(condition, frozenset(_paths(condition)))


_HALF_LETTER = re.compile(r"[\ud800-\udfff]")


def _split(
    condition: Condition, events: pa.Table | pa.Array | pa.ChunkedArray
) -> tuple[Condition | None, Condition | None]:
    """What must hold, apart: the conditions that read plain columns only, and all others.

    A document in JSON text costs a hundred times what a comparison does, so it is read only in the
    rows that the plain columns leave.
    """
    if not isinstance(events, pa.Table) or not _is_all_of(condition):
        return condition, None
    texts = {field.name for field in events.schema if isinstance(field.type, pa.JsonType)}
    reads_text = [not texts.isdisjoint(_heads(one)) for one in condition.children]
    apart = [
        [one for one, reads in zip(condition.children, reads_text, strict=True) if reads is dear]
        for dear in (False, True)
    ]
    return _all_of(apart[0]), _all_of(apart[1])


def _is_all_of(condition: Condition) -> TypeGuard[Group]:
    return isinstance(condition, Group) and condition.operator == "and"


def _all_of(children: list[Condition]) -> Condition | None:
    return Group("and", tuple(children)) if children else None


def _columns(condition: Condition, events: pa.Table) -> list[str]:
    return [name for name in events.column_names if name in _heads(condition)]


def _heads(condition: Condition) -> set[str]:
    return {path[0] for path in _paths(condition)}


def _paths(condition: Condition) -> set[Path]:
    if isinstance(condition, Group):
        return set().union(*(_paths(child) for child in condition.children))
    return set() if isinstance(condition, Never) else {condition.path}


def _mask_of(
    condition: Condition, events: pa.Table | pa.Array | pa.ChunkedArray
) -> pa.BooleanArray:
    return _mask(condition, Scope.over(source_of(events), frozenset(_paths(condition))))


def _mask(condition: Condition, scope: Scope) -> pa.BooleanArray:
    """The rows where a condition holds (mappings §2, Evaluation)."""
    if isinstance(condition, Group):
        join = pc.and_ if condition.operator == "and" else pc.or_
        return reduce(join, (_mask(child, scope) for child in condition.children))
    if isinstance(condition, Never):
        return pa.repeat(False, scope.rows)
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


_PARSERS: dict[Dialect, Callable[[str], Condition]] = {
    "strict": parse_strict,
    "segment": parse_segment,
}
_ORDERS = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal}
_TEXT_TESTS = {
    "contains": pc.match_substring,
    "starts with": pc.starts_with,
    "ends with": pc.ends_with,
}
