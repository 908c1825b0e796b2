"""Values at the edge of JSON give what JavaScript makes of them, or their own row is rejected."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from hubspot_pipeline.mapping import MISSING, compile_mapping
from hubspot_pipeline.payloads import compile_payloads
from tests.mapping.files import TEXT_FORMATS, Row, parquet, read

A = {"@path": "$.traits.a"}
MAPPING = {
    "a": A,
    "all": {"@path": "$.traits"},
    "text": {"@template": "{{traits.a}}"},
    "json": {"@json": {"mode": "encode", "value": {"@path": "$.traits"}}},
}
LISTS = "[" * 700 + "]" * 700
OBJECTS = '{"a":' * 400 + "1" + "}" * 400

REJECTED = "REJECTED"
CASES: list[tuple[str, Any]] = [
    # what JavaScript makes of it
    (r'{"a":"x\u0000y"}', "x\0y"),
    (r'{"a":"\ud83d\ude00"}', "😀"),
    ('{"a":"\u2028\uffff"}', "\u2028\uffff"),
    (r'{"\u0061":"escaped key"}', "escaped key"),
    (r'{"\u0000":1,"a":"x"}', "x"),
    ('{"a":"%s"}' % ("x" * 200_000), "x" * 200_000),
    ('{"a":1e400}', None),
    ('{"a":-1e400}', None),
    ('{"a":%s}' % ("9" * 5000), None),
    ('{"a":0.%s}' % ("1" * 3000), 0.1111111111111111),
    ('{"a":-0}', 0),
    ('{"a":-0.0}', 0),
    ('{"a":5e-324}', 5e-324),
    ('{"a":1e-400}', 0),
    ('{"a":1E2}', 100),
    ('{"a":12345678901234567890}', 12345678901234567000),
    ('{"a":{"":{"":1}}}', {"": {"": 1}}),
    ('{"__proto__":{"a":1},"a":2}', 2),
    (f'{{"a":{LISTS}}}', json.loads(LISTS)),
    (f'{{"a":{OBJECTS}}}', json.loads(OBJECTS)),
    (' { "a" : [ 1 , 2 ] } ', [1, 2]),
    # what only its own row pays for
    (r'{"a":"\ud800"}', REJECTED),
    (r'{"a":"\udc00\ud800"}', REJECTED),
    (r'{"\ud800":1,"a":2}', REJECTED),
    ('{"a":"\x01"}', REJECTED),
    ('{"a":"tab\t"}', REJECTED),
    ('{"a":"\x00"}', REJECTED),
    ('{"a":NaN}', REJECTED),
    ('{"a":-Infinity}', REJECTED),
    ('{"a":01}', REJECTED),
    ('{"a":+1}', REJECTED),
    ('{"a":.5}', REJECTED),
    ('{"a":5.}', REJECTED),
    ("{'a':1}", REJECTED),
    ('{"a":1/*x*/}', REJECTED),
    (r'{"a":"\x41"}', REJECTED),
    (r'{"a":"\u12"}', REJECTED),
    ('{"a":"unclosed}', REJECTED),
    ("[]", REJECTED),
]


def rows_of(document: bytes) -> list[Row]:
    """The odd event between two plain ones."""
    plain: Row = {"messageId": b"m", "type": b"identify", "traits": b'{"a":"plain"}'}
    return [plain, {**plain, "traits": document}, plain]


@pytest.mark.parametrize("form", TEXT_FORMATS)
@pytest.mark.parametrize(("document", "value"), CASES, ids=[text[:24] for text, _ in CASES])
def test_an_odd_document_gives(form: str, document: str, value: Any) -> None:
    program = compile_mapping(MAPPING)
    events, rejected = read(TEXT_FORMATS[form](rows_of(document.encode())), program.paths)
    answers = program.evaluate(events).to_pylist()
    assert [answer["a"] for answer in answers if answer["a"] == "plain"] == ["plain"] * 2
    assert len(rejected) == (value is REJECTED)
    if value is not REJECTED:
        odd = answers[1]
        assert json.dumps(odd["a"]) == json.dumps(value)
        assert json.dumps(odd["all"]["a"]) == json.dumps(value)
        assert json.dumps(json.loads(odd["json"])["a"]) == json.dumps(value)


@pytest.mark.parametrize("form", TEXT_FORMATS)
@pytest.mark.parametrize("cell", [b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\x80"}'])
def test_bytes_that_are_no_text_reject_their_row_only(form: str, cell: bytes) -> None:
    program = compile_mapping(MAPPING)
    events, rejected = read(TEXT_FORMATS[form](rows_of(cell)), program.paths)
    assert [answer["a"] for answer in program.evaluate(events).to_pylist()] == ["plain"] * 2
    assert "not UTF-8" in str(rejected[0]["reason"])


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_odd_documents_never_end_the_run_of_an_action(form: str) -> None:
    plain = rows_of(b"")[0]
    rows = [{**plain, "traits": document.encode()} for document, _ in CASES]
    fields = {"email": A, "city": A, "properties": {"@path": "$.traits"}}
    program = compile_payloads("upsertContact", None, fields)
    events, rejected = read(TEXT_FORMATS[form](rows), program.paths)
    values = [value for _, value in CASES if value is not REJECTED]
    assert len(rejected) == len(CASES) - len(values)
    cities = program.validated(events).payloads["city"].to_pylist()
    for city, value in zip(cities, values, strict=True):
        assert not isinstance(value, str) or city == value


def test_numbers_beyond_all_numbers_print_as_javascript_prints_them() -> None:
    texts = pa.array(['{"traits":{"a":1e400}}', '{"traits":{"a":-1e400}}', '{"traits":{"a":"x"}}'])
    events = pa.ExtensionArray.from_storage(pa.json_(), texts)
    column = compile_mapping({"@template": "{{traits.a}}"}).evaluate(events)
    assert column.to_pylist() == ["Infinity", "-Infinity", "x"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NaN", "NaN"), ("[Infinity]", "[Infinity]"), ("01", "01"), ("1_0", "1_0"), ("", ""),
        ("[1,]", "[1,]"), ("\u00a01", "\u00a01"), ('"\t"', '"\t"'), ("'a'", "'a'"),
        (" 1 ", 1), ("-0", 0), ("1e400", None), ('{"a":1,"a":2}', {"a": 2}), ('"\\u0000"', "\0"),
        ("[" * 3000 + "]" * 3000, "deep"),
    ],
)  # fmt: skip
def test_a_text_decodes_as_javascript_decodes_it(text: str, value: Any) -> None:
    events = pa.ExtensionArray.from_storage(
        pa.json_(), pa.array([json.dumps({"traits": {"a": text}})])
    )
    column = compile_mapping({"@json": {"mode": "decode", "value": A}}).evaluate(events)
    if value == "deep":
        assert column.json().to_pylist() == [text]
    else:
        assert column.to_pylist() == [value]


def test_half_a_letter_in_decoded_text_rejects_its_row_only() -> None:
    texts = [json.dumps({"traits": {"a": text}}) for text in (r'"\ud800"', '"x"', r'{"\udc00":1}')]
    events = pa.ExtensionArray.from_storage(pa.json_(), pa.array(texts))
    column = compile_mapping({"@json": {"mode": "decode", "value": A}}).evaluate(events)
    assert column.values.to_pylist()[1] == "x"
    errors = column.errors.to_pylist()
    assert [error is None for error in errors] == [False, True, False]
    assert errors[0].startswith("@json: the text has half a letter in it")


def _nested(levels: int) -> Any:
    return {"a": _nested(levels - 1)} if levels else 1


@pytest.mark.parametrize(
    ("values", "value"),
    [
        (pa.array([float("nan")]), MISSING),
        (pa.array([float("inf")]), MISSING),
        (pa.array([-0.0]), 0),
        (pa.array([5e-324]), 5e-324),
        (pa.array([1.0], pa.float32()), 1),
        (pa.array([2**64 - 1], pa.uint64()), 18446744073709552000),
        (pa.array([-(2**63)]), -9223372036854776000),
        (pa.array([2**53 + 1]), 9007199254740992),
        (pa.array([Decimal(10) ** 30], pa.decimal128(38, 0)), 1e30),
        (pa.array([Decimal("1.50")], pa.decimal128(9, 2)), 1.5),
        (pa.array(["x\0y"]), "x\0y"),
        (pa.array([b"bytes"], pa.binary()), "bytes"),
        (pa.array([b"\xff"], pa.binary()), REJECTED),
        (pa.array([[1, None]]), [1, None]),
        (pa.array([[[], None, [2.0]]]), [[], None, [2]]),
        (pa.array([{"": {"": 1}}]), {"": {"": 1}}),
        (pa.array([_nested(60)]), _nested(60)),
        (pa.array([[("k", 1), ("", None)]], pa.map_(pa.string(), pa.int64())), {"k": 1}),
        (pa.array([1.5, None]).dictionary_encode().slice(0, 1), 1.5),
        (pa.array([None], pa.null()), MISSING),
    ],
    ids=str,
)
def test_an_odd_value_of_a_parquet_column_gives(values: pa.Array, value: Any) -> None:
    traits = pa.StructArray.from_arrays([values], ["a"])
    program = compile_mapping({"a": A, "all": {"@path": "$.traits"}})
    content = parquet(pa.table({"messageId": ["m"], "traits": traits}))
    events, rejected = read(content, program.paths)
    if value is REJECTED:
        assert "not UTF-8" in str(rejected[0]["reason"])
        return
    (answer,) = program.evaluate(events).to_pylist()
    assert json.dumps(answer.get("a", "missing")) == json.dumps(
        "missing" if value is MISSING else value
    )
    assert answer["all"] == ({} if value is MISSING else {"a": value})
