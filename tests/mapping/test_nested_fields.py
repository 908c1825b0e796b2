"""Members of objects and items of lists are brought into their own types, or named as wrong."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import Column, Field, compile_mapping, default_mapping, validate

RECORD = Field(
    "record_details",
    "Associated Record Details",
    "object",
    required=True,
    fields=(
        Field("object_type", "Object Type", "string", required=True),
        Field("object_id", "Object ID", "number"),
        Field("email", "Email Address", "string", format="email", default={"@path": "$.email"}),
        Field("tags", "Tags", "string", multiple=True),
        Field("since", "Since", "datetime"),
    ),
)
LINKS = Field(
    "associations",
    "Associations to add",
    "object",
    multiple=True,
    fields=(
        Field("object_type", "To Object Type", "string", required=True),
        Field("id_field_value", "To Object ID Field Value", "string"),
        Field("rank", "Rank", "integer"),
        Field("primary", "Primary", "boolean"),
        Field("more", "More", "object", fields=(Field("note", "Note", "string"),)),
    ),
)


def checked(field: Field, *values: Any) -> list[Any]:
    """For each value its payload, or the reason there is none; undefined and null are None."""
    texts = pa.array([json.dumps(value) for value in values])
    column = Column.of(pa.ExtensionArray.from_storage(pa.json_(), texts))
    answer = validate([field], {field.key: column}, len(values))
    payloads = [text and json.loads(text) for text in answer.payloads[field.key].to_pylist()]
    for error in answer.errors.to_pylist():
        assert error["field"] == field.key
        payloads[error["index"]] = error["reason"]
    return payloads


class TestObjects:
    @pytest.mark.parametrize(
        ("value", "payload"),
        [
            ({"object_type": "contact"}, {"object_type": "contact"}),
            ({"object_type": 5, "object_id": " 12 "}, {"object_type": "5", "object_id": 12}),
            ({"object_type": ["c"], "object_id": [True]}, {"object_type": "c", "object_id": 1}),
            ({"object_type": "c", "unknown": 1, "x": {"y": 2}}, {"object_type": "c"}),
            # null goes; so does an empty text where the type is no text, and stays where it is
            ({"object_type": "c", "object_id": None, "email": None}, {"object_type": "c"}),
            ({"object_type": "c", "object_id": "", "tags": ""}, {"object_type": "c"}),
            ({"object_type": ""}, {"object_type": ""}),
            ({"object_type": [None], "object_id": [None]}, {"object_type": "", "object_id": 0}),
            ({"object_type": "c", "tags": "a"}, {"object_type": "c", "tags": ["a"]}),
            (
                {"object_type": "c", "tags": ["a", 5, None]},
                {"object_type": "c", "tags": ["a", "5"]},
            ),
            ({"object_type": "c", "since": 5}, {"object_type": "c", "since": "5"}),
        ],
    )
    def test_a_member_becomes(self, value: Any, payload: Any) -> None:
        assert checked(RECORD, value, {"object_type": "other"})[0] == payload

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            (None, "Associated Record Details is required"),
            ("", "Associated Record Details is required"),
            ("text", "Associated Record Details must be an object: 'text'"),
            (
                [{"object_type": "c"}],
                'Associated Record Details must be an object: [{"object_type"',
            ),
            ({}, "record_details.object_type is required"),
            ({"object_type": None}, "record_details.object_type is required"),
            ({"object_type": {}}, "record_details.object_type must be text: {}"),
            ({"object_type": "c", "object_id": "x"}, "record_details.object_id must be a number: "),
            ({"object_type": "c", "email": ""}, "record_details.email is not a valid e-mail addre"),
            ({"object_type": "c", "since": ""}, "record_details.since must be a date or time: ''"),
            ({"object_type": "c", "tags": ["a", {}]}, "record_details.tags.1 must be text: {}"),
        ],
    )
    def test_a_member_that_does_not_fit_is_named(self, value: Any, reason: str) -> None:
        wrong, other = checked(RECORD, value, {"object_type": "other"})
        assert wrong.startswith(reason)
        assert other == {"object_type": "other"}

    def test_everything_wrong_with_an_object_is_told(self) -> None:
        (reason,) = checked(RECORD, {"object_id": "x", "email": "no"})
        assert reason == (
            "record_details.object_type is required; "
            "record_details.object_id must be a number: 'x'; "
            "record_details.email is not a valid e-mail address: 'no'"
        )

    def test_structs_are_checked_as_json_is(self) -> None:
        structs = pa.array(
            [{"object_type": "c", "object_id": 5, "x": 1}, {"object_type": None}, None]
        )
        answer = validate([RECORD], {RECORD.key: Column.of(structs)}, 3)
        assert answer.payloads[RECORD.key].to_pylist()[0] == '{"object_type":"c","object_id":5}'
        assert answer.errors["reason"].to_pylist() == [
            "record_details.object_type is required",
            "Associated Record Details is required",
        ]

    def test_defaults_of_members_are_no_part_of_the_default_mapping(self) -> None:
        assert default_mapping([RECORD]) == {}

    def test_an_empty_text_that_the_mapping_does_not_write_is_dropped_in_objects_too(self) -> None:
        members = {"object_type": "c", "email": {"@path": "$.traits.email"}}
        program = compile_mapping({RECORD.key: members})
        events = pa.table({"traits": pa.array([{"email": ""}, {"email": "a@b.co"}])})
        columns = program.evaluate_fields(events, [RECORD.key])
        answer = validate([RECORD], columns, 2)
        assert answer.errors.num_rows == 0
        assert answer.payloads[RECORD.key].to_pylist() == [
            '{"object_type":"c"}',
            '{"object_type":"c","email":"a@b.co"}',
        ]


class TestLists:
    @pytest.mark.parametrize(
        ("value", "payload"),
        [
            (None, None),
            ("", None),
            ([], []),
            ({"object_type": "c"}, [{"object_type": "c"}]),
            # an item that is itself null or empty goes; null inside an item stays, and is coerced
            ([None, {"object_type": "c"}, ""], [{"object_type": "c"}]),
            (
                [{"object_type": None, "id_field_value": None, "rank": None, "primary": None}],
                [{"object_type": "", "id_field_value": "", "rank": 0, "primary": False}],
            ),
            ([{"object_type": "c", "x": 1}], [{"object_type": "c"}]),
            ([{"object_type": 5, "rank": "7.0", "primary": "true"}],
             [{"object_type": "5", "rank": 7, "primary": True}]),
            ([{"object_type": "c", "more": {"note": None, "x": 1}}],
             [{"object_type": "c", "more": {"note": ""}}]),
        ],
    )  # fmt: skip
    def test_a_list_becomes(self, value: Any, payload: Any) -> None:
        assert checked(LINKS, value, {"object_type": "o"}) == [payload, [{"object_type": "o"}]]

    @pytest.mark.parametrize(
        ("value", "reason"),
        [
            ([{}], "associations.0.object_type is required"),
            (5, "associations.0 must be an object: 5"),
            ([[{"object_type": "c"}]], 'associations.0 must be an object: [{"object_type":"c"}]'),
            (
                [{"object_type": "c"}, None, {"object_type": {}, "rank": 1.5}, 7],
                (
                    "associations.1.object_type must be text: {}; "
                    "associations.1.rank must be a whole number: 1.5; "
                    "associations.2 must be an object: 7"
                ),
            ),
            (
                [{"object_type": "c", "rank": "", "primary": ""}],
                (
                    "associations.0.rank must be a whole number: ''; "
                    "associations.0.primary must be true or false: ''"
                ),
            ),
            (
                [{"object_type": "c", "more": None}],
                "associations.0.more must be an object: null",
            ),
            (
                [{"object_type": "c", "more": {"note": [1, 2]}}],
                "associations.0.more.note must be text: [1,2]",
            ),
        ],
    )
    def test_an_item_that_does_not_fit_is_named_by_its_place(self, value: Any, reason: str) -> None:
        assert checked(LINKS, value, {"object_type": "o"}) == [reason, [{"object_type": "o"}]]

    def test_each_row_has_the_reasons_of_its_own_items(self) -> None:
        fine, wrong = [{"object_type": "c"}], [{"object_type": "c"}, {}]
        rows = [fine, wrong, None, [], [{}, {}], fine]
        assert checked(LINKS, *rows) == [
            fine,
            "associations.1.object_type is required",
            None,
            [],
            "associations.0.object_type is required; associations.1.object_type is required",
            fine,
        ]

    def test_lists_of_structs_are_checked_as_json_is(self) -> None:
        links = pa.array(
            [
                [{"object_type": "c", "rank": 1}, None],
                [{"object_type": None, "rank": 2}],
                None,
                [],
            ]
        )
        table = pa.concat_arrays([links, links]).slice(1, 6)
        answer = validate([LINKS], {LINKS.key: Column.of(table)}, 6)
        assert answer.errors.select(["index", "reason"]).to_pylist() == [
            {"index": index, "reason": "associations.0.object_type is required"} for index in (0, 4)
        ]
        payloads = answer.payloads[LINKS.key].to_pylist()
        one = '[{"object_type":"c","rank":1}]'
        assert [payloads[row] for row in (1, 2, 3, 5)] == [None, "[]", one, None]

    @pytest.mark.parametrize(
        ("kind", "value", "payload"),
        [
            ("string", ["", None, "a", [5], [None]], ["", "a", "5", ""]),
            ("number", ["", None, "5", [True], [None]], [5, 1, 0]),
            ("boolean", ["", None, "true", 0], [True, False]),
            ("object", [{}, None, ""], [{}]),
        ],
    )
    def test_items_without_members_become(self, kind: Any, value: Any, payload: Any) -> None:
        assert checked(Field("f", "F", kind, multiple=True), value, [])[0] == payload


def test_an_empty_text_clears_only_where_the_type_is_text() -> None:
    fields = [
        Field("text", "Text", "string"),
        Field("number", "Number", "number"),
        Field("flag", "Flag", "boolean"),
        Field("object", "Object", "object"),
        Field("list", "List", "string", multiple=True),
    ]
    mapping = {field.key: "" for field in fields}
    columns = compile_mapping(mapping).evaluate_fields(pa.table({"userId": ["u"]}), mapping)
    answer = validate(fields, columns, 1)
    assert answer.errors.num_rows == 0
    (payload,) = answer.payloads.to_pylist()
    assert payload == {"text": "", "number": None, "flag": None, "object": None, "list": None}


@pytest.mark.parametrize("field", [RECORD, LINKS, Field("f", "F", "object", multiple=True)])
@pytest.mark.parametrize("kind", [pa.struct([("a", pa.int64())]), pa.list_(pa.string())])
def test_a_column_of_structs_or_lists_may_be_all_missing(field: Field, kind: pa.DataType) -> None:
    answer = validate([field], {field.key: Column.of(pa.nulls(2, kind))}, 2)
    assert answer.payloads[field.key].to_pylist() == [None, None]
    assert answer.payloads[field.key].type == pa.string()
