"""Turns: of all deliveries to an account, one at a time writes records of an object type."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

import sqlalchemy as sa

from hubspot_pipeline.delivery.journal import explained
from hubspot_pipeline.delivery.locks import try_to_lock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from hubspot_pipeline.delivery.journal import Journal
    from hubspot_pipeline.delivery.locks import Release

logger = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.05


class Turns:
    """Keeps two deliveries from writing one record at a time, in whichever processes they run.

    A lock for each record would not do, as two keys may be one record's: nobody knows that two
    addresses are one contact's before HubSpot's answer says so. So a turn is for an object type,
    and lasts for one chunk of writes. Records at the other end of associations are made without
    one: such a call carries no value but the unique one, which HubSpot itself keeps unique.
    """

    def __init__(self, book: Journal, account: str) -> None:
        """Share turns with all who use the same journal for the same account."""
        self._engine = book.engine
        self._account = account

    @contextlib.asynccontextmanager
    async def take(self, object_type: str) -> AsyncIterator[None]:
        """Wait until nobody else writes records of this type, and keep others from it meanwhile.

        Raises:
            JournalError: The journal's database cannot be used.
        """
        try:
            with self._engine.connect() as connection:
                release = await _lock(connection, f"records of {self._account}/{object_type}")
                try:
                    yield
                finally:
                    release()
        except sa.exc.SQLAlchemyError as error:
            raise explained(error) from error


async def _lock(connection: sa.Connection, name: str) -> Release:
    release = try_to_lock(connection, name)
    if release is None:
        logger.info("Waiting: another delivery writes %s.", name)
    while release is None:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        release = try_to_lock(connection, name)
    return release
