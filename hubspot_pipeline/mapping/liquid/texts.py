"""The filters of ``@liquid`` that make texts of texts."""

from __future__ import annotations

import base64
import hmac
import math
import re
import unicodedata
import urllib.parse
from typing import Any

from hubspot_pipeline.mapping.javascript import WHITESPACE
from hubspot_pipeline.mapping.liquid.values import check_size, is_truthy, number_or_0, printed

_SPACE = re.compile(rf"[{WHITESPACE}]+")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_UNESCAPES = {escape: letter for letter, escape in _ESCAPES.items()}
_PLAIN_IN_URLS = "!~*'()"


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


def squish(value: Any) -> str:
    """The text without blanks round it, and single ones in it."""
    return normalize_whitespace(value).strip(WHITESPACE)


def normalize_whitespace(value: Any) -> str:
    """The text with single blanks."""
    return _SPACE.sub(" ", printed(value))
