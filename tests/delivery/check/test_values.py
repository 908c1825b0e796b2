"""Columns of values: the same as a plain look at each value, and nothing that HubSpot refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hubspot_pipeline.delivery.check.coercion import (
    Choices,
    Coerced,
    as_number,
    as_option,
    as_options,
    as_text,
    truths,
)
from hubspot_pipeline.delivery.check.times import as_date, as_datetime
from hubspot_pipeline.simulator.account import values as simulated

NOW = datetime(2026, 7, 1, tzinfo=UTC)
OPTIONS = (
    ("lead", "Lead"),
    ("mql", "Marketing qualified"),
    ("SQL", "Sales qualified"),
    ("42", "lead"),
    ("twin_a", "Twin"),
    ("twin_b", "twin"),
    ("ä", "Ärger"),
)
CHOICES = Choices(OPTIONS)
VALUES = [value for value, _ in OPTIONS]

Column = Callable[[pa.ChunkedArray], Coerced]
Plain = Callable[[str], str | None]


def column(texts: list[str | None], pieces: int = 2) -> pa.ChunkedArray:
    """A column in several chunks, as they come."""
    size = max(len(texts) // pieces, 1)
    chunks = [texts[at : at + size] for at in range(0, len(texts), size)]
    return pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks], pa.string())


def outcome(coerced: Coerced) -> list[tuple[str | None, bool]]:
    """Each row's value, and whether it is bad."""
    return list(zip(coerced.values.to_pylist(), coerced.bad.to_pylist(), strict=True))


def one(coerce: Column, text: str) -> str | None:
    """What becomes of one value; None if it is bad."""
    [(value, bad)] = outcome(coerce(column([text])))
    return None if bad else value


# -- a plain look at each value --------------------------------------------------------------------

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def plain_number(text: str) -> str | None:
    text = text.strip()
    if NUMBER.fullmatch(text):
        return text
    mantissa, e, exponent = text.lower().partition("e")
    if not e or not NUMBER.fullmatch(mantissa) or not re.fullmatch(r"[+-]?[0-9]{1,3}", exponent):
        return None
    return format(Decimal(text), "f") if abs(int(exponent)) <= 308 else None


def plain_option(options: tuple[tuple[str, str], ...], text: str) -> str | None:
    values = [value for value, _ in options]
    if text in values:
        return text
    for named in ([(v, v) for v in values], [(label, v) for v, label in options]):
        found = {v for name, v in named if name.strip().casefold() == text.strip().casefold()}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def plain_options(text: str) -> str | None:
    members = [plain_option(OPTIONS, each) for each in text.split(";") if each.strip()]
    if not members or None in members:
        return None
    return (";" if text.startswith(";") else "") + ";".join(each for each in members if each)


def plain_instant(text: str) -> datetime | None:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    if re.fullmatch(r"-?[0-9]{1,14}", text):
        number = int(text)
        if abs(number) < 100_000_000 and number % 86_400_000:
            return None
        seconds = 100_000_000 <= abs(number) < 10_000_000_000
        return _near(epoch, timedelta(milliseconds=number * (1_000 if seconds else 1)))
    if not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if len(text) == 10:
        return _near(moment, timedelta())
    found = re.fullmatch(
        r"[T ]([0-9]{2}):?([0-9]{2})(?::?([0-9]{2})(?:[.,]([0-9]+))?)?"
        r"(?:(Z)|([+-])([0-9]{2})(?::?([0-9]{2}))?)?",
        text[10:],
    )
    if found is None:
        return None
    hour, minute, second = (int(found[at] or 0) for at in (1, 2, 3))
    ahead, behind = int(found[7] or 0), int(found[8] or 0)
    if max(hour, ahead) > 23 or max(minute, second, behind) > 59:
        return None
    offset = timedelta(hours=ahead, minutes=behind) * (-1 if found[6] == "-" else 1)
    micros = int((found[4] or "0")[:6].ljust(6, "0"))
    rest = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    return _near(moment, rest - offset)


def _near(start: datetime, after: timedelta) -> datetime | None:
    try:
        moment = start + after
    except OverflowError:
        return None
    return moment if abs(moment - NOW) <= timedelta(days=365_248) else None


def plain_date(text: str) -> str | None:
    moment = plain_instant(text)
    return moment.date().isoformat() if moment else None


def plain_datetime(text: str) -> str | None:
    moment = plain_instant(text)
    if moment is None:
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


# -- what comes in ---------------------------------------------------------------------------------

