"""The keyed stores that a destination's deliveries share, and under which names they use them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hubspot_pipeline.actions.upsert_company import ACTION as UPSERT_COMPANY
from hubspot_pipeline.delivery.identities import Identities
from hubspot_pipeline.delivery.journal import Journal, JournalError
from hubspot_pipeline.hubspot.rate_limit import LimitStoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.hubspot.client import ConnectionSettings
    from hubspot_pipeline.storage import Storage


class PipelineError(Exception):
    """A partition cannot be worked on; the message says why and what to do."""


@contextlib.contextmanager
def stores_explained() -> Iterator[None]:
    """Raise ``PipelineError`` where a store cannot be used, or another process is at work."""
    try:
        yield
    except (JournalError, LimitStoreError) as error:
        raise PipelineError(str(error)) from error


def scope_of(
    destination: Destination, mapping: str, partition: str, settings: ConnectionSettings
) -> str:
    """Return the name under which the journal keeps a partition: what is known is one account's."""
    return f"{account_of(destination, settings)}/{destination.name}/{mapping}/{partition}"


def account_of(destination: Destination, settings: ConnectionSettings) -> str:
    """Return the name under which is kept what is known of an account."""
    return f"{destination.portal}@{urlsplit(settings.base_url).netloc}"


def identities_of(
    destination: Destination, book: Journal, settings: ConnectionSettings
) -> Identities | None:
    """Return who the account's users are, where a mapping asks: companies and their contacts."""
    return Identities(book, account_of(destination, settings)) if knows_users(destination) else None


def knows_users(destination: Destination) -> bool:
    """Return whether it matters who the account's users are."""
    return any(spec.action == UPSERT_COMPANY.key for spec in destination.mappings.values())


def open_journal(destination: Destination, storage: Storage) -> Journal:
    """Open the journal that a destination's deliveries share."""
    return Journal(journal_url(destination, storage))


def journal_url(destination: Destination, storage: Storage) -> str:
    """Return where that journal is."""
    return destination.journal or f"sqlite:///{storage.state_file('journal.sqlite')}"
