"""One mapping over one event, in every way: what the hand-written cases are asserted on."""

import json
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import MISSING, compile_mapping
from tests.mapping.reference.directives import transform
from tests.mapping.reference.javascript import UNDEFINED, Failed, same_text


def path(text: str) -> dict[str, Any]:
    return {"@path": text}


def evaluate(mapping: Any, event: Any) -> Any:
    """The mapping's value for one event, asserted to be the same for each way to hold it."""
    program = compile_mapping(mapping)
    answers = [program.evaluate(events).to_pylist() for events in _forms(event)]
    expected = same_text(transform(mapping, event))
    assert [[same_text(js(value)) for value in values] for values in answers] == [[expected]] * 2
    return answers[0][0]


def failure_of(mapping: Any, event: Any) -> str:
    """Why a mapping has no value for an event, asserted to be the same for each way to hold it."""
    program = compile_mapping(mapping)
    with pytest.raises(Failed) as failed:
        transform(mapping, event)
    for events in _forms(event):
        assert program.evaluate(events).errors.to_pylist() == [str(failed.value)]
    return str(failed.value)


def js(value: Any) -> Any:
    return UNDEFINED if value is MISSING else value


def json_array(texts: list[str]) -> pa.Array:
    return pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts))


def _forms(event: Any) -> tuple[pa.Array, pa.Table]:
    """An event as one JSON document, and as columns with documents in JSON."""
    columns: dict[str, pa.Array] = {
        name: json_array([json.dumps(value)]) if isinstance(value, dict) else pa.array([value])
        for name, value in event.items()
    }
    return json_array([json.dumps(event)]), pa.table(columns)
