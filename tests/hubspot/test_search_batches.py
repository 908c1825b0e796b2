"""Which searches go together, and how values are compared."""

from __future__ import annotations

from collections import Counter

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.records import Found
from hubspot_pipeline.hubspot.search_batches import MOST_CHARACTERS, Query, batches
from hubspot_pipeline.hubspot.search_values import held_keys, wanted_value


def query(**fields: str) -> Query:
    names = tuple(sorted(fields))
    return Query(names, tuple(wanted_value("string", fields[name]) for name in names))


_TEXT = st.text(min_size=1, max_size=40)
_QUERY = st.dictionaries(st.sampled_from(["name", "domain", "größe"]), _TEXT, min_size=1).map(
    lambda fields: query(**fields)
)


@given(st.lists(_QUERY, unique=True, max_size=300), st.lists(st.text(max_size=20), max_size=5))
def test_every_search_is_in_one_batch_of_its_shape_and_no_body_is_too_long(
    queries: list[Query], properties: list[str]
) -> None:
    made = list(batches(queries, tuple(properties)))
    assert Counter(each for batch in made for each in batch.queries) == Counter(queries)
    for batch in made:
        assert len({each.names for each in batch.queries}) == 1
        assert len(batch.queries) <= 100
        assert len(orjson.dumps(batch.body("9999999")).decode()) <= MOST_CHARACTERS


def test_a_search_too_long_for_a_call_is_a_batch_that_says_so() -> None:
    short, long = query(name="a"), query(name="b" * MOST_CHARACTERS)
    made = list(batches([short, long], ()))
    assert [(batch.queries, batch.is_too_long()) for batch in made] == [
        ((short,), False),
        ((long,), True),
    ]


def test_an_option_that_might_be_several_is_searched_for_alone() -> None:
    options = [wanted_value("enumeration", text) for text in ("A", "B", "A;B", "C")]
    queries = [Query(("role",), (each,)) for each in options]
    made = [[each.values[0].text for each in batch.queries] for batch in batches(queries, ())]
    assert sorted(made) == [["A", "B", "C"], ["A;B"]]


def test_searches_that_share_values_go_together() -> None:
    queries = [
        query(country=country, name=f"{n} of a company with a rather long name in {country}")
        for n in range(60)
        for country in ("AT", "CH", "DE")
    ]
    countries = [{each.values[0].text for each in batch.queries} for batch in batches(queries, ())]
    assert sum(map(len, countries)) <= len(countries) + 2


def test_a_record_with_values_of_two_searches_is_a_hit_of_neither() -> None:
    (batch,) = batches([query(name="a", city="x"), query(name="b", city="y")], ())
    assert batch.owners(Found("1", {"name": "A", "city": "Y"})) == []
    assert batch.owners(Found("2", {"name": "B", "city": "y"})) == [query(name="b", city="y")]


@pytest.mark.parametrize(
    "properties", [{"name": "c", "city": "x"}, {"name": "a"}, {"name": "a", "city": None}]
)
def test_a_record_with_a_value_of_no_search_belongs_nobody_knows_where(
    properties: dict[str, str | None],
) -> None:
    (batch,) = batches([query(name="a", city="x"), query(name="b", city="y")], ())
    assert batch.owners(Found("1", properties)) is None


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("string", "Zürich", "ZÜRICH"),
        ("phone_number", "+41 EXT", "+41 ext"),
        ("number", "7", "+07.00"),
        ("number", ".5", "0.5"),
        ("date", "2024-01-05", "1704412800000"),
        ("date", "2024-01-05", "2024-01-05T13:00:00Z"),
        ("date", "1969-12-31", "1969-12-31T13:00:00Z"),
        ("datetime", "2024-01-05T12:00:00+02:00", "2024-01-05T10:00:00.000Z"),
        ("datetime", "2024-01-05T10:00:00", "1704448800000"),
    ],
)
def test_values_that_hubspot_takes_for_equal_have_the_same_key(
    kind: str, one: str, other: str
) -> None:
    assert held_keys(kind, one) == (wanted_value(kind, other).key,)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("string", "7", "07"),
        ("number", "12345678901234567890", "12345678901234567891"),
        ("enumeration", "Lead", "lead"),
        ("bool", "true", "TRUE"),
        ("datetime", "2024-01-05T10:00:00.001Z", "2024-01-05T10:00:00Z"),
    ],
)
def test_values_that_hubspot_tells_apart_have_not(kind: str, one: str, other: str) -> None:
    assert wanted_value(kind, other).key not in held_keys(kind, one)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "seven"),
        ("number", "1e3"),
        ("number", "Infinity"),
        ("date", "2024-02-30"),
        ("datetime", "soon"),
    ],
)
def test_what_is_no_value_of_its_type_cannot_be_wanted_and_equals_nothing(
    kind: str, text: str
) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is no"):
        wanted_value(kind, text)
    assert held_keys(kind, text) == ()


def test_numbers_and_times_are_asked_for_as_hubspot_writes_them() -> None:
    assert wanted_value("number", "+12345678901234567890.50").text == "12345678901234567890.50"
    assert wanted_value("date", "2024-01-05T13:00:00Z").text == "1704412800000"
    assert wanted_value("string", "ACME").text == "acme"
