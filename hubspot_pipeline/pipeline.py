"""One partition of one mapping, start to end: what the command line and Dagster's assets call."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from hubspot_pipeline.actions import ACTIONS, MappingSettings
from hubspot_pipeline.actions.upsert_company import ACTION as UPSERT_COMPANY
from hubspot_pipeline.delivery.identities import Identities
from hubspot_pipeline.delivery.journal import Journal, JournalError
from hubspot_pipeline.delivery.results import SCHEMA as RESULTS_SCHEMA
from hubspot_pipeline.delivery.results import results_of_rejected
from hubspot_pipeline.delivery.tally import Tally
from hubspot_pipeline.delivery.turns import Turns
from hubspot_pipeline.delivery.verdicts import Verdict, hold_to_account
from hubspot_pipeline.destination import DestinationError, PrivateApp
from hubspot_pipeline.events.errors import ExportError
from hubspot_pipeline.events.exports import find_files
from hubspot_pipeline.events.readers import read_events
from hubspot_pipeline.hubspot import authentication
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.hubspot.errors import ConfigurationError
from hubspot_pipeline.hubspot.rate_limit import LimitStoreError
from hubspot_pipeline.mapping.errors import MappingError, TriggerError
from hubspot_pipeline.payload_files import rejected_rows
from hubspot_pipeline.payloads import (
    compile_payloads,
    find_action,
    problems_of_payloads,
    sync_mode_of,
)
from hubspot_pipeline.run_options import AS_USUAL, RunOptions
from hubspot_pipeline.sending import Sending
from hubspot_pipeline.storage import metadata_of, open_parquet, write_parquet

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Mapping
    from datetime import datetime

    import pyarrow as pa
    import pyarrow.parquet as pq

    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.payloads import PayloadProgram
    from hubspot_pipeline.storage import Storage


_Result = TypeVar("_Result")


class PipelineError(Exception):
    """A partition cannot be worked on; the message says why and what to do."""


USER_ERRORS = (
    ConfigurationError,
    DestinationError,
    ExportError,
    MappingError,
    PipelineError,
    TriggerError,
)
"""What a person can mend: shown by their message, without a traceback."""


@dataclass(frozen=True, slots=True)
class PayloadsSummary:
    """What mapping one partition came to.

    Attributes:
        rows_read: Rows of the export, malformed ones included.
        filtered: Rows that the trigger does not pick.
        mapped: Rows with a valid payload.
        rejected: Rows that are malformed or whose payload is not valid.
        seconds: How long it took.
        path: The payloads' file.
    """

    rows_read: int
    filtered: int
    mapped: int
    rejected: int
    seconds: float
    path: str


@dataclass(frozen=True, slots=True)
class DeliverySummary:
    """What delivering one partition came to.

    Attributes:
        rows_read: Rows of the export.
        filtered: Rows that the trigger does not pick.
        verdicts: Rows by verdict.
        calls: Calls to HubSpot in this run, by route.
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


def program_of(destination: Destination, mapping: str) -> PayloadProgram:
    """Compile a destination's mapping.

    Raises:
        DestinationError: All that is wrong with it, each with its line, its place and the reason.
    """
    spec = destination.mapping(mapping)
    try:
        return compile_payloads(
            spec.action,
            spec.trigger,
            spec.mapping,
            dialect=spec.dialect,
            has_shorthand=True,
            settings=settings_of(destination, mapping),
            private=spec.private,
        )
    except (MappingError, TriggerError) as error:
        problems = problems_of_payloads(
            spec.action,
            spec.trigger,
            spec.mapping,
            dialect=spec.dialect,
            has_shorthand=True,
            private=spec.private,
        )
        raise DestinationError(
            "\n".join(
                f"{destination.at(f'mappings.{mapping}.{place}')}{destination.name}/{mapping}: "
                f"{place}: {reason}"
                for place, reason in problems
            )
        ) from error


def settings_of(destination: Destination, mapping: str) -> MappingSettings:
    """Return what a mapping's action needs to know of it.

    Raises:
        DestinationError: It has a sync mode that there is not, or that its action does not know.
    """
    spec = destination.mapping(mapping)
    try:
        mode = sync_mode_of(find_action(spec.action), spec.sync_mode, spec.mapping)
    except MappingError as error:
        place = destination.at(f"mappings.{mapping}.{error.place}")
        raise DestinationError(f"{place}{destination.name}/{mapping}: {error.reason}") from error
    return MappingSettings(destination.portal, f"{destination.name}/{mapping}", mode)


