"""What a person is shown who must put a name or a value right."""

from __future__ import annotations

import pytest

from hubspot_pipeline.delivery.check.nearest import hint, listed, nearest, shown

NAMES = ["firstname", "lastname", "hs_lead_status", "annualrevenue"]


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("First Name", "firstname"),
        ("annual_revenue", "annualrevenue"),
        ("fristname", "firstname"),
        ("hs-lead-status", "hs_lead_status"),
        ("favourite_color", None),
        ("", None),
    ],
)
def test_the_nearest_name_is_the_one_that_was_probably_meant(text: str, near: str | None) -> None:
    assert nearest(text, NAMES) == near


def test_what_is_near_by_another_name_is_given_by_its_own() -> None:
    assert hint("Lead status", {"Lead Status": "hs_lead_status"}) == (
        "; did you mean 'hs_lead_status'?"
    )
    assert hint("colour", {"Lead Status": "hs_lead_status"}) == "."


def test_long_texts_and_many_names_are_not_compared() -> None:
    assert nearest("firstnam" * 1_000, NAMES) is None
    many = [f"property_number_{at}" for at in range(3_000)]
    assert nearest("property_numbr_1", many) is None
    assert nearest("Property Number 1", many) == "property_number_1"


def test_what_is_shown_is_short() -> None:
    assert shown("x" * 100) == "'" + "x" * 59 + "…'"
    assert shown("a\nb") == r"'a\nb'"
    assert listed(map(str, range(14))) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"
