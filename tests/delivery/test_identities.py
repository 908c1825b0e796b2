"""Who is known by a user id, held to one contract in SQLite and Postgres."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.delivery.identities import Identities, Identity
from hubspot_pipeline.delivery.journal import Entry, Journal
from hubspot_pipeline.writes import RecordWrites
from tests.delivery.conftest import writes_of
from tests.hubspot.services import reachable_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    url = f"sqlite:///{tmp_path}/journal.sqlite"
    if request.param == "postgres":
        url = reachable_url("postgres")
    with Journal(url) as journal:
        yield journal


@pytest.fixture
def identities(book: Journal) -> Identities:
    return Identities(book, str(uuid.uuid4()))


Row = tuple[str | None, str, int | None]
"""A row's user, its contact, and when it happened."""


def contacts(rows: Sequence[Row], verdict: str = "delivered") -> tuple[RecordWrites, list[Entry]]:
    """Writes to the contacts of rows, several of which may be of one contact."""
    emails = sorted({email for _, email, _ in rows})
    writes = writes_of({email: {} for email in emails})
    count = len(rows)
    table = {
        "position": pa.array(range(count), pa.int64()),
        "file": pa.array(["events.jsonl"] * count),
        "row": pa.array(range(count), pa.int64()),
        "message_id": pa.nulls(count, pa.string()),
        "event_time": pa.array([at for *_, at in rows], pa.timestamp("us", "UTC")),
        "user_id": pa.array([user for user, *_ in rows], pa.string()),
        "write": pa.array([emails.index(email) for _, email, _ in rows], pa.int64()),
        "carries": pa.array([False] * count),
    }
    entries = [Entry(email, verdict=verdict, record_id=f"id of {email}") for email in emails]
    ids = writes.ids
    return (
        RecordWrites(
            "contacts", "email", ids, ids, writes.modes, writes.properties, pa.table(table)
        ),
        entries,
    )


def test_every_row_of_a_delivered_contact_tells_who_its_user_is(identities: Identities) -> None:
    identities.remember(
        *contacts([("u1", "a@x.com", 1), ("u2", "a@x.com", 2), (None, "b@x.com", 3)])
    )
    a = Identity("a@x.com", "id of a@x.com")
    assert identities.find(["u1", "u2", "u3"]) == {"u1": a, "u2": a}


@pytest.mark.parametrize("verdict", ["failed", "undelivered", "skipped"])
def test_a_contact_that_was_not_delivered_tells_nothing(
    identities: Identities, verdict: str
) -> None:
    identities.remember(*contacts([("u1", "a@x.com", 1)], verdict))
    assert identities.find(["u1"]) == {}


def test_an_older_event_that_comes_later_changes_nothing(identities: Identities) -> None:
    identities.remember(*contacts([("u1", "new@x.com", 9)]))
    identities.remember(*contacts([("u1", "old@x.com", 5), ("u2", "old@x.com", None)]))
    found = identities.find(["u1", "u2"])
    assert found["u1"].email == "new@x.com"
    assert found["u2"].email == "old@x.com"


def test_accounts_know_nothing_of_each_other(book: Journal, identities: Identities) -> None:
    identities.remember(*contacts([("u1", "a@x.com", 1)]))
    assert Identities(book, "another").find(["u1"]) == {}


def test_thousands_of_users_are_remembered_and_found(identities: Identities) -> None:
    rows: list[Row] = [(f"u{at}", f"p{at}@x.com", at) for at in range(3_000)]
    identities.remember(*contacts(rows))
    found = identities.find([f"u{at}" for at in range(4_000)])
    assert {user: identity.email for user, identity in found.items()} == {
        user: email for user, email, _ in rows
    }


def test_two_that_remember_the_same_users_at_once_both_come_to_an_end(
    identities: Identities,
) -> None:
    rows: list[Row] = [(f"u{at}", f"p{at}@x.com", at) for at in range(500)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda given: identities.remember(*contacts(given)), [rows, rows[::-1]]))
    assert len(identities.find([user for user, *_ in rows if user])) == 500


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    runs=st.lists(
        st.lists(
            st.tuples(
                st.sampled_from(["u1", "u2", "u3", None]),
                st.sampled_from(["a@x.com", "b@x.com", "c@x.com"]),
                st.integers(0, 9) | st.none(),
            ),
            min_size=1,
            max_size=8,
        ),
        max_size=4,
    )
)
def test_the_latest_event_counts_whatever_the_order_of_runs(
    book: Journal, runs: list[list[Row]]
) -> None:
    identities = Identities(book, str(uuid.uuid4()))
    expected: dict[str, tuple[int, str]] = {}
    for rows in runs:
        identities.remember(*contacts(rows))
        for user, email, at in rows:
            if user and (at or 0) >= expected.get(user, (-1, ""))[0]:
                expected[user] = (at or 0, email)
    found = identities.find(["u1", "u2", "u3"])
    assert {user: one.email for user, one in found.items()} == {
        user: email for user, (_, email) in expected.items()
    }
