"""A rehearsal knows what the real journal knows, and leaves it as it is."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from hubspot_pipeline.delivery.journal import Entry, Journal
from hubspot_pipeline.rehearsal.journal import RehearsalJournal
from tests.hubspot.services import reachable_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return reachable_url("postgres")
    return f"sqlite:///{tmp_path}/real/journal.sqlite"


@pytest.fixture
def real(url: str, tmp_path: Path) -> Iterator[Journal]:
    (tmp_path / "real").mkdir()
    with Journal(url) as journal:
        yield journal


def fill(book: Journal, scope: str, keys: list[str]) -> None:
    with book.partition(scope) as journal:
        for key in keys:
            entry = Entry(key, "digest", 1, verdict="delivered", attempts=1, record_id="1")
            journal.append(uuid.uuid4().hex, "finish", [entry], 5)
        journal.finish()


def rows_of(book: Journal, scope: str) -> list[tuple[object, ...]]:
    tables = sa.MetaData()
    tables.reflect(book.engine, only=["batches", "partitions"])
    found: list[tuple[object, ...]] = []
    with book.engine.connect() as connection:
        for table in tables.sorted_tables:
            found += map(tuple, connection.execute(sa.select(table).where(table.c.scope == scope)))
    return found


def test_what_two_partitions_know_is_copied_whole(real: Journal, url: str, tmp_path: Path) -> None:
    scopes = [f"shop/{uuid.uuid4()}" for _ in range(2)]
    for scope in scopes:
        fill(real, scope, ["a", "b", "c"])
    before = [rows_of(real, scope) for scope in scopes]
    with RehearsalJournal(url, tmp_path) as book:
        for scope in scopes:
            book.copy_partition(scope)
            with book.partition(scope) as journal:
                assert journal.run == 2
                assert set(journal.known("a", "c")) == {"a", "b", "c"}
            fill(book, scope, ["d"])
    assert [rows_of(real, scope) for scope in scopes] == before


def test_the_last_that_was_known_of_a_write_is_known(
    real: Journal, url: str, tmp_path: Path
) -> None:
    scope = f"shop/{uuid.uuid4()}"
    with real.partition(scope) as journal:
        for verdict in ("failed", "delivered"):
            entry = Entry("a", "digest", 1, verdict=verdict)
            journal.append(uuid.uuid4().hex, "finish", [entry], 5)
    with RehearsalJournal(url, tmp_path) as book:
        book.copy_partition(scope)
        with book.partition(scope) as copied:
            assert copied.known("a", "a")["a"].verdict == "delivered"


def test_what_else_is_in_the_journals_database_is_not_looked_at(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shared.sqlite"
    with Journal(url) as journal, journal.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE of_others (place INT REFERENCES lost (id))"))
    (tmp_path / "own").mkdir()
    with RehearsalJournal(url, tmp_path / "own") as book:
        book.copy_partition("shop/contacts/2026-01-01")


def test_there_need_be_no_journal_yet_and_none_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    missing = tmp_path / "missing.sqlite"
    with RehearsalJournal(f"sqlite:///{missing}", folder) as book:
        book.copy_partition("shop/contacts/2026-01-01")
    assert not missing.exists()
