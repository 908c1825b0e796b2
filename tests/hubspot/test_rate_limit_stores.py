"""What every store of the limiter must do: SQLite always, Redis and Postgres where they run."""

import asyncio
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hubspot_pipeline.hubspot.limit_stores import (
    LimitStore,
    LimitStoreBusy,
    LimitStoreError,
    open_limit_store,
)
from hubspot_pipeline.hubspot.rate_limit import Limit, open_rate_limiter
from tests.hubspot.services import reachable_url

SERVERS = [
    "sqlite",
    pytest.param("redis", marks=pytest.mark.redis),
    pytest.param("postgres", marks=pytest.mark.postgres),
]


@pytest.fixture(params=SERVERS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return (
        f"sqlite:///{tmp_path}/limits.db"
        if request.param == "sqlite"
        else reachable_url(request.param)
    )


@pytest.fixture
def account() -> str:
    return f"test-{uuid.uuid4()}"


@pytest.fixture
async def stores(url: str, account: str) -> AsyncIterator[list[LimitStore]]:
    """The same account's store, opened by five processes, so to speak."""
    stores = [open_limit_store(url, account, time.time) for _ in range(5)]
    yield stores
    for store in stores:
        await store.aclose()


class TestEveryStore:
    async def test_begins_with_an_empty_text(self, stores: list[LimitStore]) -> None:
        text, _ = await stores[0].read()
        assert text == ""

    async def test_tells_a_time_that_passes(self, stores: list[LimitStore]) -> None:
        _, first = await stores[0].read()
        _, second = await stores[1].read()
        assert first <= second
        assert second == pytest.approx(time.time(), abs=60)

    async def test_shows_everybody_what_one_has_swapped_in(self, stores: list[LimitStore]) -> None:
        assert await stores[0].swap("", "ünïque")
        assert (await stores[1].read())[0] == "ünïque"

    async def test_refuses_a_swap_from_a_text_that_is_no_more(
        self, stores: list[LimitStore]
    ) -> None:
        await stores[0].swap("", "first")
        assert not await stores[1].swap("", "second")
        assert (await stores[0].read())[0] == "first"

    async def test_lets_one_of_many_simultaneous_swaps_win(self, stores: list[LimitStore]) -> None:
        for number in range(20):
            old, _ = await stores[0].read()
            news = [f"{number} by {who}" for who in range(len(stores))]
            swaps = [store.swap(old, new) for store, new in zip(stores, news, strict=True)]
            won = await asyncio.gather(*swaps, return_exceptions=True)
            assert won.count(True) == 1
            assert (await stores[0].read())[0] == news[won.index(True)]

    async def test_keeps_accounts_apart(self, stores: list[LimitStore], url: str) -> None:
        await stores[0].swap("", "mine")
        other = open_limit_store(url, f"test-{uuid.uuid4()}", time.time)
        assert (await other.read())[0] == ""
        await other.aclose()

    async def test_keeps_its_text_when_all_have_left(self, url: str, account: str) -> None:
        first = open_limit_store(url, account, time.time)
        await first.swap("", "kept")
        await first.aclose()
        second = open_limit_store(url, account, time.time)
        assert (await second.read())[0] == "kept"
        await second.aclose()

    async def test_stays_usable_when_calls_are_cancelled_halfway(
        self, stores: list[LimitStore]
    ) -> None:
        store = stores[0]
        for rounds in range(40):
            halfway = asyncio.ensure_future(store.read())
            for _ in range(rounds):
                await asyncio.sleep(0)
            halfway.cancel()
            await asyncio.gather(halfway, return_exceptions=True)
        old, _ = await store.read()
        assert await store.swap(old, "after all that")

    async def test_carries_a_limiter_that_holds_its_limit(self, url: str, account: str) -> None:
        limits = [Limit("burst", 5, 0.2)]
        async with open_rate_limiter(url, account, limits, margin_seconds=0.02) as limiter:
            clock = asyncio.get_running_loop().time
            began = clock()
            for _ in range(11):
                await limiter.acquire(["burst"])
            assert clock() - began > 0.4


class TestServers:
    @pytest.mark.redis
    async def test_redis_that_drops_its_connections_is_found_again(self, account: str) -> None:
        from redis.asyncio import Redis

        url = reachable_url("redis")
        store = open_limit_store(url, account, time.time)
        await store.swap("", "kept")
        async with Redis.from_url(url) as administrator:
            await administrator.client_kill_filter(_type="normal", skipme=True)
        assert await read_again(store) == "kept"
        await store.aclose()

    @pytest.mark.postgres
    async def test_postgres_that_drops_its_connections_is_found_again(self, account: str) -> None:
        import psycopg

        url = reachable_url("postgres")
        store = open_limit_store(url, account, time.time)
        await store.swap("", "kept")
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as administrator:
            administrator.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE '%hubspot_rate_limits%' AND pid <> pg_backend_pid()"
            )
        assert await read_again(store) == "kept"
        await store.aclose()


async def read_again(store: LimitStore) -> str:
    """The text, though the first try may find the connection gone."""
    try:
        return (await store.read())[0]
    except LimitStoreBusy:
        return (await store.read())[0]


class TestSqliteFile:
    async def test_that_another_program_holds_locked_is_busy(self, tmp_path: Path) -> None:
        file = tmp_path / "limits.db"
        store = open_limit_store(f"sqlite:///{file}", "account", time.time)
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(LimitStoreBusy, match="locked"):
            await store.swap("", "text")
        holder.close()
        assert await store.swap("", "text")
        await store.aclose()

    def test_that_is_none_is_named(self, tmp_path: Path) -> None:
        file = tmp_path / "notes.txt"
        file.write_text("a shopping list, not a database; and long enough to be read as one" * 20)
        with pytest.raises(LimitStoreError, match=r"notes\.txt: file is not a database"):
            open_limit_store(f"sqlite:///{file}", "account", time.time)

    async def test_makes_the_folders_that_it_needs(self, tmp_path: Path) -> None:
        store = open_limit_store(f"sqlite:///{tmp_path}/a/b/limits.db", "account", time.time)
        await store.aclose()
        assert (tmp_path / "a/b/limits.db").exists()


class TestUrls:
    @pytest.mark.parametrize(
        "url", ["", "limits.db", "sqlite://", "mysql://host/db", "postgresql://host/db"]
    )
    def test_that_name_no_store_are_refused_with_those_there_are(self, url: str) -> None:
        with pytest.raises(LimitStoreError, match=r"sqlite:///.*redis://.*postgresql\+psycopg://"):
            open_limit_store(url, "account", time.time)

    @pytest.mark.parametrize(
        "url",
        ["redis://:s3cret/x@host:port/0", "postgresql+psycopg://user:s3cret%zz@host:5432/db"],
    )
    def test_that_cannot_be_understood_keep_their_password_to_themselves(self, url: str) -> None:
        with pytest.raises(LimitStoreError) as caught:
            open_limit_store(url, "account", time.time)
        assert "s3cret" not in str(caught.value)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        "url",
        ["redis://:s3cret@127.0.0.1:1/0", "postgresql+psycopg://user:s3cret@127.0.0.1:1/db"],
    )
    async def test_of_servers_that_are_down_are_busy_without_telling_the_password(
        self, url: str
    ) -> None:
        store = open_limit_store(url, "account", time.time)
        with pytest.raises(LimitStoreBusy, match=r"127\.0\.0\.1:1") as caught:
            await store.read()
        assert "s3cret" not in str(caught.value)
        await store.aclose()
