"""Each line of the reference on the directives that make objects, by hand."""

import copy
from typing import Any

import pytest

from hubspot_pipeline.mapping import MISSING
from tests.mapping.evaluating import failure_of, path
from tests.mapping.rich_event import NOTHING, TRAITS, evaluate, refused, trait


class TestFlatten:
    @pytest.mark.parametrize(
        ("key", "options", "value"),
        [
            ("deep", {"separator": "."}, {"x.y.0": 1, "x.y.1.z": 2, "w": None}),
            ("deep", {"separator": "__"}, {"x__y__0": 1, "x__y__1__z": 2, "w": None}),
            (
                "deep",
                {"separator": ".", "omitArrays": True},
                {"x.y": [1, {"z": 2}], "x.none": [], "w": None},
            ),
            (
                "deep",
                {"separator": ".", "omitArrays": False},
                {"x.y.0": 1, "x.y.1.z": 2, "w": None},
            ),
            ("list", {"separator": "."}, {"0": 1, "1": None, "2": "x"}),
            ("list", {"separator": ".", "omitArrays": True}, {"": [1, None, "x"]}),
            ("s", {"separator": "."}, {"": "a.b-a.b"}),
            ("zero", {"separator": "."}, {"": 0}),
            ("null", {"separator": "."}, {"": None}),
            ("nothing", {"separator": "."}, {}),
        ],
    )
    def test_it_yields(self, key: str, options: dict[str, Any], value: Any) -> None:
        assert evaluate({"@flatten": {"value": trait(key), **options}}) == value

    def test_empty_objects_and_lists_disappear(self) -> None:
        assert (
            evaluate({"@flatten": {"value": {"a": {}, "b": [], "c": {"d": {}}}, "separator": "."}})
            == {}
        )

    def test_of_keys_that_meet_the_later_wins(self) -> None:
        value = {"a": {"b": 1}, "a.b": 2}
        assert evaluate({"@flatten": {"value": value, "separator": "."}}) == {"a.b": 2}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"value": {}}, "needs 'separator'"),
            ({"separator": "_"}, "needs 'value'"),
            ({"value": {}, "separator": ""}, "separator: must be text, and not empty"),
            ({"value": {}, "separator": 5}, "separator: must be text, and not empty"),
            ({"value": {}, "separator": "_", "omitArrays": 1}, "must be true or false"),
            ({"value": {}, "separator": "_", "omitarrays": True}, "did you mean 'omitArrays'?"),
        ],
    )
    def test_it_refuses(self, options: dict[str, Any], message: str) -> None:
        assert message in refused({"@flatten": options})


class TestMerge:
    @pytest.mark.parametrize(
        ("objects", "right", "left"),
        [
            ([{"a": 1, "b": 2}, {"b": 3}], {"a": 1, "b": 3}, {"a": 1, "b": 2}),
            ([{"a": {"x": 1}}, {"a": {"y": 2}}], {"a": {"y": 2}}, {"a": {"x": 1}}),
            ([{"a": 1}, NOTHING, trait("null"), 5, trait("n")], {"a": 1}, {"a": 1}),
            ([{"a": 1}, True], {"a": 1}, {"a": 1}),
            ([{"1": "kept"}, "xyz"], {"0": "x", "1": "y", "2": "z"},
             {"0": "x", "1": "kept", "2": "z"}),
            ([["a", "b"], ["c"]], {"0": "c", "1": "b"}, {"0": "a", "1": "b"}),
            ([{"a": 1}, {"a": NOTHING}], {}, {"a": 1}),
            ([{"a": NOTHING}, {"a": 1}], {"a": 1}, {}),
            ([{"a": 1}, {"@excludeWhenNull": {"a": NOTHING}}], {}, {"a": 1}),
            ([{"a": 1}, {"@transform": {"apply": {"b": 2}, "mapping": {"a": NOTHING}}}], {},
             {"a": 1}),
            ([{"a": 1}, {"a": None}], {"a": None}, {"a": 1}),
            ([{"a": 1}, {"a": trait("null")}], {"a": None}, {"a": 1}),
            ([trait("object"), {"b": trait("yes")}], {"a": 1, "b": True}, TRAITS["object"]),
            ([], {}, {}),
            ([NOTHING], {}, {}),
            ([trait("word")], dict(zip("012345", "Banana", strict=True)),
             dict(zip("012345", "Banana", strict=True))),
        ],
    )  # fmt: skip
    def test_it_yields(self, objects: list[Any], right: Any, left: Any) -> None:
        assert evaluate({"@merge": {"objects": objects, "direction": "right"}}) == right
        assert evaluate({"@merge": {"objects": objects, "direction": "left"}}) == left

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"objects": []}, "needs 'direction'"),
            ({"direction": "left"}, "needs 'objects'"),
            ({"objects": {}, "direction": "left"}, "objects: must be a list, not an object"),
            ({"objects": [], "direction": "RIGHT"}, "must be 'left' or 'right', not 'RIGHT'"),
            ({"objects": [{"@pth": ""}], "direction": "left"}, "objects.0: unknown directive"),
        ],
    )
    def test_it_refuses(self, options: dict[str, Any], message: str) -> None:
        assert message in refused({"@merge": options})


