"""A portal to deliver to, and a short way of saying what to deliver."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
import sqlalchemy as sa
import stamina

from hubspot_pipeline.actions import merge_writes
from hubspot_pipeline.delivery.deliver import DeliveryOptions, deliver
from hubspot_pipeline.delivery.journal import Journal
from hubspot_pipeline.delivery.record_state import RecordStates
from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, connect
from hubspot_pipeline.hubspot.limiter import RateLimiter
from hubspot_pipeline.hubspot.rate_limit import Limit, open_rate_limiter
from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.properties import Property
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, SimulatorSettings
from hubspot_pipeline.writes import RecordWrites

Contact = Mapping[str, str | None]


def writes_of(contacts: Mapping[str, Contact]) -> RecordWrites:
    """One write for each contact, by e-mail, a row each; keys sorted as deliver wants them."""
    keys = sorted(contacts)
    names = sorted({name for contact in contacts.values() for name in contact})
    rows = len(keys)
    ids = pa.chunked_array([pa.array(keys, pa.string())])
    return RecordWrites(
        "contacts",
        "email",
        ids,
        ids,
        pa.chunked_array([pa.array(["upsert"] * rows)]),
        pa.table(
            {
                name: pa.array([contacts[key].get(name) for key in keys], pa.string())
                for name in names
            }
        )
        if names
        else pa.table({"nothing": pa.nulls(rows, pa.string())}),
        pa.table(
            {
                "position": pa.array(range(rows), pa.int64()),
                "file": pa.array(["events.jsonl"] * rows),
                "row": pa.array(range(1, rows + 1), pa.int64()),
                "message_id": pa.array([f"m{at}" for at in range(rows)]),
                "event_time": pa.array(range(rows), pa.timestamp("us", "UTC")),
                "user_id": pa.nulls(rows, pa.string()),
                "write": pa.array(range(rows), pa.int64()),
                "carries": pa.array([True] * rows),
            }
        ),
    )


@dataclass
class Delivered:
    """What one delivery came to."""

    results: pa.Table
    calls: Counter[str]
    stop_reason: str | None

    def rows(self) -> dict[str, dict[str, object]]:
        """The results by record."""
        return {row["record"]: row for row in self.results.to_pylist()}

    def verdicts(self) -> Counter[str]:
        """How many rows have each verdict."""
        return Counter(self.results["verdict"].to_pylist())


async def _each(chunks: Sequence[RecordWrites]) -> AsyncIterator[RecordWrites]:
    for chunk in chunks:
        yield chunk


@dataclass
class Portal:
    """A simulated account, and a journal of what was delivered to it."""

    simulator: SimulatorServer
    journal_url: str
    options: DeliveryOptions = field(default_factory=DeliveryOptions)
    token: str = PRIVATE_APP_TOKEN
    remembers: bool = False
    transport: httpx.AsyncBaseTransport | None = None
    limiter: RateLimiter = field(
        default_factory=lambda: open_rate_limiter(
            "sqlite:///:memory:",
            "1",
            [Limit(name, 0, 10.0) for name in ("burst", "search", "associations", "events")],
        )
    )

    def deliver(self, *chunks: Mapping[str, Contact], way: str | None = None) -> Delivered:
        """Deliver contacts as one run of one partition does."""
        options = replace(self.options, way=way) if way else self.options
        return asyncio.run(self._deliver([writes_of(chunk) for chunk in chunks], options))

    def deliver_writes(
        self, *writes: RecordWrites, partition: str = "day", **options: Any
    ) -> Delivered:
        """Deliver writes as one run of one partition does."""
        return asyncio.run(self._deliver(writes, replace(self.options, **options), partition))

    async def _deliver(
        self, chunks: Sequence[RecordWrites], options: DeliveryOptions, partition: str = "day"
    ) -> Delivered:
        stored: list[pa.Table] = []
        with Journal(self.journal_url) as book, book.partition(f"shop/m/{partition}") as journal:
            if self.remembers:
                options = replace(options, states=RecordStates(book, "account"))
            async with connect(self.connection, self.limiter) as client:
                stop_reason = await deliver(
                    _each(chunks),
                    client=client,
                    journal=journal,
                    options=options,
                    store=stored.append,
                    merge=merge_writes,
                )
            journal.finish()
        return Delivered(pa.concat_tables(stored), client.calls, stop_reason)

    @property
    def connection(self) -> ConnectionSettings:
        """How the account is reached."""
        return ConnectionSettings(
            PrivateApp(self.token), base_url=self.simulator.url, transport=self.transport
        )

    @property
    def contacts(self) -> dict[str, dict[str, str]]:
        """What the account holds, by e-mail."""
        return self.simulator.account.state()


def in_new_schema(url: str) -> str:
    """Return the URL of a Postgres server's schema that has no tables yet."""
    schema = f"new_{uuid.uuid4().hex}"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(schema))
    engine.dispose()
    return f"{url}?options=-csearch_path%3D{schema}"


@pytest.fixture(autouse=True)
def _retries_do_not_wait() -> Iterator[None]:
    with stamina.set_testing(True, attempts=100, cap=True):
        yield


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with SimulatorServer(SimulatorSettings(limits=None)) as simulator:
        yield Portal(simulator, f"sqlite:///{tmp_path}/journal.sqlite")


@pytest.fixture
def shop(portal: Portal) -> Account:
    """The account: its companies have a unique property, and its search does not lag."""
    portal.simulator.settings.behaviour.search_lag_seconds = 0
    account = portal.simulator.account
    account.define(
        Property("ext_id", "Ext", "string", "text", "companyinformation", unique=True),
        kind="companies",
    )
    return account
