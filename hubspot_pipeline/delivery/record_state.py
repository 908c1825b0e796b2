"""The record state: what was last delivered of each record, beside the journal in its database.

Two tables of numbers. A key (a hash of an id by which a record is found) leads to the record's id
in HubSpot; that to its state: the entries of ``states``, packed. So a record costs about 60 bytes
and 24 for each of its properties, and two keys may be one record's, as two e-mail addresses are.
A third table has what is still to be put back; it is empty but for what a run could not finish.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from hubspot_pipeline.delivery.driver_statement import DriverStatement
from hubspot_pipeline.delivery.journal import DIALECTS
from hubspot_pipeline.delivery.states import SEPARATOR, hash_of, hashes
from hubspot_pipeline.object_types import folded_name, standard_type
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from hubspot_pipeline.delivery.journal import Journal
    from hubspot_pipeline.delivery.states import Ints

_METADATA = sa.MetaData()

_KEYS = sa.Table(
    "record_keys",
    _METADATA,
    sa.Column("key_a", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key_b", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

_STATES = sa.Table(
    "record_states",
    _METADATA,
    sa.Column("of", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

_OVERRULED = sa.Table(
    "overruled_values",
    _METADATA,
    sa.Column("of", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("record_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("entry", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What records had of later events, until it is put back: an older one was written over it, before
anybody knew that its key was that record's."""

UNKNOWN = -1
"""In place of the id of a record that nothing is known of."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What ids are kept under: two 64-bit hashes of each (int64)."""

    a: Ints
    b: Ints

    def only(self, places: Sequence[int]) -> Keys:
        """Return some of them."""
        return Keys(self.a[places], self.b[places])


