"""FQL triggers: what each condition means, and what the strict dialect refuses."""

import json
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import TriggerError, compile_trigger


def matches(trigger: str, *events: dict[str, Any]) -> list[bool]:
    texts = pa.array([json.dumps(event) for event in events])
    return (
        compile_trigger(trigger).mask(pa.ExtensionArray.from_storage(pa.json_(), texts)).to_pylist()
    )


def holds(trigger: str, **properties: Any) -> bool:
    """Whether a trigger matches an event with these properties."""
    return matches(trigger, {"type": "track", "event": "Order", "properties": properties})[0]


class TestEvaluation:
    @pytest.mark.parametrize(
        ("trigger", "values", "others"),
        [
            ('properties.x = "1"', ["1"], [1, True, None, "1 "]),
            ('properties.x != "1"', [1, True, None, "2"], ["1"]),
            ("properties.x = 5", [5, 5.0], ["5", None, 6, True]),
            ("properties.x != 5", [6, 0], [5, "5", "6", None, True]),
            ("properties.x < 5", [4, -1.5], [5, "4", None, False]),
            ("properties.x >= 5", [5, 6], [4, "6"]),
            ('properties.x > "1.5"', [2], [1, "2"]),
            ('properties.x <= ""', [0, -1], [1, ""]),
            ('properties.x > "abc"', [], [1, 0]),
            ("properties.x < true", [0], [1, False]),
            ("properties.x = true", [True], ["true", 1, False, None]),
            ("properties.x = false", [False], ["false", 0, None]),
            ("properties.x = null", [None], ["", 0, False]),
            ("properties.x != null", ["", 0, False, []], [None]),
            ("properties.x = hello", ["hello"], ["Hello", None]),
            ('contains(properties.x, "b")', ["abc", "b"], ["a", "B", None, 5, ["b"]]),
            ('!contains(properties.x, "b")', ["a", "", "B"], ["abc", None, 5]),
            ('match(properties.x, "ab*")', ["ab", "abc"], ["cab", "A", None]),
            ('match(properties.x, "*ab")', ["ab", "cab"], ["abc", None]),
            ('!match(properties.x, "ab*")', ["cab", ""], ["abc", None, 5]),
            ('match(properties.x, "*")', ["", "x"], [None, 5]),
        ],
    )
    def test_a_condition_holds_for_some_values_and_not_for_others(
        self, trigger: str, values: list[Any], others: list[Any]
    ) -> None:
        assert [value for value in values if not holds(trigger, x=value)] == []
        assert [value for value in others if holds(trigger, x=value)] == []

    @pytest.mark.parametrize(
        ("trigger", "expected"),
        [
            ('properties.x = "1"', False),
            ('properties.x != "1"', True),
            ("properties.x != 5", False),
            ("properties.x = null", True),
            ("properties.x != null", False),
            ('!contains(properties.x, "b")', False),
        ],
    )
    def test_a_missing_value(self, trigger: str, expected: bool) -> None:
        assert holds(trigger) is expected

    @pytest.mark.parametrize(
        ("trigger", "event", "expected"),
        [
            ("userId = null", {}, True),
            ("userId = null", {"userId": None}, True),
            ("name != null", {"name": ""}, True),
            ("userId = true", {"userId": True}, True),
            ("userId = true", {"userId": "true"}, False),
            ('event = "5"', {"event": "5"}, True),
            ('event = "5"', {"event": 5}, False),
            ('name = "true"', {"name": True}, False),
        ],
    )
    def test_fields_of_the_event_itself(
        self, trigger: str, event: dict[str, Any], expected: bool
    ) -> None:
        assert matches(trigger, event) == [expected]

    def test_a_lookup_stops_at_a_falsy_value(self) -> None:
        assert holds("properties.a.b = 0", a=0)
        assert not holds("properties.a.b = 1", a=1)

    def test_everything_is_case_sensitive(self) -> None:
        assert matches('event = "order"', {"event": "Order"}) == [False]


class TestStructure:
    def test_parentheses_group_as_they_read(self) -> None:
        trigger = 'type = "track" and (event = "A" or (event = "B" and properties.x > 1))'
        events = [
            {"type": "track", "event": "A"},
            {"type": "page", "event": "A"},
            {"type": "track", "event": "B", "properties": {"x": 2}},
            {"type": "track", "event": "B", "properties": {"x": 1}},
        ]
        assert matches(trigger, *events) == [True, False, True, False]

    def test_a_function_inside_parentheses_does_not_end_the_group(self) -> None:
        trigger = 'type = "x" and (contains(event, "a") or contains(event, "b"))'
        assert matches(trigger, {"type": "y", "event": "b"}, {"type": "x", "event": "b"}) == [
            False,
            True,
        ]

    @pytest.mark.parametrize(
        "trigger",
        [
            'type="track"',
            ' type\t=\r\n"track" ',
            "(type = track)",
            '((type = "track"))',
            'type = "track" and properties.n >= -2.5',
            "properties.n > -3",
            "properties.n >-3",
            'properties.a\\ b = "x"',
            'contains( properties.a\\ b,"x" )',
            'traits.a-b_1 = null and type != "x"',
            "properties.\\and = null and properties.a\\\\b = null and properties.and.x = null",
        ],
    )
    def test_spacing_and_names(self, trigger: str) -> None:
        event = {"type": "track", "properties": {"a b": "x", "n": -2.5}}
        assert matches(trigger, event) == [True]

    def test_a_trigger_reads_only_the_paths_it_names(self) -> None:
        trigger = compile_trigger('type = "track" and match(properties.a.b, "x*")')
        assert trigger.paths == {("type",), ("properties", "a", "b")}

    def test_the_mask_has_a_value_for_every_row_of_a_table(self) -> None:
        table = pa.table({"type": ["track", None, "page"]})
        mask = compile_trigger('type != "track" and traits.x = null').mask(table)
        assert mask.to_pylist() == [False, True, True]


