"""SQLite's write-ahead log, switched on also where several processes open a new file at once."""

from __future__ import annotations

import sqlite3
import time

_LONGEST_SECONDS = 30.0
_LOOK_EVERY_SECONDS = 0.01


def use_wal(connection: sqlite3.Connection) -> None:
    """Let readers and a writer of the file work at once.

    SQLite's own waiting does not serve here: of two connections that change a file to the log at
    the same moment, one is told at once that the file is locked.

    Raises:
        sqlite3.OperationalError: The file cannot be used.
    """
    latest = time.monotonic() + _LONGEST_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > latest:
                raise
            time.sleep(_LOOK_EVERY_SECONDS)
        else:
            return
