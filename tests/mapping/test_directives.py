"""Each line of the reference on directives and paths, by hand, over structs and JSON text alike."""

import json
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import MISSING, compile_mapping
from tests.mapping import evaluating
from tests.mapping.evaluating import json_array, path

EVENT = {
    "type": "identify",
    "userId": "u1",
    "traits": {
        "a": {"b": "deep"},
        "a b": "spaced",
        "arr": [{"id": 1}, {"id": 2}],
        "m[x]": "bracket",
        "dot.key": "unreachable",
        "z": 0,
        "empty": "",
        "no": False,
        "null": None,
        "s": "héllo",
        "emoji": "😀",
        "big": 12345678901234567890,
        "one": 1.0,
        "huge": 1e21,
        "tiny": 1e-7,
        "list": [1, None, [2, 3], {"x": 1}],
        "blank list": [],
        "null list": [None],
        "spaces": "  ",
        "object": {},
        "ß": "straße",
        "sigma": "ΟΔΟΣ",
        "braces": "{{traits.s}}",
        "path": "$.traits.s",
        "date": "2024-02-30",
    },
}
TRAITS = EVENT["traits"]


def evaluate(mapping: Any, event: Any = EVENT) -> Any:
    return evaluating.evaluate(mapping, event)


class TestPaths:
    @pytest.mark.parametrize("text", ["$.traits.a.b", "traits.a.b", "traits$..a.b"])
    def test_the_first_dollar_dot_anywhere_is_dropped(self, text: str) -> None:
        assert evaluate(path(text)) == "deep"

    @pytest.mark.parametrize("text", ["", ".", "$."])
    def test_an_empty_path_is_the_whole_payload(self, text: str) -> None:
        event = {"type": "track", "traits": {"a": 1, "b": None}}
        assert evaluate(path(text), event) == event

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("$", MISSING),
            ("$.traits.arr[0].id", 1),
            ("$.traits.arr.1.id", 2),
            ("$.traits.m[x]", "bracket"),
            ("$.traits.['a b']", "spaced"),
            ('$.traits["a b"]', "spaced"),
            ("$.traits.a b", "spaced"),
            ("$['traits']", MISSING),
            ("$.['traits'].s", "héllo"),
            ("$.traits.['dot.key']", MISSING),
            ("$.traits.dot\\.key", MISSING),
            ("$.traits.arr[*].id", MISSING),
            ("$.traits.arr[-1]", MISSING),
            ("$.traits.arr[2]", MISSING),
            ("$.traits.arr.00", MISSING),
            ("$.traits.arr.length", 2),
            ("$.traits.s.length", 5),
            ("$.traits.emoji.length", 2),
            ("$.traits.s[1]", "é"),
            ("$.traits.z.anything", 0),
            ("$.traits.empty.any.thing", ""),
            ("$.traits.no.anything", False),
            ("$.traits.null.anything", None),
            ("$.traits.one.anything", MISSING),
            ("$.traits.nothing.at.all", MISSING),
            ("$.nothing", MISSING),
            ("$.traits.list[1]", None),
            ("$.traits.list[2][1]", 3),
        ],
    )
    def test_a_path_finds(self, text: str, value: Any) -> None:
        assert evaluate(path(text)) == value

    def test_a_path_may_come_from_the_event(self) -> None:
        assert evaluate(path(path("$.traits.path"))) == "héllo"

    def test_a_path_that_is_no_text_fails_only_the_rows_that_reach_it(self) -> None:
        mapping = {
            "@if": {
                "exists": path("$.traits.go"),
                "then": path(path("$.traits.path")),
                "else": "ok",
            }
        }
        rows = [{}, {"go": 1, "path": "traits.go"}, {"go": 1, "path": 5}, {"go": 1}]
        column = compile_mapping(mapping).evaluate(
            json_array([json.dumps({"traits": row}) for row in rows])
        )
        assert column.to_pylist()[:2] == ["ok", 1]
        assert column.errors.to_pylist() == [
            None,
            None,
            "@path: expected string, got number",
            "@path: expected string, got undefined",
        ]


