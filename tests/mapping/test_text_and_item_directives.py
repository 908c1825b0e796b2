"""Each line of the reference on ``@replace``, ``@arrayPath`` and ``@json``, by hand."""

import copy
from typing import Any

import pytest

from hubspot_pipeline.mapping import MISSING, compile_mapping
from tests.mapping.evaluating import path
from tests.mapping.rich_event import NOTHING, TRAITS, evaluate, refused, trait


class TestReplace:
    @pytest.mark.parametrize(
        ("key", "options", "value"),
        [
            ("s", {"pattern": "."}, "ab-ab"),
            ("s", {"pattern": ".", "replacement": "_"}, "a_b-a_b"),
            ("s", {"pattern": ".", "replacement": "_", "global": False}, "a_b-a.b"),
            ("s", {"pattern": ".", "replacement": "_", "global": True}, "a_b-a_b"),
            ("s", {"pattern": "a.b-a.b"}, ""),
            ("s", {"pattern": "[ab]"}, "a.b-a.b"),
            ("s", {"pattern": "A"}, "a.b-a.b"),
            ("s", {"pattern": "A", "replacement": "x", "ignorecase": True}, "x.b-x.b"),
            ("s", {"pattern": "A", "replacement": "x", "ignorecase": False}, "a.b-a.b"),
            ("word", {"pattern": "AN", "ignorecase": True, "global": False}, "Bana"),
            ("word", {"pattern": "ana", "replacement": "x"}, "Bxna"),
            ("ß", {"pattern": "SS", "ignorecase": True}, "Straße"),
            ("ß", {"pattern": "ß", "replacement": "ss"}, "Strasse"),
            # the second pair works on what the first has made
            ("s", {"pattern": "a", "replacement": "b", "pattern2": "b", "replacement2": "c"},
             "c.c-c.c"),
            ("s", {"pattern": "a", "replacement": "b", "pattern2": "b"}, ".-."),
            ("s", {"pattern": "a", "pattern2": ""}, ".b-.b"),
            ("s", {"pattern": "a", "replacement2": "x"}, ".b-.b"),
            ("s", {"pattern": "A", "pattern2": "B", "ignorecase": True, "global": False},
             ".-a.b"),
            # the replacement's own meanings
            ("word", {"pattern": "nan", "replacement": "[$&]"}, "Ba[nan]a"),
            ("word", {"pattern": "nan", "replacement": "[$`]"}, "Ba[Ba]a"),
            ("word", {"pattern": "nan", "replacement": "[$']"}, "Ba[a]a"),
            ("word", {"pattern": "nan", "replacement": "$$"}, "Ba$a"),
            ("word", {"pattern": "nan", "replacement": "$1$"}, "Ba$1$a"),
            ("word", {"pattern": "nan", "replacement": "\\0\\n"}, "Ba\\0\\na"),
            ("word", {"pattern": "A", "replacement": "[$&]", "ignorecase": True},
             "B[a]n[a]n[a]"),
            ("word", {"pattern": "a", "replacement": "[$`]"}, "B[B]n[Ban]n[Banan]"),
            # numbers and booleans count as their text
            ("one", {"pattern": "1", "replacement": "one"}, "one"),
            ("n", {"pattern": ".", "replacement": ","}, "2,5"),
            ("huge", {"pattern": "+"}, "1e21"),
            ("big", {"pattern": "000", "replacement": "k"}, "12345678901234567k"),
            ("zero", {"pattern": "0", "replacement": "none"}, "none"),
            ("yes", {"pattern": "true", "replacement": "1"}, "1"),
            ("no", {"pattern": "false", "replacement": "0"}, "0"),
            # and everything else is an empty text
            ("nothing", {"pattern": "a"}, ""),
            ("null", {"pattern": "a"}, ""),
            ("list", {"pattern": "a"}, ""),
            ("object", {"pattern": "a"}, ""),
            ("empty", {"pattern": "a"}, ""),
        ],
    )  # fmt: skip
    def test_it_yields(self, key: str, options: dict[str, Any], value: str) -> None:
        assert evaluate({"@replace": {**options, "value": trait(key)}}) == value

    def test_a_missing_value_keeps_its_key(self) -> None:
        assert evaluate({"a": {"@replace": {"pattern": "x", "value": NOTHING}}}) == {"a": ""}

    def test_an_empty_or_missing_literal_is_undefined(self) -> None:
        assert evaluate({"@replace": {"pattern": "x", "value": ""}}) is MISSING
        assert evaluate({"@replace": {"pattern": "x"}}) is MISSING

    def test_a_literal_text_is_replaced_too(self) -> None:
        assert evaluate({"@replace": {"pattern": "x", "value": "axb"}}) == "ab"

    @pytest.mark.parametrize("options", [{"global": None}, {"ignorecase": None}])
    def test_null_is_as_good_as_no_switch(self, options: dict[str, Any]) -> None:
        assert evaluate({"@replace": {"pattern": "a", "value": "aAa", **options}}) == "A"

    def test_it_leaves_the_mapping_object_alone(self) -> None:
        mapping = {"@replace": {"pattern": "a", "value": trait("s")}}
        before = copy.deepcopy(mapping)
        compile_mapping(mapping)
        assert mapping == before

    @pytest.mark.parametrize("length", [1, 10])
    def test_a_pattern_may_have_up_to_ten_characters(self, length: int) -> None:
        text = "x" * length
        assert evaluate({"@replace": {"pattern": text, "value": text}}) == ""

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({}, "needs 'pattern'"),
            ({"pattern": ""}, "pattern: must have 1 to 10 characters, not 0"),
            ({"pattern": "x" * 11}, "pattern: must have 1 to 10 characters, not 11"),
            ({"pattern": "😀" * 6}, "not 12"),
            ({"pattern": 5}, "pattern: must be text, not a number"),
            ({"pattern": "x", "replacement": "y" * 11}, "must have 0 to 10 characters, not 11"),
            ({"pattern": "x", "replacement": None}, "replacement: must be text, not null"),
            ({"pattern": "x", "pattern2": "y" * 11}, "pattern2: must have 0 to 10"),
            ({"pattern": "x", "replacement2": 1}, "replacement2: must be text"),
            ({"pattern": "x", "value": 5}, "value: must be text or a directive, not a number"),
            ({"pattern": "x", "value": ["a"]}, "value: must be text or a directive, not a list"),
            ({"pattern": "x", "global": "yes"}, "global: must be true or false"),
            ({"pattern": "x", "ignoreCase": True}, "did you mean 'ignorecase'?"),
        ],
    )
    def test_it_refuses(self, options: dict[str, Any], message: str) -> None:
        assert message in refused({"@replace": options})


