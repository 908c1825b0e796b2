"""One partition of one mapping, start to end: what the command line and Dagster's assets call."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.delivery.known_tokens import KnownTokens
from hubspot_pipeline.delivery.record_state import RecordStates
from hubspot_pipeline.delivery.results import SCHEMA as RESULTS_SCHEMA
from hubspot_pipeline.delivery.results import results_of_rejected
from hubspot_pipeline.delivery.tally import Tally
from hubspot_pipeline.delivery.turns import Turns
from hubspot_pipeline.delivery.verdicts import Verdict, hold_to_account
from hubspot_pipeline.destination import DestinationError, PrivateApp
from hubspot_pipeline.event_loop import run_to_end
from hubspot_pipeline.events.errors import ExportError
from hubspot_pipeline.guards import GuardError, Guarding, hold_to_guards
from hubspot_pipeline.hubspot import authentication
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.hubspot.errors import ConfigurationError
from hubspot_pipeline.mapped import PayloadsSummary, map_partition, program_of
from hubspot_pipeline.mapping.errors import MappingError, TriggerError
from hubspot_pipeline.payload_files import rejected_rows
from hubspot_pipeline.run_options import AS_USUAL, RunOptions
from hubspot_pipeline.sending import Sending
from hubspot_pipeline.storage import metadata_of, open_parquet, write_parquet
from hubspot_pipeline.stores import (
    PipelineError,
    account_of,
    identities_of,
    open_journal,
    scope_of,
    stores_explained,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.storage import Storage

__all__ = [
    "USER_ERRORS",
    "DeliverySummary",
    "PayloadsSummary",
    "PipelineError",
    "connection",
    "deliver_partition",
    "map_partition",
    "program_of",
    "read_results",
]

USER_ERRORS = (
    ConfigurationError,
    DestinationError,
    ExportError,
    GuardError,
    MappingError,
    PipelineError,
    TriggerError,
)
"""What a person can mend: shown by their message, without a traceback."""


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What delivering one partition came to.

    Attributes:
        rows_read: Rows of the export.
        filtered: Rows that the trigger does not pick.
        verdicts: Rows by verdict.
        calls: The delivery's calls to HubSpot in this run, by route; not those of its guards.
        seconds: How long it took.
        path: The results' file.
        worst_rows: Some rows that a person should look at, worst first.
        undelivered_reason: Why rows stayed undelivered; None where none did.
        go_on_at: When to deliver these, where HubSpot, or the share of the daily quota that is
            kept for others, allows no call until then.
    """

    rows_read: int
    filtered: int
    verdicts: dict[str, int]
    calls: dict[str, int]
    seconds: float
    path: str
    worst_rows: list[dict[str, Any]] = field(default_factory=list)
    undelivered_reason: str | None = None
    go_on_at: datetime | None = None

    @property
    def rows_per_second(self) -> float:
        """Return how many rows got their verdict in a second."""
        return sum(self.verdicts.values()) / self.seconds if self.seconds else 0.0


def connection(destination: Destination, secrets: Mapping[str, str]) -> ConnectionSettings:
    """Return how to reach a destination's portal.

    Args:
        destination: Which portal, and which API.
        secrets: ``access_token`` of a private app; or ``client_id``, ``client_secret`` and
            ``refresh_token`` of an OAuth app. The environment variable ``HUBSPOT_BASE_URL``
            overrides the API's address.
    """
    credentials = (
        authentication.PrivateApp(secrets["access_token"])
        if isinstance(destination.authentication, PrivateApp)
        else authentication.OAuthApp(
            secrets["client_id"], secrets["client_secret"], secrets["refresh_token"]
        )
    )
    return ConnectionSettings(
        credentials=credentials,
        base_url=os.environ.get("HUBSPOT_BASE_URL") or destination.api.base_url,
        version=destination.api.version,
        connections=destination.limits.requests_in_flight,
        percent_for_others=destination.limits.daily_percent_for_others,
    )


def deliver_partition(
    destination: Destination,
    mapping: str,
    partition: str,
    storage: Storage,
    settings: ConnectionSettings,
    options: RunOptions = AS_USUAL,
) -> DeliverySummary:
    """Deliver one partition's payloads to HubSpot and store a result for each of their rows.

    Run again after a run that died, it resumes; run again after one that finished, it sends what
    was not delivered, or all of it where ``options`` ask for that. Results are stored in either
    case, also where rows are undelivered.

    Raises:
        GuardError: The mapping's guards hold it back.
        DestinationError: The mapping names what the account does not have, and nothing makes, or
            the token is another account's.
        PipelineError: The partition has not been mapped, another process is delivering it, or a
            store that the destination names cannot be used.
        UnaccountedRowsError: The results do not account for every row read.
    """
    started = time.monotonic()
    source = storage.payloads(destination.name, mapping, partition)
    path = storage.results(destination.name, mapping, partition)
    tally = Tally()
    with stores_explained(), _open_payloads(source) as payloads:
        metadata = metadata_of(payloads)
        stop = hold_to_guards(
            Guarding(destination, mapping, partition, storage, settings, options), payloads
        )
        with (
            open_journal(destination, storage) as book,
            book.partition(scope_of(destination, mapping, partition, settings)) as journal,
        ):
            with write_parquet(path, RESULTS_SCHEMA) as writer:
                store = tally.into(writer)
                for rejected in rejected_rows(payloads):
                    store(results_of_rejected(rejected))
                account = account_of(destination, settings)
                sending = Sending(
                    destination=destination,
                    mapping=mapping,
                    partition=partition,
                    storage=storage,
                    connection=settings,
                    journal=journal,
                    tokens=KnownTokens(book, account),
                    turns=Turns(book, account),
                    identities=identities_of(destination, book, settings),
                    states=RecordStates(book, account),
                    store=store,
                    options=options,
                    stop_reason=stop.reason if stop else None,
                )
                sent = run_to_end(sending.send(payloads))
                writer.add_key_value_metadata({"rows_read": metadata["rows_read"]})
            journal.finish()
    rows_read, filtered = int(metadata["rows_read"]), int(metadata["rows_filtered"])
    hold_to_account(rows_read, filtered, tally.verdicts)
    go_on_at = stop.go_on_at if stop else sent.go_on_at
    return DeliverySummary(
        rows_read=rows_read,
        filtered=filtered,
        verdicts=dict(tally.verdicts),
        calls=sent.calls,
        seconds=time.monotonic() - started,
        path=path,
        worst_rows=tally.worst_rows(),
        undelivered_reason=sent.stop_reason or tally.undelivered_reason(),
        go_on_at=go_on_at if tally.verdicts[Verdict.UNDELIVERED] else None,
    )


def read_results(
    destination: Destination, mapping: str, partition: str, storage: Storage
) -> pa.Table:
    """Return one partition's results, a row per input row that was not filtered."""
    destination.mapping(mapping)
    path = storage.results(destination.name, mapping, partition)
    try:
        with open_parquet(path) as parquet:
            return parquet.read()
    except FileNotFoundError:
        raise PipelineError(
            f"Partition {partition} of {destination.name}/{mapping} has no results yet. Run it "
            f"first: hubspot-pipeline run --destination {destination.name} --partition {partition}"
        ) from None


@contextlib.contextmanager
def _open_payloads(path: str) -> Iterator[pq.ParquetFile]:
    with contextlib.ExitStack() as opened:
        try:
            payloads = opened.enter_context(open_parquet(path))
        except FileNotFoundError:
            raise PipelineError(
                f"There are no payloads at {path}: the partition has not been mapped. Materialize "
                "its payloads first."
            ) from None
        yield payloads