class TestTemplates:
    @pytest.mark.parametrize(
        ("text", "printed"),
        [
            ("Hi {{traits.s}}!", "Hi héllo!"),
            ("{{ traits.s }}", "héllo"),
            ("{{traits.nothing}}|{{traits.null}}", "|"),
            ("{{traits.z}} {{traits.no}}", "0 false"),
            ("{{traits.list}}", "1,,2,3,[object Object]"),
            ("{{traits.a}}", "[object Object]"),
            ("{{$.traits.s}}", ""),
            ("{{traits.s | upcase}}", ""),
            ("{{{traits.s}}}", "héllo"),
            ("{{{traits.braces}}}", "héllo"),
            ("{{traits.braces}}", "{{traits.s}}"),
            ("{{ {{{traits.nothing}}} }}", "[object Object]"),
            ("{{}} { } }} {{", "{{}} { } }} {{"),
            ("{{traits.big}} {{traits.one}}", "12345678901234567000 1"),
            ("{{traits.huge}} {{traits.tiny}}", "1e+21 1e-7"),
            ("", ""),
            ("plain", "plain"),
        ],
    )
    def test_a_template_prints(self, text: str, printed: str) -> None:
        assert evaluate({"@template": text}) == printed

    def test_a_template_may_come_from_the_event(self) -> None:
        assert evaluate({"@template": path("$.traits.braces")}) == "héllo"


class TestIf:
    @pytest.mark.parametrize(
        ("key", "exists", "blank"),
        [
            ("nothing", False, False),
            ("null", False, False),
            ("z", True, False),
            ("no", True, False),
            ("empty", True, False),
            ("blank list", True, False),
            ("null list", True, False),
            ("spaces", True, True),
            ("object", True, True),
            ("s", True, True),
            ("list", True, True),
            ("one", True, True),
        ],
    )
    def test_exists_and_blank_hold_for(self, key: str, exists: bool, blank: bool) -> None:
        for test, holds in [("exists", exists), ("blank", blank)]:
            subject = path(f"$.traits.{key}")
            mapping = {"@if": {test: subject, "then": "yes", "else": "no"}}
            assert evaluate(mapping) == ("yes" if holds else "no")

    def test_exists_wins_over_blank(self) -> None:
        subjects = {"exists": path("$.traits.z"), "blank": path("$.traits.z")}
        assert evaluate({"@if": {**subjects, "then": 1, "else": 2}}) == 1

    @pytest.mark.parametrize("value", [0, "", False, None])
    def test_a_falsy_else_is_ignored_and_a_falsy_then_is_not(self, value: Any) -> None:
        missing, there = path("$.traits.nothing"), path("$.traits.s")
        assert evaluate({"@if": {"exists": missing, "then": 1, "else": value}}) is MISSING
        assert evaluate({"@if": {"exists": there, "then": value}}) == value

    @pytest.mark.parametrize("value", [[], {}])
    def test_an_empty_list_or_object_is_a_fine_else(self, value: Any) -> None:
        assert evaluate({"@if": {"exists": path("$.nothing"), "else": value}}) == value

    def test_a_branch_that_is_not_written_is_undefined(self) -> None:
        assert evaluate({"@if": {"exists": path("$.traits.s"), "else": 1}}) is MISSING
        assert evaluate({"@if": {"exists": path("$.nothing"), "then": 1}}) is MISSING

    def test_a_branch_that_finds_nothing_is_undefined(self) -> None:
        there, nothing = path("$.traits.s"), path("$.nothing")
        assert evaluate({"@if": {"exists": there, "then": nothing, "else": 1}}) is MISSING
        assert evaluate({"@if": {"exists": nothing, "then": 1, "else": nothing}}) is MISSING

    @pytest.mark.parametrize("literal", ["text", 5, True, {}, []])
    def test_a_literal_that_is_not_falsy_may_be_looked_at(self, literal: Any) -> None:
        assert evaluate({"@if": {"exists": literal, "then": "yes", "else": "no"}}) == "yes"

    def test_branches_of_different_types_keep_their_types(self) -> None:
        mapping = {"@if": {"exists": path("$.x"), "then": path("$.x"), "else": path("$.y")}}
        rows = [{"x": 1}, {"y": "1"}, {"x": True}, {"y": [1]}, {}, {"y": None}]
        column = compile_mapping(mapping).evaluate(json_array([json.dumps(row) for row in rows]))
        assert list(map(repr, column.to_pylist())) == ["1", "'1'", "True", "[1]", "MISSING", "None"]


