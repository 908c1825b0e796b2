"""Where an account's processes keep the rate limiter's state: one text, compared and swapped."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from hubspot_pipeline.wal import use_wal

if TYPE_CHECKING:
    import psycopg

_TIMEOUT_SECONDS = 5


class LimitStoreError(Exception):
    """The rate limiter's store cannot be used: which, why, and what to do."""


class LimitStoreBusy(Exception):  # noqa: N818 -- a state that passes, not an error
    """The store gives no answer just now; trying again soon may help."""


class LimitStore(Protocol):
    """One text for an account, changed by comparing and swapping.

    No lock is ever held between two calls, so that no process, dead, frozen or slow, can hold up
    the others.
    """

    async def read(self) -> tuple[str, float]:
        """The text, empty at first, and the time after it was read, in seconds since the epoch."""

    async def swap(self, old: str, new: str) -> bool:
        """Replace `old` by `new`; False if the text is no longer `old`."""

    async def aclose(self) -> None:
        """Let go of connections and files."""


def open_limit_store(url: str, account: str, clock: Callable[[], float]) -> LimitStore:
    """The store that the URL names; servers are first spoken to when they are first needed.

    Raises:
        LimitStoreError: The URL cannot be understood, or its file or driver cannot be used.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and len(rest) > 1 and rest.startswith("/"):
        return SqliteLimitStore(rest[1:], account, clock)
    if scheme in {"redis", "rediss"}:
        return RedisLimitStore(url, account)
    if scheme == "postgresql+psycopg":
        return PostgresLimitStore(f"postgresql://{rest}", account)
    raise LimitStoreError(
        f"The rate limiter has no store for {scheme or 'empty'!r} URLs: use sqlite:///path/to/file,"
        " redis://host:port/0 or postgresql+psycopg://user@host/database."
    )


class SqliteLimitStore:
    """A file shared by the processes of one machine; keep it on a local disk.

    Both calls take tens of microseconds and never wait, so they run in the event loop itself.
    """

    def __init__(self, path: str, account: str, clock: Callable[[], float]) -> None:
        self._account = account
        self._clock = clock
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
            use_wal(self._connection)
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS rate_limits"
                " (account TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID"
            )
            self._connection.execute("PRAGMA busy_timeout = 0")
        except (OSError, sqlite3.Error) as error:
            message = (
                f"The rate limiter cannot use {path}: {error}. Check that it is an SQLite file in"
                " a folder on a local disk that this process may write to."
            )
            raise LimitStoreError(message) from error

    async def read(self) -> tuple[str, float]:
        """The text and the wall clock's time."""
        query = "SELECT state FROM rate_limits WHERE account = ?"
        with _busy_if_locked():
            row = self._connection.execute(query, (self._account,)).fetchone()
        return row[0] if row else "", self._clock()

    async def swap(self, old: str, new: str) -> bool:
        """Replace the text in one statement, which is atomic, `SIGKILL` or not."""
        query = (
            "INSERT INTO rate_limits VALUES (?, ?) ON CONFLICT (account)"
            " DO UPDATE SET state = excluded.state WHERE rate_limits.state = ?"
        )
        with _busy_if_locked():
            return self._connection.execute(query, (self._account, new, old)).rowcount == 1

    async def aclose(self) -> None:
        """Close the file."""
        self._connection.close()


@contextmanager
def _busy_if_locked() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise
        raise LimitStoreBusy(str(error)) from error


class RedisLimitStore:
    """A key on a Redis server, whose clock is the account's time."""

    def __init__(self, url: str, account: str) -> None:
        try:
            import redis.asyncio as redis
        except ImportError as error:
            raise _driver_missing("redis") from error
        try:
            self._client = redis.Redis.from_url(
                url,
                decode_responses=True,
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
                retry=None,
            )
            self._guard = _Guard(url, (redis.ConnectionError, redis.TimeoutError), redis.RedisError)
        except ValueError:
            raise _url_unclear("redis") from None
        self._key = f"hubspot-pipeline:rate-limits:{account}"
        self._read = self._client.register_script(_REDIS_READ)
        self._swap = self._client.register_script(_REDIS_SWAP)

    async def read(self) -> tuple[str, float]:
        """The text and the server's time, in one round trip."""
        with self._guard:
            text, seconds, microseconds = await self._read(keys=[self._key])
        return text, int(seconds) + int(microseconds) / 1_000_000

    async def swap(self, old: str, new: str) -> bool:
        """Compare and set in a script, which the server runs as one."""
        with self._guard:
            return bool(await self._swap(keys=[self._key], args=[old, new]))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


