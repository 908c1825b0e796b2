"""The shorthand of mappings in YAML: ``$.traits.email`` and ``Hello {{traits.name}}``, bare.

In the original language both are literals. So shorthand is never read in a document that may come
from there (``documents.Document.has_shorthand``).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hubspot_pipeline.mapping.directives.reading import Place, is_directive, written
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.grammar import (
    GRAMMAR,
    Argument,
    AsWritten,
    Options,
    Places,
    Shape,
    Text,
    Value,
    Values,
)
from hubspot_pipeline.mapping.javascript import WHITESPACE, Json

PATH = r"^\$\."
TEMPLATE = r"\{\{[^}]+\}\}"
"""What a text looks like that stands for a path, and for a template."""

_PATH = re.compile(PATH)
_TEMPLATE = re.compile(TEMPLATE)
_NAME = re.compile(r"\{\{\{?([^}]+)\}\}")

Rewrite = Callable[[Json, Argument, Place], Json]


def expand_shorthand(mapping: Json) -> Json:
    """The mapping in the original language: no bare path or template is left in it.

    A text with ``{{…}}`` becomes ``@template``; another that begins with ``$.`` becomes ``@path``,
    wherever a directive may stand. Never inside ``@literal``, nor where a directive takes text by
    nature (``grammar.Text``), nor as a ``__segment_internal_…`` setting.

    Raises:
        MappingError: A template names a path in a way that always prints as nothing.
    """
    try:
        return _rewritten(mapping, Value(), ("mapping",), _expand)
    except RecursionError:
        raise MappingError("mapping", "is nested hundreds of levels deep") from None


def as_shorthand(mapping: Json) -> Json:
    """The short way to write a mapping of the original language; expanded, it means the same.

    Literals that look like shorthand are put into ``@literal``. A mapping that is one directive
    stays an object.
    """
    return _inside(mapping, ("mapping",), _shorten)


def _rewritten(value: Json, argument: Argument, place: Place, rewrite: Rewrite) -> Json:
    """A value in its other form, or with its parts in theirs."""
    changed = rewrite(value, argument, place)
    return _inside(value, place, rewrite) if changed is value else changed


def _inside(value: Json, place: Place, rewrite: Rewrite) -> Json:
    if isinstance(value, list):
        return [
            _rewritten(item, Value(), (*place, str(index)), rewrite)
            for index, item in enumerate(value)
        ]
    if not isinstance(value, dict):
        return value
    if is_directive(value):
        return {
            name: _argument(given, GRAMMAR[name].argument, (*place, name), rewrite)
            if name in GRAMMAR
            else given
            for name, given in value.items()
        }
    return {
        key: member
        if isinstance(member, str) and key.startswith("__segment_internal_")
        else _rewritten(member, Value(), (*place, key), rewrite)
        for key, member in value.items()
    }


def _argument(given: Json, argument: Argument, place: Place, rewrite: Rewrite) -> Json:
    """A directive's argument, or one of its options."""
    if isinstance(argument, AsWritten):
        return given
    if isinstance(argument, Text):
        return _inside(given, place, rewrite)
    if isinstance(argument, Options) and isinstance(given, dict):
        known = argument.arguments
        return {
            name: _argument(one, known[name], (*place, name), rewrite) if name in known else one
            for name, one in given.items()
        }
    if isinstance(argument, Places | Values) and isinstance(given, list):
        each = argument.arguments if isinstance(argument, Places) else (Value(),) * len(given)
        return [
            _argument(one, each[at], (*place, str(at)), rewrite) if at < len(each) else one
            for at, one in enumerate(given)
        ]
    return _rewritten(given, argument, place, rewrite)


def _expand(value: Json, _argument: Argument, place: Place) -> Json:
    if not isinstance(value, str):
        return value
    if _TEMPLATE.search(value):
        _check_names(value, place)
        return {"@template": value}
    return {"@path": value} if _PATH.search(value) else value


def _check_names(template: str, place: Place) -> None:
    for name in _names(template):
        if name.startswith("$."):
            raise MappingError(
                written(place),
                f"a template's paths begin without '$.': write {{{{{name.removeprefix('$.')}}}}}",
            )
        if "|" in name:
            raise MappingError(
                written(place),
                f"a template has no filters, and {{{{{name}}}}} would print as nothing: write "
                "{'@liquid': …}, or {'@case': …}, or {'@literal': …} for the braces themselves",
            )


def _shorten(value: Json, argument: Argument, _place: Place) -> Json:
    if isinstance(value, str):
        if not _looks_like_shorthand(value):
            return value
        return {} if isinstance(argument, Shape) else {"@literal": value}
    if isinstance(value, dict) and len(value) == 1:
        path, template = value.get("@path"), value.get("@template")
        if isinstance(path, str) and _PATH.search(path) and not _TEMPLATE.search(path):
            return path
        if isinstance(template, str) and _TEMPLATE.search(template) and _are_plain(template):
            return template
    return value


def _looks_like_shorthand(text: str) -> bool:
    return bool(_TEMPLATE.search(text) or _PATH.search(text))


def _are_plain(template: str) -> bool:
    return not any(name.startswith("$.") or "|" in name for name in _names(template))


def _names(template: str) -> list[str]:
    return [found[1].strip(WHITESPACE) for found in _NAME.finditer(template)]
