"""All that is wrong with a mapping, not only what is found first."""

from __future__ import annotations

from collections.abc import Iterator

from hubspot_pipeline.mapping.compiler import compile_mapping
from hubspot_pipeline.mapping.directives.reading import ROOT_DIRECTIVE, Place, is_directive
from hubspot_pipeline.mapping.errors import MappingError
from hubspot_pipeline.mapping.javascript import Json
from hubspot_pipeline.mapping.shorthand import expand_shorthand


def problems_of(mapping: Json, *, has_shorthand: bool) -> list[MappingError]:
    """What is wrong with a mapping, one problem for each field or nested member.

    Args:
        mapping: As it is written.
        has_shorthand: Whether it may use shorthand.
    """
    try:
        return list(_problems(mapping, (), has_shorthand=has_shorthand))
    except RecursionError:
        return [MappingError("mapping", "is nested hundreds of levels deep")]


def _problems(part: Json, keys: Place, *, has_shorthand: bool) -> Iterator[MappingError]:
    whole = part
    for key in reversed(keys):
        whole = {key: whole}
    try:
        compile_mapping(expand_shorthand(whole) if has_shorthand else whole)
    except MappingError as error:
        if isinstance(part, dict) and not is_directive(part) and ROOT_DIRECTIVE not in part:
            for key, member in part.items():
                yield from _problems(member, (*keys, key), has_shorthand=has_shorthand)
        else:
            yield error
