"""The filters of ``@liquid``, with JavaScript's numbers and texts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import math
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from typing import Any

from liquid import Undefined

from hubspot_pipeline.mapping import json_text
from hubspot_pipeline.mapping.javascript import (
    LARGEST_EXACT_INTEGER,
    WHITESPACE,
    length,
    number_text,
)
from hubspot_pipeline.mapping.liquid import dates
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

_SPACE = re.compile(rf"[{WHITESPACE}]+")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_UNESCAPES = {escape: letter for letter, escape in _ESCAPES.items()}
_NOT_GIVEN = Undefined("")
_PLAIN_IN_URLS = "!~*'()"


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


# --- texts ---


def capitalize(value: Any) -> str:
    """The first letter as a capital, the others small."""
    text = printed(value)
    return text[:1].upper() + text[1:].lower()


def replace(value: Any, pattern: Any = None, replacement: Any = None) -> str:
    """Every one of the pattern replaced."""
    text, old, new = printed(value), printed(pattern), printed(replacement)
    parts = text.split(old) if old else list(text)
    check_size(len(text) + (len(parts) - 1) * max(0, len(new) - len(old)))
    return new.join(parts)


def replace_first(value: Any, pattern: Any = None, replacement: Any = None) -> str:
    """The first of the pattern replaced."""
    return printed(value).replace(printed(pattern), printed(replacement), 1)


def replace_last(value: Any, pattern: Any = None, replacement: Any = None) -> str:
    """The last of the pattern replaced."""
    text, old = printed(value), printed(pattern)
    at = text.rfind(old)
    return text if at < 0 else text[:at] + printed(replacement) + text[at + len(old) :]


def split(value: Any, separator: Any = None) -> list[str]:
    """The parts of a text, without empty ones at its end."""
    text, by = printed(value), printed(separator)
    parts = text.split(by) if by else list(text)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def strip(value: Any, letters: Any = None) -> str:
    """The text without blanks, or these letters, round it."""
    return printed(value).strip(printed(letters) or WHITESPACE)


def lstrip(value: Any, letters: Any = None) -> str:
    """The text without blanks, or these letters, before it."""
    return printed(value).lstrip(printed(letters) or WHITESPACE)


def rstrip(value: Any, letters: Any = None) -> str:
    """The text without blanks, or these letters, after it."""
    return printed(value).rstrip(printed(letters) or WHITESPACE)


def strip_html(value: Any) -> str:
    """The text without tags, comments, scripts and styles."""
    text, kept, at = printed(value), [], 0
    blocks = {"<script": "</script>", "<style": "</style>", "<!--": "-->", "<": ">"}
    while (start := text.find("<", at)) >= 0:
        kept.append(text[at:start])
        at = start
        for opener, closer in list(blocks.items()):
            if not text.startswith(opener, start):
                continue
            end = text.find(closer, start + len(opener))
            if end >= 0:
                at = end + len(closer)
                break
            del blocks[opener]
        if at <= start:
            break
    return "".join(kept) + text[at:]


def truncate(value: Any, longest: Any = 50, end: Any = "...") -> Any:
    """The text cut to so many characters, the end included."""
    text, most, mark = printed(value), number_or_0(longest), printed(end)
    if len(text) <= most:
        return value
    return text[: max(math.ceil(most) - len(mark), 0)] + mark


def truncatewords(value: Any, most: Any = 15, end: Any = "...") -> str:
    """The first words; the end is printed wherever there are as many."""
    words = _SPACE.split(printed(value).lstrip(WHITESPACE))
    count = max(int(number_or_0(most)), 1)
    return " ".join(words[:count]) + (printed(end) if len(words) >= count else "")


def number_of_words(value: Any) -> int:
    """How many words blanks part."""
    text = printed(value).strip(WHITESPACE)
    return len(_SPACE.split(text)) if text else 0


def escape_once(value: Any) -> str:
    """The text for HTML, what is escaped already left alone."""
    return escape(re.sub("&(?:amp|lt|gt|#34|#39);", lambda it: _UNESCAPES[it[0]], printed(value)))


def escape(value: Any) -> str:
    """The text for HTML."""
    return re.sub("[&<>\"']", lambda found: _ESCAPES[found[0]], printed(value))


def url_encode(value: Any) -> str:
    """The text for a URL's query; blanks become ``+``."""
    return urllib.parse.quote(printed(value), safe=_PLAIN_IN_URLS).replace("%20", "+")


