from __future__ import annotations

import json
import types
import typing
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from hubspot_pipeline.actions import ACTIONS
from hubspot_pipeline.destination import (
    Destination,
    MappingSpec,
    destination_from,
    load_destination,
)
from tests.docs.pages import ROOT, blocks, first_column, page, section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

PAGE = page("docs/destination.md")


def options(model: type[BaseModel], before: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every option of a model, by its place in the YAML."""
    for name, field in model.model_fields.items():
        if (model, name) == (Destination, "name"):
            continue
        place = f"{before}{name}"
        inner = [part for part in _parts(field.annotation) if _is_model(part)]
        if name == "mappings":
            inner, place = [MappingSpec], "mappings.NAME"
        if not inner:
            yield place, field
        for part in inner:
            yield from options(part, f"{place}.")


def row(place: str, field: FieldInfo) -> str:
    default = field.default
    if default is PydanticUndefined:
        shown = "required"
    elif default is None:
        shown = "–"
    else:
        shown = f"`{default if isinstance(default, str) else json.dumps(default)}`"
    return f"| `{place}` | {shown} | {field.description} |"


def _parts(annotation: Any) -> tuple[Any, ...]:
    is_union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return typing.get_args(annotation) if is_union else (annotation,)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def test_every_option_is_explained_in_the_models_own_words() -> None:
    expected = [row(place, field) for place, field in options(Destination)]
    written = [line for line in PAGE.splitlines() if line.startswith("| `")]
    table = section(PAGE, "## Every option")
    assert [line for line in written if line in table] == expected, "\n".join(expected)


def test_every_option_has_a_description() -> None:
    assert [place for place, field in options(Destination) if not field.description] == []


@pytest.mark.parametrize("name", ["README.md", "docs/destination.md"])
def test_every_example_is_a_destination(name: str) -> None:
    examples = [
        b.text for b in blocks(page(name)) if (b.language, b.role) == ("yaml", "destination")
    ]
    assert examples
    for example in examples:
        attributes = yaml.safe_load(example)["attributes"]
        destination = destination_from(attributes, name="example", where=name)
        assert all(spec.action in ACTIONS for spec in destination.mappings.values())


def test_the_readmes_destination_is_as_short_as_it_says() -> None:
    (example,) = [b.text for b in blocks(page("README.md")) if b.role == "destination"]
    assert "ten lines" in page("README.md")
    assert len(example.splitlines()) == 10


def test_the_sample_destination_has_a_mapping_of_every_action() -> None:
    sample = load_destination(ROOT / "hubspot_pipeline/defs/sample/defs.yaml")
    assert {spec.action for spec in sample.mappings.values()} == ACTIONS.keys()


def test_the_environment_variables_are_those_that_the_code_reads() -> None:
    named = first_column(section(PAGE, "## The environment"))
    sources = "".join(
        p.read_text(encoding="utf-8") for p in (ROOT / "hubspot_pipeline").rglob("*.py")
    )
    assert all(f'"{name}"' in sources or f"'{name}'" in sources for name in named)
    assert {"HUBSPOT_PIPELINE_ROOT", "HUBSPOT_PIPELINE_STATE", "HUBSPOT_PIPELINE_DEFS"} <= set(
        named
    )
