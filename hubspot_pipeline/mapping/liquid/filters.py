"""The filters of ``@liquid``, with JavaScript's numbers and texts."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import urllib.parse
from collections.abc import Callable
from typing import Any

from liquid import Undefined

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.javascript import (
    LARGEST_EXACT_INTEGER,
    length,
    number_text,
)
from hubspot_pipeline.mapping.liquid import dates, texts
from hubspot_pipeline.mapping.liquid.values import (
    check_size,
    is_nil,
    is_same,
    is_truthy,
    javascript_text,
    member,
    number_of,
    number_or_0,
    printed,
)

Filter = Callable[..., Any]

_NOT_GIVEN = Undefined("")


# --- numbers ---


def divided_by(value: Any, other: Any, whole: Any = None) -> float:
    """The quotient, with a fraction; by zero it is infinite, and 0 by 0 is no number."""
    dividend, divisor = number_or_0(value), number_or_0(other)
    if divisor:
        return math.floor(dividend / divisor) if number_or_0(whole) else dividend / divisor
    sign = math.copysign(1, dividend) * math.copysign(1, divisor)
    return math.copysign(math.inf, sign) if dividend else math.nan


def modulo(value: Any, other: Any) -> float:
    """The remainder, with the sign of what is divided by."""
    number, by = number_or_0(value), number_or_0(other)
    if not by or math.isinf(number) or math.isinf(by):
        return math.nan
    return math.fmod(math.fmod(number, by) + by, by)


def round_(value: Any, digits: Any = 0) -> float:
    """The number with so many digits after its point, halves away from zero."""
    number, places = number_or_0(value), int(number_or_0(digits))
    scaled = _shifted(abs(number), places)
    if not scaled <= LARGEST_EXACT_INTEGER - 1:
        return number
    return math.copysign(_shifted(math.floor(scaled + 0.5), -places), number)


def _shifted(number: float, places: int) -> float:
    mantissa, _, power = number_text(number).partition("e")
    return float(f"{mantissa}e{int(power or 0) + places}")


def _whole(rule: Callable[[float], int]) -> Filter:
    def filter_(value: Any) -> float:
        number = number_or_0(value)
        return number if math.isinf(number) else float(rule(number))

    return filter_


# --- lists ---


def join(value: Any, separator: Any = None) -> str:
    """The items of a list with a text between them, a blank by default."""
    between = " " if is_nil(separator) else printed(separator)
    items = ["" if is_nil(item) else javascript_text(item) for item in _list(value)]
    check_size(sum(map(len, items)) + len(between) * len(items))
    return between.join(items)


def first(value: Any) -> Any:
    """The first item of a list, or letter of a text."""
    return value[0] if isinstance(value, list | str) and value else _no_item(value)


def last(value: Any) -> Any:
    """The last item of a list, or letter of a text."""
    return value[-1] if isinstance(value, list | str) and value else _no_item(value)


def _no_item(value: Any) -> Any:
    return None if isinstance(value, list) else ""


def size(value: Any) -> int:
    """How many items a list, or characters a text has; 0 for anything else."""
    if isinstance(value, str):
        return length(value)
    return len(value) if isinstance(value, list) else 0


def sum_(value: Any, key: Any = None) -> float:
    """The sum of a list's numbers, or of a member of each of its objects."""
    numbers = [number_of(_member(item, key) if is_truthy(key) else item) for item in _list(value)]
    return sum(number for number in numbers if not math.isnan(number))


def slice_(value: Any, start: Any, count: Any = 1) -> Any:
    """So many items or characters from a place on; a negative place counts from the end."""
    if is_nil(value):
        return []
    whole = value if isinstance(value, list) else printed(value)
    begin, most = int(number_or_0(start)), 1 if is_nil(count) else int(number_or_0(count))
    if begin < 0:
        begin += len(whole)
    if begin < 0 or most < 0:
        return whole[:0]
    return whole[begin : begin + most]


def where(value: Any, key: Any, expected: Any = _NOT_GIVEN) -> list[Any]:
    """The objects of a list whose member has a value, or is truthy where none is given."""
    found = []
    for item in _list(value):
        actual = _member(item, key)
        if is_truthy(actual) if isinstance(expected, Undefined) else is_same(actual, expected):
            found.append(item)
    return found


def _member(item: Any, key: Any) -> Any:
    try:
        for part in printed(key).split("."):
            item = member(item, part)
    except KeyError:
        return Undefined(printed(key))
    return item


def _list(value: Any) -> list[Any]:
    if is_nil(value):
        return []
    return value if isinstance(value, list) else [value]


# --- anything ---


def default(value: Any, other: Any = None, *, allow_false: Any = False) -> Any:
    """The other value for one that is missing, null, false or an empty text or list."""
    if isinstance(value, str | list):
        return value or other
    if value is False and is_truthy(allow_false):
        return False
    return value if is_truthy(value) else other


