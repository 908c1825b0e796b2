"""Bare paths and templates: where they are read, where a text stays a text, and the way back."""

from typing import Any

import pytest
from hypothesis import given, settings

from hubspot_pipeline.mapping import MappingError, compile_mapping
from hubspot_pipeline.mapping.shorthand import as_shorthand, expand_shorthand
from tests.mapping import generated

PATH, TEMPLATE = {"@path": "$.a"}, {"@template": "Hi {{a}}"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("$.a", PATH),
        ("Hi {{a}}", TEMPLATE),
        ("$.", {"@path": "$."}),
        ("{{{a}}}", {"@template": "{{{a}}}"}),
        ("$.{{a}}", {"@template": "$.{{a}}"}),
        ("$", "$"),
        ("$a", "$a"),
        (" $.a", " $.a"),
        ("costs $.50", "costs $.50"),
        ("{{}} { {a} } {{a}", "{{}} { {a} } {{a}"),
        ("", ""),
        ({"x": "$.a", "y": {"z": ["$.a", 1, None]}}, {"x": PATH, "y": {"z": [PATH, 1, None]}}),
        (
            {"@if": {"exists": "$.a", "then": "Hi {{a}}", "else": "$.a"}},
            {"@if": {"exists": PATH, "then": TEMPLATE, "else": PATH}},
        ),
        ({"@if": {"blank": "$.a"}}, {"@if": {"blank": PATH}}),
        (
            {"@case": {"operator": "lower", "value": "$.a"}},
            {"@case": {"operator": "lower", "value": PATH}},
        ),
        (
            {"@replace": {"pattern": "$.", "replacement": "{{a}}", "value": "$.a"}},
            {"@replace": {"pattern": "$.", "replacement": "{{a}}", "value": PATH}},
        ),
        (
            {"@json": {"mode": "encode", "value": {"x": "$.a"}}},
            {"@json": {"mode": "encode", "value": {"x": PATH}}},
        ),
        (
            {"@flatten": {"value": "$.a", "separator": "$."}},
            {"@flatten": {"value": PATH, "separator": "$."}},
        ),
        (
            {"@merge": {"objects": ["$.a", {"x": "$.a"}], "direction": "left"}},
            {"@merge": {"objects": [PATH, {"x": PATH}], "direction": "left"}},
        ),
        (
            {"@transform": {"apply": "$.a", "mapping": {"x": "Hi {{a}}"}}},
            {"@transform": {"apply": PATH, "mapping": {"x": TEMPLATE}}},
        ),
        ({"@arrayPath": ["$.a", {"x": "$.a"}]}, {"@arrayPath": ["$.a", {"x": PATH}]}),
        ({"@arrayPath": ["$.a", "$.a"]}, {"@arrayPath": ["$.a", PATH]}),
        ({"@excludeWhenNull": "$.a"}, {"@excludeWhenNull": PATH}),
        ({"@path": "$.a"}, PATH),
        ({"@path": {"@case": {"operator": "lower", "value": "$.a"}}},
         {"@path": {"@case": {"operator": "lower", "value": PATH}}}),
        ({"@template": "$.a"}, {"@template": "$.a"}),
        ({"@literal": "$.a"}, {"@literal": "$.a"}),
        ({"@literal": {"x": ["{{a}}", PATH]}}, {"@literal": {"x": ["{{a}}", PATH]}}),
        ({"@path": "$.a", "_metadata": "$.a"}, {"@path": "$.a", "_metadata": "$.a"}),
        (
            {"__segment_internal_directive": {"@transform": {"apply": {"x": "$.a"}}}, "y": "$.x"},
            {
                "__segment_internal_directive": {"@transform": {"apply": {"x": PATH}}},
                "y": {"@path": "$.x"},
            },
        ),
        ({"__segment_internal_sync_mode": "$.a"}, {"__segment_internal_sync_mode": "$.a"}),
    ],
)  # fmt: skip
def test_a_text_stands_for_a_directive_where_one_may_stand(written: Any, meant: Any) -> None:
    assert expand_shorthand(written) == meant


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("Hi {{$.a}}", "mapping.x: a template's paths begin without '$.': write {{a}}"),
        ("{{ name | upcase }}", "mapping.x: a template has no filters"),
    ],
)  # fmt: skip
def test_a_template_that_would_print_nothing_is_refused(template: str, message: str) -> None:
    with pytest.raises(MappingError) as refused:
        expand_shorthand({"x": template})
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    "mapping", [{"x": {"@pth": "$.a"}}, {"@if": 5}, {"@merge": {"objects": 5}}]
)
def test_what_is_wrong_stays_for_the_compiler_to_say(mapping: Any) -> None:
    assert expand_shorthand(mapping) == mapping


@pytest.mark.parametrize(
    ("mapping", "short"),
    [
        ({"x": PATH}, {"x": "$.a"}),
        ({"x": TEMPLATE}, {"x": "Hi {{a}}"}),
        ({"x": "$.a"}, {"x": {"@literal": "$.a"}}),
        ({"x": "Hi {{a}}"}, {"x": {"@literal": "Hi {{a}}"}}),
        ({"x": {"@path": "a"}}, {"x": {"@path": "a"}}),
        ({"x": {"@template": "plain"}}, {"x": {"@template": "plain"}}),
        ({"x": {"@template": "{{$.a}}"}}, {"x": {"@template": "{{$.a}}"}}),
        ({"x": {"@path": PATH}}, {"x": {"@path": PATH}}),
        ({"x": {"@arrayPath": ["$.a", "$.a"]}}, {"x": {"@arrayPath": ["$.a", {}]}}),
        (PATH, PATH),
    ],
)
def test_a_mapping_is_written_short(mapping: Any, short: Any) -> None:
    assert as_shorthand(mapping) == short


@settings(deadline=None)
@given(generated.mappings)
def test_what_is_written_short_means_the_same(mapping: Any) -> None:
    assert compile_mapping(expand_shorthand(as_shorthand(mapping))) == compile_mapping(mapping)
