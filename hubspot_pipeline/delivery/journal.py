"""The journal: what is known of each write while a partition is in flight, for a resume.

A log of batches: intent is recorded before each call and the outcome after it, one transaction and
one row a batch. What is known of a write is what the last batch that carried it came to. SQLite in
WAL mode by default; any SQLAlchemy URL of SQLite or Postgres serves.
"""

from __future__ import annotations

import contextlib
import operator
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from hubspot_pipeline.delivery.driver_statement import DriverStatement
from hubspot_pipeline.delivery.history import NO_ANSWER, Batch, Call
from hubspot_pipeline.delivery.locks import try_to_lock
from hubspot_pipeline.wal import use_wal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TypeAlias

    Also: TypeAlias = "Callable[[sa.Connection], None]"
    """What else is done in the transaction of a record, or not at all."""

_BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text compared byte by byte in both databases, as the writes are sorted."""

RESTORE = "restore"
"""The step that puts back what writes overruled: what of it is left to do, the record state says,
so that it leaves what is known of the writes as it is."""

LATER_STEPS = frozenset({"associate", "dissociate", "make list", "change list", RESTORE})
"""Steps after the record is written: their calls leave the write's values as they are."""

_METADATA = sa.MetaData()

_PARTITIONS = sa.Table(
    "partitions",
    _METADATA,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("finished", sa.Boolean, nullable=False),
)