class TestTransform:
    @pytest.mark.parametrize(
        ("apply", "mapping", "value"),
        [
            ({"a": trait("word")}, {"b": path("$.a")}, {"b": "Banana"}),
            ({"a": trait("word")}, path("$.a"), "Banana"),
            ({"a": trait("word")}, {"@template": "{{a}}!"}, "Banana!"),
            ({"a": trait("word")}, {"b": path("$.userId"), "c": trait("word")}, {}),
            ({"a": NOTHING, "b": trait("null")}, path("$."), {"b": None}),
            ({"a": [NOTHING]}, path("$.a.length"), 1),
            ({}, path("$."), {}),
            (path("$.traits.object"), {"x": path("$.b.d")}, {"x": [None, {"e": None}]}),
            (path("$.traits.word"), {"x": path("$.length")}, {"x": 6}),
            (NOTHING, {"x": path("$.a")}, {}),
            ({"a": 1}, "literal", "literal"),
            ({"a": {"@transform": {"apply": {"b": trait("n")}, "mapping": path("$.b")}}},
             {"c": {"@transform": {"apply": {"d": path("$.a")}, "mapping": path("$.d")}}},
             {"c": 2.5}),
            ({"__segment_internal_directive": {"@transform": {"apply": {"x": trait("n")}}},
              "y": path("$.x")}, path("$.y"), 2.5),
        ],
    )  # fmt: skip
    def test_it_yields(self, apply: Any, mapping: Any, value: Any) -> None:
        assert evaluate({"@transform": {"apply": apply, "mapping": mapping}}) == value

    def test_it_fails_over_an_item_that_is_no_object(self) -> None:
        shape = {"@transform": {"apply": {"a": path("$.sku")}, "mapping": path("$.a")}}
        items = {"properties": {"items": [{"sku": "A"}, "text"]}}
        mapping = {"@arrayPath": ["$.properties.items", {"id": shape}]}
        assert failure_of(mapping, items) == "data must be an object, got string"

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"apply": {}}, "needs 'mapping'"),
            ({"mapping": {}}, "needs 'apply'"),
            ({"apply": "$.a", "mapping": "x"}, "apply: must be an object, not a string"),
            ({"apply": {}, "mapping": ""}, "mapping: must not be ''"),
            ({"apply": {"__segment_internal_directive": 5}, "mapping": "x"},
             "apply.__segment_internal_directive: must be an object with one directive"),
        ],
    )  # fmt: skip
    def test_it_refuses(self, options: dict[str, Any], message: str) -> None:
        assert message in refused({"@transform": options})


class TestExcludeWhenNull:
    @pytest.mark.parametrize(
        ("value", "kept"),
        [
            (trait("null"), MISSING),
            (None, MISSING),
            (NOTHING, MISSING),
            (trait("zero"), 0),
            (trait("empty"), ""),
            (trait("no"), False),
            (trait("object"), {"a": 1, "b": {"d": [None, {"e": None}]}}),
            (trait("list"), [1, None, "x"]),
            ({"a": None, "b": {"c": None}}, {"b": {}}),
            ({"a": trait("null"), "b": NOTHING}, {}),
            ({"a": "null", "b": ": null"}, {"a": "null", "b": ": null"}),
        ],
    )
    def test_it_yields(self, value: Any, kept: Any) -> None:
        assert evaluate({"@excludeWhenNull": value}) == kept

    def test_a_value_that_is_null_takes_its_key_along(self) -> None:
        assert evaluate({"a": {"@excludeWhenNull": trait("null")}, "b": 1}) == {"b": 1}


