"""What a rehearsal will hardly need again, in files that SQLite makes and removes by itself.

So that memory does not grow with what is rehearsed: a record as it would be takes some kilobytes.
"""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hubspot_pipeline.hubspot.search_values import Key

_TABLES = """
    PRAGMA journal_mode = OFF;
    CREATE TABLE things(name TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID;
    CREATE TABLE keys(of TEXT, key TEXT, name TEXT, PRIMARY KEY (of, key, name)) WITHOUT ROWID;
"""


class PutAway:
    """Things by their names, and by keys of several kinds; what is taken out is gone from here."""

    def __init__(self) -> None:
        self._opened: sqlite3.Connection | None = None

    def put(self, things: Iterable[tuple[str, object]]) -> None:
        """Put things away, by name; they are plain enough for JSON."""
        self._file.executemany(
            "INSERT INTO things VALUES (?, ?)",
            ((name, orjson.dumps(content)) for name, content in things),
        )

    def take(self, name: str) -> object | None:
        """Take out the thing of a name, its keys apart; None where there is none."""
        if self._opened is None:
            return None
        found = self._file.execute("SELECT content FROM things WHERE name = ?", (name,)).fetchone()
        if found is None:
            return None
        self._file.execute("DELETE FROM things WHERE name = ?", (name,))
        content: object = orjson.loads(found[0])
        return content

    def all(self) -> Iterator[tuple[str, object]]:
        """Yield all things, and leave them here."""
        if self._opened is not None:
            for name, content in self._file.execute("SELECT name, content FROM things"):
                yield name, orjson.loads(content)

    def put_keys(self, of: tuple[str, str], keys: Iterable[tuple[Key, str]]) -> None:
        """Put away keys of a kind, each with the name of what has it."""
        kind = "\x1f".join(of)
        self._file.executemany(
            "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)",
            ((kind, _text(key), name) for key, name in keys),
        )

    def take_keys(self, of: tuple[str, str], keys: Iterable[Key], name: str) -> None:
        """Take out keys of a kind that what has this name has."""
        kind = "\x1f".join(of)
        self._file.executemany(
            "DELETE FROM keys WHERE of = ? AND key = ? AND name = ?",
            ((kind, _text(key), name) for key in keys),
        )

    def with_key(self, of: tuple[str, str], keys: Iterable[Key]) -> Iterator[str]:
        """Yield the names of what has one of these keys of a kind."""
        if self._opened is not None:
            kind = "\x1f".join(of)
            for key in keys:
                yield from (
                    name
                    for (name,) in self._file.execute(
                        "SELECT name FROM keys WHERE of = ? AND key = ?", (kind, _text(key))
                    )
                )

    def close(self) -> None:
        """Let go of the file, and of what is in it."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @property
    def _file(self) -> sqlite3.Connection:
        if self._opened is None:
            # Without a name: a file that is gone when it is closed. Never committed, never synced.
            self._opened = sqlite3.connect("", check_same_thread=False)
            self._opened.executescript(_TABLES)
        return self._opened


def _text(key: Key) -> str:
    """Return a text that is the same for equal keys of one kind."""
    if not isinstance(key, Decimal):
        return str(key)
    text = format(key, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
