"""Fields: each value is brought into its field's type, or its row is rejected with a reason."""

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.mapping import Column, Field, compile_mapping, default_mapping, validate
from hubspot_pipeline.mapping.validation import Validated
from tests.mapping import generated
from tests.mapping.reference.fields import field_value
from tests.mapping.reference.javascript import UNDEFINED, Failed, same_text

EMAIL = Field("email", "Email", "string", required=True, format="email")
ABSENT = object()


def validated(field: Field, *values: Any) -> Validated:
    """One field's validation of values of any type; ABSENT for undefined."""
    texts = [None if value is ABSENT else json.dumps(value) for value in values]
    array = pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts, pa.string()))
    return validate([field], {field.key: Column.of(array)}, len(values))


def outcome(field: Field, value: Any) -> Any:
    """The payload's value, or the reason there is none."""
    # The second row keeps the column mixed, whatever the value.
    answer = validated(field, value, {"mixed": True})
    reasons = dict(
        zip(*answer.errors.select(["index", "reason"]).to_pydict().values(), strict=True)
    )
    return reasons.get(0, answer.payloads[field.key][0].as_py())


class TestCoercion:
    @pytest.mark.parametrize(
        ("kind", "value", "answer"),
        [
            ("string", "a", "a"),
            ("string", 802, "802"),
            ("string", 1e21, "1e+21"),
            ("string", -0.0, "0"),
            ("string", 1.0, "1"),
            ("string", True, "true"),
            ("string", [5], "5"),
            ("string", ["x"], "x"),
            ("string", None, None),
            ("string", [None], None),
            ("string", "", None),
            ("text", 1.5, "1.5"),
            ("number", " 7 ", 7.0),
            ("number", "1e3", 1000.0),
            ("number", "0x10", 16.0),
            ("number", "+4", 4.0),
            ("number", ".5", 0.5),
            ("number", True, 1.0),
            ("number", False, 0.0),
            ("number", ["3"], 3.0),
            ("number", "  ", 0.0),
            ("number", "0b11", 3.0),
            ("number", "0o17", 15.0),
            ("number", "5.", 5.0),
            ("number", "-0", 0.0),
            ("number", "\u00a07\ufeff", 7.0),
            ("number", "1e-400", 0.0),
            ("number", 1e300, 1e300),
            ("number", [None], 0.0),
            ("number", None, None),
            ("number", "", None),
            ("integer", "0x1F", 31),
            ("integer", [None], 0),
            ("integer", "1e3", 1000),
            ("boolean", [None], False),
            ("boolean", ["false"], False),
            ("boolean", -0.0, False),
            ("boolean", "", None),
            ("datetime", "", None),
            ("datetime", [5], "5"),
            ("datetime", 1.5, "1.5"),
            ("object", {}, "{}"),
            ("object", "", None),
            ("object", None, None),
            ("string", "  ", "  "),
            ("string", [False], "false"),
            ("string", [""], None),
            ("integer", "5.0", 5),
            ("integer", 5.0, 5),
            ("integer", True, 1),
            ("boolean", "true", True),
            ("boolean", "false", False),
            ("boolean", 1, True),
            ("boolean", 0, False),
            ("boolean", [True], True),
            ("datetime", "2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
            ("datetime", 1700000000000, "1700000000000"),
            ("object", {"a": 1.0, "b": None, "c": ""}, '{"a":1,"b":null,"c":""}'),
        ],
    )
    def test_a_value_that_fits_becomes(self, kind: Any, value: Any, answer: Any) -> None:
        given_back = outcome(Field("f", "F", kind), value)
        assert given_back == answer
        assert type(given_back) is type(answer)

    @pytest.mark.parametrize(
        ("kind", "value", "reason"),
        [
            ("string", [1, 2], "F must be text: [1,2]"),
            ("string", [], "F must be text: []"),
            ("string", [[5]], "F must be text: [[5]]"),
            ("string", {"a": 1}, 'F must be text: {"a":1}'),
            ("number", "abc", "F must be a number: 'abc'"),
            ("number", "Infinity", "F must be a number: 'Infinity'"),
            ("number", "1_0", "F must be a number: '1_0'"),
            ("number", {}, "F must be a number: {}"),
            ("number", [], "F must be a number: []"),
            ("number", [""], "F must be a number: ''"),
            ("number", [[5]], "F must be a number: [[5]]"),
            ("number", ["1", "2"], 'F must be a number: ["1","2"]'),
            ("number", "-0x10", "F must be a number: '-0x10'"),
            ("number", "1e400", "F must be a number: '1e400'"),
            ("number", "5 6", "F must be a number: '5 6'"),
            ("number", "\u0663", "F must be a number: '\u0663'"),
            ("integer", ".5", "F must be a whole number: '.5'"),
            ("integer", [5.5], "F must be a whole number: 5.5"),
            ("boolean", [1, 0], "F must be true or false: [1,0]"),
            ("boolean", "  ", "F must be true or false: '  '"),
            ("boolean", {}, "F must be true or false: {}"),
            ("object", [None], "F must be an object: [null]"),
            ("object", 0, "F must be an object: 0"),
            ("integer", 5.5, "F must be a whole number: 5.5"),
            ("integer", "5.5", "F must be a whole number: '5.5'"),
            ("integer", 1e30, "F must be a whole number: 1e+30"),
            ("boolean", "TRUE", "F must be true or false: 'TRUE'"),
            ("boolean", "yes", "F must be true or false: 'yes'"),
            ("boolean", "1", "F must be true or false: '1'"),
            ("boolean", 2, "F must be true or false: 2"),
            ("datetime", True, "F must be a date or time: true"),
            ("datetime", "soon", "F must be a date or time: 'soon'"),
            ("object", "{}", "F must be an object: '{}'"),
            ("object", [{}], "F must be an object: [{}]"),
        ],
    )
    def test_a_value_that_does_not_fit_is_refused_with(
        self, kind: Any, value: Any, reason: str
    ) -> None:
        assert outcome(Field("f", "F", kind), value) == reason


class TestEmail:
    @pytest.mark.parametrize(
        "address",
        ["a@b.c", "A.b+c@Ex-ample.CO.uk", "a/b@x.com", "a?b@x.com", "a#b@x.com", "a%b'c@x.com",
         "x" * 300 + "@example.com"],
    )  # fmt: skip
    def test_an_address_is_accepted(self, address: str) -> None:
        assert outcome(EMAIL, address) == address

    @pytest.mark.parametrize(
        "address",
        ["a@b", "a@localhost", " a@b.c", "a@b.c ", "a@b.c\n", "a..b@c.de", ".a@b.c", "a@b_c.de",
         "ä@b.de", "a@bü.de", '"a b"@c.de', "a@-b.de", "a@b-.de", "a@b..de", "@b.de", "ſ@b.de",
         "a@b.\u212a", 5, True],
    )  # fmt: skip
    def test_an_address_is_refused(self, address: Any) -> None:
        assert outcome(EMAIL, address).startswith("Email is not a valid e-mail address: ")

    @pytest.mark.parametrize("value", [ABSENT, None, "", [], [None], {}])
    def test_a_required_field_must_be_given(self, value: Any) -> None:
        reasons = {list: "Email must be text: []", dict: "Email must be text: {}"}
        given_back = validated(EMAIL, value).errors.to_pylist()[0]["reason"]
        expected = (
            "Email is required" if value in (ABSENT, None, "", [None]) else reasons[type(value)]
        )
        assert given_back == expected


class TestClearing:
    """An empty string clears only where the mapping itself writes it."""

    FIELD = Field("city", "City", "string")

    def payloads(self, directive: Any, *traits: dict[str, Any]) -> list[str | None]:
        texts = pa.array([json.dumps(one) for one in traits])
        table = pa.table({"traits": pa.ExtensionArray.from_storage(pa.json_(), texts)})
        columns = compile_mapping({"city": directive}).evaluate_fields(table, ["city"])
        return validate([self.FIELD], columns, len(traits)).payloads["city"].to_pylist()

    @pytest.mark.parametrize("directive", ["", {"@literal": ""}, {"@literal": {"@literal": ""}}])
    def test_a_literal_empty_string_clears(self, directive: Any) -> None:
        assert self.payloads(directive, {}) == [""]

    def test_a_branch_that_is_the_empty_string_clears_where_it_is_taken(self) -> None:
        city = {"@path": "$.traits.city"}
        mapping = {"@if": {"exists": {"@path": "$.traits.left"}, "then": "", "else": city}}
        rows = [{"left": True, "city": "Rome"}, {"city": "Rome"}, {"city": ""}, {}]
        assert self.payloads(mapping, *rows) == ["", "Rome", None, None]

    @pytest.mark.parametrize(
        "directive",
        [
            {"@path": "$.traits.city"},
            {"@template": "{{traits.city}}"},
            {"@case": {"operator": "lower", "value": {"@path": "$.traits.city"}}},
            {"@if": {"exists": {"@path": "$.traits.city"}, "then": {"@path": "$.traits.city"}}},
        ],
    )
    def test_an_empty_string_from_the_event_is_dropped(self, directive: Any) -> None:
        assert self.payloads(directive, {"city": ""}) == [None]

    def test_a_cleared_email_is_no_email(self) -> None:
        columns = compile_mapping({"email": ""}).evaluate_fields(
            pa.table({"userId": ["u"]}), ["email"]
        )
        (error,) = validate([EMAIL], columns, 1).errors.to_pylist()
        assert error["reason"] == "Email is not a valid e-mail address: ''"


class TestChoicesAndLists:
    def test_a_value_must_be_one_of_the_choices(self) -> None:
        field = Field("mode", "Mode", "string", choices=("add", "update"))
        assert outcome(field, "add") == "add"
        assert outcome(field, "Add") == "Mode must be one of 'add', 'update': 'Add'"

    @pytest.mark.parametrize(
        ("kind", "value", "answer"),
        [
            ("string", "a", '["a"]'),
            ("string", ["a", 5, True, None], '["a","5","true"]'),
            ("string", [], "[]"),
            ("number", ["1", 2.5], "[1,2.5]"),
            ("integer", 3, "[3]"),
            ("boolean", ["true", 0], "[true,false]"),
            ("object", {"a": 1.0}, '[{"a":1}]'),
            ("object", [{"a": None}, {}], '[{"a":null},{}]'),
            ("string", None, None),
        ],
    )
    def test_a_field_of_many_gets_a_list(self, kind: Any, value: Any, answer: str | None) -> None:
        assert outcome(Field("f", "F", kind, multiple=True), value) == answer

    def test_one_bad_item_refuses_the_row(self) -> None:
        field = Field("f", "F", "integer", multiple=True)
        assert outcome(field, [1, "x", 2.5]) == (
            "f.1 must be a whole number: 'x'; f.2 must be a whole number: 2.5"
        )


class TestErrors:
    def test_a_row_has_one_error_with_every_reason(self) -> None:
        fields = [EMAIL, Field("age", "Age", "integer"), Field("city", "City", "string")]
        traits = [
            {"email": "a@b.co", "age": 5},
            {"email": "a@b", "age": "old", "city": "Rome"},
            {"email": "c@d.co", "age": 5.5},
        ]
        mapping = {field.key: {"@path": f"$.traits.{field.key}"} for field in fields}
        texts = pa.array([json.dumps(one) for one in traits])
        table = pa.table({"traits": pa.ExtensionArray.from_storage(pa.json_(), texts)})
        answer = validate(fields, compile_mapping(mapping).evaluate_fields(table, mapping), 3)
        assert answer.errors.to_pylist() == [
            {
                "index": 1,
                "field": "email",
                "reason": "Email is not a valid e-mail address: 'a@b'; "
                "Age must be a whole number: 'old'",
            },
            {"index": 2, "field": "age", "reason": "Age must be a whole number: 5.5"},
        ]

    def test_a_long_value_is_shortened(self) -> None:
        reason = outcome(EMAIL, "x" * 500)
        assert len(reason) < 90
        assert reason.endswith("…")

    @pytest.mark.parametrize("kind", ["string", "number", "object", "datetime"])
    @pytest.mark.parametrize("levels", [300, 600, 5000])
    def test_a_value_nested_absurdly_deep_harms_no_other_row(self, kind: Any, levels: int) -> None:
        deep = "[" * levels + "1.0" + "]" * levels
        texts = pa.array([deep, '{"a": 1.50}', '"2024"', "5", f'{{"a":{deep}}}'])
        column = Column.of(pa.ExtensionArray.from_storage(pa.json_(), texts))
        answer = validate([Field("f", "F", kind)], {"f": column}, 5)
        fits = [row for row in (1, 2, 3) if row not in answer.errors["index"].to_pylist()]
        expected = {"object": [1], "string": [2, 3], "number": [2, 3], "datetime": [2, 3]}
        assert fits == expected[kind]

    def test_a_directive_that_fails_rejects_its_row(self) -> None:
        mapping = {"city": {"@path": {"@path": "$.userId"}}}
        columns = compile_mapping(mapping).evaluate_fields(
            pa.table({"userId": ["type", None]}), mapping
        )
        answer = validate([Field("city", "City", "string")], columns, 2)
        assert answer.errors.to_pylist() == [
            {
                "index": 1,
                "field": "city",
                "reason": "City could not be mapped: @path: expected string, got undefined",
            }
        ]

    def test_payload_columns_have_their_types_whatever_came_in(self) -> None:
        types = ("string", "text", "datetime", "object", "number", "integer", "boolean")
        fields = [Field(kind, kind, kind) for kind in types]
        fields.append(Field("many", "Many", "integer", multiple=True))
        for rows in (0, 3):
            schema = validate(fields, {}, rows).payloads.schema
            text = pa.string()
            expected = [text, text, text, text, pa.float64(), pa.int64(), pa.bool_(), text]
            assert schema.types == expected

    def test_columns_that_are_no_field_are_dropped(self) -> None:
        columns = {"city": Column.constant("Rome", 2), "ghost": Column.constant(1, 2)}
        answer = validate([Field("city", "City", "string")], columns, 2)
        assert answer.payloads.to_pydict() == {"city": ["Rome", "Rome"]}
        assert answer.errors.num_rows == 0


def test_the_default_mapping_holds_the_fields_that_have_a_default() -> None:
    fields = [Field("a", "A", "string", default={"@path": "$.a"}), Field("b", "B", "string")]
    assert default_mapping(fields) == {"a": {"@path": "$.a"}}


_PLAIN = st.sampled_from(["string", "text", "number", "integer", "boolean", "object"])
_MEMBERS = st.lists(
    st.builds(
        Field,
        key=st.sampled_from(["a", "b", "c"]),
        label=st.just("M"),
        type=_PLAIN,
        required=st.booleans(),
        multiple=st.booleans(),
    ),
    max_size=3,
    unique_by=lambda field: field.key,
).map(tuple)
FIELDS = st.builds(
    Field,
    key=st.just("f"),
    label=st.just("F"),
    type=_PLAIN,
    required=st.booleans(),
    multiple=st.booleans(),
) | st.builds(
    Field,
    key=st.just("f"),
    label=st.just("F"),
    type=st.just("object"),
    required=st.booleans(),
    multiple=st.booleans(),
    fields=_MEMBERS,
)
NUMERIC = st.sampled_from(
    ["1", " 7 ", "-2.50", "0x1F", "1e3", ".5", "5.", "1e400", "+4", "Infinity", "\t", "true"]
)
VALUES = (
    generated.values
    | NUMERIC
    | st.lists(generated.scalars | NUMERIC, max_size=2)
    | st.dictionaries(st.sampled_from(["a", "b", "c"]), generated.scalars | NUMERIC, max_size=3)
    | st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "c"]), generated.scalars, max_size=3)
        | generated.scalars,
        max_size=3,
    )
)


@settings(deadline=None)
@given(st.one_of(FIELDS, st.just(EMAIL)), st.lists(VALUES, max_size=5))
def test_fields_are_validated_as_one_row_at_a_time_would_be(
    field: Field, values: list[Any]
) -> None:
    answer = validated(field, *values)
    rejected = set(answer.errors["index"].to_pylist())
    for row, value in enumerate(values):
        try:
            expected = field_value(field, value, clears=False)
        except Failed:
            assert row in rejected, value
            continue
        assert row not in rejected, value
        given_back = answer.payloads[field.key][row].as_py()
        if given_back is not None and (field.type == "object" or field.multiple):
            given_back = json.loads(given_back)
        assert same_text(given_back) == same_text(None if expected is UNDEFINED else expected)
