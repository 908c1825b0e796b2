"""Private values taken out of texts, however an error message spells them."""

from __future__ import annotations

import html
import json
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.privacy import HIDDEN, hashed, hashed_keys, redacted, short_hashes, without

SPELLINGS = [
    str, str.upper, str.lower, json.dumps, lambda text: json.dumps(text, ensure_ascii=False), repr,
    html.escape, quote, lambda text: f"  {text}\n",
]  # fmt: skip
ODD = 'Zoë "O\'Hara" <z&é>\n+1%'


@pytest.mark.parametrize("spelled", SPELLINGS)
def test_a_value_is_found_in_every_spelling(spelled: object) -> None:
    assert callable(spelled)
    told = redacted(f"The value {spelled(ODD)} is not valid.", [ODD])
    assert "hara" not in told.lower()
    assert HIDDEN in told
    assert told.startswith("The value ")
    assert told.endswith(" is not valid.")


def test_a_value_that_was_cut_short_is_found_by_its_beginning() -> None:
    value = "a very long story about somebody's health, told at length and in detail"
    shown = repr(value[:59] + "…")
    assert redacted(f"{shown} is too long", [value]) == f'"{HIDDEN}…" is too long'


def test_members_of_a_list_are_found_each() -> None:
    assert redacted("'malaria' is no option", ["asthma;malaria"]) == f"'{HIDDEN}' is no option"


def test_a_short_value_is_found_only_as_a_word_of_its_own() -> None:
    assert redacted("Size 12 is not among 120 sizes: 12", ["12"]) == (
        f"Size {HIDDEN} is not among 120 sizes: {HIDDEN}"
    )


def test_of_values_that_overlap_no_end_is_left() -> None:
    values = ["Anna Maria", "Maria Schmidt"]
    assert redacted("'Anna Maria Schmidt' is no option", values) == f"'{HIDDEN}' is no option"


def test_without_values_a_text_stays_as_it_is() -> None:
    assert redacted("Nothing *** here: a;b", ["", "  ", ";"]) == "Nothing *** here: a;b"


@given(st.text(min_size=4), st.text(max_size=20), st.text(max_size=20))
def test_no_value_survives_in_a_text_that_quotes_it(value: str, before: str, after: str) -> None:
    bare = value.strip()
    told = redacted(f"{before}{value}{after}", [value])
    assert (
        len(bare) < 4 or bare == HIDDEN or bare in HIDDEN or bare not in told.replace(HIDDEN, "\0")
    )


def test_texts_and_keys_of_a_json_value_are_searched() -> None:
    told = {"lists": {"Patients": "added"}, "skipped": ["None has email 'ada@x.com'."], "n": 1}
    assert without(told, ["Patients", "ada@x.com", "1"]) == {
        "lists": {HIDDEN: "added"},
        "skipped": [f"None has email '{HIDDEN}'."],
        "n": 1,
    }


def test_a_hash_is_short_the_same_for_the_same_value_and_null_for_none() -> None:
    one, other, same, none = short_hashes(
        pa.array(["a@x.com", "b@x.com", "a@x.com", None])
    ).to_pylist()
    assert one == same != other
    assert none is None
    assert len(one) == 13
    assert one.startswith("#")


@given(
    st.lists(
        st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"])), min_size=1
    )
)
def test_of_a_key_only_the_last_part_is_hashed(parts: list[str]) -> None:
    (key,) = hashed_keys(pa.array(["\x1f".join(parts)])).to_pylist()
    assert key == "\x1f".join([*parts[:-1], hashed(parts[-1])])
