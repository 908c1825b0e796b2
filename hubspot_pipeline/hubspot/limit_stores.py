"""Where an account's processes keep the rate limiter's state: one text, compared and swapped."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


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


class SqliteLimitStore:
    """A file shared by the processes of one machine; keep it on a local disk.

    Both calls take tens of microseconds and never wait, so they run in the event loop itself.
    """

    def __init__(self, path: str, account: str, *, clock: Callable[[], float]) -> None:
        self._account = account
        self._clock = clock
        try:
            if path != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(
                "CREATE TABLE IF NOT EXISTS rate_limits"
                " (account TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID"
            )
            self._connection.execute("INSERT OR IGNORE INTO rate_limits VALUES (?, '')", (account,))
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
            (state,) = self._connection.execute(query, (self._account,)).fetchone()
        return state, self._clock()

    async def swap(self, old: str, new: str) -> bool:
        """Replace the text in one statement, which is atomic, `SIGKILL` or not."""
        query = "UPDATE rate_limits SET state = ? WHERE account = ? AND state = ?"
        with _busy_if_locked():
            return self._connection.execute(query, (new, self._account, old)).rowcount == 1

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
