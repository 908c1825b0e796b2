"""Dates in templates: read from texts and numbers, written by a format, in UTC."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil import parser

from hubspot_pipeline.mapping.liquid.values import (
    check_size,
    is_nil,
    is_number,
    number_or_0,
    printed,
)

DEFAULT_FORMAT = "%A, %B %-e, %Y at %-l:%M %P %z"

_CODE = re.compile(r"%([-_0^#:]+)?(\d+)?([EO])?(.)", re.DOTALL)
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
]  # fmt: skip
_WIDTHS = {**dict.fromkeys("CdeHIklmMSUWy", 2), "j": 3, "L": 3, "Y": 4}
_PADDED_WITH_SPACES = frozenset("aAbBceklpP")
_NOWHERE = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)


def date(value: Any, form: Any = None, zone: Any = None) -> Any:
    """A date written by a format; what is no date stays as it is."""
    moment = _moment(value)
    if moment is None:
        return value
    if not is_nil(zone):
        moment = moment.astimezone(_zone(zone))
    return _written(moment, DEFAULT_FORMAT if is_nil(form) else printed(form))


def date_to_xmlschema(value: Any) -> Any:
    """ISO 8601."""
    return date(value, "%Y-%m-%dT%H:%M:%S%:z")


def date_to_rfc822(value: Any) -> Any:
    """As in e-mail headers."""
    return date(value, "%a, %d %b %Y %H:%M:%S %z")


def date_to_string(value: Any, kind: Any = None, style: Any = None) -> Any:
    """``07 Nov 2008``, or with ``ordinal``: ``7th Nov 2008``, ``Nov 7th, 2008`` in US style."""
    return _in_words(value, "%b", kind, style)


def date_to_long_string(value: Any, kind: Any = None, style: Any = None) -> Any:
    """The same with the month in full."""
    return _in_words(value, "%B", kind, style)


def _in_words(value: Any, month: str, kind: Any, style: Any) -> Any:
    if kind != "ordinal":
        return date(value, f"%d {month} %Y")
    return date(value, f"{month} %-d%q, %Y" if style == "US" else f"%-d%q {month} %Y")


def _moment(value: Any) -> dt.datetime | None:
    """The moment a value tells: seconds since 1970, ``now``, or a text; no zone means UTC."""
    if value in ("now", "today"):
        return dt.datetime.now(dt.UTC)
    if isinstance(value, str) and not re.fullmatch("[0-9]+", value):
        return _read(value)
    if not isinstance(value, str | bool | int | float):
        return None
    try:
        # Only booleans count milliseconds, as they come to JavaScript's Date as they are.
        seconds = value / 1000 if isinstance(value, bool) else float(value)
        return dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _read(text: str) -> dt.datetime | None:
    if not re.search("[0-9]", text):
        return None
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            moment = parser.parse(text, default=_NOWHERE, tzinfos=lambda _, offset: offset or 0)
        except (ValueError, OverflowError):
            return None
    try:
        return moment.astimezone(dt.UTC) if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    except OverflowError:
        return None


def _zone(zone: Any) -> dt.tzinfo:
    """Minutes behind UTC, as JavaScript counts them, or a zone's name."""
    if is_number(zone):
        return dt.timezone(dt.timedelta(minutes=-number_or_0(zone)))
    try:
        return ZoneInfo(printed(zone))
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {printed(zone)!r}") from error


def _written(moment: dt.datetime, form: str) -> str:
    check_size(sum(int(width) for width in re.findall(r"\d{1,9}", form)))
    return _CODE.sub(lambda found: _part(moment, found), form)


def _part(moment: dt.datetime, found: re.Match[str]) -> str:
    flags, width, code = found[1] or "", found[2], found[4]
    write = _CODES.get(code)
    if write is None:
        return found[0]
    text = _offset(moment, ":" if ":" in flags else "") if code == "z" else str(write(moment))
    if code == "N":
        return text[: int(width or 9)].ljust(int(width or 9), "0")
    if "^" in flags:
        text = text.upper()
    elif "#" in flags:
        text = text.lower() if any(letter.isupper() for letter in text) else text.upper()
    pad = " " if code in _PADDED_WITH_SPACES else "0"
    if "_" in flags:
        pad = " "
    elif "0" in flags:
        pad = "0"
    return text.rjust(0 if "-" in flags else int(width or _WIDTHS.get(code, 0)), pad)


def _offset(moment: dt.datetime, separator: str) -> str:
    minutes = int((moment.utcoffset() or dt.timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{separator}{rest:02}"


def _zone_name(moment: dt.datetime) -> str:
    zone = moment.tzinfo
    if isinstance(zone, ZoneInfo) and zone.key:
        return zone.key
    return "UTC" if zone is dt.UTC else _offset(moment, "")


def _week(moment: dt.datetime, first_day: int) -> int:
    since = (moment.isoweekday() - first_day) % 7
    return (moment.timetuple().tm_yday - 1 - since + 7) // 7


def _ordinal(day: int) -> str:
    if day in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


_CODES: dict[str, Callable[[dt.datetime], object]] = {
    "a": lambda moment: _DAYS[moment.weekday()][:3],
    "A": lambda moment: _DAYS[moment.weekday()],
    "b": lambda moment: _MONTHS[moment.month - 1][:3],
    "h": lambda moment: _MONTHS[moment.month - 1][:3],
    "B": lambda moment: _MONTHS[moment.month - 1],
    "c": lambda moment: _written(moment, "%-m/%-d/%Y, %-l:%M:%S %p"),
    "C": lambda moment: moment.year // 100,
    "d": lambda moment: moment.day,
    "e": lambda moment: moment.day,
    "H": lambda moment: moment.hour,
    "I": lambda moment: moment.hour % 12 or 12,
    "j": lambda moment: moment.timetuple().tm_yday,
    "k": lambda moment: moment.hour,
    "l": lambda moment: moment.hour % 12 or 12,
    "L": lambda moment: moment.microsecond // 1000,
    "m": lambda moment: moment.month,
    "M": lambda moment: moment.minute,
    "N": lambda moment: f"{moment.microsecond // 1000:03}",
    "p": lambda moment: "AM" if moment.hour < 12 else "PM",
    "P": lambda moment: "am" if moment.hour < 12 else "pm",
    "q": lambda moment: _ordinal(moment.day),
    "s": lambda moment: int(moment.timestamp() // 1),
    "S": lambda moment: moment.second,
    "u": lambda moment: moment.isoweekday(),
    "U": lambda moment: _week(moment, 7),
    "w": lambda moment: moment.isoweekday() % 7,
    "W": lambda moment: _week(moment, 1),
    "x": lambda moment: _written(moment, "%-m/%-d/%Y"),
    "X": lambda moment: _written(moment, "%-l:%M:%S %p"),
    "y": lambda moment: moment.year % 100,
    "Y": lambda moment: moment.year,
    "z": lambda moment: moment,
    "Z": _zone_name,
    "t": lambda _: "\t",
    "n": lambda _: "\n",
    "%": lambda _: "%",
}