class TestCase:
    @pytest.mark.parametrize(
        ("operator", "key", "value"),
        [
            ("upper", "s", "HÉLLO"),
            ("upper", "ß", "STRASSE"),
            ("lower", "sigma", "οδος"),
            ("upper", "one", 1),
            ("lower", "null", None),
            ("lower", "nothing", MISSING),
            ("upper", "arr", [{"id": 1}, {"id": 2}]),
        ],
    )
    def test_case_changes_texts_only(self, operator: str, key: str, value: Any) -> None:
        mapping = {"@case": {"operator": operator, "value": path(f"$.traits.{key}")}}
        assert evaluate(mapping) == value

    def test_an_empty_literal_is_undefined(self) -> None:
        assert evaluate({"@case": {"operator": "lower", "value": ""}}) is MISSING


class TestLiterals:
    @pytest.mark.parametrize("value", ["", "text", 0, 1.5, True, None, [], {}, [1, {"a": None}]])
    def test_a_literal_is_itself(self, value: Any) -> None:
        assert evaluate(value) == value
        assert evaluate({"@literal": value}) == value

    def test_directives_inside_literal_run_and_template_text_does_not(self) -> None:
        mapping = {"@literal": {"a": path("$.traits.s"), "b": "{{traits.s}}"}}
        assert evaluate(mapping) == {"a": "héllo", "b": "{{traits.s}}"}

    def test_undefined_members_go_at_every_depth_and_null_stays(self) -> None:
        mapping = {
            "a": path("$.nothing"),
            "b": {"c": path("$.nothing")},
            "d": path("$.traits.null"),
        }
        assert evaluate(mapping) == {"b": {}, "d": None}

    def test_an_undefined_item_keeps_its_place(self) -> None:
        assert evaluate([path("$.nothing"), 1, path("$.traits.s")]) == [None, 1, "héllo"]

    def test_metadata_beside_a_directive_is_allowed(self) -> None:
        mapping = {"@path": "$.traits.s", "_metadata": {"label": "S"}}
        assert compile_mapping(mapping) == compile_mapping(path("$.traits.s"))

    def test_settings_of_the_original_are_ordinary_keys(self) -> None:
        mapping = {"__segment_internal_sync_mode": "upsert", "__segment_internal_matching_key": "a"}
        assert evaluate(mapping) == mapping

    def test_keys_that_look_like_integers_come_first_when_encoded(self) -> None:
        value = {"b": 1, "10": 2, "-1": 3, "2": 4, "01": 5, "a": {"1": 6, "0": 7}}
        assert evaluate({"@json": {"mode": "encode", "value": value}}) == (
            '{"2":4,"10":2,"b":1,"-1":3,"01":5,"a":{"0":7,"1":6}}'
        )

    def test_a_date_passes_through(self) -> None:
        assert evaluate(path("$.traits.date")) == "2024-02-30"


