"""What both event actions make: the same id for the same event, always."""

from __future__ import annotations

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from hubspot_pipeline.actions.occurrences import moments, uuids
from tests.actions.events import text_column

NAMESPACE = UUID("9a5ff0c3-6b0e-4d53-8f5e-3f6c1f2f7a16")
IDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=6))


@given(IDS, st.text(st.characters(codec="utf-8"), max_size=6))
def test_ids_are_version_5_uuids_of_mapping_and_message(ids: list[str], mapping: str) -> None:
    expected = [str(uuid5(NAMESPACE, f"{mapping}/{each}")) for each in ids]
    assert uuids(text_column([*ids]), mapping).to_pylist() == expected


def test_ids_stay_the_same_from_release_to_release() -> None:
    found = uuids(text_column(["m1"]), "crm/events").to_pylist()
    assert found == ["a2e334b0-4aa8-5681-bae2-6388f1553b74"]


def test_times_are_written_in_utc_with_milliseconds() -> None:
    texts = ["2024-05-01T10:00:00.123456+02:00", None, "soon"]
    assert moments(text_column([*texts])).to_pylist() == ["2024-05-01T08:00:00.123Z", None, None]