_BATCHES = sa.Table(
    "batches",
    _METADATA,
    sa.Column(
        "number",
        sa.BigInteger().with_variant(sa.Integer, "sqlite"),
        primary_key=True,
        autoincrement=True,
    ),
    sa.Column("batch", sa.Text, nullable=False, unique=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("first_key", _BINARY_TEXT, nullable=False),
    sa.Column("last_key", _BINARY_TEXT, nullable=False),
    sa.Column("sent_at", sa.BigInteger, nullable=False),
    sa.Column("answered_at", sa.BigInteger),
    sa.Column("content", sa.Text, nullable=False),
    sa.Index("batches_by_keys", "scope", "first_key", "last_key"),
)
"""A batch's ``content`` is JSON: its keys until it is answered, its entries from then on."""

_BATCH_COLUMNS = ("content", "step", "batch", "sent_at", "answered_at")


@dataclass(slots=True)
class Entry:
    """What is known of one write.

    Attributes:
        key: The write's key.
        digest: Of the write's content; a write that changed is a new one.
        run: The run of the partition that the entry was last changed in.
        verdict: The final verdict; None while there is none.
        uncertain: Whether a call may have been applied whose answer never came.
        attempts: Calls that carried this write.
        operation: ``created`` or ``updated``; None where that cannot be known.
        record_id: The record's id in HubSpot.
        category: HubSpot's error category, of a write that was refused.
        reason: Why the write has its verdict, in words.
        batch: The last batch that carried it.
        correlation_id: HubSpot's id of that call.
        sent_at: When that batch was sent, in microseconds since 1970 (UTC).
        answered_at: When its answer came, likewise.
        done: ``written`` once the record is written and only later steps are left.
        outcome: What the steps did, as JSON text.
        answer: What the call that is being recorded came to for this write, as ``Call.outcome``
            tells it; None for what is recorded without a call.
        history: The calls that carried it, also in earlier runs.
    """

    key: str
    digest: str | None = None
    run: int = 0
    verdict: str | None = None
    uncertain: bool = False
    attempts: int = 0
    operation: str | None = None
    record_id: str | None = None
    category: str | None = None
    reason: str | None = None
    batch: str | None = None
    correlation_id: str | None = None
    sent_at: int | None = None
    answered_at: int | None = None
    done: str | None = None
    outcome: str | None = None
    answer: str | None = None
    history: list[Call] = field(default_factory=list, repr=False, compare=False)


_ENTRY_COLUMNS = tuple(name for name in Entry.__slots__ if name != "history")
_RUN, _CORRELATION_ID, _ANSWER = map(_ENTRY_COLUMNS.index, ("run", "correlation_id", "answer"))
_LOST = "-lost"
"""How the name of what is recorded of a lost call ends."""

DIALECTS = {"sqlite": sqlite, "postgresql": postgresql}
"""The databases that serve, with what builds their own statements."""

_values = operator.attrgetter(*_ENTRY_COLUMNS)


class JournalError(Exception):
    """The journal cannot be used; the message says why and what to do."""


class PartitionBusy(JournalError):  # noqa: N818  # named as people would say it
    """Another process is delivering the same partition of the same mapping."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"Another process is delivering {scope}. Wait for it to end, then run again: what it "
            "has delivered will not be sent twice."
        )


class Journal:
    """A store of entries, shared by all partitions and mappings.

    Attributes:
        engine: Its database, which keeps what else deliveries know, too.
    """

    def __init__(self, url: str) -> None:
        """Open the store at an SQLAlchemy URL and make its tables where they are missing.

        Raises:
            JournalError: The URL cannot be understood, or the store cannot be used.
        """
        try:
            self.engine = sa.create_engine(url, hide_parameters=True)  # they are rows of exports
            if self.engine.dialect.name not in DIALECTS:
                raise JournalError(
                    f"The journal cannot be kept in {self.engine.dialect.name}: give a URL that "
                    "begins with sqlite:/// or postgresql+psycopg://."
                )
            if self.engine.dialect.name == "sqlite":
                sa.event.listen(self.engine, "connect", _use_wal)
        except (sa.exc.SQLAlchemyError, ImportError) as error:
            raise explained(error) from None
        self.add_tables(_METADATA)

    def add_tables(self, metadata: sa.MetaData) -> None:
        """Make tables that are missing: its own, or of what else is kept beside it.

        Raises:
            JournalError: The store cannot be used.
        """
        try:
            with self.engine.begin() as connection:
                if self.engine.dialect.name == "postgresql":
                    # Two processes would both find no table, and one would fail to make it.
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(4871154)"))
                for table in metadata.sorted_tables:
                    connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
                    for index in table.indexes:
                        connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))
        except sa.exc.SQLAlchemyError as error:
            raise explained(error) from None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Work on the store in one transaction.

        Raises:
            JournalError: It cannot be used.
        """
        try:
            with self.engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            raise explained(error) from error

    def close(self) -> None:
        """Let go of the store's connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def partition(self, scope: str) -> Iterator[PartitionJournal]:
        """Work on one partition of one mapping, named by ``scope``.

        A run that died is resumed under its own number; after one that finished, the next number
        begins, and with it another try for what was not delivered.

        Raises:
            PartitionBusy: Another process works on it. Its lock goes with it when it dies.
        """
        with self.engine.connect() as connection, self._sole_sender(connection, scope):
            journal = PartitionJournal(connection, scope)
            journal.begin()
            yield journal

    @contextlib.contextmanager
    def _sole_sender(self, connection: sa.Connection, scope: str) -> Iterator[None]:
        release = try_to_lock(connection, scope)
        if release is None:
            raise PartitionBusy(scope)
        try:
            yield
        finally:
            release()


class PartitionJournal:
    """The journal of one partition of one mapping, held by one sender."""

    def __init__(self, connection: sa.Connection, scope: str) -> None:
        """Use an open connection; ``Journal.partition`` makes these."""
        self._connection = connection
        self._scope = scope
        self.run = 1
        columns = tuple(column.name for column in _BATCHES.columns if column.name != "number")
        self._insert = DriverStatement(_BATCHES.insert(), connection.dialect, columns)
        self._answer = DriverStatement(
            _BATCHES.update()
            .where(_BATCHES.c.batch == sa.bindparam("which"))
            .values(answered_at=sa.bindparam("at"), content=sa.bindparam("entries")),
            connection.dialect,
            ("at", "entries", "which"),
        )

    def begin(self) -> None:
        """Take the run's number, and own up to the calls that a dead run left without an answer."""
        with self.transaction():
            self.run = self._connection.execute(self._begin_run()).scalar_one()
            self._own_up_to_lost_batches()

    def _begin_run(self) -> Any:
        insert = DIALECTS[self._connection.dialect.name].insert(_PARTITIONS)
        next_run = sa.case((_PARTITIONS.c.finished, _PARTITIONS.c.run + 1), else_=_PARTITIONS.c.run)
        upsert = insert.values(scope=self._scope, run=1, finished=False).on_conflict_do_update(
            index_elements=["scope"], set_={"run": next_run, "finished": False}
        )
        return upsert.returning(_PARTITIONS.c.run)

    def _own_up_to_lost_batches(self) -> None:
        lost = self._connection.execute(
            sa.select(_BATCHES.c.batch, _BATCHES.c.step, _BATCHES.c.sent_at, _BATCHES.c.content)
            .where(_BATCHES.c.scope == self._scope, _BATCHES.c.answered_at.is_(None))
            .order_by(_BATCHES.c.number)
        ).all()
        for batch, step, sent_at, content in lost:
            keys = orjson.loads(content)
            known = self._known(min(keys), max(keys))
            entries = [known.get(key) or Entry(key, run=self.run) for key in keys]
            for entry in entries:
                entry.answer, entry.run = NO_ANSWER, self.run
                entry.attempts += 1
                if step != RESTORE:
                    entry.verdict = None
                if step not in LATER_STEPS:
                    # The lost call may have carried, and left, other values than the one before.
                    entry.digest = entry.done = None
                    entry.uncertain = True
            self._answer.execute(self._connection, [(sent_at, "[]", batch)])
            self._append(f"{batch}{_LOST}", step, entries, sent_at)

    def known(self, first: str, last: str) -> dict[str, Entry]:
        """Return the entries whose keys lie from ``first`` to ``last``, byte by byte, by key."""
        with self.transaction():
            return self._known(first, last)

    def _known(self, first: str, last: str) -> dict[str, Entry]:
        batches = self._connection.execute(
            sa.select(*(_BATCHES.c[name] for name in _BATCH_COLUMNS))
            .where(
                _BATCHES.c.scope == self._scope,
                _BATCHES.c.first_key <= last,
                _BATCHES.c.last_key >= first,
                _BATCHES.c.answered_at.is_not(None),
            )
            .order_by(_BATCHES.c.number)
        )
        latest: dict[str, list[Any]] = {}
        calls: defaultdict[str, list[Call]] = defaultdict(list)
        for content, step, name, *times in batches:
            batch = Batch(step, name.removesuffix(_LOST), *times)
            for values in orjson.loads(content):
                key = values[0]
                # Python orders texts by code point, which is the order of their UTF-8 bytes.
                if first <= key <= last:
                    latest[key] = values
                    # Entries that were recorded before there were histories do not tell.
                    if answer := values[_ANSWER] if len(values) > _ANSWER else None:
                        calls[key].append(batch.call(values[_RUN], answer, values[_CORRELATION_ID]))
        return {key: _entry(values, calls[key]) for key, values in latest.items()}

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """Work on the journal's database in one transaction.

        Raises:
            JournalError: It cannot be used.
        """
        try:
            with self._connection.begin():
                yield self._connection
        except sa.exc.SQLAlchemyError as error:
            raise explained(error) from error

    def intend(
        self, batch: str, step: str, keys: Sequence[str], sent_at: int, also: Also | None = None
    ) -> None:
        """Record that a call is about to carry these writes, and what else goes with that."""
        content = orjson.dumps(keys).decode()
        row = (batch, self._scope, step, min(keys), max(keys), sent_at, None, content)
        with self.transaction():
            self._insert.execute(self._connection, [row])
            self._do(also)

    def record(
        self,
        batch: str,
        entries: Sequence[Entry],
        answered_at: int,
        also: Also | None = None,
        reopened: Sequence[Entry] = (),
    ) -> None:
        """Record what a call came to: what is known now of each of its writes.

        And of others that it reopened: whose record it turned out to have written, too.
        """
        with self.transaction():
            self._answer.execute(self._connection, [(answered_at, _dump(entries), batch)])
            if reopened:
                self._append(f"{batch}-met", "met", reopened, answered_at)
            self._do(also)

    def append(
        self,
        batch: str,
        step: str,
        entries: Sequence[Entry],
        at: int,
        also: Also | None = None,
    ) -> None:
        """Record what became known of writes without a call that carried them."""
        with self.transaction():
            self._append(batch, step, entries, at)
            self._do(also)

    def _do(self, also: Also | None) -> None:
        """Do what goes with a record; after it, when the transaction has the right to write."""
        if also:
            also(self._connection)

    def _append(self, batch: str, step: str, entries: Sequence[Entry], at: int) -> None:
        keys = [entry.key for entry in entries]
        row = (batch, self._scope, step, min(keys), max(keys), at, at, _dump(entries))
        self._insert.execute(self._connection, [row])

    def finish(self) -> None:
        """Record that the run has stored its results."""
        with self.transaction():
            self._connection.execute(
                _PARTITIONS.update().where(_PARTITIONS.c.scope == self._scope).values(finished=True)
            )


def explained(error: Exception) -> JournalError:
    """Return what to raise in place of a database's error."""
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    return JournalError(
        f"The delivery journal cannot be used: {reason}. Check the destination's journal URL, and "
        "that the database is there, has room, and lets this user make tables."
    )


def _entry(values: Sequence[Any], calls: list[Call]) -> Entry:
    entry = Entry(*values)
    entry.answer, entry.history = None, calls
    return entry


def _dump(entries: Sequence[Entry]) -> str:
    return orjson.dumps([_values(entry) for entry in entries]).decode()


def _use_wal(connection: Any, _: object) -> None:
    """Let readers and a writer work at once, and let writers wait for each other."""
    connection.execute("PRAGMA busy_timeout = 30000")
    use_wal(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