_REDIS_READ = """
local time = redis.call('TIME')
return {redis.call('GET', KEYS[1]) or '', time[1], time[2]}
"""

_REDIS_SWAP = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
"""


class PostgresLimitStore:
    """A row on a Postgres server, whose clock is the account's time."""

    def __init__(self, url: str, account: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise _driver_missing("postgres") from error
        try:
            self._address = psycopg.conninfo.make_conninfo(
                url,
                connect_timeout=_TIMEOUT_SECONDS,
                tcp_user_timeout=_TIMEOUT_SECONDS * 1000,
            )
            self._guard = _Guard(url, (psycopg.OperationalError,), psycopg.Error)
        except (psycopg.ProgrammingError, ValueError):
            raise _url_unclear("Postgres") from None
        self._connect = psycopg.AsyncConnection.connect
        self._account = account
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None
        self._connecting = asyncio.Lock()

    async def read(self) -> tuple[str, float]:
        """The text and the server's time, in one round trip."""
        query = (
            "SELECT (SELECT state FROM hubspot_rate_limits WHERE account = %s),"
            " extract(epoch FROM clock_timestamp())::float8"
        )
        with self._guard:
            connection = await self._connected()
            row = await (await connection.execute(query, (self._account,))).fetchone()
        text, now = row or (None, 0.0)
        return text or "", now

    async def swap(self, old: str, new: str) -> bool:
        """Replace the text in one statement, outside any transaction."""
        query = (
            "INSERT INTO hubspot_rate_limits VALUES (%s, %s) ON CONFLICT (account)"
            " DO UPDATE SET state = excluded.state WHERE hubspot_rate_limits.state = %s"
        )
        with self._guard:
            connection = await self._connected()
            return (await connection.execute(query, (self._account, new, old))).rowcount == 1

    async def aclose(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> "psycopg.AsyncConnection[tuple[Any, ...]]":
        async with self._connecting:
            if self._connection is None or self._connection.closed:
                connection = await self._connect(self._address, autocommit=True)
                try:
                    await _prepare(connection)
                except BaseException:
                    await connection.close()
                    raise
                self._connection = connection
            return self._connection


async def _prepare(connection: "psycopg.AsyncConnection[tuple[Any, ...]]") -> None:
    # A crashed server may forget the last second: by the time it is back, that hardly matters.
    await connection.execute("SET synchronous_commit = off")
    async with connection.transaction():
        # Two at once would both find no table, and one of them would fail to create it.
        await connection.execute("SELECT pg_advisory_xact_lock(4871153)")
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS hubspot_rate_limits"
            " (account text PRIMARY KEY, state text NOT NULL)"
        )


class _Guard:
    """Tells a server's passing troubles, worth another try, from those left to a person."""

    def __init__(
        self, url: str, passing: tuple[type[Exception], ...], any_error: type[Exception]
    ) -> None:
        address = urlsplit(url)
        port = f":{address.port}" if address.port else ""
        self._server = f"{address.scheme}://{address.hostname or 'localhost'}{port}"
        self._passing = (*passing, OSError)
        self._any_error = any_error

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if isinstance(error, self._passing):
            raise LimitStoreBusy(f"{self._server}: {_one_line(error)}") from error
        if isinstance(error, self._any_error):
            raise LimitStoreError(
                f"The rate limiter's store {self._server} refuses: {_one_line(error)}. Check the"
                " rights and settings of the user that its URL names."
            ) from error


def _one_line(error: BaseException | None) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _driver_missing(extra: str) -> LimitStoreError:
    return LimitStoreError(
        f"The rate limiter's URL needs a driver that is not installed:"
        f" install hubspot-pipeline[{extra}]."
    )


def _url_unclear(kind: str) -> LimitStoreError:
    """The URL itself stays untold: it may hold a password."""
    return LimitStoreError(
        f"The rate limiter's {kind} URL cannot be understood. Check its host, port and database,"
        " and percent-encode special characters in its password."
    )
