"""``@liquid``: texts made by Liquid templates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping import javascript, json_text
from hubspot_pipeline.mapping.column import Column, Kind
from hubspot_pipeline.mapping.directives.reading import (
    Compile,
    Place,
    directive,
    kind_name,
    written,
)
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.expressions import Expression, Scope
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.liquid import (
    LONGEST_TEMPLATE,
    Template,
    TemplateError,
    template_of,
)
from hubspot_pipeline.mapping.paths import Path

_FALSY = pa.array(['""', "0", "false", "null"])


@dataclass(frozen=True, slots=True)
class Liquid(Expression):
    """A template, rendered once for each different set of the values that it looks at."""

    text: str

    def own_paths(self) -> frozenset[Path]:
        """What the template may look at."""
        return frozenset(template_of(self.text).paths)

    @property
    def is_careful(self) -> bool:
        """It is slow, and may fail."""
        return True

    def evaluate(self, scope: Scope) -> Column:
        """A text a row; a row whose rendering fails has its reason."""
        template = template_of(self.text)
        if not template.paths:
            inputs = pa.repeat("{}", scope.rows)
        else:
            members = [(str(at), _seen(scope, path)) for at, path in enumerate(template.paths)]
            inputs = json_text.join_objects(members, scope.rows)
        encoded = inputs.dictionary_encode()
        answers = [_rendered(template, text) for text in encoded.dictionary.to_pylist()]
        texts, errors = (
            pa.array([answer[part] for answer in answers], pa.string()).take(encoded.indices)
            for part in (0, 1)
        )
        has_errors = errors.null_count < len(errors)
        return Column(texts, Kind.STRING, errors=errors if has_errors else None)


@directive("@liquid")
def read_liquid(argument: Json, place: Place, compile_: Compile) -> Expression:  # noqa: ARG001
    """``{"@liquid": "Hello {{ traits.name | upcase }}"}``."""
    if not isinstance(argument, str):
        raise MappingError(written(place), f"takes text, not {kind_name(argument)}")
    length = javascript.length(argument)
    if length > LONGEST_TEMPLATE:
        raise MappingError(
            written(place), f"takes {LONGEST_TEMPLATE:,} characters at most, not {length:,}"
        )
    try:
        template_of(argument)
    except TemplateError as error:
        raise MappingError(written(place), str(error)) from error
    return Liquid(argument)


def _seen(scope: Scope, path: Path) -> pa.StringArray:
    """The JSON text at a path; null where there is no such member.

    A path that runs into a falsy value yields that value, but to a template it is not there.
    """
    texts = scope.path(path).json()
    if len(path) < 2:
        return texts
    falsy = pc.is_in(texts, _FALSY)
    if not pc.any(falsy).as_py():
        return texts
    is_member = scope.path(path[:-1]).where(Kind.OBJECT)
    stray = pc.and_not(falsy, is_member)
    return pc.if_else(stray, pa.scalar(None, pa.string()), texts)


def _rendered(template: Template, text: str) -> tuple[str | None, str | None]:
    """The text for one set of values, or why there is none."""
    try:
        values = json_text.parse(text)
    except RecursionError:
        return None, "@liquid: a value is nested too deeply"
    data: dict[str, Any] = {}
    for at, value in values.items():
        *parents, key = template.paths[int(at)] or ("",)
        inner = data
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[key] = value
    if template.paths == ((),):
        whole = data.get("")
        data = whole if isinstance(whole, dict) else {}
    try:
        return template.render(data), None
    except TemplateError as error:
        return None, f"@liquid: {error}"
