"""What HubSpot makes of a property's value, by the property's type (hubspot-api §3.6)."""

import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from hubspot_pipeline.simulator.account.domains import TOP_LEVEL_DOMAINS
from hubspot_pipeline.simulator.clock import iso_milliseconds

MAX_TEXT = 65_536
Accept = Callable[[Any], str]
"""Takes a JSON value, never null, and gives the text to keep; raises `Refused`."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]++(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]++)*+"
    r"@(?:[a-z0-9]++(?:-++[a-z0-9]++)*+\.)+(xn--[a-z0-9-]+|[a-z]{2,})"
)
_DAY_MS = 86_400_000
_EPOCH = date(1970, 1, 1)
_THOUSAND_YEARS_MS = 365_250 * _DAY_MS


class Refused(Exception):  # noqa: N818 - one value's fate, not a program's error
    """A value that the property does not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class NotText(Exception):  # noqa: N818 - a body that cannot be read, not a program's error
    """An array or object where a property's value should be.

    Attributes:
        name: The property, once known.
    """

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.name = name


class Normalized(Exception):  # noqa: N818 - one value's fate, not a program's error
    """A date that 2026-09 puts right instead of refusing it (§1.5)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def text_of(value: Any) -> str:
    """A JSON scalar as text, as HubSpot's reader turns it into one.

    Raises:
        NotText: An array or object, which no property takes.
    """
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]  # its type was just looked at
    if kind is bool:
        return "true" if value else "false"
    if kind is dict or kind is list:
        raise NotText
    text = str(value)
    return format(Decimal(text), "f") if kind is float and "e" in text else text


@cache
def text_acceptor(too_long_code: str) -> Accept:
    """Free text of at most 65,536 characters; the code of longer ones is not known (§3.6)."""

    def accept(value: Any) -> str:
        text = text_of(value)
        if len(text) > MAX_TEXT:
            raise Refused(
                too_long_code,
                f"Property value is too long: {len(text)} characters, "
                f"at most {MAX_TEXT} are allowed",
            )
        return text

    return accept


def accept_number(name: str, code: str = "INVALID_INTEGER") -> Accept:
    """Digits with a sign and one decimal point."""

    def accept(value: Any) -> str:
        text = text_of(value)
        if text and not _NUMBER.fullmatch(text):
            raise Refused(code, f"{name} was not a valid number")
        return text

    return accept


def accept_option(options: Sequence[str], code: str = "INVALID_OPTION") -> Accept:
    """One of the options' internal values, case and all."""
    known = {option: option for option in options}
    known[""] = ""

    def accept(value: Any) -> str:
        text = text_of(value)
        option = known.get(text)
        if option is None:
            raise Refused(code, not_an_option(text, options))
        return option

    return accept


def accept_listed(options: Callable[[], Sequence[str]]) -> Accept:
    """One of the options that are kept elsewhere, such as the account's owners."""

    def accept(value: Any) -> str:
        text = text_of(value)
        if text and text not in (known := options()):
            raise Refused("INVALID_OPTION", not_an_option(text, known))
        return text

    return accept


def accept_options(options: Sequence[str]) -> Accept:
    """Several options, ``A;B``; a leading ``;`` is kept: it asks to append."""
    known = frozenset(options)

    def accept(value: Any) -> str:
        text = text_of(value)
        for member in text.removeprefix(";").split(";") if text else ():
            if member not in known:
                raise Refused("INVALID_OPTION", not_an_option(member, options))
        return text

    return accept


def merge_options(current: str, written: str) -> str:
    """What a multi-checkbox holds after a write: ``;C`` appends, ``A;B`` replaces."""
    if not written.startswith(";"):
        return ";".join(dict.fromkeys(written.split(";"))) if written else ""
    members = [*(current.split(";") if current else ()), *written[1:].split(";")]
    return ";".join(dict.fromkeys(members))


def accept_email(*, unknown_domains_refused: bool) -> Accept:
    """An e-mail address, kept in lower case; its top-level domain must exist (§2.6)."""

    def accept(value: Any) -> str:
        text = value if type(value) is str else text_of(value)
        lowered = text.lower()
        match = _EMAIL.fullmatch(lowered)
        if match and (not unknown_domains_refused or is_top_level_domain(match[1])):
            return lowered
        if not text:
            return text
        raise Refused("INVALID_EMAIL", f"Email address {text} is invalid")

    return accept


