"""Turns to write records of an object type, held to one contract in SQLite and Postgres."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import cast

import pytest

from hubspot_pipeline.delivery.deliver import DeliveryOptions
from hubspot_pipeline.delivery.journal import Journal
from hubspot_pipeline.delivery.turns import Turns
from tests.delivery.conftest import Portal
from tests.hubspot.services import reachable_url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        return reachable_url("postgres")
    return f"sqlite:///{tmp_path}/journal.sqlite"


@pytest.fixture
def books(url: str) -> Iterator[tuple[Journal, Journal]]:
    """The journal as two programs have it open."""
    with Journal(url) as one, Journal(url) as other:
        yield one, other


@pytest.fixture
def account() -> str:
    return str(uuid.uuid4())


async def _two(first: Turns, second: Turns, second_type: str = "contacts") -> list[str]:
    """Let one hold its turn until the other has had all the time it may need to begin."""
    told, begun = list[str](), asyncio.Event()

    async def hold() -> None:
        async with first.take("contacts"):
            told.append("first begins")
            begun.set()
            for _ in range(5):
                await asyncio.sleep(0.02)
            told.append("first ends")

    async def follow() -> None:
        await begun.wait()
        async with second.take(second_type):
            told.append("second begins")

    await asyncio.gather(hold(), follow())
    return told


def test_one_waits_for_the_other_to_end_and_leaves_the_event_loop_free(
    books: tuple[Journal, Journal], account: str
) -> None:
    told = asyncio.run(_two(*(Turns(book, account) for book in books)))
    assert told == ["first begins", "first ends", "second begins"]


def test_records_of_another_type_or_account_need_no_waiting(
    books: tuple[Journal, Journal], account: str
) -> None:
    at_once = ["first begins", "second begins", "first ends"]
    one, other = books
    told = asyncio.run(_two(Turns(one, account), Turns(other, account), "companies"))
    assert told == at_once
    told = asyncio.run(_two(Turns(one, account), Turns(other, f"{account}2")))
    assert told == at_once


def test_a_turn_ends_with_an_error_in_it(books: tuple[Journal, Journal], account: str) -> None:
    async def fail(turns: Turns) -> None:
        async with turns.take("contacts"):
            raise ZeroDivisionError

    for book in books:
        with pytest.raises(ZeroDivisionError):
            asyncio.run(fail(Turns(book, account)))


def _hold_for_ever(url: str, account: str, told: Connection) -> None:
    async def hold() -> None:
        async with Turns(book, account).take("contacts"):
            told.send("begun")
            await asyncio.Event().wait()

    with Journal(url) as book:
        asyncio.run(hold())


def test_the_turn_of_a_process_that_dies_is_over(url: str, account: str) -> None:
    here, there = multiprocessing.Pipe()
    holder = multiprocessing.get_context("forkserver").Process(
        target=_hold_for_ever, args=(url, account, there)
    )
    holder.start()
    assert here.recv() == "begun"
    assert holder.pid is not None

    async def follow(turns: Turns) -> bool:
        async with turns.take("contacts"):
            return True

    async def kill() -> bool:
        with Journal(url) as book:
            following = asyncio.create_task(follow(Turns(book, account)))
            await asyncio.sleep(0.1)
            assert not following.done()
            os.kill(holder.pid or 0, signal.SIGKILL)
            return await following

    assert asyncio.run(kill())
    holder.join()


class Watched:
    """Turns that note how many calls had arrived, and how many records are remembered by then."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.told: list[tuple[str, str, int, int]] = []

    @contextlib.asynccontextmanager
    async def take(self, object_type: str) -> AsyncIterator[None]:
        self._note("begins", object_type)
        yield
        self._note("ends", object_type)

    def _note(self, what: str, object_type: str) -> None:
        file = self._portal.journal_url.removeprefix("sqlite:///")
        with contextlib.closing(sqlite3.connect(file)) as journal:
            (states,) = journal.execute("SELECT count(*) FROM record_states").fetchone()
        self.told.append((what, object_type, len(self._portal.simulator.log), states))


def test_a_chunk_is_sent_and_remembered_within_one_turn(portal: Portal) -> None:
    portal.remembers = True
    turns = Watched(portal)
    portal.options = DeliveryOptions(turns=cast("Turns", turns))
    portal.deliver(
        {"a@b.co": {"city": "Oslo"}, "b@b.co": {"city": "Rome"}}, {"c@b.co": {"city": "Bern"}}
    )
    assert turns.told == [
        ("begins", "contacts", 0, 0),
        ("ends", "contacts", 1, 2),
        ("begins", "contacts", 1, 2),
        ("ends", "contacts", 2, 3),
    ]
    assert len(portal.simulator.log) == 2


def test_a_chunk_of_which_nothing_is_left_takes_no_turn(portal: Portal) -> None:
    portal.deliver({"a@b.co": {"city": "Oslo"}})
    turns = Watched(portal)
    portal.options = DeliveryOptions(turns=cast("Turns", turns))
    assert portal.deliver({"a@b.co": {"city": "Oslo"}}).verdicts() == {"delivered": 1}
    assert turns.told == []
