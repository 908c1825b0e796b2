"""Writes to an object type that HubSpot locked: later, and fewer at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, connect
from hubspot_pipeline.hubspot.records import Accepted, RecordInput, upsert
from hubspot_pipeline.hubspot.routes import Routes
from hubspot_pipeline.hubspot.write_locks import WriteLocks
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import PRIVATE_APP_TOKEN, Behaviour, SimulatorSettings
from tests.hubspot.helpers import NotingLimiter
from tests.hubspot.virtual_time import VirtualTime


class Hub:
    """Calls that take a second each, and how many of them are under way at once."""

    def __init__(self, locks: WriteLocks, virtual: VirtualTime) -> None:
        self.locks = locks
        self.virtual = virtual
        self.under_way = 0
        self.most = 0
        self.begun: list[float] = []

    async def write(self, object_type: str | None = "contacts") -> None:
        async with self.locks.turn(object_type):
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.begun.append(round(self.virtual.elapsed, 3))
            await self.virtual.sleep(1)
            self.under_way -= 1
        if object_type:
            self.locks.accept(object_type)

    async def writes(self, count: int, object_type: str | None = "contacts") -> int:
        """The most that were under way at once, of so many."""
        self.most = 0
        await self.virtual.run(*(self.write(object_type) for _ in range(count)))
        return self.most


@pytest.fixture
def hub() -> Hub:
    virtual = VirtualTime()
    return Hub(WriteLocks(lambda: virtual.now, virtual.sleep), virtual)


async def locked(hub: Hub, calls: int) -> None:
    """So many calls meet the same lock."""

    async def meet() -> None:
        async with hub.locks.turn("contacts"):
            await hub.virtual.sleep(0.1)
            hub.locks.lock("contacts", 2)

    await hub.virtual.run(*(meet() for _ in range(calls)))
    hub.begun.clear()


async def test_without_a_lock_nobody_waits(hub: Hub) -> None:
    assert await hub.writes(20) == 20


async def test_after_a_lock_half_as_many_are_under_way_and_none_before_it_is_over(hub: Hub) -> None:
    await locked(hub, 8)
    assert await hub.writes(4) == 4
    assert hub.begun == [2.1] * 4


async def test_one_goes_on_alone_where_one_was_too_many(hub: Hub) -> None:
    await locked(hub, 1)
    assert await hub.writes(1) == 1


async def test_accepted_calls_bring_back_as_many_as_there_were(hub: Hub) -> None:
    await locked(hub, 8)
    assert await hub.writes(6) in {4, 5}
    await hub.writes(60)
    assert await hub.writes(20) == 20


async def test_another_lock_halves_again(hub: Hub) -> None:
    await locked(hub, 8)
    await hub.virtual.run(hub.virtual.sleep(3))
    await locked(hub, 4)
    await hub.virtual.run(hub.virtual.sleep(3))
    assert await hub.writes(2) == 2
    assert await hub.writes(3) <= 3


async def test_other_types_and_reads_do_not_wait(hub: Hub) -> None:
    await locked(hub, 8)
    before = hub.virtual.elapsed
    assert await hub.writes(10, "companies") == 10
    assert await hub.writes(10, None) == 10
    assert hub.begun[0] == round(before, 3)


def test_only_calls_that_write_many_records_name_the_type_that_they_write() -> None:
    routes = Routes()
    assert routes.batch("contacts", "upsert").writes == "contacts"
    assert routes.batch("contacts", "read").writes is None
    assert routes.properties("contacts").writes is None


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    behaviour = Behaviour(locked_above_writes_per_second=150)
    with SimulatorServer(SimulatorSettings(limits=None, behaviour=behaviour)) as server:
        server.clock.freeze()
        yield server


async def test_a_type_that_locks_gets_all_its_records_in_the_end(
    simulator: SimulatorServer,
) -> None:
    async def sleep(seconds: float) -> None:
        simulator.clock.advance(seconds)

    settings = ConnectionSettings(
        PrivateApp(PRIVATE_APP_TOKEN),
        base_url=simulator.url,
        now=lambda: simulator.clock.now() / NANOSECONDS,
        sleep=sleep,
    )
    people = [RecordInput(f"t{n}", f"p{n}@example.com", {"city": "Bern"}) for n in range(800)]
    batches = [people[start : start + 100] for start in range(0, 800, 100)]
    async with connect(settings, NotingLimiter()) as client:
        answers = await asyncio.gather(
            *(upsert(client, "contacts", batch, id_property="email") for batch in batches)
        )
    assert all(isinstance(each, Accepted) for got in answers for each in got.outcomes)
    assert len(simulator.account.contacts) == 800
    assert 0 < simulator.log.calls_by_status()[423] <= 30
