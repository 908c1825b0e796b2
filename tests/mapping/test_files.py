"""From file to payloads: whatever the format, each row gives what the interpreter says of it.

``MAPPING_EXAMPLES=2000`` runs each test that much longer.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from hubspot_pipeline.cli import app
from hubspot_pipeline.mapping import Field, compile_mapping, compile_trigger, validate
from tests.mapping import generated
from tests.mapping.files import read
from tests.mapping.generated_files import IN_ORDER, EventFile, event_files
from tests.mapping.reference.directives import transform
from tests.mapping.reference.fields import field_value
from tests.mapping.reference.javascript import UNDEFINED, Failed, same_text
from tests.mapping.reference.triggers import Condition, matches, write
from tests.mapping.test_equivalence import computed, interpreted
from tests.mapping.test_fields import FIELDS

EVERYTHING = frozenset((name,) for name in IN_ORDER)


def held(examples: int) -> settings:
    return settings(
        max_examples=int(os.environ.get("MAPPING_EXAMPLES", examples)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@held(25)
@given(event_files, generated.mappings, generated.triggers, st.sampled_from([1, 2, 65_536]))
def test_a_row_of_a_file_gives_what_the_interpreter_says(
    file: EventFile, mapping: Any, condition: Condition, batch_rows: int
) -> None:
    trigger = compile_trigger(write(condition))
    paths = compile_mapping(mapping).paths | trigger.paths
    events, rejected = read(file.content, paths, batch_rows)
    assert rejected == []
    picked = [event for event in file.events if matches(condition, event)]
    found = events.filter(trigger.mask(events)) if events.num_rows else events
    assert computed(mapping, found) == interpreted(mapping, picked)


@held(12)
@given(event_files, generated.mappings)
def test_what_a_mapping_does_not_name_makes_no_difference(file: EventFile, mapping: Any) -> None:
    narrow, _ = read(file.content, compile_mapping(mapping).paths)
    everything, _ = read(file.content, EVERYTHING)
    assert computed(mapping, narrow) == computed(mapping, everything)


@held(15)
@given(event_files, generated.mappings, st.randoms(use_true_random=False), st.integers(0, 5))
def test_neither_order_nor_batches_make_a_difference(
    file: EventFile, mapping: Any, random: Any, cut: int
) -> None:
    events, _ = read(file.content, compile_mapping(mapping).paths)
    answers = computed(mapping, events)
    cut = min(cut, events.num_rows)
    parts = [events.slice(0, cut), events.slice(cut)]
    assert [answer for part in parts for answer in computed(mapping, part)] == answers
    order = list(range(events.num_rows))
    random.shuffle(order)
    shuffled = events.take(pa.array(order, pa.int64()))
    assert computed(mapping, shuffled) == [answers[row] for row in order]


def without_empty_members(value: Any) -> Any:
    """Of what an event holds, no empty text goes on: it would clear a property."""
    if isinstance(value, dict):
        return {key: item for key, item in value.items() if item != ""}
    return value


@held(20)
@given(event_files, generated.path_directives, FIELDS)
def test_a_field_gets_what_the_file_says_in_its_type(
    file: EventFile, directive: Any, field: Field
) -> None:
    program = compile_mapping({"f": directive})
    events, _ = read(file.content, program.paths)
    columns = program.evaluate_fields(events, ["f"])
    answer = validate([field], columns, events.num_rows)
    rejected = set(answer.errors["index"].to_pylist())
    for row, (event, given_back) in enumerate(
        zip(file.events, answer.payloads["f"].to_pylist(), strict=True)
    ):
        value = without_empty_members(transform({"f": directive}, event).get("f", UNDEFINED))
        try:
            expected = field_value(field, value, clears=False)
        except Failed:
            assert row in rejected
            continue
        assert row not in rejected
        if given_back is not None and (field.type == "object" or field.multiple):
            given_back = json.loads(given_back)  # noqa: PLW2901
        assert same_text(given_back) == same_text(None if expected is UNDEFINED else expected)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@held(8)
@given(
    event_files,
    st.dictionaries(generated.keys, generated.mappings, max_size=3),
    generated.triggers,
)
def test_the_mapping_tester_prints_what_the_interpreter_says(
    folder: Path, file: EventFile, mapping: Any, condition: Condition
) -> None:
    (folder / "mapping.json").write_text(json.dumps(mapping))
    (folder / "events").write_bytes(file.content)
    names = [str(folder / name) for name in ("mapping.json", "events")]
    answer = CliRunner().invoke(
        app,
        ["map", names[0], "--events", names[1], "--trigger", write(condition)],
        catch_exceptions=False,
    )
    assert answer.exit_code == 0, answer.output
    # Not splitlines: a text may hold U+0085 and the like, which end no line of JSON.
    lines = [json.loads(line) for line in answer.stdout.split("\n") if line]
    assert len(lines) == len(file.events)
    for line, event in zip(lines, file.events, strict=True):
        assert line["matched"] is matches(condition, event)
        if line["matched"]:
            (expected,) = interpreted(mapping, [event])
            if expected.startswith("failed: "):
                assert line["error"] == {"field": None, "reason": expected[len("failed: ") :]}
            else:
                assert same_text(line["payload"]) == expected
        else:
            assert line["payload"] is None