def url_decode(value: Any) -> str:
    """The text of a URL's query."""
    text = printed(value).replace("+", " ")
    if re.search("%(?![0-9a-fA-F]{2})", text):
        raise ValueError("url_decode: a % is not followed by two hexadecimal digits")
    return urllib.parse.unquote(text, errors="strict")


def uri_escape(value: Any) -> str:
    """A whole URL with what may not stand in one escaped."""
    return urllib.parse.quote(printed(value), safe=_PLAIN_IN_URLS + ";,/?:@&=+$#-_.[]")


def slugify(value: Any, mode: Any = "default", cased: Any = False) -> str:
    """The text as part of a URL: what is no letter, mark or digit becomes ``-``."""
    text, kind = printed(value), printed(mode)
    if kind == "raw":
        text = _SPACE.sub("-", text)
    elif kind == "ascii":
        text = re.sub("[^A-Za-z0-9]+", "-", text)
    elif kind in ("default", "pretty", "latin"):
        extra = "._~!$&'()+,;=@" if kind == "pretty" else ""
        if kind == "latin":
            text = "".join(map(_without_accent, text))
        kept = (letter if _is_in_slugs(letter) or letter in extra else " " for letter in text)
        text = re.sub(" +", "-", "".join(kept))
    if kind != "none":
        text = re.sub("^-|-$", "", text)
    return text if is_truthy(cased) else text.lower()


def _is_in_slugs(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LM" or category == "Nd"


def _without_accent(letter: str) -> str:
    special = {"æ": "ae", "ð": "d", "ø": "o", "ß": "ss", "œ": "oe", "þ": "th"}
    special |= {"ẞ": "SS", "Œ": "OE", "Þ": "TH"}
    if letter in special:
        return special[letter]
    return unicodedata.normalize("NFD", letter)[0] if "à" <= letter <= "ÿ" else letter


def base64_decode(value: Any) -> str:
    """The text that base64 stands for."""
    text = re.sub("[\t\n\f\r ]", "", printed(value))
    text = re.sub("==?$", "", text) if len(text) % 4 == 0 else text
    if len(text) % 4 == 1 or not re.fullmatch("[A-Za-z0-9+/]*", text):
        raise ValueError("base64_decode: the text is no base64")
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")


def hmac_sha256(value: Any, key: Any = None) -> str:
    """The signature of a text with a key, in hexadecimal."""
    return hmac.new(printed(key).encode(), printed(value).encode(), "sha256").hexdigest()


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
    "capitalize": capitalize,
    "remove": lambda value, other=None: replace(value, other, ""),
    "remove_first": lambda value, other=None: replace_first(value, other, ""),
    "remove_last": lambda value, other=None: replace_last(value, other, ""),
    "replace": replace,
    "replace_first": replace_first,
    "replace_last": replace_last,
    "split": split,
    "strip": strip,
    "lstrip": lstrip,
    "rstrip": rstrip,
    "strip_html": strip_html,
    "strip_newlines": lambda value: re.sub("\r?\n", "", printed(value)),
    "squish": lambda value: _SPACE.sub(" ", printed(value)).strip(WHITESPACE),
    "normalize_whitespace": lambda value: _SPACE.sub(" ", printed(value)),
    "truncate": truncate,
    "truncatewords": truncatewords,
    "number_of_words": number_of_words,
    "escape": escape,
    "xml_escape": escape,
    "escape_once": escape_once,
    "url_encode": url_encode,
    "url_decode": url_decode,
    "cgi_escape": lambda value: urllib.parse.quote_plus(printed(value)),
    "uri_escape": uri_escape,
    "slugify": slugify,
    "base64_encode": lambda value: base64.b64encode(printed(value).encode()).decode(),
    "base64_decode": base64_decode,
    "sha256": lambda value: hashlib.sha256(printed(value).encode()).hexdigest(),
    "hmac_sha256": hmac_sha256,
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
