"""A partition's payloads on their way: writes held to the account's schema, merged, delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from hubspot_pipeline.actions import ACTIONS, merge_writes
from hubspot_pipeline.delivery.check import check
from hubspot_pipeline.delivery.deliver import DeliveryOptions, deliver
from hubspot_pipeline.delivery.prepare import Refused, not_made, prepare
from hubspot_pipeline.delivery.results import results_of_rejected
from hubspot_pipeline.destination import DestinationError
from hubspot_pipeline.hubspot.account import details
from hubspot_pipeline.hubspot.client import connect
from hubspot_pipeline.hubspot.errors import HubSpotError
from hubspot_pipeline.hubspot.rate_limit import Limit, LimitStoreError, open_rate_limiter
from hubspot_pipeline.mapped import settings_of
from hubspot_pipeline.payload_files import sorted_chunks, valid_rows
from hubspot_pipeline.private_fields import with_private
from hubspot_pipeline.property_names import misnamed_properties, refused_names
from hubspot_pipeline.writes import DEFINITIONS, Writes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    import pyarrow.parquet as pq

    from hubspot_pipeline.actions import Action, MappingSettings
    from hubspot_pipeline.delivery.deliver import Told
    from hubspot_pipeline.delivery.identities import Identities
    from hubspot_pipeline.delivery.journal import PartitionJournal
    from hubspot_pipeline.delivery.known_tokens import KnownTokens
    from hubspot_pipeline.delivery.record_state import RecordStates
    from hubspot_pipeline.delivery.turns import Turns
    from hubspot_pipeline.destination import Destination
    from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient
    from hubspot_pipeline.hubspot.rate_limit import RateLimiter
    from hubspot_pipeline.run_options import RunOptions
    from hubspot_pipeline.storage import Storage


@dataclass(frozen=True, slots=True)
class Sent:
    """What sending came to.

    Attributes:
        stop_reason: Why it stopped before the end; None where it did not.
        go_on_at: When to go on, where calls are refused until then.
        calls: The calls by route.
    """

    stop_reason: str | None
    go_on_at: datetime | None
    calls: dict[str, int]


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending one partition of one mapping takes.

    Attributes:
        destination: The portal, and its limits.
        mapping: The mapping's name.
        partition: The partition.
        storage: Where the limits' state is kept by default.
        connection: How to reach the portal.
        journal: The partition's.
        tokens: Those that were seen to be the portal's.
        turns: To write the account's records; None where nothing is really written.
        identities: Who the account's users are; None where no mapping asks for it.
        states: What the account's records were given last.
        store: Takes results.
        options: What is asked of this run.
        told: Told each chunk's writes and what became of them, before their results are stored.
        stop_reason: Why nothing must be sent from the start; None where it may.
    """

    destination: Destination
    mapping: str
    partition: str
    storage: Storage
    connection: ConnectionSettings
    journal: PartitionJournal
    tokens: KnownTokens
    turns: Turns | None
    identities: Identities | None
    states: RecordStates
    store: Callable[[pa.Table], None]
    options: RunOptions
    told: Told | None = None
    stop_reason: str | None = None

    @property
    def action(self) -> Action:
        """The mapping's action."""
        return ACTIONS[self.destination.mapping(self.mapping).action]

    @property
    def settings(self) -> MappingSettings:
        """What the action needs to know of the mapping."""
        return settings_of(self.destination, self.mapping)

    async def send(self, payloads: pq.ParquetFile) -> Sent:
        """Deliver the valid payloads, and store a result for each of them."""
        async with self.limiter() as limiter, connect(self.connection, limiter) as client:
            return await self.send_by(client, payloads)

    async def send_by(self, client: HubSpotClient, payloads: pq.ParquetFile) -> Sent:
        """Deliver the valid payloads by this client."""
        making = _Making(self, payloads, client, self.stop_reason)
        stop_reason = await deliver(
            making.writes(),
            client=client,
            journal=self.journal,
            options=DeliveryOptions(
                self.destination.mapping(self.mapping).writes,
                self.destination.limits.requests_in_flight,
                self.identities,
                self.states,
                _start_of(self.partition),
                redeliver=self.options.redeliver,
                turns=self.turns,
                told=self.told,
            ),
            store=self.store,
            merge=merge_writes,
            stopped=lambda: making.stop_reason,
        )
        return Sent(stop_reason, client.go_on_at, dict(client.calls))

    async def check_by(self, client: HubSpotClient, payloads: pq.ParquetFile) -> Sent:
        """Hold the valid payloads to the account's schema by this client, and deliver none.

        A result is stored for each that the account would refuse.
        """
        making = _Making(self, payloads, client, self.stop_reason)
        async for _ in making.writes():
            if making.stop_reason is not None:
                break
        return Sent(making.stop_reason, client.go_on_at, dict(client.calls))

    def limiter(self) -> RateLimiter:
        """Open the limits that the portal's deliveries share."""
        return open_rate_limiter(
            self.destination.limits.store
            or f"sqlite:///{self.storage.state_file('rate_limit.sqlite')}",
            self.destination.portal,
            limits_of(self.destination),
            clock=lambda: self.connection.wall_clock().timestamp(),
        )