class TestWhatIsRead:
    def test_only_the_paths_named_are_read(self) -> None:
        mapping = {
            "a": path("$.traits.a.b"),
            "b": {"@if": {"exists": path("$.context.ip"), "then": {"@template": "{{ userId }}"}}},
            "c": {"@case": {"operator": "upper", "value": path("$.traits.a.b")}},
        }
        assert compile_mapping(mapping).paths == {
            ("traits", "a", "b"),
            ("context", "ip"),
            ("userId",),
        }

    @pytest.mark.parametrize(
        "mapping", [path("$."), path(path("$.userId")), {"@template": "{{{userId}}}"}]
    )
    def test_a_mapping_that_can_reach_anything_reads_every_field(self, mapping: Any) -> None:
        assert {("traits",), ("properties",), ("context",), ("type",)} < compile_mapping(
            mapping
        ).paths

    def test_equal_expressions_are_computed_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from hubspot_pipeline.mapping.templates import Template

        calls = []
        original = Template.evaluate
        monkeypatch.setattr(
            Template, "evaluate", lambda self, scope: calls.append(self) or original(self, scope)
        )
        template = {"@template": "{{userId}}!"}
        compile_mapping({"a": template, "b": {"c": template}}).evaluate(pa.table({"userId": ["x"]}))
        assert len(calls) == 1


class TestArrowInput:
    @pytest.mark.parametrize(
        ("items", "printed"),
        [([], "--"), (["a"], "-a-"), ([1.0, 2.5], "-1,2.5-"), ([["x"], []], "-x,-")],
    )
    def test_lists_of_a_parquet_column_print_as_lists_do(self, items: Any, printed: str) -> None:
        traits = pa.StructArray.from_arrays([pa.array([items, None])], ["a"])
        program = compile_mapping({"@template": "-{{traits.a}}-"})
        assert program.evaluate(pa.table({"traits": traits})).to_pylist() == [printed, "--"]

    def test_columns_that_are_no_event_field_are_out_of_reach(self) -> None:
        table = pa.table({"row": pa.array([1]), "userId": ["u"]})
        assert compile_mapping(path("$.row")).evaluate(table).to_pylist() == [MISSING]
        assert compile_mapping(path("$.")).evaluate(table).to_pylist() == [{"userId": "u"}]

    def test_a_field_that_was_not_read_is_undefined(self) -> None:
        table = pa.table({"userId": ["u", "v"]})
        assert compile_mapping(path("$.traits.a")).evaluate(table).to_pylist() == [MISSING] * 2

    def test_a_null_parent_hides_what_its_buffers_hold(self) -> None:
        inner = pa.StructArray.from_arrays([pa.array(["kept", "hidden"])], names=["a"])
        traits = pa.StructArray.from_arrays(
            inner.flatten(), names=["a"], mask=pa.array([False, True])
        )
        table = pa.table({"traits": traits})
        assert compile_mapping(path("$.traits.a")).evaluate(table).to_pylist() == ["kept", MISSING]

    def test_not_a_number_is_missing(self) -> None:
        table = pa.table({"traits": pa.array([{"a": float("nan")}, {"a": 1.0}])})
        assert compile_mapping(path("$.traits.a")).evaluate(table).to_pylist() == [MISSING, 1]

    def test_slices_and_chunks_of_a_table_are_read_right(self) -> None:
        traits = pa.array([{"l": ["a"]}, {"l": ["b", None]}, {"l": []}, {"l": None}])
        table = pa.concat_tables([pa.table({"traits": traits})] * 2).slice(1, 5)
        answers = compile_mapping([path("$.traits.l[0]"), path("$.traits.l")]).evaluate(table)
        b, none, a = ["b", ["b", None]], [None, None], ["a", ["a"]]
        assert answers.to_pylist() == [b, [None, []], none, a, b]

    def test_slices_of_json_text_are_read_right(self) -> None:
        traits = json_array([f' \n{{"a": {{"b": {number}}}}}' for number in range(6)])
        table = pa.concat_tables([pa.table({"traits": traits})] * 2).slice(4, 4)
        program = compile_mapping({"a": path("$.traits.a.b"), "kind": path("$.traits.length")})
        assert program.evaluate(table).to_pylist() == [{"a": 4}, {"a": 5}, {"a": 0}, {"a": 1}]

    def test_no_rows_give_no_rows(self) -> None:
        table = pa.table({"userId": pa.array([], pa.string())})
        program = compile_mapping({"a": path("$.userId"), "b": {"@template": "{{{userId}}}"}})
        assert program.evaluate(table).to_pylist() == []