class RecordStates:
    """The record states of one account, for all of its mappings and partitions.

    All but ``keys`` works in a transaction of the caller's, so that a write is remembered when the
    journal records it as delivered, or not at all. Database errors are the caller's to explain.
    """

    def __init__(self, book: Journal, account: str) -> None:
        """Use a journal's database.

        Raises:
            JournalError: It cannot be used.
        """
        self._account = account
        self._dialect = book.engine.dialect
        book.add_tables(_METADATA)
        self._put_key = self._upsert(_KEYS, "record_id")
        self._put_state = self._upsert(_STATES, "state")
        self._put_overruled = self._upsert(_OVERRULED, "entry")
        self._find_keys = DriverStatement(
            sa.select(_KEYS).where(self._among(_KEYS.c.key_a)), self._dialect, ("numbers",)
        )
        self._find_states = DriverStatement(
            sa.select(_STATES.c.record_id, _STATES.c.state).where(
                _STATES.c.of == sa.bindparam("of"), self._among(_STATES.c.record_id)
            ),
            self._dialect,
            ("of", "numbers"),
        )
        self._find_overruled = DriverStatement(
            sa.select(_OVERRULED.c.record_id, _OVERRULED.c.property, _OVERRULED.c.entry).where(
                _OVERRULED.c.of == sa.bindparam("of")
            ),
            self._dialect,
            ("of",),
        )
        self._drop_overruled = DriverStatement(
            _OVERRULED.delete().where(
                *(each == sa.bindparam(each.name) for each in _OVERRULED.primary_key)
            ),
            self._dialect,
            tuple(each.name for each in _OVERRULED.primary_key),
        )

    def of(self, object_type: str) -> int:
        """Return what the states of an object type's records are kept under."""
        return int(np.uint64(hash_of(self._account, _type(object_type))).astype(np.int64))

    def keys(self, object_type: str, id_property: str, ids: pa.Array | pa.ChunkedArray) -> Keys:
        """Return what ids are kept under, as HubSpot compares them: e-mail in any case (§2.6)."""
        compared = pc.utf8_lower(ids) if id_property == "email" else ids
        prefix = SEPARATOR.join((self._account, _type(object_type), id_property))
        texts = pc.binary_join_element_wise(pa.scalar(prefix), compared, SEPARATOR)
        return Keys(hashes(texts).view(np.int64), hashes(texts, 1).view(np.int64))

    def record_ids(
        self,
        connection: sa.Connection,
        object_type: str,
        id_property: str,
        ids: pa.Array | pa.ChunkedArray,
    ) -> Ints:
        """Return the record that each id was found to be; ``UNKNOWN`` where it never was."""
        if id_property == RECORD_ID:
            return np.array([_number(each) for each in ids.to_pylist()], np.int64)
        keys = self.keys(object_type, id_property, ids)
        rows = self._find_keys.fetch(connection, self._numbers(keys.a))
        known = {(a, b): record_id for a, b, record_id in rows}
        pairs = zip(keys.a.tolist(), keys.b.tolist(), strict=True)
        return np.array([known.get(pair, UNKNOWN) for pair in pairs], np.int64)

    def load(
        self, connection: sa.Connection, object_type: str, record_ids: Ints
    ) -> list[bytes | None]:
        """Return the states of records, in their order; None of those that have none."""
        wanted = np.unique(record_ids[record_ids != UNKNOWN])
        if not len(wanted):
            return [None] * len(record_ids)
        of = self.of(object_type)
        rows = self._find_states.fetch(connection, of, self._numbers(wanted))
        states: dict[int, bytes] = {record_id: bytes(state) for record_id, state in rows}
        return [states.get(record_id) for record_id in record_ids.tolist()]

    def put_states(
        self, connection: sa.Connection, object_type: str, states: Mapping[int, bytes]
    ) -> None:
        """Store the states of records, in place of what was known of them."""
        of = self.of(object_type)
        self._put_state.execute(connection, [(of, *each) for each in sorted(states.items())])

    def put_keys(
        self,
        connection: sa.Connection,
        keys: Keys,
        record_ids: Iterable[int],
    ) -> None:
        """Store which records ids are of."""
        rows = sorted(zip(keys.a.tolist(), keys.b.tolist(), record_ids, strict=True))
        self._put_key.execute(connection, rows)

    def overruled(self, connection: sa.Connection, object_type: str) -> dict[int, dict[str, bytes]]:
        """Return what is still to be put back: entries, packed, by record and property."""
        found: dict[int, dict[str, bytes]] = {}
        for record_id, name, entry in self._find_overruled.fetch(connection, self.of(object_type)):
            found.setdefault(record_id, {})[name] = bytes(entry)
        return found

    def put_overruled(
        self, connection: sa.Connection, object_type: str, record_id: int, was: Mapping[str, bytes]
    ) -> None:
        """Store what is to be put back to a record: entries, packed, by property."""
        of = self.of(object_type)
        rows = [(of, record_id, name, entry) for name, entry in sorted(was.items())]
        self._put_overruled.execute(connection, rows)

    def drop_overruled(
        self, connection: sa.Connection, object_type: str, record_id: int, names: Iterable[str]
    ) -> None:
        """Forget what was to be put back to a record, of some properties."""
        of = self.of(object_type)
        self._drop_overruled.execute(connection, [(of, record_id, name) for name in sorted(names)])

    def _upsert(self, table: sa.Table, changed: str) -> DriverStatement:
        insert = DIALECTS[self._dialect.name].insert(table)
        statement = insert.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={changed: insert.excluded[changed]},
        )
        return DriverStatement(
            statement, self._dialect, tuple(column.name for column in table.columns)
        )

    def _among(self, column: sa.Column[int]) -> sa.ColumnElement[bool]:
        """Return whether a column is one of very many numbers, which go as one parameter."""
        if self._dialect.name == "sqlite":
            values = sa.func.json_each(sa.bindparam("numbers")).table_valued("value")
            return column.in_(sa.select(values.c.value))
        numbers = sa.bindparam("numbers", type_=postgresql.ARRAY(sa.BigInteger))
        return column == sa.any_(numbers)

    def _numbers(self, numbers: Ints) -> Any:
        """Return numbers as that parameter."""
        if self._dialect.name == "sqlite":
            return orjson.dumps(numbers.tolist()).decode()
        return numbers.tolist()


def _type(object_type: str) -> str:
    """Return an object type's one name: the id of HubSpot's own types."""
    known = standard_type(object_type)
    return known.id if known else folded_name(object_type)


def _number(record_id: str) -> int:
    return int(record_id) if record_id.isdecimal() and len(record_id) < _MOST_DIGITS else UNKNOWN


_MOST_DIGITS = 19