class TestRootDirective:
    def test_takes_all_other_keys_as_its_mapping(self) -> None:
        mapping = {
            "__segment_internal_directive": {"@transform": {"apply": {"who": trait("word")}}},
            "name": path("$.who"),
            "user": path("$.userId"),
            "__segment_internal_sync_mode": "upsert",
        }
        before = copy.deepcopy(mapping)
        assert evaluate(mapping) == {"name": "Banana", "__segment_internal_sync_mode": "upsert"}
        assert mapping == before

    def test_takes_the_place_of_a_mapping_that_is_written_in_it(self) -> None:
        mapping = {
            "__segment_internal_directive": {
                "@transform": {"apply": {"who": trait("word")}, "mapping": {"lost": 1}}
            },
            "name": path("$.who"),
        }
        assert evaluate(mapping) == {"name": "Banana"}

    def test_is_an_ordinary_key_below_the_root(self) -> None:
        mapping = {"a": {"__segment_internal_directive": trait("n"), "b": 1}}
        assert evaluate(mapping) == {"a": {"__segment_internal_directive": 2.5, "b": 1}}

    @pytest.mark.parametrize(
        ("directive", "message"),
        [
            ({}, "must be an object with one directive and nothing else"),
            ("@transform", "must be an object with one directive and nothing else"),
            ({"@transform": {}, "@merge": {}}, "must be an object with one directive"),
            (
                {"@transform": {"apply": {}}, "_metadata": {}},
                "must be an object with one directive",
            ),
            ({"transform": {}}, "must be an object with one directive and nothing else"),
            ({"@path": "$.a"}, "@path: takes an object here, not a string"),
            ({"@transfrm": {}}, "unknown directive '@transfrm'; did you mean '@transform'?"),
            ({"@case": {"operator": "upper"}}, "unknown option 'mapping'"),
        ],
    )
    def test_is_one_directive_whose_argument_is_an_object(
        self, directive: Any, message: str
    ) -> None:
        assert message in refused({"__segment_internal_directive": directive, "a": 1})

    def test_sync_mode_and_matching_key_are_ordinary_keys(self) -> None:
        mapping = {
            "__segment_internal_sync_mode": "upsert",
            "__segment_internal_matching_key": path("$.userId"),
        }
        assert evaluate(mapping) == {
            "__segment_internal_sync_mode": "upsert",
            "__segment_internal_matching_key": "u1",
        }


class TestNesting:
    def test_any_directive_may_stand_in_any_other(self) -> None:
        mapping = {
            "@json": {
                "mode": "encode",
                "value": {
                    "@flatten": {
                        "separator": "_",
                        "value": {
                            "@merge": {
                                "direction": "right",
                                "objects": [
                                    {"@excludeWhenNull": trait("object")},
                                    {"x": {"@replace": {"pattern": "a", "value": trait("word")}}},
                                    {"y": {"@arrayPath": [trait("items"), {"s": path("$.sku")}]}},
                                    {"z": {"@json": {"mode": "decode", "value": trait("json")}}},
                                ],
                            }
                        },
                    }
                },
            }
        }
        assert evaluate(mapping) == (
            '{"a":1,"b_d_0":null,"b_d_1_e":null,"x":"Bnn","y_0_s":"A","y_1_s":null,"y_4_s":0,'
            '"y_5_s":null,"z_2_0":1e+21,"z_2_1":null,"z_b":1}'
        )

    @pytest.mark.parametrize(
        "name", ["__proto__", "constructor", "toString", "traits.constructor", "traits.s.at"]
    )
    def test_names_that_objects_inherit_in_javascript_are_not_found(self, name: str) -> None:
        assert evaluate(path(f"$.{name}")) is MISSING
        assert evaluate({"@template": f"{{{{{name}}}}}"}) == ""
