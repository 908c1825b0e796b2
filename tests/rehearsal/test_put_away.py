"""Records that are put away come back as they were, and are found by the same values meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.search_values import held_keys
from hubspot_pipeline.rehearsal.known_records import KnownRecord, KnownRecords
from hubspot_pipeline.rehearsal.put_away import PutAway

KINDS = {"city": "string", "size": "number", "tags": "enumeration", "code": "bool"}
VALUES = {
    "city": st.sampled_from(["", "Oslo", "oslo", "Rome\x00", "'%"]),
    "size": st.sampled_from(
        ["", "7", "7.0", "07", "-0", "0", "1e3", "12345678901234567890123456789"]
    ),
    "tags": st.sampled_from(["", "a", "a;b", "b;a", ";"]),
    "code": st.sampled_from(["", "A", "a"]),
}
WRITE = st.sampled_from(list(KINDS)).flatmap(
    lambda name: st.tuples(st.just("write"), st.sampled_from("abc"), st.just(name), VALUES[name])
)
ASK = st.sampled_from(list(KINDS)).flatmap(
    lambda name: st.tuples(st.just("ask"), st.just(""), st.just(name), VALUES[name])
)
STEPS = st.lists(WRITE | ASK | st.just(("put away", "", "", "")), max_size=30)


@given(steps=STEPS)
def test_records_put_away_at_any_time_are_found_and_changed_as_those_in_memory(
    steps: list[tuple[str, str, str, str]],
) -> None:
    tidied, plain = KnownRecords(), KnownRecords()
    for what, id_, name, value in steps:
        if what == "put away":
            tidied.put_away()
        elif what == "ask":
            kind = KINDS[name]
            keys = held_keys(kind, value)
            assert tidied.with_value(name, kind, keys) == plain.with_value(name, kind, keys)
        else:
            for records in (tidied, plain):
                record = records.get(id_) or KnownRecord(id_, id_ == "a", {"name": None})
                records.write(record, name, value)
    assert [tidied.get(id_) for id_ in "abc"] == [plain.get(id_) for id_ in "abc"]
    tidied.close()


@pytest.fixture
def away() -> Iterator[PutAway]:
    opened = PutAway()
    yield opened
    opened.close()


def test_what_is_taken_out_is_gone(away: PutAway) -> None:
    assert away.take("1") is None
    away.put([("1", {"a": "b"})])
    assert away.take("1") == {"a": "b"}
    assert away.take("1") is None


def test_what_was_let_go_of_is_gone(away: PutAway) -> None:
    away.put([("1", [])])
    away.put_keys(("city", "string"), [("oslo", "1")])
    away.close()
    assert list(away.all()) == []
    assert list(away.with_key(("city", "string"), ["oslo"])) == []
