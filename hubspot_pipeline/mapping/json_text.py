"""JSON as text, column-wise: encode, decode and recognise arrays of JSON values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.mapping.deep import deeply
from hubspot_pipeline.mapping.javascript import (
    LARGEST_EXACT_INTEGER,
    Json,
    number_text,
    plain_number,
)

_NEEDS_ESCAPE = r'["\\\x00-\x1f\x7f]'
_ODD_NUMBER = r"\.[0-9]*0(?:[^0-9]|$)|[0-9][eE]|[0-9]{16}|-0(?:[^.0-9]|$)|\.[0-9]{16}|0\.000000"
"""Finds every text that could hold a number JavaScript writes otherwise (and a few that do not)."""
_ODD_DOCUMENT = r'[{\[,:]\s|\s[}\],:]|^\s|\s$|\\|[{,]"[0-9]+":'
"""Finds every text that could have space between its parts, escapes or integer-like keys."""
_CONSTANTS = {None: "null", True: "true", False: "false"}
_INDEX = re.compile(r"0|[1-9][0-9]*", re.ASCII)
_MOST_INDEXES = 2**32 - 1


def parse(text: str) -> Json:
    """One JSON text as Python, its numbers as JavaScript has them (5.0 is 5, 1e400 is null).

    Raises:
        ValueError: It is not JSON; ``NaN`` and ``Infinity`` are not.
    """
    return _DECODER.decode(text)


def dump(value: Json) -> str:
    """One Python value as JSON text, as ``JSON.stringify`` writes it."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        members = [f"{encode_basestring(key)}:{dump(item)}" for key, item in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join([dump(item) for item in value]) + "]"
    if value is None or isinstance(value, bool):
        return _CONSTANTS[value]
    return number_text(value) if math.isfinite(value) else "null"


def map_distinct(values: pa.Array, function: Callable[[Any], Any], result: pa.DataType) -> pa.Array:
    """Apply a Python function to the distinct values only; null stays null.

    A value nested too deeply even for ``deeply`` becomes null: one such row must not take the
    others with it.
    """

    def answer(value: Json) -> Json:
        try:
            return deeply(function, value)
        except RecursionError:
            return None

    encoded = values.dictionary_encode()
    answers = pa.array([answer(value) for value in encoded.dictionary.to_pylist()], result)
    return answers.take(encoded.indices)


def replace_where(
    values: pa.Array, mask: pa.Array, function: Callable[[pa.Array], pa.Array]
) -> pa.Array:
    """The values, with the rows of the mask sent through a function of their own."""
    if not pc.any(mask).as_py():
        return values
    return pc.replace_with_mask(values, mask, function(values.filter(mask)))


def encode_strings(strings: pa.Array) -> pa.Array:
    """Strings as JSON text; null stays null."""
    quoted = pc.binary_join_element_wise('"', strings, '"', "")
    unsafe = pc.fill_null(pc.match_substring_regex(strings, _NEEDS_ESCAPE), False)
    if not pc.any(unsafe).as_py():
        return quoted
    escaped = map_distinct(strings.filter(unsafe), dump, pa.string())
    return pc.replace_with_mask(quoted, unsafe, escaped)


def decode_strings(texts: pa.Array) -> pa.Array:
    """JSON texts of strings (``"…"``) as strings; null stays null."""
    inner = pc.binary_slice(texts.view(pa.binary()), 1, -1).view(pa.string())
    escaped = pc.fill_null(pc.match_substring(texts, "\\"), False)
    if not pc.any(escaped).as_py():
        return inner
    decoded = map_distinct(texts.filter(escaped), json.loads, pa.string())
    return pc.replace_with_mask(inner, escaped, decoded)


def encode_numbers(numbers: pa.Array) -> pa.Array:
    """int64 or double as JavaScript prints them (``Infinity`` as such); null stays null."""
    texts = numbers.cast(pa.string())
    if pa.types.is_integer(numbers.type):
        odd = pc.or_(
            pc.greater(numbers, LARGEST_EXACT_INTEGER), pc.less(numbers, -LARGEST_EXACT_INTEGER)
        )
    else:
        odd = pc.or_(pc.match_substring_regex(texts, "[ena]"), pc.equal(numbers, 0.0))
    odd = pc.fill_null(odd, False)
    if not pc.any(odd).as_py():
        return texts
    return pc.replace_with_mask(
        texts, odd, map_distinct(numbers.filter(odd), number_text, pa.string())
    )


