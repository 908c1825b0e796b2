"""Which tokens are known to be a portal's: HubSpot is asked once a token, not once a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from hubspot_pipeline.delivery.journal import DIALECTS

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.journal import Journal
    from hubspot_pipeline.hubspot.authentication import Credentials

_METADATA = sa.MetaData()

_KNOWN_TOKENS = sa.Table(
    "known_tokens",
    _METADATA,
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
)


class KnownTokens:
    """The tokens that were seen to be one account's, kept beside the journal.

    What is kept of a token is a fingerprint, from which it cannot be told. A token never comes to
    be another account's, so that what was seen once holds.
    """

    def __init__(self, book: Journal, account: str) -> None:
        """Use a journal's database.

        Raises:
            JournalError: It cannot be used.
        """
        book.add_tables(_METADATA)
        self._database = book
        self._account = account

    def has(self, credentials: Credentials) -> bool:
        """Return whether they were seen to be the account's.

        Raises:
            JournalError: The database cannot be used.
        """
        fingerprint = credentials.fingerprint(self._account)
        wanted = sa.select(_KNOWN_TOKENS).where(
            _KNOWN_TOKENS.c.account == self._account, _KNOWN_TOKENS.c.fingerprint == fingerprint
        )
        with self._database.transaction() as connection:
            return connection.execute(wanted).first() is not None

    def add(self, credentials: Credentials) -> None:
        """Remember that they were seen to be the account's.

        Raises:
            JournalError: The database cannot be used.
        """
        insert = DIALECTS[self._database.engine.dialect.name].insert(_KNOWN_TOKENS)
        fingerprint = credentials.fingerprint(self._account)
        row = insert.values(account=self._account, fingerprint=fingerprint)
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_nothing())