def limits_of(destination: Destination) -> tuple[Limit, ...]:
    """Return the limits that a destination's calls keep."""
    limits = destination.limits
    return (
        Limit("burst", limits.requests_per_10_seconds, 10.0),
        Limit("search", limits.searches_per_second, 1.0),
        Limit("associations", limits.association_requests_per_10_seconds, 10.0),
        Limit("events", limits.event_requests_per_second, 1.0),
        Limit("token", 10, 10.0),  # HubSpot does not say; a run needs one in half an hour
    )


def _start_of(partition: str) -> int:
    """Return when a partition starts (UTC), in microseconds since 1970.

    Its events without a time count as having happened then, so that a later partition's win.
    """
    return int(datetime.fromisoformat(partition).replace(tzinfo=UTC).timestamp()) * 1_000_000


@dataclass(slots=True)
class _Making:
    """Makes writes of payloads, ready to be delivered.

    Attributes:
        sending: What it is for.
        payloads: The payloads.
        client: The portal, whose schema is read only if there is anything to deliver.
        stop_reason: Why the writes are no longer held to the schema, and so must not be sent; None
            while they are.
    """

    sending: Sending
    payloads: pq.ParquetFile
    client: HubSpotClient
    stop_reason: str | None = None
    _prepared: bool = False
    _refused: Mapping[str, Refused] = field(default_factory=dict)

    async def writes(self) -> AsyncIterator[Writes]:
        """Yield the writes, one a row; the rows that the account would refuse are stored."""
        private = self.sending.destination.mapping(self.sending.mapping).private
        for chunk in sorted_chunks(self.payloads):
            if not self._prepared and self.stop_reason is None:
                await self._prepare()
            for made in self.sending.action.to_writes(chunk, self.sending.settings):
                writes = await self._checked(with_private(made, private))
                if len(writes.keys):
                    yield writes

    async def _prepare(self) -> None:
        """Hold the token and the mapping's names to the account, and make what this lacks.

        Once a partition, before anything is written.

        Raises:
            DestinationError: The token is another account's, or the mapping names what the account
                does not have, and nothing makes.
        """
        self._prepared = True
        try:
            await self._hold_portal()
            await self._hold_names()
            definitions = self._definitions()
            if definitions.num_rows:
                self._refused = await prepare(
                    self.client, definitions, self.sending.settings.sync_mode
                )
                self._hold_made()
        except (HubSpotError, LimitStoreError) as error:
            self.stop_reason = str(error)

    async def _hold_portal(self) -> None:
        """Hold the account that the token really is of to the destination's; asked once a token."""
        destination, tokens = self.sending.destination, self.sending.tokens
        credentials = self.sending.connection.credentials
        if tokens.has(credentials):
            return
        portal = (await details(self.client)).portal_id
        if portal != destination.portal:
            wanted, variable = destination.portal, destination.authentication.token_variable
            raise DestinationError(
                f"{destination.at('portal')}{destination.name}: portal is {wanted}, but the token "
                f"in {variable} is of HubSpot account {portal}, so nothing was sent. Correct "
                f"portal, or put a token of account {wanted} into {variable}."
            )
        tokens.add(credentials)

    async def _hold_names(self) -> None:
        """Hold the names that stand in the mapping to the account; see ``property_names``."""
        destination, mapping = self.sending.destination, self.sending.mapping
        spec = destination.mapping(mapping)
        found = await misnamed_properties(
            self.client, spec.action, spec.mapping, self.sending.settings.sync_mode
        )
        if found:
            raise DestinationError(
                "\n".join(
                    f"{destination.at(f'mappings.{mapping}.mapping.{each.place}')}"
                    f"{destination.name}/{mapping}: mapping.{each.place}: {each.reason}"
                    for each in found
                )
            )

    def _hold_made(self) -> None:
        """Stop where HubSpot refused to make what stands in the mapping, and not in some rows.

        Raises:
            ConfigurationError: It names all of that, with HubSpot's reasons.
        """
        spec = self.sending.destination.mapping(self.sending.mapping)
        reasons = refused_names(spec.action, spec.mapping, self._refused)
        if reasons:
            raise not_made(reasons)

    def _definitions(self) -> pa.Table:
        """Return what all writes of the partition will need, each once."""
        define = self.sending.action.definitions
        if define is None:
            return DEFINITIONS.empty_table()
        needed = DEFINITIONS.empty_table()
        for rows in valid_rows(self.payloads):
            both = pa.concat_tables([needed, define(rows, self.sending.settings)])
            needed = both.group_by(DEFINITIONS.names).aggregate([])
        return needed

    async def _checked(self, writes: Writes) -> Writes:
        """Hold writes to the account's schema, and store the rows that do not fit.

        Where HubSpot does not tell its schema, nothing more is sent: the writes go on unchecked,
        to be stored as undelivered.
        """
        if self.stop_reason is not None:
            return writes
        try:
            checked = await check(self.client, writes, self._refused)
        except (HubSpotError, LimitStoreError) as error:
            self.stop_reason = str(error)
            return writes
        if checked.rejected.num_rows:
            self.sending.store(results_of_rejected(checked.rejected))
        return checked.writes