def map_partition(
    destination: Destination, mapping: str, partition: str, storage: Storage
) -> PayloadsSummary:
    """Map one partition's events to payloads and store them, a row for each that is not filtered.

    Raises:
        ExportError: The partition is missing or a file of it cannot be read.
        DestinationError: The mapping or the trigger cannot be compiled.
    """
    started = time.monotonic()
    program = program_of(destination, mapping)
    files = find_files(destination.events.path, partition)
    path = storage.payloads(destination.name, mapping, partition)
    counts: Counter[str] = Counter()
    with write_parquet(path, program.schema) as writer:
        for batch in read_events(files, paths=program.paths):
            payloads = program.map_batch(batch.events, batch.rejected, counts["read"])
            counts["read"] += batch.events.num_rows + batch.rejected.num_rows
            counts["kept"] += payloads.num_rows
            counts["rejected"] += payloads.num_rows - payloads["error_reason"].null_count
            writer.write_table(payloads)
        filtered = counts["read"] - counts["kept"]
        writer.add_key_value_metadata(
            {"rows_read": str(counts["read"]), "rows_filtered": str(filtered)}
        )
    return PayloadsSummary(
        rows_read=counts["read"],
        filtered=filtered,
        mapped=counts["kept"] - counts["rejected"],
        rejected=counts["rejected"],
        seconds=time.monotonic() - started,
        path=path,
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
        PipelineError: The partition has not been mapped, another process is delivering it, or a
            store that the destination names cannot be used.
        UnaccountedRowsError: The results do not account for every row read.
    """
    started = time.monotonic()
    source = storage.payloads(destination.name, mapping, partition)
    path = storage.results(destination.name, mapping, partition)
    tally = Tally()
    with (
        _stores_explained(),
        _open_payloads(source) as payloads,
        open_journal(destination, storage) as book,
        book.partition(scope_of(destination, mapping, partition, settings)) as journal,
    ):
        with write_parquet(path, RESULTS_SCHEMA) as writer:
            store = tally.into(writer)
            for rejected in rejected_rows(payloads):
                store(results_of_rejected(rejected))
            sending = Sending(
                destination=destination,
                mapping=mapping,
                action=ACTIONS[destination.mapping(mapping).action],
                settings=settings_of(destination, mapping),
                storage=storage,
                connection=settings,
                journal=journal,
                turns=Turns(book, _account(destination, settings)),
                identities=_identities(destination, book, settings),
                store=store,
                options=options,
            )
            sent = _run_to_end(sending.send(payloads))
        journal.finish()
        metadata = metadata_of(payloads)
    rows_read, filtered = int(metadata["rows_read"]), int(metadata["rows_filtered"])
    hold_to_account(rows_read, filtered, tally.verdicts)
    return DeliverySummary(
        rows_read=rows_read,
        filtered=filtered,
        verdicts=dict(tally.verdicts),
        calls=sent.calls,
        seconds=time.monotonic() - started,
        path=path,
        worst_rows=tally.worst_rows(),
        undelivered_reason=sent.stop_reason or tally.undelivered_reason(),
        go_on_at=sent.go_on_at if tally.verdicts[Verdict.UNDELIVERED] else None,
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


def _run_to_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run in an event loop; of calls that fail together, the first error is the one that tells."""
    try:
        with asyncio.Runner(loop_factory=_event_loop()) as runner:
            return runner.run(work)
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes the event loop: uvloop's where it runs, which spends less CPU a call."""
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop


@contextlib.contextmanager
def _stores_explained() -> Iterator[None]:
    try:
        yield
    except (JournalError, LimitStoreError) as error:
        raise PipelineError(str(error)) from error


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


def scope_of(
    destination: Destination, mapping: str, partition: str, settings: ConnectionSettings
) -> str:
    """Return the name under which the journal keeps a partition: what is known is one account's."""
    return f"{_account(destination, settings)}/{destination.name}/{mapping}/{partition}"


def _account(destination: Destination, settings: ConnectionSettings) -> str:
    return f"{destination.portal}@{urlsplit(settings.base_url).netloc}"


def _identities(
    destination: Destination, book: Journal, settings: ConnectionSettings
) -> Identities | None:
    """Return who the account's users are, where a mapping asks: companies and their contacts."""
    if any(spec.action == UPSERT_COMPANY.key for spec in destination.mappings.values()):
        return Identities(book, _account(destination, settings))
    return None


def open_journal(destination: Destination, storage: Storage) -> Journal:
    """Open the journal that a destination's deliveries share."""
    return Journal(destination.journal or f"sqlite:///{storage.state_file('journal.sqlite')}")
