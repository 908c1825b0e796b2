"""Locks shared by all processes that use one journal; each goes with the process that holds it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import filelock
import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Callable

    Release = Callable[[], None]


def try_to_lock(connection: sa.Connection, name: str) -> Release | None:
    """Take the lock of a name, and return what gives it back; None where somebody else has it.

    In SQLite it is a file beside the database, in Postgres an advisory lock of this connection,
    which must stay open for as long, outside of transactions.
    """
    if connection.dialect.name == "sqlite":
        return _try_file(Path(f"{connection.engine.url.database}.locks"), name)
    return _try_advisory(connection, name)


def _try_file(folder: Path, name: str) -> Release | None:
    folder.mkdir(exist_ok=True)
    lock = filelock.FileLock(folder / quote(name, safe=""), timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return None
    return lock.release


def _try_advisory(connection: sa.Connection, name: str) -> Release | None:
    key = sa.func.hashtextextended(name, 0)
    taken = connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key)))
    connection.commit()

    def release() -> None:
        connection.rollback()
        connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
        connection.commit()

    return release if taken else None
