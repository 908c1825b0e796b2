"""Which texts ``new Date(text)`` takes for a date, as V8 reads them.

It is generous: words before the first number count for nothing, neither do texts in parentheses,
and ``May 1 2024``, ``1/2/24 3:04 PM EST`` and ``2024-02-30`` are dates; ``13/45/2024`` is none.
"""

from __future__ import annotations

import re
from typing import Final

from hubspot_pipeline.mapping.javascript import WHITESPACE

_ISO = re.compile(
    r"(?P<year>[+-][0-9]{6}|[0-9]{4})(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"
    r"(?P<time>[Tt]"
    r"(([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]+)?)?|24:00(:00(\.0+)?)?)"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9])?)?"
)
_ISO_START = re.compile(
    r"([+-][0-9]{6}|[0-9]{4})(?![0-9])(?:-(0[1-9]|1[0-2])(?![0-9])"
    r"(?:-(0[1-9]|[12][0-9]|3[01])(?![0-9])|-)?|-)?(?P<time>[Tt](?![A-Za-z]))?"
)
_TOKEN = re.compile(
    rf"(?P<number>[0-9]+)|(?P<space>[{WHITESPACE}])|(?P<word>[^\x00-@{WHITESPACE}]+)|(?P<sign>.)",
    re.DOTALL,
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ZONES: Final = {"ut": 0, "utc": 0, "z": 0, "gmt": 0, "edt": 4, "est": 5, "cdt": 5, "cst": 6,
                 "mdt": 6, "mst": 7, "pdt": 7, "pst": 8}  # fmt: skip
_FIRST_YEAR, _LAST_YEAR = -271_821, 275_760
_END = ("end", "")


def reads_as_date(text: str) -> bool:
    """Whether ``new Date(text)`` is a valid date."""
    text = text.partition("\0")[0]
    iso = _ISO.fullmatch(text)
    if iso and iso["year"] != "-000000":
        return _FIRST_YEAR <= int(iso["year"]) <= _LAST_YEAR
    start = _ISO_START.match(text)
    if start is None:
        return _Reader(text, []).makes_date()
    numbers = [int(part) for part in start.groups()[:3] if part and part != "-000000"]
    return not start["time"] and _Reader(text[start.end() :], numbers).makes_date()


class _Reader:
    """Reads a text from left to right: numbers go to the time or to the date, as what follows says.

    Attributes:
        date: Up to three numbers of the date.
        time: Up to four numbers of the time: hour, minute, second, millisecond.
    """

    def __init__(self, text: str, date: list[int]) -> None:
        found = _TOKEN.finditer(_without_parentheses(text))
        self._tokens = [(str(match.lastgroup), match[0]) for match in found]
        self._at = 0
        self._month: int | None = None
        self._half: str | None = None
        self._zone_hour: int | None = None
        self._zone_minute: int | None = None
        self._has_number = bool(date)
        self.date = date
        self.time: list[int] = []

    def makes_date(self) -> bool:
        """Whether the whole text can be read, and what was read is a date and a time."""
        readers = {"number": self._number, "word": self._word, "sign": self._sign}
        while self._at < len(self._tokens):
            kind, token = self._next()
            if kind in readers and not readers[kind](token):
                return False
        return self._is_date() and self._is_time()

    def _next(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else _END

    def _skip(self, sign: str) -> bool:
        is_next = self._peek() == ("sign", sign)
        self._at += is_next
        return is_next

    def _number(self, token: str) -> bool:
        self._has_number = True
        number = _value(token)
        if self._skip(":"):
            return self._before_colon(number)
        has_point = self._skip(".")
        if has_point and self._may_be_time(number):
            if self._peek()[0] != "number":
                return False
            self.time.append(number)
            self._end_time(_milliseconds(self._next()[1]))
        elif self._zone_hour is not None and self._zone_minute is None and number < 60:
            self._zone_minute = number
        elif self._may_be_time(number):
            self._end_time(number)
            kind, after = self._peek()
            return kind in ("end", "space") or after in ("z", "Z", "+", "-")
        elif len(self.date) == 3:
            return False
        else:
            self.date.append(number)
            self._skip("-")
        return True

    def _before_colon(self, number: int) -> bool:
        if self._skip(":"):
            is_first = not self.time
            self.time += [number, 0]
            return is_first
        self.time.append(number)
        self._skip(".")
        return len(self.time) <= 4

    def _may_be_time(self, number: int) -> bool:
        return (len(self.time) in (1, 2) and number < 60) or (len(self.time) == 3 and number < 1000)

    def _end_time(self, number: int) -> None:
        self.time = [*self.time, number, 0, 0, 0][:4]

    def _word(self, token: str) -> bool:
        word = "".join(chr(ord(letter) | 32) for letter in token)
        if word[:3] in _MONTHS:
            self._month = _MONTHS.index(word[:3]) + 1
            self._skip("-")
        elif word in ("am", "pm") and self.time:
            self._half = word
        elif word in _ZONES and self._has_number:
            self._zone_hour, self._zone_minute = _ZONES[word], 0
        else:
            return not self._has_number and self._peek()[0] != "number"
        return True

    def _sign(self, sign: str) -> bool:
        if sign in "+-" and (self.time or (self._zone_hour, self._zone_minute) == (0, 0)):
            return self._offset()
        return not (sign in "+-)" and self._has_number)

    def _offset(self) -> bool:
        """The hours, or hours and minutes, that follow a sign behind a time or UTC."""
        digits = self._next()[1] if self._peek()[0] == "number" else ""
        self._has_number = True
        number = _value(digits)
        if self._peek() == ("sign", ":"):
            self._zone_hour, self._zone_minute = number, None
        elif len(digits) in (1, 2):
            self._zone_hour, self._zone_minute = number, 0
        elif len(digits) in (3, 4):
            self._zone_hour, self._zone_minute = divmod(number, 100)
        else:
            return False
        return True

    def _is_date(self) -> bool:
        if not self.date:
            return False
        first, second, third = [*self.date, 1, 1][:3]
        month, day, year = first, second, third if len(self.date) == 3 else 1
        if self._month is not None:
            month = self._month
            day, year = (first, second) if 1 <= first <= 31 else (second, first)
        elif not 1 <= first <= 31:
            year, month, day = first, second, third
        return 1 <= month <= 12 and 1 <= day <= 31 and _FIRST_YEAR <= year <= _LAST_YEAR

    def _is_time(self) -> bool:
        hour, *rest = [*self.time, 0, 0, 0, 0][:4]
        if self._half is not None:
            if hour > 12:
                return False
            hour = hour % 12 + 12 * (self._half == "pm")
        minute, second, millisecond = rest
        in_day = hour < 24 and minute < 60 and second < 60 and millisecond < 1000
        return in_day or (hour == 24 and not any(rest))


def _without_parentheses(text: str) -> str:
    """The text with a stroke for each part in parentheses, closed or not."""
    kept, depth = [], 0
    for letter in text:
        if letter == "(":
            depth += 1
            kept.append("/" if depth == 1 else "")
        elif letter == ")" and depth:
            depth -= 1
        elif not depth:
            kept.append(letter)
    return "".join(kept)


def _value(digits: str) -> int:
    """A number, of which only nine digits count."""
    return int(digits.lstrip("0")[:9] or 0)


def _milliseconds(digits: str) -> int:
    """The digits behind a second's point, leading zeros aside, as thousandths."""
    number, length = _value(digits), min(len(digits), 9)
    for _ in range(3 - length):
        number *= 10
    for _ in range(length - 3):
        number //= 10
    return number
