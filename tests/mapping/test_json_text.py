"""Values as JSON text, and back, one by one."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.javascript import number_text
from tests.mapping import generated
from tests.mapping.reference.javascript import number_to_string, same_text


@given(st.floats(allow_nan=False, allow_infinity=False) | st.decimals(-(10**6), 10**6, places=4))
def test_a_number_is_printed_as_javascript_prints_it(number: Any) -> None:
    assert number_text(number) == number_to_string(float(number))


@given(generated.values.filter(lambda value: value is not None))
def test_a_value_is_the_same_after_it_was_written_and_read(value: Any) -> None:
    text = json.dumps(value)
    assert same_text(json_text.parse(json_text.dump(json_text.parse(text)))) == same_text(
        json_text.parse(text)
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-0", "0"),
        ("123456789012345", "123456789012345"),
        ("-999999999999999", "-999999999999999"),
        ("9007199254740993", "9007199254740992"),
        ("12345678901234567890", "12345678901234567000"),
        ("1e400", "null"),
        ("0.0001", "0.0001"),
        ("0.00001", "0.00001"),
        ("0.0000001", "1e-7"),
        ("1e15", "1000000000000000"),
        ("1.50", "1.5"),
        ('"\\u00e9\\u2028\\u007f\\t"', '"é\u2028\x7f\\t"'),
        ('{"a\\"": [true, false, null]}', '{"a\\"":[true,false,null]}'),
    ],
)
def test_a_json_text_is_written_again_as(text: str, written: str) -> None:
    assert json_text.dump(json_text.parse(text)) == written


def test_what_is_no_json_is_refused() -> None:
    for text in ("NaN", "[Infinity]", "-Infinity", "\ufeff1", "1 2"):
        with pytest.raises(ValueError, match=r"JSON|Expecting|Extra"):
            json_text.parse(text)
