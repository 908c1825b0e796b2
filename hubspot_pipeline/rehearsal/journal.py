"""A journal for rehearsals: what the real one knows is copied as it is needed, and not changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import sqlalchemy as sa

from hubspot_pipeline.delivery.identities import Identities
from hubspot_pipeline.delivery.journal import Journal, explained
from hubspot_pipeline.delivery.known_tokens import KnownTokens
from hubspot_pipeline.delivery.record_state import RecordStates

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pyarrow as pa

    from hubspot_pipeline.delivery.identities import Identity
    from hubspot_pipeline.delivery.journal import Entry
    from hubspot_pipeline.delivery.states import Ints
    from hubspot_pipeline.writes import RecordWrites

_ROWS_AT_A_TIME = 1_000

_COPIED = frozenset(
    {
        "partitions",
        "batches",
        "known_tokens",
        "identities",
        "record_keys",
        "record_states",
        "overruled_values",
    }
)
"""The tables that are copied; the database may have thousands of others."""


class RehearsalJournal(Journal):
    """A journal in a file of its own, beside a real one that is only read."""

    def __init__(self, url: str, folder: Path) -> None:
        """Open one in a folder, beside the real one at a URL, which need not exist.

        Raises:
            JournalError: The real one cannot be read.
        """
        super().__init__(f"sqlite:///{folder / 'journal.sqlite'}")
        try:
            self._source = _readable(url)
            self._tables = _tables_of(self._source) if self._source else {}
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise explained(error) from None

    def close(self) -> None:
        """Let go of both stores' connections."""
        super().close()
        if self._source:
            self._source.dispose()

    def copy_partition(self, scope: str) -> None:
        """Copy what is known of a partition.

        Raises:
            JournalError: The real journal cannot be read.
        """
        for table in ("partitions", "batches"):
            self.copy(table, {"scope": scope})

    def copy(
        self,
        table: str,
        same: dict[str, Any],
        column: str | None = None,
        values: Collection[Any] = (),
        connection: sa.Connection | None = None,
    ) -> None:
        """Copy rows of a table that are not here yet.

        Args:
            table: Its name; one that the real journal lacks has no rows.
            same: What all of the rows have, by column.
            column: A column of which they have one of the values; None for all of them.
            values: These.
            connection: Where a transaction is under way in which they are copied; None to copy
                them in one of their own.

        Raises:
            JournalError: The real journal cannot be read.
        """
        known = self._tables.get(table)
        if known is None or self._source is None:
            return
        wanted = sa.select(known).where(*(known.c[name] == value for name, value in same.items()))
        try:
            with self._source.connect() as source:
                for part in _parts(column, sorted(values)):
                    some = wanted if column is None else wanted.where(known.c[column].in_(part))
                    ordered = some.order_by(*known.primary_key)
                    for rows in source.execute(ordered).mappings().partitions(_ROWS_AT_A_TIME):
                        self._add(known, [_unnumbered(row) for row in rows], connection)
        except sa.exc.SQLAlchemyError as error:
            raise explained(error) from error

    def _add(
        self, table: sa.Table, rows: Sequence[dict[str, Any]], under_way: sa.Connection | None
    ) -> None:
        insert = table.insert().prefix_with("OR IGNORE")
        if under_way is not None:
            under_way.execute(insert, rows)
            return
        with self.engine.begin() as connection:
            connection.execute(insert, rows)


class RehearsedTokens(KnownTokens):
    """The tokens that were seen to be the account's, for real and in the rehearsal."""

    def __init__(self, book: RehearsalJournal, account: str) -> None:
        """Use a rehearsal's journal."""
        super().__init__(book, account)
        book.copy("known_tokens", {"account": account})


class RehearsedIdentities(Identities):
    """Who the account's users are, those known for real and those of the rehearsal."""

    def __init__(self, book: RehearsalJournal, account: str) -> None:
        """Use a rehearsal's journal."""
        super().__init__(book, account)
        self._book = book
        self._name = account

    def find(self, user_ids: Collection[str]) -> dict[str, Identity]:
        """Return the contacts of those users who are known."""
        self._copy(user_ids)
        return super().find(user_ids)

    def remember(self, writes: RecordWrites, entries: Sequence[Entry]) -> None:
        """Remember users for the rest of the rehearsal."""
        self._copy({user for user in writes.rows["user_id"].to_pylist() if user is not None})
        super().remember(writes, entries)

    def _copy(self, user_ids: Collection[str]) -> None:
        self._book.copy("identities", {"account": self._name}, "user_id", user_ids)


class RehearsedStates(RecordStates):
    """What records were given last, for real and in the rehearsal."""

    def __init__(self, book: RehearsalJournal, account: str) -> None:
        """Use a rehearsal's journal."""
        is_first = not sa.inspect(book.engine).has_table("overruled_values")
        super().__init__(book, account)
        self._book = book
        if is_first:  # what an earlier mapping of the rehearsal put back, is not to be any more
            book.copy("overruled_values", {})

    def record_ids(
        self,
        connection: sa.Connection,
        object_type: str,
        id_property: str,
        ids: pa.Array | pa.ChunkedArray,
    ) -> Ints:
        """Return the record that each id was found to be."""
        keys = self.keys(object_type, id_property, ids)
        self._book.copy("record_keys", {}, "key_a", keys.a.tolist(), connection)
        return super().record_ids(connection, object_type, id_property, ids)

    def load(
        self, connection: sa.Connection, object_type: str, record_ids: Ints
    ) -> list[bytes | None]:
        """Return the states of records."""
        of = {"of": self.of(object_type)}
        wanted = set(record_ids.tolist())
        self._book.copy("record_states", of, "record_id", wanted, connection)
        return super().load(connection, object_type, record_ids)


def _unnumbered(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row without its number: it gets one of its own, as others may have that here."""
    return {name: value for name, value in row.items() if name != "number"}


def _readable(url: str) -> sa.Engine | None:
    """Return what reads a journal; None where there is none yet."""
    named = sa.make_url(url)
    if named.get_backend_name() != "sqlite":
        return sa.create_engine(
            url, hide_parameters=True, execution_options={"postgresql_readonly": True}
        )
    if not named.database or not Path(named.database).exists():
        return None
    path = quote(str(Path(named.database).resolve()))
    return sa.create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", hide_parameters=True)


def _tables_of(engine: sa.Engine) -> dict[str, sa.Table]:
    metadata = sa.MetaData()
    metadata.reflect(engine, only=lambda name, _: name in _COPIED)
    return dict(metadata.tables)


def _parts(column: str | None, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    if column is None:
        yield ()
    for start in range(0, len(values), _ROWS_AT_A_TIME):
        yield values[start : start + _ROWS_AT_A_TIME]
