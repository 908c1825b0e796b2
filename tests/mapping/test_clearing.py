"""Only an empty text that the mapping writes clears a property, inside objects too."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import Field, compile_mapping, validate

EVENT = {"traits": {"plan": "", "nick": "Ann", "all": {"a": "", "b": "1", "c": None}}}
PLAN, NICK, ALL = ({"@path": f"$.traits.{name}"} for name in ("plan", "nick", "all"))


def _properties(directive: Any) -> Any:
    """What the free-form field holds for the event above and one without any of its traits."""
    program = compile_mapping({"properties": directive})
    texts = pa.array([json.dumps(EVENT), '{"traits": {}}'])
    events = pa.ExtensionArray.from_storage(pa.json_(pa.utf8()), texts)
    field = Field("properties", "Other properties", "object")
    payloads = validate([field], program.evaluate_fields(events, [field.key]), 2).payloads
    return [text and json.loads(text) for text in payloads["properties"].to_pylist()]


@pytest.mark.parametrize(
    ("directive", "of_the_event", "of_the_other"),
    [
        ({"plan": PLAN, "nick": NICK}, {"nick": "Ann"}, {}),
        ({"plan": ""}, {"plan": ""}, {"plan": ""}),
        ({"plan": {"@literal": ""}, "nick": NICK}, {"plan": "", "nick": "Ann"}, {"plan": ""}),
        ({"plan": {"@template": "{{traits.plan}}"}}, {}, {}),
        ({"p": {"@if": {"exists": NICK, "then": ""}}, "n": NICK}, {"p": "", "n": "Ann"}, {}),
        (ALL, {"b": "1", "c": None}, None),
        (
            {"@if": {"exists": ALL, "then": ALL, "else": {"b": ""}}},
            {"b": "1", "c": None},
            {"b": ""},
        ),
    ],
)
def test_an_object_keeps_the_empty_texts_of_the_mapping_and_no_others(
    directive: Any, of_the_event: Any, of_the_other: Any
) -> None:
    assert _properties(directive) == [of_the_event, of_the_other]


def test_a_mapping_that_is_no_actions_keeps_every_empty_text() -> None:
    program = compile_mapping({"properties": {"plan": PLAN}})
    texts = pa.array([json.dumps(EVENT)])
    events = pa.ExtensionArray.from_storage(pa.json_(pa.utf8()), texts)
    assert program.evaluate(events).to_pylist() == [{"properties": {"plan": ""}}]
