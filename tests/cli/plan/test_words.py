from __future__ import annotations

import pytest

from hubspot_pipeline.cli.plan.words import counted, duration, intention, listed


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "–"),
        (0.2, "< 1 s"),
        (1, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (200, "3 min 20 s"),
        (3_599.9, "1 h"),
        (7_500, "2 h 5 min"),
        (4_000_000, "1,111 h 6 min"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, told: str) -> None:
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((0, 0, 0), "change nothing"),
        ((1, 0, 0), "create 1 record"),
        ((0, 2, 1), "change 2 records and send 1 event"),
        ((1_000, 2, 3), "create 1,000 records, change 2 records and send 3 events"),
    ],
)
def test_what_would_be_done_is_one_phrase(counts: tuple[int, int, int], told: str) -> None:
    assert intention(*counts) == told


def test_numbers_and_lists_agree_with_their_nouns() -> None:
    assert [counted(1, "reply", "replies"), counted(2, "reply", "replies")] == [
        "1 reply",
        "2 replies",
    ]
    assert [listed([]), listed(["a"]), listed(["a", "b"])] == ["", "a", "a and b"]