class TestWhatTheStrictDialectRefuses:
    @pytest.mark.parametrize(
        ("trigger", "column", "reason"),
        [
            ('type = "a" OR type = "b"', 12, "write 'or' in lower case"),
            ('type = "a" And type = "b"', 12, "write 'and' in lower case"),
            ('type = "a" and event = "b" or event = "c"', 28, "put parentheses round one"),
            ('type = "a" or event = "b" and event = "c"', 27, "put parentheses round one"),
            ('type = "a" event = "b"', 12, "write 'and' or 'or' between"),
            ('type = "a", event = "b"', 11, "write 'and' or 'or' between"),
            ('type = "a" && event = "b"', 12, "write 'and' or 'or'"),
            ('tpye = "a"', 1, "did you mean 'type'?"),
            ('anonymousId = "a"', 1, "cannot look at 'anonymousId'"),
            ('type = "a" and messageId = "b"', 16, "cannot look at 'messageId'"),
            ('contains(type, "a")', 10, "contains cannot look at type"),
            ('event.type = "a"', 1, "'event' holds no keys"),
            ('properties = "a"', 1, "write which of the properties"),
            ("type = 'a'", 8, 'write "text"'),
            ("type = ‘a’", 8, 'write "text"'),
            ('type = "a', 8, "this text is not closed"),
            ('type = "a\\"b"', 12, "write a space after the closing quote"),
            ('type = "a"and event = "b"', 11, "write a space after the closing quote"),
            ('event !="a"', 7, "write a space after '!='"),
            ("properties.x >=1", 14, "write a space after '>='"),
            ("properties.x <=5", 14, "write a space after '<='"),
            ("properties.x>1", 13, "write a space before '>'"),
            ('!(type = "a")', 1, "'!' stands right before contains"),
            ('! contains(event, "a")', 1, "'!' stands right before contains"),
            ('not type = "a"', 1, "there is no 'not'"),
            ('event contains "a"', 7, 'write contains(event, "…")'),
            ('event in "a"', 7, "expected one of = != < <= > >="),
            ("contains(event, a)", 17, "in double quotes"),
            ('match(event, "abc")', 14, 'match takes "text*" or "*text"'),
            ('match(event, "*abc*")', 14, 'match takes "text*" or "*text"'),
            ('type = "track" and ()', 21, "expected a condition"),
            ('(type = "a"', 12, "the '(' in column 1 is not closed"),
            ('type = "a")', 11, "this ')' closes nothing"),
            ('type = "a" and', 15, "expected a condition"),
            ('and type = "a"', 1, "expected a condition"),
            ("type =", 7, "expected a value after '='"),
            ("type", 5, "expected one of = != < <= > >="),
            ("", 1, "expected a condition"),
            ("properties.arr[0] = 1", 15, "items of a list"),
            ("properties.arr.0 = 1", 15, "no key in a path begins with a digit"),
            ("properties.x = 1e5", 16, "numbers are written like"),
            ("properties.x = .5", 16, "numbers are written like"),
            ("properties.x = 1.", 16, "numbers are written like"),
            ("properties.a\\.b = 1", 1, "a key that holds a dot"),
            ("properties.arr\\[0\\] = 1", 1, "a key that holds a dot or a square bracket"),
            ("properties.and = 1", 1, "write a backslash before the key 'and': \\and"),
            ("traits.a.null != 1", 1, "write a backslash before the key 'null'"),
            ("type = ab", 8, 'write the text in double quotes: "ab"'),
            ("type = nul", 8, 'write the text in double quotes: "nul"'),
            ("type = a\\ b", 8, "write the text in double quotes"),
            ("properties.x ~ 1", 14, "'~' has no meaning here"),
            ("properties.x != true", 14, "write properties.x = false"),
            ("traits.a.b != false", 12, "write traits.a.b = true"),
            ("userId != true", 8, "write userId = false"),
            ("event = true", 9, 'write it in double quotes: "true"'),
            ("name != false", 9, 'write it in double quotes: "false"'),
            ("type = null", 8, "type cannot be tested for null"),
            ("event != null", 10, "event cannot be tested for null"),
            ("event = 5.0", 9, 'write it in double quotes: "5"'),
            ("userId != -7", 11, 'write it in double quotes: "-7"'),
            ("(" * 60 + 'type = "a"' + ")" * 60, 52, "more than 50 deep"),
        ],
    )
    def test_a_trap_is_refused_at_its_column_with_what_to_write(
        self, trigger: str, column: int, reason: str
    ) -> None:
        with pytest.raises(TriggerError) as refused:
            compile_trigger(trigger)
        assert reason in refused.value.reason
        assert refused.value.column == column

    def test_the_message_marks_the_column_in_its_line(self) -> None:
        with pytest.raises(TriggerError) as refused:
            compile_trigger('type = "a"\nOR\ttype = "b"')
        assert str(refused.value).splitlines()[1:] == ['    OR type = "b"', "    ^"]

    @pytest.mark.parametrize("dialect", ["strict", "segment"])
    def test_half_a_letter_is_refused_at_its_column_in_either_dialect(self, dialect: Any) -> None:
        with pytest.raises(TriggerError, match="half a letter") as refused:
            compile_trigger('event = "a\ud800"', dialect)
        assert refused.value.column == 11
