"""Rehearses deliveries: what one would do to the account, found out without writing to it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hubspot_pipeline.delivery.results import results_of_rejected
from hubspot_pipeline.delivery.tally import Tally
from hubspot_pipeline.delivery.verdicts import Verdict, hold_to_account
from hubspot_pipeline.event_loop import run_to_end
from hubspot_pipeline.hubspot.connections import open_connections
from hubspot_pipeline.hubspot.pace import Pace
from hubspot_pipeline.payload_files import rejected_rows
from hubspot_pipeline.rehearsal.account import RehearsedAccount
from hubspot_pipeline.rehearsal.changes import Changes, told_text
from hubspot_pipeline.rehearsal.client import RehearsalClient
from hubspot_pipeline.rehearsal.journal import (
    RehearsalJournal,
    RehearsedIdentities,
    RehearsedStates,
    RehearsedTokens,
)
from hubspot_pipeline.rehearsal.rows import CHANGES, PlanRows
from hubspot_pipeline.sending import Sending, limits_of
from hubspot_pipeline.storage import metadata_of, open_parquet, write_parquet
from hubspot_pipeline.stores import account_of, journal_url, knows_users, scope_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Awaitable, Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from hubspot_pipeline.delivery.deliver import Told
    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient
    from hubspot_pipeline.run_options import RunOptions
    from hubspot_pipeline.sending import Sent
    from hubspot_pipeline.storage import Storage

__all__ = ["CHANGES", "Checked", "Plan", "Rehearsal"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What delivering one partition of one mapping would come to.

    Attributes:
        destination: The destination's name.
        mapping: The mapping's name.
        partition: The partition.
        rows_read: Rows of the export.
        filtered: Rows that the trigger does not pick.
        verdicts: Rows by verdict, as the delivery would give them.
        creates: Records that would be created, by object type, those at the other end of
            associations included.
        updates: Records of which something would change, by object type, likewise.
        cleared_values: Values that records have, and would have no more.
        associations: (added, removed) associations by the object types ``contacts/companies``.
        list_moves: (joins, leaves) by the list's name.
        definitions: What would be made first, in words: ``property contacts.color (string)``.
        calls: The delivery's calls to HubSpot by route.
        seconds: The time that these take under the destination's limits, right after the mappings
            that are planned before it.
        path: The file of ``CHANGES``.
        reads_for_plan: Calls that only the plan needed, by route.
        stop_reason: Why rows would stay undelivered, or could not be planned, as HubSpot does not
            answer; None where none would.
        go_on_at: When to deliver the rest, where no call is allowed until then.
    """

    destination: str
    mapping: str
    partition: str
    rows_read: int
    filtered: int
    verdicts: dict[str, int]
    creates: dict[str, int]
    updates: dict[str, int]
    cleared_values: int
    associations: dict[str, tuple[int, int]]
    list_moves: dict[str, tuple[int, int]]
    definitions: tuple[str, ...]
    calls: dict[str, int]
    seconds: float
    path: str
    reads_for_plan: dict[str, int] = field(default_factory=dict)
    stop_reason: str | None = None
    go_on_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """What the account's schema says of one partition's payloads.

    Attributes:
        rejected: Valid rows that the account would refuse.
        samples: Some of them, as results have them.
        stop_reason: Why HubSpot does not tell its schema; then not all rows are held to it.
        go_on_at: When to ask again, where no call is allowed until then.
    """

    rejected: int
    samples: list[dict[str, Any]]
    stop_reason: str | None
    go_on_at: datetime | None


