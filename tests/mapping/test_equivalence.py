"""The column engine does what the row-by-row interpreter does, whatever it is given."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.mapping import MISSING, compile_mapping, compile_trigger
from tests.mapping import generated
from tests.mapping.reference.directives import transform
from tests.mapping.reference.javascript import UNDEFINED, Failed, same_text
from tests.mapping.reference.triggers import Condition, matches, write

held = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def interpreted(mapping: Any, events: list[Any]) -> list[str]:
    answers = []
    for event in events:
        try:
            answers.append(same_text(transform(mapping, event)))
        except Failed as error:
            answers.append(f"failed: {error}")
    return answers


def computed(mapping: Any, events: list[Any]) -> list[str]:
    column = compile_mapping(mapping).evaluate(events)
    errors = [None] * len(column) if column.errors is None else column.errors.to_pylist()
    return [
        f"failed: {error}" if error else same_text(UNDEFINED if value is MISSING else value)
        for value, error in zip(column.to_pylist(), errors, strict=True)
    ]


@held
@given(generated.mappings, st.lists(generated.events, max_size=4))
def test_a_mapping_over_json_documents_gives_what_the_interpreter_gives(
    mapping: Any, events: list[Any]
) -> None:
    assert computed(mapping, generated.json_table(events)) == interpreted(mapping, events)


@held
@given(generated.mappings, generated.struct_events())
def test_a_mapping_over_structs_gives_what_the_interpreter_gives(
    mapping: Any, events_and_table: tuple[list[Any], pa.Table]
) -> None:
    events, table = events_and_table
    assert computed(mapping, table) == interpreted(mapping, events)


@held
@given(
    generated.mappings,
    st.lists(generated.values.filter(lambda value: isinstance(value, dict)), max_size=4),
)
def test_a_mapping_over_whole_events_as_json_gives_what_the_interpreter_gives(
    mapping: Any, events: list[Any]
) -> None:
    assert computed(mapping, generated.event_array(events)) == interpreted(mapping, events)


@held
@given(st.dictionaries(generated.keys, generated.mappings, max_size=3), generated.struct_events())
def test_the_fields_of_a_mapping_are_the_members_of_its_value(
    mapping: Any, events_and_table: tuple[list[Any], pa.Table]
) -> None:
    events, table = events_and_table
    if any(answer.startswith("failed") for answer in interpreted(mapping, events)):
        return
    columns = compile_mapping(mapping).evaluate_fields(table, mapping)
    rows = [
        {key: column.to_pylist()[row] for key, column in columns.items()}
        for row in range(len(events))
    ]
    kept = [{key: value for key, value in row.items() if value is not MISSING} for row in rows]
    expected = [json.loads(text) for text in interpreted(mapping, events)]
    assert [same_text(_thin(row)) for row in kept] == [same_text(_thin(row)) for row in expected]


def _thin(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose objects have no empty texts: which of them stay is another test's matter."""
    return {
        key: {k: v for k, v in value.items() if v != ""} if isinstance(value, dict) else value
        for key, value in row.items()
    }


@held
@given(generated.triggers, st.lists(generated.events, max_size=4), generated.struct_events())
def test_a_trigger_picks_the_events_the_interpreter_picks(
    condition: Condition, events: list[Any], events_and_table: tuple[list[Any], pa.Table]
) -> None:
    trigger = compile_trigger(write(condition))
    json_mask = trigger.mask(generated.json_table(events))
    assert json_mask.to_pylist() == [matches(condition, event) for event in events]
    struct_mask = trigger.mask(events_and_table[1])
    assert struct_mask.to_pylist() == [matches(condition, event) for event in events_and_table[0]]


@held
@given(generated.mappings, generated.struct_events())
def test_only_the_paths_a_mapping_names_are_read(
    mapping: Any, events_and_table: tuple[list[Any], pa.Table]
) -> None:
    events, table = events_and_table
    program = compile_mapping(mapping)
    read = {path[0] for path in program.paths}
    narrow = pa.table(
        {name: table[name] for name in table.column_names if name in read}
        | {"row": pa.array(range(len(events)), pa.int64())}
    )
    assert computed(mapping, narrow) == computed(mapping, table)
