"""Changes that undo each other are none, and records that do not exist yet are told apart."""

from __future__ import annotations

from hubspot_pipeline.rehearsal.changes import RecordChange, is_new, new_id, told_id, told_text


def test_a_value_that_ends_as_it_was_does_not_change() -> None:
    change = RecordChange()
    change.set("stage", "customer", "")
    change.set("stage", "", "customer")
    assert change.real_values == {}


def test_a_value_that_changes_twice_changes_from_the_first_to_the_last() -> None:
    change = RecordChange()
    change.set("stage", "customer", "")
    change.set("stage", "", "lead")
    assert change.real_values == {"stage": ("customer", "lead")}


def test_an_association_that_is_given_and_taken_is_none() -> None:
    change = RecordChange()
    change.associate("add", "companies", None, "1")
    change.associate("add", "companies", "USER_DEFINED:7", "1")
    change.associate("remove", "companies", None, "1")
    assert change.associations == [("add", "companies", "USER_DEFINED:7", "1")]


def test_who_joins_and_leaves_a_list_does_not_move() -> None:
    change = RecordChange()
    change.move("join", "VIPs")
    change.move("leave", "VIPs")
    assert change.lists == []


def test_new_records_have_ids_of_digits_that_are_told_in_words() -> None:
    assert new_id(7).isdecimal()
    assert is_new(new_id(7))
    assert told_id(new_id(7)) == "new-7"
    assert told_text(f"{new_id(1)} and {new_id(12)} match") == "new-1 and new-12 match"


def test_hubspots_ids_stay_as_they_are() -> None:
    assert not is_new("100000000001")
    assert told_id("100000000001") == "100000000001"
    assert told_text("100000000001 matches") == "100000000001 matches"
    assert told_id(None) is None