def accept_emails(accept_one: Accept) -> Accept:
    """Several addresses, ``a@x.com;b@x.com``; a leading ``;`` asks to append."""

    def accept(value: Any) -> str:
        text = text_of(value)
        addresses = [accept_one(member) for member in text.removeprefix(";").split(";") if member]
        return (";" if text.startswith(";") else "") + ";".join(addresses)

    return accept


def is_top_level_domain(label: str) -> bool:
    """Whether a lower-case label is a top-level domain that exists."""
    return label in TOP_LEVEL_DOMAINS or label.startswith("xn--")


def accept_date(*, normalize: bool) -> Accept:
    """A day: ``YYYY-MM-DD`` or milliseconds at midnight UTC; 2026-09 paths also put others right.

    Raises, when called:
        Refused: Not a day, and not to be put right.
        Normalized: Not a day, but put right.
    """

    def accept(value: Any) -> str:
        text = text_of(value)
        if not text:
            return text
        if _DAY.fullmatch(text):
            return _day(text)
        if _WHOLE.fullmatch(text):
            return _day_of_epoch(int(text), normalize=normalize)
        if normalize and (instant := _instant(text)) is not None:
            _refuse_too_far(instant)
            raise Normalized((_EPOCH + timedelta(days=instant // _DAY_MS)).isoformat())
        raise Refused("INVALID_DATE", f"{text} was not a valid date.")

    return accept


def accept_datetime(value: Any) -> str:
    """An instant: ISO 8601 with its zone, or milliseconds since 1970; kept in UTC."""
    text = text_of(value)
    if not text:
        return text
    instant = milliseconds_of(text)
    if instant is None:
        raise Refused("INVALID_LONG", f"{text} was not a valid long.")
    _refuse_too_far(instant)
    return iso_milliseconds(instant)


def milliseconds_of(text: str) -> int | None:
    """Milliseconds since 1970 of a time in either of the ways to write one; None if it is none."""
    return int(text) if _WHOLE.fullmatch(text) else _instant(text)


def not_an_option(text: str, options: Sequence[str]) -> str:
    """What INVALID_OPTION says."""
    return f"{text} was not one of the allowed options: [{', '.join(options)}]"


def _refuse_too_far(milliseconds: int) -> None:
    """By the machine's clock: a moved one makes no difference among a thousand years."""
    if abs(milliseconds - time.time() * 1_000) > _THOUSAND_YEARS_MS:
        raise Refused(
            "INVALID_DATE",
            f"{milliseconds} is more than 1,000 years ago or 1,000 years from now.",
        )


def _day(text: str) -> str:
    try:
        days = (date.fromisoformat(text) - _EPOCH).days
    except ValueError:
        raise Refused("INVALID_DATE", f"{text} was not a valid date.") from None
    _refuse_too_far(days * _DAY_MS)
    return text


def _day_of_epoch(milliseconds: int, *, normalize: bool) -> str:
    _refuse_too_far(milliseconds)
    days, rest = divmod(milliseconds, _DAY_MS)
    if rest and normalize:
        seconds_meant = abs(milliseconds) < 10_000_000_000  # as milliseconds: before May 1970
        days = milliseconds // 86_400 if seconds_meant else days
        raise Normalized((_EPOCH + timedelta(days=days)).isoformat())
    if rest:
        seconds, millis = divmod(rest, 1_000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        clock = f"{hour}:{minute}:{second}.{millis}"
        raise Refused("INVALID_DATE", f"{milliseconds} is at {clock} UTC, not midnight!")
    return (_EPOCH + timedelta(days=days)).isoformat()


def _instant(text: str) -> int | None:
    """Milliseconds since 1970 of an ISO 8601 instant (or day, at midnight UTC); else None."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    if parsed.tzinfo is None:
        if not _DAY.fullmatch(text):
            return None
        parsed = parsed.replace(tzinfo=UTC)
    return (parsed - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
