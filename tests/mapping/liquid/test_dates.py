"""Dates, as LiquidJS writes them where the clock is in UTC."""

from __future__ import annotations

import pytest

from tests.mapping.liquid.event import rendered

DATES = [
    ("d | date: '%Y-%m-%d %H:%M:%S.%L'", "2024-02-29 13:05:09.045"),
    (
        "d | date: '%a %A %b %B %h %y %C %e %j %u %w %U %W'",
        "Thu Thursday Feb February Feb 24 20 29 060 4 4 08 09",
    ),
    (
        "d | date: '%k %l %I %p %P %N %s %z %Z %q %% %t|%n|'",
        "13  1 01 PM pm 045000000 1709211909 +0000 UTC th % \t|\n|",
    ),
    ("d | date: '%-d/%-m %_m %05d %^a %#p %:z %3N'", "29/2  2 00029 THU pm +00:00 045"),
    ("d | date: '%c | %x | %X'", "2/29/2024, 1:05:09 PM | 2/29/2024 | 1:05:09 PM"),
    ("d | date: '%Q %E'", "%Q %E"),
    ("d | date", "Thursday, February 29, 2024 at 1:05 pm +0000"),
    ("d | date: nil", "Thursday, February 29, 2024 at 1:05 pm +0000"),
    ("ts | date: '%H:%M'", "13:05"),
    ("'1709211909' | date: '%Y'", "2024"),
    ("f | date: '%S.%L'", "02.500"),
    ("neg | date: '%Y'", "1969"),
    ("'2024-05-01' | date: '%H'", "00"),
    ("'2024-05-01 10:00' | date: '%H'", "10"),
    ("'2024-05-01T10:00:00+02:00' | date: '%H'", "08"),
    ("'May 1 2024' | date: '%Y-%m-%d'", "2024-05-01"),
    ("'01/02/2024' | date: '%Y-%m-%d'", "2024-01-02"),
    ("'Mon, 01 Jan 2024 00:00:00 GMT' | date: '%s'", "1704067200"),
    ("'hello' | date: '%Y'", "hello"),
    ("'' | date: '%Y'", ""),
    ("nil_ | date: '%Y'", ""),
    ("o | date: '%Y'", "[object Object]"),
    ("yes | date: '%Y'", "1970"),
    ("d | date: '%H:%M %z', 120", "11:05 -0200"),
    ("d | date: '%H:%M %z %Z', 'America/New_York'", "08:05 -0500 America/New_York"),
    ("d | date: '%H:%M', 'Asia/Kolkata'", "18:35"),
    ("d | date_to_xmlschema", "2024-02-29T13:05:09+00:00"),
    ("d | date_to_rfc822", "Thu, 29 Feb 2024 13:05:09 +0000"),
    ("d | date_to_string", "29 Feb 2024"),
    ("d | date_to_string: 'ordinal'", "29th Feb 2024"),
    ("d | date_to_string: 'ordinal', 'US'", "Feb 29th, 2024"),
    ("d | date_to_long_string", "29 February 2024"),
    ("'hello' | date_to_string", "hello"),
    ("'now' | date: '%Y' | size", "4"),
]


@pytest.mark.parametrize(("filtered", "expected"), DATES)
def test_a_date_is_written_as_the_original_writes_it(filtered: str, expected: str) -> None:
    assert rendered(f"{{{{ {filtered} }}}}") == expected


@pytest.mark.parametrize(
    "far", ["1e300", "999999999999999", "'0001-01-01T00:00:00+14:00'", "'99999999999999999999'"]
)
def test_a_moment_out_of_reach_stays_as_it_is(far: str) -> None:
    assert rendered(f"{{{{ {far} | date: '%Y' }}}}") == rendered(f"{{{{ {far} }}}}")
