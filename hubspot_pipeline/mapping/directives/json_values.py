"""``@json``: values as JSON text, and back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.column import Column, Kind, choose
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    options_of,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import Expression, Scope
from hubspot_pipeline.mapping.javascript import Json, is_falsy, is_text


@dataclass(frozen=True, slots=True)
class Encode(Expression):
    """``JSON.stringify``: undefined stays undefined, null becomes ``null``."""

    value: Expression

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """A text a row, keys in JavaScript's order."""
        return Column(json_text.stringify(scope.column(self.value).json()), Kind.STRING)


@dataclass(frozen=True, slots=True)
class Decode(Expression):
    """``JSON.parse`` of texts; a text that is not JSON, and any other value, stays as it is."""

    value: Expression

    def parts(self) -> Iterator[Expression]:
        """The value."""
        yield self.value

    def evaluate(self, scope: Scope) -> Column:
        """A value a row."""
        column = scope.column(self.value)
        decoded = json_text.map_distinct(column.strings(), _decoded, pa.string())
        halved = pc.fill_null(pc.equal(decoded, _HALF_A_LETTER), False)
        if not pc.any(halved).as_py():
            return choose(pc.is_valid(decoded), Column.of_json(decoded), column)
        decoded = pc.if_else(halved, pa.scalar(None, pa.string()), decoded)
        decided = choose(pc.is_valid(decoded), Column.of_json(decoded), column)
        return replace(decided, errors=pc.if_else(halved, _HALVED, pa.scalar(None, pa.string())))


@directive("@json")
def read_json(argument: Json, place: Place, compile_: Compile) -> Expression:
    """``{"@json": {"mode": "encode", "value": …}}``, or ``decode``."""
    options = options_of(argument, place, {"mode", "value"}, needed=("mode", "value"))
    mode = options["mode"]
    if mode not in ("encode", "decode"):
        hint = did_you_mean(mode, _MODES) if isinstance(mode, str) else ""
        raise MappingError(
            written((*place, "mode")), f"must be 'encode' or 'decode', not {mode!r}{hint}"
        )
    if is_falsy(options["value"]):
        raise MappingError(written((*place, "value")), f"must not be {options['value']!r}")
    value = compile_(options["value"], (*place, "value"))
    return _MODES[mode](value)


_MODES: dict[str, type[Encode | Decode]] = {"encode": Encode, "decode": Decode}


_HALF_A_LETTER = ""
"""Stands for a value with such a text among JSON texts: no JSON text is empty."""
_HALVED = "@json: the text has half a letter in it (a lone surrogate), which cannot be sent"


def _decoded(text: str) -> str | None:
    try:
        decoded = json_text.dump(json_text.parse(text))
    except ValueError:
        return None
    return decoded if is_text(decoded) else _HALF_A_LETTER
