"""``dialect: segment``: every line of the reference on triggers, and texts of every shape."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubspot_pipeline.mapping import TriggerError, compile_trigger
from tests.mapping import generated
from tests.mapping.reference import segment_triggers
from tests.mapping.test_equivalence import held


def picks(trigger: str, *events: dict[str, Any]) -> list[bool]:
    table = generated.event_array(list(events))
    return compile_trigger(trigger, "segment").mask(table).to_pylist()


def picked_values(trigger: str, values: list[Any]) -> list[Any]:
    """The values of ``properties.x`` with which an event matches; ... stands for none at all."""
    events = [{"properties": {} if value is ... else {"x": value}} for value in values]
    return [
        value for value, is_picked in zip(values, picks(trigger, *events), strict=True) if is_picked
    ]


class TestEvaluation:
    @pytest.mark.parametrize(
        ("trigger", "values", "others"),
        [
            ('properties.x = "1"', ["1"], [1, True, None, "1 ", ...]),
            ('properties.x != "1"', [1, True, None, "2", ...], ["1"]),
            ("properties.x = 5", [5, 5.0], ["5", None, 6, True, ...]),
            ("properties.x = +5", [5], ["+5"]),
            ("properties.x = -2.5", [-2.5], [2.5]),
            ("properties.x != 5", [6, 0], [5, "5", "6", None, True, ...]),
            ("properties.x < 5", [4, -1.5], [5, "4", None, False, ...]),
            ("properties.x <= 5", [5], [6]),
            ("properties.x > 5", [6], [5]),
            ("properties.x >= 5", [5, 6], [4, "6"]),
            ('properties.x > "1.5"', [2], [1, "2"]),
            ('properties.x >= " 0x10 "', [16], [15]),
            ('properties.x > "abc"', [], [1, 0]),
            ("properties.x < true", [0], [1, False]),
            ("properties.x = true", [True], ["true", 1, False, None, ...]),
            ("properties.x = false", [False], ["false", 0, None, ...]),
            ("properties.x != true", [True, False, 1, None, ...], ["true"]),
            ("properties.x != false", [True, False], ["false"]),
            ("properties.x = null", [None, ...], ["", 0, False, "null"]),
            ("properties.x != null", ["", 0, False, []], [None, ...]),
            ("properties.x < null", [], [0, 1, None]),
            ("properties.x = hello", ["hello"], ["Hello", None, ...]),
            ('contains(properties.x, "b")', ["abc", "b"], ["a", "B", None, 5, ["b"], ...]),
            ('!contains(properties.x, "b")', ["a", "", "B"], ["abc", None, 5, ...]),
            ("contains(properties.x, b)", ["abc"], ["a"]),
            ("contains(properties.x, 5)", ["a5"], [5]),
            ("contains(properties.x, null)", ["a null"], [None]),
            ('match(properties.x, "ab*")', ["ab", "abc"], ["cab", "A", None, ...]),
            ('match(properties.x, "*ab")', ["ab", "cab"], ["abc", None, ...]),
            ('match(properties.x, "xrder")', ["Order", "rder"], ["xrd", "Orders"]),
            ('match(properties.x, "*rde*")', ["*rdex"], ["order", "Order"]),
            ('match(properties.x, "*")', ["", "x"], [None, 5, ...]),
            ('match(properties.x, "")', ["", "x"], [None]),
            ("match(properties.x, xab)", ["cab"], ["x"]),
            ("match(properties.x, true)", ["rue"], [True]),
            ('match(properties.x, "😀b")', ["a😀b"], ["ab"]),
            ('!match(properties.x, "ab*")', ["cab", ""], ["abc", None, 5, ...]),
        ],
    )  # fmt: skip
    def test_a_condition_holds_for_some_values_and_not_for_others(
        self, trigger: str, values: list[Any], others: list[Any]
    ) -> None:
        assert picked_values(trigger, values) == values
        assert picked_values(trigger, others) == []

    @pytest.mark.parametrize(
        ("trigger", "event", "expected"),
        [
            ("type = null", {}, False),
            ("type = null", {"type": "null"}, True),
            ("type != null", {}, True),
            ("event = null", {"event": None}, False),
            ("event != null", {"event": None}, True),
            ("userId = null", {}, True),
            ("userId != null", {"userId": None}, False),
            ("name = null", {"name": ""}, False),
            ("name != null", {"name": ""}, True),
            ("event = 5", {"event": "5"}, True),
            ("event = 5.0", {"event": "5"}, True),
            ("event = 5", {"event": 5}, False),
            ("userId = 5", {"userId": 5}, False),
            ("name != 5", {"name": 5}, True),
            ("name = 1e21", {"name": "1e21"}, False),
            ("userId = true", {"userId": True}, True),
            ("userId != true", {"userId": True}, True),
            ("name = true", {"name": True}, False),
            ("name = true", {"name": "true"}, True),
            ("event = false", {"event": "false"}, True),
            ("event < 5", {"event": 4}, True),
            ("traits.b = 5", {"traits": {"b": 5}}, True),
            ('context.page.path = "/"', {"context": {"page": {"path": "/"}}}, True),
            ('contains(userId, "a")', {"userId": "ab"}, True),
            ('match(name, "a*")', {"name": "ab"}, True),
            ('contains(traits.b, "a")', {"traits": {"b": "ab"}}, True),
            ('contains(context.b, "a")', {"context": {"b": "ab"}}, True),
        ],
    )
    def test_fields_beside_the_documents_compare_as_text(
        self, trigger: str, event: dict[str, Any], expected: bool
    ) -> None:
        assert picks(trigger, event) == [expected]

    def test_a_lookup_stops_at_a_falsy_value(self) -> None:
        event = {"properties": {"a": 0, "b": None}, "traits": ""}
        assert picks("properties.a.b = 0", event) == [True]
        assert picks("properties.b.c = null", event) == [True]
        assert picks('traits.x = ""', event) == [True]

    def test_an_event_that_is_null_matches_nothing_that_asks_for_a_value(self) -> None:
        events = pa.ExtensionArray.from_storage(pa.json_(), pa.array(["null"]))
        assert compile_trigger('type = "a"', "segment").mask(events).to_pylist() == [False]


A, B, C = {"type": "a"}, {"type": "x", "event": "b"}, {"type": "x", "event": "c", "userId": "u"}
TRACK = {"type": "track", "event": "Order", "anonymousId": "1", "properties": {"arr": [{"k": 1}]}}


class TestStructure:
    @pytest.mark.parametrize(
        ("trigger", "same_as"),
        [
            # The last joiner of a level holds for all of it.
            ('type = "a" and event = "b" or event = "c"', "any"),
            ('type = "a" or event = "b" and event = "c"', "all"),
            ('type = "a" or event = "b" or event = "c" and', "all"),
            ('and type = "a" event = "b" or event = "c"', "any"),
            # Capitals and whatever else stands between conditions are nothing.
            ('type = "a" OR event = "b" OR event = "c"', "all"),
            ('type = "a" And event = "b", event = "c"', "all"),
            ('type = "a" event = "b" event = "c"', "all"),
            ('type = "a", event = "b" or event = "c"', "any"),
            ('not type = "a" or event = "b" or event = "c"', "any"),
            # Unknown fields vanish.
            ('anonymousId = "zz" or type = "a" or event = "b" or event = "c"', "any"),
            ('type = "a" or messageId = 5 or event = "b" or message_id = 5 or event = "c"', "any"),
            ('type = "a" or contains(type, "zz") or event = "b" or event = "c"', "any"),
            ('type = "a" or contains(anonymousId, "zz") or event = "b" or event = "c"', "any"),
            # A key below a field that holds none is dropped.
            ('type.foo = "a" or event = "b" or event.type = "c"', "any"),
            # Parentheses.
            ('type = "a" or (event = "b" or event = "c")', "any"),
            ('type = "a" or !(event = "b" or event = "c")', "any"),
            ('type = "a" or event = "b" or event = "c")', "any"),
            ('(type = "a") or (event = "b") or (event = "c")', "any"),
            ('type = "a" and (contains(event, "b") or contains(event, "c"))', "any"),
            ('type = "a" or (event = "b" or contains(event, "c"))', "any"),
        ],
    )  # fmt: skip
    def test_a_text_means_all_or_any_of_its_conditions(self, trigger: str, same_as: str) -> None:
        expected = [True, True, True, False] if same_as == "any" else [False] * 4
        assert picks(trigger, A, B, C, {"type": "x"}) == expected

    @pytest.mark.parametrize(
        ("trigger", "expected"),
        [
            ('type = "track" and anonymousId = "zzz"', True),
            ('event contains "rde"', True),
            ('event not_contains "rde"', False),
            ('event starts_with "Or"', True),
            ('event ends_with "er"', True),
            ("event exists x", True),
            ("userId not_exists x", True),
            ("properties.arr is_true x", False),
            ("properties.arr.length number_equals 1", True),
            ('event in "Order"', False),
            ('event is "Order"', False),
            ("event = Order", True),
            ("type =", False),
            ("properties.arr.0.k = 1", False),
            ("properties.arr\\[0\\].k = 1", True),
            ("properties.and = 1", False),
            ('contains(event, "rd"', True),
            ('contains(eventual, "x") or contains(event, "rd")', True),
            ('contains(propertiesX, "a") or event = "Order"', True),
        ],
    )
    def test_a_text_as_the_original_takes_it(self, trigger: str, expected: bool) -> None:
        assert picks(trigger, TRACK) == [expected]

    def test_a_trigger_without_a_value_compares_with_the_end(self) -> None:
        assert picks("type =", {"type": "eos"}) == [True]

    @pytest.mark.parametrize(
        ("trigger", "column", "reason"),
        [
            ('((type = "a"))', 2, "one level of them"),
            ('type = "a" and (event = "b"', 16, "one level of them"),
            ('type = "track" and ()', 20, "no condition in these parentheses"),
            ('type = "track" and (anonymousId = "x")', 20, "no condition in these parentheses"),
            ('anonymousId = "x"', 1, "there is no condition here"),
            ('contains(type, "a")', 1, "there is no condition here"),
            ("OR", 1, "there is no condition here"),
            ("", 1, "there is no condition here"),
            ("type", 1, "write what type is to be"),
            ("contains(event", 1, 'write contains(event, "text")'),
            ("(match(event))", 2, 'write match(event, "text")'),
            ('type = "a" and properties\\.\\. = 1', 16, "write which of the properties"),
            ('! contains(event, "a")', 1, "write a space after '!='"),
            ('type = "a', 8, "this text is not closed"),
            ("type = 'a", 8, "this text is not closed"),
            ('event !="a"', 7, "write a space after '!='"),
            ('event!="a"', 6, "write a space after '!='"),
            ("properties.a!=2", 13, "write a space after '!='"),
            ("properties.a>1", 13, "a word ends before '>'"),
            ('type\r= "a"', 5, "a word ends before '\\r'"),
            ('type = "a" \r', 12, "a carriage return is no space"),
            ("properties.x = 1.", 16, "numbers are written like"),
            ("properties.x = 1.2.3", 16, "numbers are written like"),
            ("properties.x ~ 1", 14, "'~' has no meaning here"),
            ("match(event, ab*)", 16, "a word ends before '*'"),
            ("properties.arr[0].k = 1", 15, "a word ends before '['"),
            ("type = b\\", 9, "a word ends before '\\\\'"),
            ("type = \\", 8, "a backslash stands before another character"),
        ],
    )
    def test_what_the_original_cannot_read_is_refused_at_its_column(
        self, trigger: str, column: int, reason: str
    ) -> None:
        with pytest.raises(TriggerError) as refused:
            compile_trigger(trigger, "segment")
        assert reason in refused.value.reason
        assert refused.value.column == column


class TestLexing:
    @pytest.mark.parametrize(
        ("trigger", "event", "expected"),
        [
            ("type = 'a'", A, False),
            ("type = 'a'", {"type": "'a'"}, True),
            ('type = "a\\"b" or event = "b"', {"type": "a\\"}, True),
            ('type="track"and event="x"', TRACK, True),
            ('type="track"and event="x"', {"type": "x", "event": "x"}, False),
            ('type = "a"\r\nand event = "b" ', A, True),
            ("properties.a >=1", {"properties": {"a": 2}}, False),
            ("properties.a <=5", {"properties": {"a": 2}}, False),
            ("properties.a <5", {"properties": {"a": 2}}, True),
            ("properties.a >\n5", {"properties": {"a": 6}}, True),
            ('type="a"', A, True),
            ('\ttype\n=\n"a"\n', A, True),
            ("properties.a\\ b = 1", {"properties": {"a b": 1}}, True),
            ("properties.a\\.b = 1", {"properties": {"a": {"b": 1}}}, True),
            ("properties.a\\.b = 1", {"properties": {"a.b": 1}}, False),
            ("properties.a-b_1 = 1", {"properties": {"a-b_1": 1}}, True),
            ("properties._a = 1", {"properties": {"_a": 1}}, True),
            ("properties . a = 1", {"properties": {"a": 1}}, True),
            ("properties.or = 1", {"properties": {"or": 1}}, False),
            ("properties.\\or = 1", {"properties": {"or": 1}}, True),
            ("properties = 1", {"properties": {"properties": 1}}, True),
            ("properties.x = .5", {"properties": {"x": 0.5}}, False),
            ("properties.x = 1e5", {"properties": {"x": 1}}, True),
            ("properties.x = 1e5", {"properties": {"x": 1e5}}, False),
            ("properties.x = +", {"properties": {"x": 0}}, False),
            ("properties.x != -", {"properties": {"x": 0}}, True),
            # Looking for "and" and "null" at the end of the text loses what it looked at.
            ("type = ab", {"type": "a"}, True),
            ("type = ab ", {"type": "ab"}, True),
            ("type = nul", {"type": "n"}, True),
            ("type = none", {"type": "none"}, True),
        ],
    )
    def test_letters_make_the_tokens_the_original_makes(
        self, trigger: str, event: dict[str, Any], expected: bool
    ) -> None:
        assert picks(trigger, event) == [expected]


# --- texts of every shape -------------------------------------------------------------------------

FIELDS = [
    "type", "event", "name", "userId", "properties.a", "traits.b", "context.a.b", "properties",
    "properties.a.b", "anonymousId", "event.type", "propertiesX", "traits.a[0]", "properties.\\and",
    "properties.null",
]  # fmt: skip
OPERATORS = ["=", "!=", "<", "<=", ">", ">=", "!", "exists", "starts_with", "number_equals", "in"]
VALUES = [
    '"a"', '"x*"', '"*x"', '""', "'a'", "5", "-5", "+", "1.5", "1.", ".5", "1e5", "0", "true",
    "false", "null", "a", "ab", "nul", "eos", "_x", "\\ ", "\\", '"', "'",
]  # fmt: skip
JOINERS = [
    "and",
    "or",
    "OR",
    ",",
    "(",
    ")",
    "!contains(",
    "contains(",
    "match(",
    "[",
    "]",
    ".",
    "~",
    "\r",
]
JOINTS = [" and ", " or ", " OR ", ", ", " "]
pieces = st.sampled_from(FIELDS + OPERATORS + VALUES + JOINERS)
soups = st.lists(
    st.tuples(pieces, st.sampled_from([" ", " ", " ", "", "\n", "\t"])).map("".join), max_size=10
).map("".join)
comparisons = st.tuples(
    st.sampled_from(FIELDS), st.sampled_from(OPERATORS), st.sampled_from(VALUES)
).map(" ".join)
calls = st.builds(
    lambda name, field, value: f"{name}({field}, {value})",
    st.sampled_from(["contains", "match", "!contains", "!match"]),
    st.sampled_from(FIELDS),
    st.sampled_from(VALUES),
)
levels = st.lists(
    st.tuples(comparisons | calls, st.sampled_from([" and ", " or ", " OR ", ", ", " "])).map(
        "".join
    ),
    min_size=1,
    max_size=3,
).map("".join)
well_formed = st.lists(
    levels | levels.map("({}) ".format) | levels.map("and ({}) ".format), min_size=1, max_size=3
).map("".join)


@held
@given(soups | well_formed, st.lists(generated.events, max_size=3), generated.struct_events())
def test_a_text_picks_the_events_the_interpreter_picks(
    text: str, events: list[Any], events_and_table: tuple[list[Any], pa.Table]
) -> None:
    try:
        condition = segment_triggers.parse(text)
    except segment_triggers.Unreadable:
        with pytest.raises(TriggerError):
            compile_trigger(text, "segment")
        return
    trigger = compile_trigger(text, "segment")
    for rows, table in ((events, generated.json_table(events)), events_and_table):
        expected = [segment_triggers.matches(condition, event) for event in rows]
        assert trigger.mask(table).to_pylist() == expected


@held
@given(soups | well_formed, st.lists(generated.events, min_size=1, max_size=3))
def test_what_the_strict_dialect_accepts_means_the_same_to_the_original(
    text: str, events: list[Any]
) -> None:
    assume("(" not in text.replace("contains(", "").replace("match(", ""))
    try:
        strict = compile_trigger(text)
    except TriggerError:
        return
    condition = segment_triggers.parse(text)
    expected = [segment_triggers.matches(condition, event) for event in events]
    assert strict.mask(generated.json_table(events)).to_pylist() == expected


@held
@given(st.text(alphabet="abnd orul=!<>()\"',.[]\\-+1 \t\n\r😀é", max_size=12))
def test_no_text_ends_in_another_error(text: str) -> None:
    for dialect in ("strict", "segment"):
        with contextlib.suppress(TriggerError):
            compile_trigger(text, dialect)


def test_documents_in_json_text_are_read_only_where_plain_columns_leave_rows() -> None:
    table = pa.table(
        {
            "type": ["track", "track", "page", None],
            "properties": pa.ExtensionArray.from_storage(
                pa.json_(), pa.array([json.dumps({"x": x}) for x in (1, 2, 2, 2)])
            ),
        }
    )
    for trigger, expected in (
        ('type = "track" and properties.x = 2', [False, True, False, False]),
        ('properties.x = 2 and type != "track"', [False, False, True, True]),
        ('type = "none" and properties.x = 2', [False] * 4),
        ('type = "page" or properties.x = 1', [True, False, True, False]),
    ):
        assert compile_trigger(trigger).mask(table).to_pylist() == expected
