"""The grammar says of each directive what its reader takes, no more and no less."""

from __future__ import annotations

from typing import Any

import pytest

from hubspot_pipeline.mapping import MappingError, compile_mapping
from hubspot_pipeline.mapping.directives import DIRECTIVES
from hubspot_pipeline.mapping.grammar import GRAMMAR, Options

OPTIONS = {
    name: signature.argument
    for name, signature in GRAMMAR.items()
    if isinstance(signature.argument, Options)
}


def refusal(mapping: Any) -> str:
    with pytest.raises(MappingError) as refused:
        compile_mapping(mapping)
    return str(refused.value)


def test_it_knows_every_directive() -> None:
    assert GRAMMAR.keys() == DIRECTIVES.keys()


@pytest.mark.parametrize("name", OPTIONS)
def test_its_options_are_those_that_the_reader_takes(name: str) -> None:
    listed = ", ".join(repr(option) for option in sorted(OPTIONS[name].arguments))
    assert refusal({name: {"####": 1}}).endswith(f"unknown option '####'; it takes {listed}")


@pytest.mark.parametrize(
    ("name", "needed"), [(name, one) for name, options in OPTIONS.items() for one in options.needed]
)
def test_the_options_it_needs_are_those_that_the_reader_needs(name: str, needed: str) -> None:
    given: dict[str, Any] = {
        "operator": "lower", "pattern": "a", "mode": "encode", "value": "x", "separator": "_",
        "objects": [], "direction": "left", "apply": {}, "mapping": "x",
    }  # fmt: skip
    others = {one: given[one] for one in OPTIONS[name].needed}
    compile_mapping({name: others})
    assert needed in refusal({name: {k: v for k, v in others.items() if k != needed}})