SPELLED = st.sampled_from([each for option in OPTIONS for each in option]).flatmap(
    lambda name: st.sampled_from([name, name.upper(), name.lower(), f" {name} ", name[:-1]])
)
MEMBERS = st.lists(st.one_of(SPELLED, st.just("")), max_size=4).map(";".join)
NUMBERS = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{0,22}\.?[0-9]{0,5}\Z"),
    st.from_regex(r"\A[+-]?[0-9]{1,3}\.?[0-9]?[eE][+-]?[0-9]{1,4}\Z"),
    st.floats().map(str),
    st.integers().map(str),
)
TIMES = st.one_of(
    st.builds(
        lambda moment, minutes: moment.astimezone(timezone(timedelta(minutes=minutes))).isoformat(),
        st.datetimes(
            NOW.replace(year=1020, tzinfo=None),
            NOW.replace(year=3040, tzinfo=None),
            timezones=st.just(UTC),
        ),
        st.integers(-1_400, 1_400),
    ),
    st.from_regex(
        r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]([T ][0-2][0-9]:?[0-5][0-9]"
        r"(:?[0-6][0-9]([.,][0-9]{1,9})?)?(Z|[+-][01][0-9]:?[0-5]?[0-9]?)?)?\Z"
    ),
    st.integers(-(10**16), 10**16).map(str),
    st.integers(-20_000, 40_000).map(lambda day: str(day * 86_400_000)),
    st.integers(0, 10**11).map(str),
    st.dates().map(date.isoformat),
)
ANYTHING = st.text(max_size=8)

KINDS: dict[str, tuple[st.SearchStrategy[str], Column, Plain, simulated.Accept]] = {
    "text": (
        st.text(max_size=12),
        partial(as_text, longest=8),
        lambda text: text if len(text) <= 8 else None,
        simulated.text_acceptor("TOO_LONG"),
    ),
    "number": (NUMBERS, as_number, plain_number, simulated.accept_number("n")),
    "option": (
        SPELLED,
        partial(as_option, choices=CHOICES),
        partial(plain_option, OPTIONS),
        simulated.accept_option(VALUES),
    ),
    "options": (
        MEMBERS,
        partial(as_options, choices=CHOICES),
        plain_options,
        simulated.accept_options(VALUES),
    ),
    "bool": (
        st.sampled_from(["true", "TRUE", "False", "1", "0", "yes", "2", " true"]),
        partial(as_option, choices=truths()),
        lambda text: {"true": "true", "1": "true", "false": "false", "0": "false"}.get(
            text.strip().lower()
        ),
        simulated.accept_option(("true", "false")),
    ),
    "date": (
        TIMES,
        partial(as_date, now=NOW),
        plain_date,
        simulated.accept_date(normalize=False),
    ),
    "datetime": (TIMES, partial(as_datetime, now=NOW), plain_datetime, simulated.accept_datetime),
}


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_a_column_becomes_what_each_of_its_values_does(kind: str, data: st.DataObject) -> None:
    given_, coerce, plain, accept = KINDS[kind]
    texts = data.draw(st.lists(st.one_of(given_, st.none(), st.just(""), ANYTHING), max_size=12))
    assume("\x00" not in "".join(text or "" for text in texts))
    for text, (value, bad) in zip(texts, outcome(coerce(column(texts))), strict=True):
        expected = plain(text) if text else text
        assert bad == (expected is None and text is not None), text
        assert value == (text if bad else expected)
        if not bad and value is not None:
            assert accept(value) == value  # HubSpot takes it, and stores it so


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("007", "007"),
        ("12345678901234567890", "12345678901234567890"),
        ("1e5", "100000"),
        ("2.5E-3", "0.0025"),
        ("1,000", None),
        ("0x10", None),
        ("NaN", None),
        ("1e999", None),
    ],
)
def test_numbers_keep_every_digit(given_: str, stored: str | None) -> None:
    assert one(as_number, given_) == stored


@pytest.mark.parametrize(
    ("given_", "day", "instant"),
    [
        ("2026-03-01", "2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("2026-03-01T23:30:00-05:00", "2026-03-02", "2026-03-02T04:30:00.000Z"),
        ("2026-03-01T10:00", "2026-03-01", "2026-03-01T10:00:00.000Z"),
        ("2026-03-01 100500,0125+02", "2026-03-01", "2026-03-01T08:05:00.012Z"),
        ("1772323200000", "2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("1772323200", "2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("0", "1970-01-01", "1970-01-01T00:00:00.000Z"),
        ("-86400000", "1969-12-31", "1969-12-31T00:00:00.000Z"),
        ("2024-02-30", None, None),
        ("20260301", None, None),
        ("01/03/2026", None, None),
        ("-62044444800000", None, None),
    ],
)
def test_times_become_days_and_instants_in_utc(
    given_: str, day: str | None, instant: str | None
) -> None:
    assert one(partial(as_date, now=NOW), given_) == day
    assert one(partial(as_datetime, now=NOW), given_) == instant


def test_a_value_wins_over_a_label_and_a_label_of_two_options_names_neither() -> None:
    option = partial(as_option, choices=CHOICES)
    assert one(option, "LEAD") == "lead"
    assert one(option, "Twin") is None
    assert one(option, "sales QUALIFIED") == "SQL"


@pytest.mark.parametrize(
    ("given_", "stored"),
    [
        ("lead;Marketing Qualified", "lead;mql"),
        (";sql", ";SQL"),
        ("lead;;mql;", "lead;mql"),
        (";", None),
        ("lead;no", None),
        ('["lead","Marketing Qualified"]', "lead;mql"),
        ('["lead;mql"]', None),
        ('["lead",["mql"]]', None),
        ("[]", None),
        ("[lead", None),
    ],
)
def test_several_options_are_named_one_by_one_and_a_leading_semicolon_stays(
    given_: str, stored: str | None
) -> None:
    assert one(partial(as_options, choices=CHOICES), given_) == stored