@dataclass(slots=True)
class Rehearsal:
    """Rehearses deliveries of one partition, each on top of those before it.

    Attributes:
        destination: Whose mappings are delivered.
        partition: The partition.
        storage: The project's files.
        settings: How to reach the portal.
        options: What would be asked of the runs.
        folder: For files that are not needed afterwards.
        account: What has been rehearsed so far.
    """

    destination: Destination
    partition: str
    storage: Storage
    settings: ConnectionSettings
    options: RunOptions
    folder: Path
    account: RehearsedAccount = field(default_factory=RehearsedAccount)
    _pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self._pace = Pace(limits_of(self.destination))

    def plan(self, mapping: str, payloads_path: str) -> Plan:
        """Rehearse delivering a mapping's payloads.

        Raises:
            DestinationError: The mapping names what the account does not have, and nothing makes,
                or the token is another account's.
            JournalError, LimitStoreError: A store cannot be used.
            UnaccountedRowsError: The plan does not account for every row read.
        """
        destination, partition = self.destination, self.partition
        path = self.storage.plans(destination.name, mapping, partition)
        changes, started = Changes(), self._pace.seconds
        with open_parquet(payloads_path) as payloads, write_parquet(path, CHANGES) as writer:
            rows = PlanRows(changes, writer)
            for rejected in rejected_rows(payloads):
                rows.store(results_of_rejected(rejected))

            def store(results: pa.Table) -> None:
                rows.store(results)
                self.account.put_away()  # no call is under way between chunks

            with self._sending(mapping, store, rows.told) as sending:
                sent, reads = run_to_end(
                    self._rehearse(
                        sending, changes, lambda client: sending.send_by(client, payloads)
                    )
                )
            metadata = metadata_of(payloads)
        rows_read, filtered = int(metadata["rows_read"]), int(metadata["rows_filtered"])
        hold_to_account(rows_read, filtered, rows.tally.verdicts)
        return Plan(
            destination=destination.name,
            mapping=mapping,
            partition=partition,
            rows_read=rows_read,
            filtered=filtered,
            verdicts=dict(rows.tally.verdicts),
            creates=dict(+rows.creates),
            updates=dict(+rows.updates),
            cleared_values=rows.cleared_values,
            associations=_pairs(rows.associations, "add", "remove"),
            list_moves=_pairs(rows.list_moves, "join", "leave"),
            definitions=rows.definitions,
            calls=sent.calls,
            seconds=self._pace.seconds - started,
            path=path,
            reads_for_plan=reads,
            stop_reason=sent.stop_reason or told_text(rows.tally.undelivered_reason()),
            go_on_at=sent.go_on_at,
        )

    def close(self) -> None:
        """Forget what has been rehearsed."""
        self.account.close()

    def check(self, mapping: str, payloads_path: str) -> Checked:
        """Hold a mapping's payloads to the account's schema, and to what would be made for them.

        No record is read.

        Raises:
            DestinationError: As of a plan.
            JournalError, LimitStoreError: A store cannot be used.
        """
        tally = Tally()
        with (
            open_parquet(payloads_path) as payloads,
            self._sending(mapping, tally.count) as sending,
        ):
            sent, _ = run_to_end(
                self._rehearse(
                    sending, Changes(), lambda client: sending.check_by(client, payloads)
                )
            )
        return Checked(
            rejected=tally.verdicts[Verdict.REJECTED],
            samples=tally.worst_rows(),
            stop_reason=sent.stop_reason,
            go_on_at=sent.go_on_at,
        )

    @contextlib.contextmanager
    def _sending(
        self, mapping: str, store: Callable[[pa.Table], None], told: Told | None = None
    ) -> Iterator[Sending]:
        """Return what sends a mapping's payloads, with all that it remembers in a place of its own.

        Nothing is locked: what another delivery does meanwhile may be in the plan or not.
        """
        destination = self.destination
        account = account_of(destination, self.settings)
        scope = scope_of(destination, mapping, self.partition, self.settings)
        with RehearsalJournal(journal_url(destination, self.storage), self.folder) as book:
            book.copy_partition(scope)
            with book.partition(scope) as journal:
                yield Sending(
                    destination=destination,
                    mapping=mapping,
                    partition=self.partition,
                    storage=self.storage,
                    connection=self.settings,
                    journal=journal,
                    tokens=RehearsedTokens(book, account),
                    turns=None,
                    identities=RehearsedIdentities(book, account)
                    if knows_users(destination)
                    else None,
                    states=RehearsedStates(book, account),
                    store=store,
                    options=self.options,
                    told=told,
                )

    async def _rehearse(
        self,
        sending: Sending,
        changes: Changes,
        send: Callable[[HubSpotClient], Awaitable[Sent]],
    ) -> tuple[Sent, dict[str, int]]:
        """Send without sending; return what came of it, and the calls that only the plan needed."""
        settings = self.settings
        async with (
            sending.limiter() as limiter,
            open_connections(
                settings.connections, settings.timeouts, settings.transport
            ) as connections,
        ):
            client = RehearsalClient(
                settings, limiter, connections, self.account, changes, self._pace.take
            )
            try:
                sent = await send(client)
            finally:
                await client.close()
            return sent, client.reads_for_plan


def _pairs(
    counted: Mapping[str, Counter[str]], first: str, second: str
) -> dict[str, tuple[int, int]]:
    return {name: (counts[first], counts[second]) for name, counts in sorted(counted.items())}
