"""Records that were written are found by their values as a search would find them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.hubspot.search_values import held_keys
from hubspot_pipeline.rehearsal.known_records import KnownRecord, KnownRecords

VALUES = st.sampled_from(["", "Oslo", "oslo", "Rome"])
WRITES = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["city", "name"]), VALUES))


@given(writes=WRITES, asked_after=st.integers(0, 20), wanted=VALUES)
def test_an_index_finds_what_a_look_at_every_record_does(
    writes: list[tuple[str, str, str]], asked_after: int, wanted: str
) -> None:
    records = KnownRecords()
    plain: dict[str, KnownRecord] = {}
    keys = held_keys("string", wanted)
    for at, (id_, name, value) in enumerate(writes):
        if at == asked_after:
            records.with_value("city", "string", keys)  # from then on there is an index
        records.write(plain.setdefault(id_, KnownRecord(id_)), name, value)
    assert records.with_value("city", "string", keys) == {
        id_
        for id_, record in plain.items()
        if set(keys) & set(held_keys("string", record.written.get("city")))
    }


def test_a_written_value_hides_the_one_that_hubspot_holds() -> None:
    record = KnownRecord("1", held={"city": "Oslo", "name": None})
    assert record.value("city") == "Oslo"
    KnownRecords().write(record, "city", "")
    assert record.value("city") == ""
    assert record.knows(["city", "name"])
    assert not record.knows(["phone"])
