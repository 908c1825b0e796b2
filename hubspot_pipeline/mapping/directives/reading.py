"""How a directive is read from a mapping: the registry, and its options with what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable

from hubspot_pipeline.mapping.errors import MappingError, did_you_mean
from hubspot_pipeline.mapping.expressions import Expression
from hubspot_pipeline.mapping.javascript import Json, is_text

Place = tuple[str, ...]
Compile = Callable[[Json, Place], Expression]
Reader = Callable[[Json, Place, Compile], Expression]

DIRECTIVES: dict[str, Reader] = {}
"""Every directive by its name, which is case-sensitive."""

ROOT_DIRECTIVE = "__segment_internal_directive"
"""The key by which a mapping names a directive that all of it runs through (mappings §1)."""


def directive(name: str) -> Callable[[Reader], Reader]:
    """Register a function that turns a directive's argument into an expression."""

    def register(reader: Reader) -> Reader:
        DIRECTIVES[name] = reader
        return reader

    return register


def is_directive(value: Json) -> bool:
    """Whether a value is a directive: an object with an ``@`` key."""
    return isinstance(value, dict) and any(key.startswith("@") for key in value)


def with_root_directive(mapping: Json, place: Place) -> tuple[Json, Place]:
    """A mapping as its root directive has it, which takes all its other keys, and where that is.

    A mapping without one is left as it is.
    """
    if not isinstance(mapping, dict) or ROOT_DIRECTIVE not in mapping:
        return mapping, place
    root, where = mapping[ROOT_DIRECTIVE], (*place, ROOT_DIRECTIVE)
    if not is_directive(root) or len(root) != 1:
        raise MappingError(written(where), "must be an object with one directive and nothing else")
    (name, options), *_ = root.items()
    if not isinstance(options, dict):
        raise MappingError(
            written((*where, name)), f"takes an object here, not {kind_name(options)}"
        )
    others = {key: value for key, value in mapping.items() if key != ROOT_DIRECTIVE}
    return {name: {**options, "mapping": others}}, where


def options_of(
    argument: Json, place: Place, names: set[str], needed: tuple[str, ...] = ()
) -> dict[str, Json]:
    """The options of a directive that takes an object of them: only `names`, all of `needed`."""
    if not isinstance(argument, dict):
        raise MappingError(
            written(place), f"takes an object with {_listed(names)}, not {kind_name(argument)}"
        )
    for name in argument:
        if name not in names:
            hint = did_you_mean(name, names) or f"; it takes {_listed(names)}"
            raise MappingError(written((*place, name)), f"unknown option {name!r}{hint}")
    for name in needed:
        if name not in argument:
            raise MappingError(written(place), f"needs {name!r}")
    return argument


def flag_of(options: dict[str, Json], name: str, place: Place, *, default: bool) -> bool:
    """An option that is true or false; null and left out mean the default."""
    value = options.get(name)
    if value is not None and not isinstance(value, bool):
        raise MappingError(
            written((*place, name)), f"must be true or false, not {kind_name(value)}"
        )
    return default if value is None else value


def check_values(value: Json, place: Place) -> None:
    r"""Refuse what Python can read from a mapping's file and nobody could send.

    Raises:
        MappingError: A text holds half a letter (``"\ud800"``), or a number is beyond all numbers.
    """
    if isinstance(value, str) and not is_text(value):
        raise MappingError(written(place), f"{value!r} has half a letter in it (a lone surrogate)")
    if isinstance(value, int | float) and not abs(value) <= sys.float_info.max:
        raise MappingError(written(place), "is no number that JSON could hold")
    if isinstance(value, dict):
        for key, item in value.items():
            check_values(key, place)
            check_values(item, (*place, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            check_values(item, (*place, str(index)))


def kind_name(value: Json) -> str:
    """What a JSON value is, with its article."""
    if value is None:
        return "null"
    names = {bool: "a boolean", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


def written(place: Place) -> str:
    """A place as messages show it."""
    return ".".join(place)


def _listed(names: set[str]) -> str:
    return ", ".join(map(repr, sorted(names)))