class TestArrayPath:
    ITEMS = "$.traits.items"

    @pytest.mark.parametrize(
        ("argument", "value"),
        [
            ([ITEMS, {"id": path("$.sku")}],
             [{"id": "A"}, {"id": None}, {}, {}, {"id": 0}, {"id": None}]),
            ([ITEMS, {"id": path("$.sku"), "user": path("$.userId"), "kind": "item"}],
             [{"id": "A", "kind": "item"}, {"id": None, "kind": "item"}, {"kind": "item"},
              {"kind": "item"}, {"id": 0, "user": 0, "kind": "item"},
              {"id": None, "user": None, "kind": "item"}]),
            (["$.traits.object", {"x": path("$.a")}], [{"x": 1}]),
            ([ITEMS, {"whole": path("$.")}],
             [{"whole": item} for item in TRAITS["items"]]),
            # without a shape, an empty one, or one that is no object: the value as it is
            ([ITEMS], TRAITS["items"]),
            ([ITEMS, {}], TRAITS["items"]),
            ([ITEMS, None], TRAITS["items"]),
            ([ITEMS, "$.sku"], TRAITS["items"]),
            ([ITEMS, [path("$.sku")]], TRAITS["items"]),
            # and where there is neither list nor object
            (["$.traits.s", {"x": path("$.a")}], TRAITS["s"]),
            (["$.traits.zero", {"x": path("$.a")}], 0),
            (["$.traits.null", {"x": path("$.a")}], None),
            (["$.traits.nothing", {"x": path("$.a")}], MISSING),
            # the path may be a directive, whose value is the list itself
            ([path(ITEMS), {"id": path("$.price")}],
             [{"id": 5}, {}, {}, {}, {"id": 0}, {"id": None}]),
            ([trait("path"), {"id": path("$.sku")}], "$.traits.items"),
            ([path(trait("path")), path("$.sku")],
             ["A", None, None, None, 0, None]),
            # shapes in shapes
            ([ITEMS, {"sizes": {"@arrayPath": ["$.sizes", {"size": path("$.n")}]}}],
             [{"sizes": [{"size": 1}, {"size": 2}]}, {}, {}, {}, {"sizes": 0}, {"sizes": None}]),
            ([ITEMS, {"@template": "{{sku}}!"}], ["A!", "!", "!", "!", "0!", "!"]),
            (["", {"id": path("$.userId")}], [{"id": "u1"}]),
        ],
    )  # fmt: skip
    def test_it_yields(self, argument: list[Any], value: Any) -> None:
        assert evaluate({"@arrayPath": argument}) == value

    def test_an_empty_list_stays_one(self) -> None:
        event = {"properties": {"items": []}}
        assert evaluate({"@arrayPath": ["$.properties.items", {"a": path("$.b")}]}, event) == []

    @pytest.mark.parametrize(
        ("argument", "message"),
        [
            ("$.a", "takes a list of a path and, at most, a shape, not a string"),
            ([], "not a list of 0"),
            (["$.a", {}, {}], "not a list of 3"),
            ([5], "0: must be a path or a directive, not a number"),
            ([{"a": "$.b"}], "0: must be a path or a directive, not an object"),
            (["$.a", {"x": {"@pth": "$.b"}}], "1.x: unknown directive '@pth'"),
        ],
    )
    def test_it_refuses(self, argument: Any, message: str) -> None:
        assert message in refused({"@arrayPath": argument})


