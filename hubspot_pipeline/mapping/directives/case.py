"""``@case``: texts in lower or upper case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    is_directive,
    kind_name,
    options_of,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import UNDEFINED, Expression, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.json_text import map_distinct


@dataclass(frozen=True, slots=True)
class Case(Expression):
    """``@case``: a text in lower or upper case; any other value passes through."""

    operator: str
    value: Expression

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """Each text in its new case, by Unicode's full rules (``ß`` becomes ``SS``)."""
        column = scope.column(self.value)
        texts = Column(_CASES[self.operator](column.strings()), Kind.STRING)
        return choose(column.where(Kind.STRING), texts, replace(column, clears=None))


@directive("@case")
def read_case(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@case": {"operator": "lower", "value": …}}``; an empty literal value is undefined."""
    options = options_of(argument, place, {"operator", "value"})
    operator = options.get("operator")
    if operator not in _CASES:
        raise MappingError(
            written((*place, "operator")), f"must be 'lower' or 'upper', not {operator!r}"
        )
    value = options.get("value", "")
    if not isinstance(value, str) and not is_directive(value):
        raise MappingError(
            written((*place, "value")), f"must be text or a directive, not {kind_name(value)}"
        )
    return Case(operator, compile_(value, (*place, "value"))) if value else UNDEFINED


def _change_case(
    strings: pa.StringArray,
    ascii_rule: Callable[[pa.StringArray], pa.StringArray],
    full_rule: Callable[[str], str],
) -> pa.StringArray:
    changed = ascii_rule(strings)
    wide = pc.invert(pc.fill_null(pc.string_is_ascii(strings), True))
    if not pc.any(wide).as_py():
        return changed
    return pc.replace_with_mask(
        changed, wide, map_distinct(strings.filter(wide), full_rule, pa.string())
    )


_CASES: dict[str, Callable[[pa.StringArray], pa.StringArray]] = {
    "lower": lambda strings: _change_case(strings, pc.ascii_lower, str.lower),
    "upper": lambda strings: _change_case(strings, pc.ascii_upper, str.upper),
}
