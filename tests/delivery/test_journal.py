"""The journal, held to one contract in SQLite and Postgres."""

from __future__ import annotations

import sqlite3
import threading
import traceback
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.delivery.journal import Entry, Journal, JournalError, PartitionBusy
from tests.delivery.conftest import in_new_schema
from tests.hubspot.services import reachable_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return reachable_url("postgres")
    return f"sqlite:///{tmp_path}/journal.sqlite"


@pytest.fixture
def book(url: str) -> Iterator[Journal]:
    with Journal(url) as journal:
        yield journal


@pytest.fixture
def scope() -> str:
    return f"shop/contacts/{uuid.uuid4()}"


def _batch() -> str:
    return uuid.uuid4().hex


def delivered(key: str, run: int = 1) -> Entry:
    return Entry(key, "digest", run, verdict="delivered", attempts=1, record_id="1", sent_at=5)


def test_what_was_recorded_is_known_to_the_next_run(book: Journal, scope: str) -> None:
    with book.partition(scope) as journal:
        journal.intend(batch := _batch(), "upsert", ["a@x.com"], 5)
        journal.record(batch, [delivered("a@x.com")], 9)
    with book.partition(scope) as journal:
        assert journal.known("a", "b") == {"a@x.com": delivered("a@x.com")}


def test_partitions_know_nothing_of_each_other(book: Journal, scope: str) -> None:
    with book.partition(scope) as journal:
        journal.intend(batch := _batch(), "upsert", ["a"], 5)
        journal.record(batch, [delivered("a")], 9)
    with book.partition(f"{scope}-next") as journal:
        assert journal.known("", "z") == {}


def test_a_call_without_an_answer_is_owned_up_to_once(book: Journal, scope: str) -> None:
    with book.partition(scope) as journal:
        journal.intend(_batch(), "upsert", ["a", "b"], 5)
        journal.intend(batch := _batch(), "upsert", ["b"], 6)
        journal.record(batch, [delivered("b")], 7)
    for _ in range(2):
        with book.partition(scope) as journal:
            known = journal.known("a", "b")
            assert (known["a"].uncertain, known["a"].attempts, known["a"].verdict) == (
                True,
                1,
                None,
            )
            assert (known["b"].uncertain, known["b"].attempts) == (True, 2)


def test_a_lost_call_may_have_undone_what_was_delivered_before(book: Journal, scope: str) -> None:
    with book.partition(scope) as journal:
        journal.intend(batch := _batch(), "upsert", ["a"], 5)
        journal.record(batch, [delivered("a")], 6)
        journal.intend(_batch(), "upsert", ["a"], 7)
    with book.partition(scope) as journal:
        entry = journal.known("a", "a")["a"]
        assert (entry.verdict, entry.digest, entry.record_id) == (None, None, "1")


def test_a_run_that_died_keeps_its_number_and_one_that_finished_does_not(
    book: Journal, scope: str
) -> None:
    with book.partition(scope) as journal:
        assert journal.run == 1
    with book.partition(scope) as journal:
        assert journal.run == 1
        journal.finish()
    with book.partition(scope) as journal:
        assert journal.run == 2


def test_a_second_sender_is_refused_until_the_first_is_gone(
    book: Journal, url: str, scope: str
) -> None:
    with Journal(url) as other:
        with (
            book.partition(scope),
            pytest.raises(PartitionBusy, match=scope),
            other.partition(scope),
        ):
            raise AssertionError("two senders at once")
        with other.partition(scope) as journal:
            assert journal.run == 1


@pytest.fixture
def new_url(url: str) -> str:
    """A store that has no tables yet."""
    return in_new_schema(url) if url.startswith("postgresql") else url


def test_several_may_open_a_new_store_at_once(new_url: str) -> None:
    together = threading.Barrier(8)

    def open_it(_: int) -> None:
        together.wait()
        Journal(new_url).close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(open_it, range(8))) == [None] * 8


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(keys=st.sets(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2))
def test_ranges_of_keys_are_those_of_their_bytes(book: Journal, keys: set[str]) -> None:
    ordered = sorted(keys, key=str.encode)
    first, last = ordered[0], ordered[len(ordered) // 2]
    with book.partition(str(uuid.uuid4())) as journal:
        journal.intend(batch := _batch(), "upsert", ordered, 5)
        journal.record(batch, [delivered(key) for key in ordered], 9)
        assert set(journal.known(first, last)) == set(ordered[: len(ordered) // 2 + 1])


@pytest.mark.parametrize(
    "wrong",
    [
        "not a url",
        "mysql://u@h/d",
        "sqlite:////no/such/folder/journal.sqlite",
        "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
    ],
)
def test_a_store_that_cannot_be_used_is_one_clear_message(wrong: str) -> None:
    with pytest.raises(JournalError) as raised:
        Journal(wrong)
    assert "journal" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_sqlite_lets_others_read_while_it_writes(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    with Journal(f"sqlite:///{file}"), sqlite3.connect(file) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()


def test_an_error_of_the_database_shows_no_key_in_all_of_its_traceback(tmp_path: Path) -> None:
    keys = [f"{letter}-canary" for letter in "ab"]
    store = f"sqlite:///{tmp_path}/journal.sqlite"
    with Journal(store) as book, book.partition("day") as journal:
        with book.engine.begin() as other:
            other.execute(sa.text("DROP TABLE batches"))
        with pytest.raises(JournalError) as caught:
            journal.known(*keys)
    told = "".join(traceback.format_exception(caught.value))
    assert "batches" in told
    assert not [key for key in keys if key in told]
