"""A mapping that is not in the language is refused when compiled, at the place that is wrong."""

from typing import Any

import pytest

from hubspot_pipeline.mapping import MappingError, compile_mapping

PATH = {"@path": "$.a"}


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (
            {"email": {"@pth": "$.a"}},
            "mapping.email: unknown directive '@pth'; did you mean '@path'?",
        ),
        ({"a": [1, {"@if": {"exists": {"@foo": 1}}}]}, "mapping.a.1.@if.exists: unknown directive"),
        (
            {"@literal": {"@Path": "$.a"}},
            "mapping.@literal: unknown directive '@Path'; did you mean",
        ),
        ({"a": {"@path": "$.a", "b": 1}}, "mapping.a: a directive stands alone"),
        ({"a": {"@path": "$.a", "@case": 1}}, "mapping.a: a directive stands alone"),
        ({"@path": 5}, "mapping.@path: takes text or a directive, not a number"),
        ({"@path": ["a"]}, "mapping.@path: takes text or a directive, not a list"),
        ({"@template": None}, "mapping.@template: takes text or a directive, not null"),
        ({"@if": "x"}, "mapping.@if: takes an object with 'blank', 'else', 'exists', 'then'"),
        ({"@if": {"then": 1}}, "mapping.@if: needs 'exists' or 'blank'"),
        ({"@if": {"exists": "", "blank": 0}}, "mapping.@if: needs 'exists' or 'blank'"),
        (
            {"@if": {"exist": PATH}},
            "mapping.@if.exist: unknown option 'exist'; did you mean 'exists'?",
        ),
        (
            {"@case": {"operator": "Upper", "value": PATH}},
            "mapping.@case.operator: must be 'lower'",
        ),
        ({"@case": {"operator": "upper", "value": 5}}, "mapping.@case.value: must be text"),
        ({"a": ["\ud800"]}, "mapping.a.0: '\\ud800' has half a letter in it"),
        ({"\udc00": 1}, "mapping: '\\udc00' has half a letter in it"),
        ({"@path": "$.\ud800"}, "mapping.@path: '$.\\ud800' has half a letter in it"),
        ({"a": float("nan")}, "mapping.a: is no number that JSON could hold"),
        ({"a": 10**400}, "mapping.a: is no number that JSON could hold"),
    ],
)
def test_a_wrong_mapping_is_refused_with_its_place(mapping: Any, message: str) -> None:
    with pytest.raises(MappingError) as refused:
        compile_mapping(mapping)
    assert str(refused.value).startswith(message)


def test_a_mapping_nested_absurdly_deep_is_refused() -> None:
    mapping: Any = PATH
    for _ in range(5000):
        mapping = {"@literal": mapping}
    with pytest.raises(MappingError, match="nested hundreds of levels deep"):
        compile_mapping(mapping)


def test_the_fields_of_a_mapping_that_is_no_object_cannot_be_asked_for() -> None:
    import pyarrow as pa

    with pytest.raises(MappingError, match="an action's mapping is an object"):
        compile_mapping([PATH]).evaluate_fields(pa.table({"userId": ["a"]}), ["a"])
