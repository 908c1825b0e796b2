"""``@liquid``, column by column: which values it is rendered for, and rows that fail."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.mapping import MISSING, MappingError, compile_mapping
from hubspot_pipeline.mapping.liquid import Template
from tests.mapping import generated
from tests.mapping.test_equivalence import computed, held, interpreted


def liquid(template: str, *events: dict[str, Any]) -> list[Any]:
    return (
        compile_mapping({"@liquid": template}).evaluate(generated.json_table(list(events)))
    ).to_pylist()


class TestArgument:
    @pytest.mark.parametrize("argument", [None, 5, True, [], {}, {"@path": "$.traits.a"}])
    def test_it_is_text(self, argument: Any) -> None:
        with pytest.raises(MappingError, match=r"mapping.x.@liquid: takes text, not"):
            compile_mapping({"x": {"@liquid": argument}})

    def test_it_has_so_many_characters(self) -> None:
        assert liquid("a" * 1000, {}) == ["a" * 1000]
        with pytest.raises(MappingError, match="takes 1,000 characters at most, not 1,001"):
            compile_mapping({"@liquid": "a" * 1001})
        with pytest.raises(MappingError, match="not 1,002"):  # an emoji counts two
            compile_mapping({"@liquid": "😀" * 501})

    def test_what_is_wrong_is_told_with_its_place(self) -> None:
        with pytest.raises(MappingError, match=r"mapping.x.@liquid: the tag 'for' is disabled"):
            compile_mapping({"x": {"@liquid": "{% for a in b %}{% endfor %}"}})


class TestValues:
    def test_it_is_text_always(self) -> None:
        assert liquid("{{ traits.a }}", {"traits": {"a": 5}}, {}) == ["5", ""]
        assert liquid("", {}) == [""]

    def test_a_missing_value_is_not_null(self) -> None:
        events = [{"traits": {"a": None}}, {"traits": {}}, {}]
        assert liquid("{{ traits.a | json }}", *events) == ["null", "", ""]

    def test_a_path_does_not_stop_at_a_falsy_value(self) -> None:
        events = [{"traits": {"a": a}} for a in (0, False, "", None, {"b": 0}, {"b": None})]
        template = "{{ traits.a.b | json }}"
        assert liquid(template, *events) == ["", "", "", "", "0", "null"]

    def test_an_empty_text_does_not_clear(self) -> None:
        column = compile_mapping({"@liquid": ""}).evaluate(generated.json_table([{}]))
        assert column.clears is None

    def test_it_nests_in_other_directives(self) -> None:
        mapping = {"@case": {"operator": "upper", "value": {"@liquid": "{{ traits.a }}"}}}
        table = generated.json_table([{"traits": {"a": "x"}}])
        assert compile_mapping(mapping).evaluate(table).to_pylist() == ["X"]


class TestRows:
    def test_a_row_that_fails_takes_no_other_along(self) -> None:
        events = [{"traits": {"a": text}} for text in ("a+b", "%", "b")]
        column = compile_mapping({"@liquid": "{{ traits.a | url_decode }}"}).evaluate(
            generated.json_table(events)
        )
        assert column.to_pylist() == ["a b", MISSING, "b"]
        assert column.errors.to_pylist() == [
            None,
            "@liquid: url_decode: a % is not followed by two hexadecimal digits",
            None,
        ]

    def test_a_value_nested_too_deeply_fails_its_own_row(self) -> None:
        deep = '{"traits":{"a":' + "[" * 50_000 + "]" * 50_000 + "}}"
        events = pa.array([deep, '{"traits":{"a":[1]}}'])
        column = compile_mapping({"@liquid": "{{ traits.a }}"}).evaluate(
            pa.ExtensionArray.from_storage(pa.json_(), events)
        )
        assert column.to_pylist() == [MISSING, "1"]
        assert column.errors.to_pylist() == ["@liquid: a value is nested too deeply", None]

    def test_it_is_rendered_once_for_each_set_of_values(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[dict[str, Any]] = []
        monkeypatch.setattr(Template, "render", lambda _, data: seen.append(data) or "x")
        events = [
            {"traits": {"plan": "team", "id": row}, "properties": {"n": row % 2}}
            for row in range(10)
        ]
        liquid("{{ traits.plan }}{{ properties.n }}", *events)
        assert seen == [
            {"traits": {"plan": "team"}, "properties": {"n": n}} for n in (0, 1)
        ]  # fmt: skip

    def test_only_rows_that_reach_it_are_rendered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: list[dict[str, Any]] = []
        monkeypatch.setattr(Template, "render", lambda _, data: seen.append(data) or "x")
        then = {"@liquid": "{{ traits.a }}"}
        mapping = {"@if": {"exists": {"@path": "$.userId"}, "then": then}}
        events = [{"userId": "u", "traits": {"a": "1"}}, {"traits": {"a": "2"}}]
        compile_mapping(mapping).evaluate(generated.json_table(events))
        assert seen == [{"traits": {"a": "1"}}]

    def test_it_reads_only_what_the_template_names(self) -> None:
        program = compile_mapping({"@liquid": "{{ traits.a.b | default: properties.c[0] }}"})
        assert program.paths == {("traits", "a", "b"), ("properties", "c")}


@held
@given(
    generated.liquid_templates, st.lists(generated.events, max_size=4), generated.struct_events()
)
def test_a_template_makes_what_it_makes_of_whole_events(
    template: str, events: list[Any], events_and_table: tuple[list[Any], pa.Table]
) -> None:
    mapping = {"@liquid": template}
    assert computed(mapping, generated.json_table(events)) == interpreted(mapping, events)
    assert computed(mapping, generated.event_array(events)) == interpreted(mapping, events)
    rows, table = events_and_table
    assert computed(mapping, table) == interpreted(mapping, rows)