def json(value: Any, indent: Any = None) -> Any:
    """The value as JSON; nothing for a missing one."""
    if isinstance(value, Undefined):
        return value
    spaces = min(int(number_or_0(indent)), 10)
    ordered = json_text.in_key_order(value)
    return _indented(ordered, " " * spaces, "\n") if spaces > 0 else json_text.dump(ordered)


def _indented(value: Any, step: str, line: str) -> str:
    if not isinstance(value, list | dict) or not value:
        return json_text.dump(value)
    deeper = line + step
    if isinstance(value, list):
        items = [_indented(item, step, deeper) for item in value]
        return f"[{deeper}{(',' + deeper).join(items)}{line}]"
    members = [
        f"{json_text.dump(key)}: {_indented(one, step, deeper)}" for key, one in value.items()
    ]
    return f"{{{deeper}{(',' + deeper).join(members)}{line}}}"


FILTERS: dict[str, Filter] = {
    "abs": lambda value: abs(number_or_0(value)),
    "at_least": lambda value, other: max(number_or_0(value), number_or_0(other)),
    "at_most": lambda value, other: min(number_or_0(value), number_or_0(other)),
    "ceil": _whole(math.ceil),
    "divided_by": divided_by,
    "floor": _whole(math.floor),
    "minus": lambda value, other: number_or_0(value) - number_or_0(other),
    "modulo": modulo,
    "plus": lambda value, other: number_or_0(value) + number_or_0(other),
    "round": round_,
    "times": lambda value, other: number_or_0(value) * number_or_0(other),
    "to_integer": number_of,
    "append": lambda value, other: printed(value) + printed(other),
    "prepend": lambda value, other: printed(other) + printed(value),
    "downcase": lambda value: printed(value).lower(),
    "upcase": lambda value: printed(value).upper(),
    "capitalize": texts.capitalize,
    "remove": lambda value, other=None: texts.replace(value, other, ""),
    "remove_first": lambda value, other=None: texts.replace_first(value, other, ""),
    "remove_last": lambda value, other=None: texts.replace_last(value, other, ""),
    "replace": texts.replace,
    "replace_first": texts.replace_first,
    "replace_last": texts.replace_last,
    "split": texts.split,
    "strip": texts.strip,
    "lstrip": texts.lstrip,
    "rstrip": texts.rstrip,
    "strip_html": texts.strip_html,
    "strip_newlines": lambda value: re.sub("\r?\n", "", printed(value)),
    "squish": texts.squish,
    "normalize_whitespace": texts.normalize_whitespace,
    "truncate": texts.truncate,
    "truncatewords": texts.truncatewords,
    "number_of_words": texts.number_of_words,
    "escape": texts.escape,
    "xml_escape": texts.escape,
    "escape_once": texts.escape_once,
    "url_encode": texts.url_encode,
    "url_decode": texts.url_decode,
    "cgi_escape": lambda value: urllib.parse.quote_plus(printed(value)),
    "uri_escape": texts.uri_escape,
    "slugify": texts.slugify,
    "base64_encode": lambda value: base64.b64encode(printed(value).encode()).decode(),
    "base64_decode": texts.base64_decode,
    "sha256": lambda value: hashlib.sha256(printed(value).encode()).hexdigest(),
    "hmac_sha256": texts.hmac_sha256,
    "join": join,
    "first": first,
    "last": last,
    "size": size,
    "sum": sum_,
    "slice": slice_,
    "where": where,
    "compact": lambda value: [item for item in _list(value) if not is_nil(item)],
    "push": lambda value, other=None: [*_list(value), other],
    "unshift": lambda value, other=None: [other, *_list(value)],
    "pop": lambda value: _list(value)[:-1],
    "shift": lambda value: _list(value)[1:],
    "default": default,
    "json": json,
    "jsonify": json,
    "inspect": json,
    "raw": lambda value: value,
    "date": dates.date,
    "date_to_xmlschema": dates.date_to_xmlschema,
    "date_to_rfc822": dates.date_to_rfc822,
    "date_to_string": dates.date_to_string,
    "date_to_long_string": dates.date_to_long_string,
}
"""Every filter by its name. One of another name leaves its value as it is."""

DISABLED = frozenset({
    "array_to_sentence_string", "concat", "find", "find_exp", "find_index", "find_index_exp",
    "group_by", "group_by_exp", "has", "has_exp", "map", "newline_to_br", "reject", "reject_exp",
    "reverse", "sort", "sort_natural", "uniq", "where_exp", "type",
})  # fmt: skip
"""The filters that the reference destination disables (mappings §1, ``@liquid``)."""
