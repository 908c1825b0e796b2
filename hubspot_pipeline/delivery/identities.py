"""Identities: which contact a user is, by the identify events that were delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from hubspot_pipeline.delivery.journal import DIALECTS
from hubspot_pipeline.delivery.verdicts import SKIPPED_BY_A_RERUN

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from hubspot_pipeline.delivery.journal import Entry, Journal
    from hubspot_pipeline.writes import RecordWrites

_METADATA = sa.MetaData()

_IDENTITIES = sa.Table(
    "identities",
    _METADATA,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("user_id", sa.Text, primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("record_id", sa.Text, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
)

_USERS_AT_A_TIME = 1_000


class Identity(NamedTuple):
    """A contact: its e-mail address as it was delivered, and its record's id at that time."""

    email: str
    record_id: str


class Identities:
    """The users of one account, kept beside the journal, for all of its mappings and partitions.

    HubSpot knows nothing of user ids. A company's event names its user by nothing else, so who that
    is must come from an earlier identify event (actions §13).
    """

    def __init__(self, book: Journal, account: str) -> None:
        """Use a journal's database.

        Raises:
            JournalError: It cannot be used.
        """
        book.add_tables(_METADATA)
        self._database = book
        self._account = account

    def remember(self, writes: RecordWrites, entries: Sequence[Entry]) -> None:
        """Remember who the users are whose contacts were delivered.

        Of a user with several contacts, that of the latest event counts, in whichever order the
        partitions are delivered.

        Args:
            writes: Writes to contacts, by e-mail.
            entries: What became of them, in their order.

        Raises:
            JournalError: The database cannot be used.
        """
        users = _delivered_users(writes, entries)
        if not users.num_rows:
            return
        insert = DIALECTS[self._database.engine.dialect.name].insert(_IDENTITIES)
        new = insert.excluded
        upsert = insert.on_conflict_do_update(
            index_elements=["account", "user_id"],
            set_={name: new[name] for name in ("email", "record_id", "seen_at")},
            where=new.seen_at >= _IDENTITIES.c.seen_at,
        )
        with self._database.transaction() as connection:
            for batch in users.to_batches(max_chunksize=_USERS_AT_A_TIME):
                rows = [{"account": self._account, **row} for row in batch.to_pylist()]
                connection.execute(upsert, rows)

    def find(self, user_ids: Collection[str]) -> dict[str, Identity]:
        """Return the contacts of those users who are known.

        Raises:
            JournalError: The database cannot be used.
        """
        wanted = sorted(set(user_ids))
        found: dict[str, Identity] = {}
        with self._database.transaction() as connection:
            for start in range(0, len(wanted), _USERS_AT_A_TIME):
                rows = connection.execute(
                    sa.select(
                        _IDENTITIES.c.user_id, _IDENTITIES.c.email, _IDENTITIES.c.record_id
                    ).where(
                        _IDENTITIES.c.account == self._account,
                        _IDENTITIES.c.user_id.in_(wanted[start : start + _USERS_AT_A_TIME]),
                    )
                )
                found |= {user_id: Identity(email, record_id) for user_id, email, record_id in rows}
        return found


def _delivered_users(writes: RecordWrites, entries: Sequence[Entry]) -> pa.Table:
    """Return the latest contact of each user, in order of user id.

    The order is the same in every process: two that remember the same users at once never wait for
    each other in a circle.
    """
    contacts = pa.table(
        {
            "email": writes.ids,
            "record_id": pa.array([entry.record_id for entry in entries], pa.string()),
            "known": pa.array([entry.verdict in SKIPPED_BY_A_RERUN for entry in entries]),
        }
    ).take(writes.rows["write"])
    rows = pa.table(
        {
            "user_id": writes.rows["user_id"],
            "email": contacts["email"],
            "record_id": contacts["record_id"],
            "seen_at": pc.fill_null(writes.rows["event_time"].cast(pa.int64()), 0),
            "position": writes.rows["position"],
        }
    )
    known = pc.and_(contacts["known"], rows["record_id"].is_valid())
    rows = rows.filter(pc.and_(known, rows["user_id"].is_valid()))
    keys = [(name, "ascending") for name in ("user_id", "seen_at", "position")]
    rows = rows.sort_by(keys).drop_columns("position")
    at = pa.array(range(rows.num_rows), pa.int64())
    last = rows.append_column("at", at).group_by("user_id").aggregate([("at", "max")])["at_max"]
    return rows.take(last.combine_chunks().sort())