class TestJson:
    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("null", "null"),
            ("one", "1"),
            ("huge", "1e+21"),
            ("big", "12345678901234567000"),
            ("yes", "true"),
            ("s", '"a.b-a.b"'),
            ("ß", '"Straße"'),
            ("text json", '"\\"quoted\\""'),
            ("list", '[1,null,"x"]'),
            ("numbered", '{"2":3,"10":2,"b":1,"a":{"0":5,"1":4},"01":6}'),
            ("nothing", MISSING),
        ],
    )
    def test_encode_yields(self, key: str, text: Any) -> None:
        assert evaluate({"@json": {"mode": "encode", "value": trait(key)}}) == text

    def test_encode_drops_the_key_of_a_missing_value_and_keeps_nulls(self) -> None:
        value = {"a": NOTHING, "b": trait("null"), "c": [NOTHING]}
        encoded = {"@json": {"mode": "encode", "value": value}}
        assert evaluate({"x": encoded}) == {"x": '{"b":null,"c":[null]}'}
        missing = {"@json": {"mode": "encode", "value": NOTHING}}
        assert evaluate({"x": missing}) == {}

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("json", {"b": 1, "2": [1e21, None]}),
            ("bad json", "{b: 1}"),
            ("text json", "quoted"),
            ("s", "a.b-a.b"),
            ("empty", ""),
            ("one", 1),
            ("yes", True),
            ("null", None),
            ("list", [1, None, "x"]),
            ("object", TRAITS["object"]),
            ("nothing", MISSING),
        ],
    )
    def test_decode_yields(self, key: str, value: Any) -> None:
        assert evaluate({"@json": {"mode": "decode", "value": trait(key)}}) == value

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"mode": "encode"}, "needs 'value'"),
            ({"value": "a"}, "needs 'mode'"),
            ({"mode": "Encode", "value": "a"}, "did you mean 'encode'?"),
            ({"mode": "stringify", "value": "a"}, "must be 'encode' or 'decode'"),
            ({"mode": "encode", "value": 0}, "value: must not be 0"),
            ({"mode": "encode", "value": ""}, "value: must not be ''"),
            ({"mode": "encode", "value": False}, "value: must not be False"),
            ({"mode": "decode", "value": None}, "value: must not be None"),
        ],
    )
    def test_it_refuses(self, options: dict[str, Any], message: str) -> None:
        assert message in refused({"@json": options})

    @pytest.mark.parametrize("value", [[], {}])
    def test_an_empty_list_and_object_are_no_falsy_values(self, value: Any) -> None:
        assert evaluate({"@json": {"mode": "decode", "value": value}}) == value