def join_objects(members: Sequence[tuple[str, pa.Array]], rows: int) -> pa.Array:
    """Objects from columns of JSON text, one a key; a key whose text is null is left out."""
    if not members:
        return pa.repeat("{}", rows)
    # Not null_handling="skip": where every piece of a row is null, Arrow drops the row itself.
    pieces = [
        pc.fill_null(pc.binary_join_element_wise(f",{dump(key)}:", texts, ""), "")
        for key, texts in members
    ]
    joined = pc.ascii_ltrim(pc.binary_join_element_wise(*pieces, ""), ",")
    return pc.binary_join_element_wise("{", joined, "}", "")


def join_lists(items: Sequence[pa.Array], rows: int) -> pa.Array:
    """Lists from columns of JSON text, one a place; null becomes the item ``null``."""
    if not items:
        return pa.repeat("[]", rows)
    joined = pc.binary_join_element_wise(*(pc.fill_null(item, "null") for item in items), ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


def join_items(texts: pa.Array, lists: pa.Array) -> pa.Array:
    """Lists whose items have become these JSON texts (null for ``null``); null lists stay null."""
    lengths = pc.fill_null(pc.list_value_length(lists), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    items = pa.ListArray.from_arrays(offsets.cast(pa.int32()), pc.fill_null(texts, "null"))
    joined = pc.binary_join_element_wise("[", pc.binary_join(items, ","), "]", "")
    return pc.if_else(lists.is_valid(), joined, pa.scalar(None, pa.string()))


def canonical(texts: pa.Array) -> pa.Array:
    """The texts, with numbers written as JavaScript writes them."""
    others = pc.fill_null(pc.invert(pc.starts_with(texts, '"')), False)
    return replace_where(texts, others, _canonical)


def stringify(texts: pa.Array) -> pa.Array:
    """Values as ``JSON.stringify`` writes them: no space between, integer-like keys first.

    Args:
        texts: JSON texts whose numbers are canonical; null stays null.
    """
    odd = pc.fill_null(pc.match_substring_regex(texts, _ODD_DOCUMENT), False)
    return replace_where(
        texts, odd, lambda part: pc.coalesce(map_distinct(part, _stringify, pa.string()), part)
    )


def in_key_order(value: Json) -> Json:
    """A value whose objects have their keys in JavaScript's order: small integers first."""
    if isinstance(value, list):
        return [in_key_order(item) for item in value]
    if not isinstance(value, dict):
        return value
    members = {key: in_key_order(item) for key, item in value.items()}
    indexes = sorted((key for key in members if _is_index(key)), key=int)
    if not indexes:
        return members
    return {key: members[key] for key in (*indexes, *members)}


def _canonical(texts: pa.Array) -> pa.Array:
    odd = pc.match_substring_regex(texts, _ODD_NUMBER)
    return replace_where(
        texts, odd, lambda part: pc.coalesce(map_distinct(part, _rewrite, pa.string()), part)
    )


def _is_index(key: str) -> bool:
    return _INDEX.fullmatch(key) is not None and int(key) < _MOST_INDEXES


def _stringify(text: str) -> str:
    return dump(in_key_order(parse(text)))


def _rewrite(text: str) -> str:
    return dump(parse(text))


def _refuse(constant: str) -> Json:
    raise ValueError(f"JSON has no {constant}")


def _read_integer(text: str) -> Json:
    return int(text) if len(text) < _EXACT_DIGITS else _read_number(text)


def _read_number(text: str) -> Json:
    number = float(text)
    return plain_number(number) if math.isfinite(number) else None


_EXACT_DIGITS = 16
"""A number of fewer digits is the same number in JavaScript."""
_DECODER = json.JSONDecoder(
    parse_int=_read_integer, parse_float=_read_number, parse_constant=_refuse
)
