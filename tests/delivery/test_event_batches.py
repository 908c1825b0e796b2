"""Event occurrences sent to a simulated account over real HTTP: verdicts, calls, what happened."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pyarrow as pa
import pytest

from hubspot_pipeline.actions import merge_writes
from hubspot_pipeline.delivery.deliver import deliver
from hubspot_pipeline.delivery.journal import Journal
from hubspot_pipeline.delivery.verdicts import Verdict
from hubspot_pipeline.hubspot.client import connect
from hubspot_pipeline.simulator.account.event_definitions import EventProperty
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from hubspot_pipeline.writes import EventWrites
from tests.delivery.breakdowns import BreaksOver
from tests.delivery.conftest import Delivered, Portal, writes_of

BOUGHT = "pe12345678_bought"
SENDS = "events.send*"
Event = Mapping[str, str | None]


def events_of(events: Mapping[str, Event]) -> EventWrites:
    """One occurrence for each event, by message id, of the contact with its e-mail."""
    keys = sorted(events)
    count = len(keys)
    names = sorted({name for event in events.values() for name in event} - {"event", "email"})

    def column(name: str, default: str | None = None) -> pa.ChunkedArray:
        values = [events[key].get(name, default) for key in keys]
        return pa.chunked_array([pa.array(values, pa.string())])

    uuids = [str(uuid.uuid5(uuid.NAMESPACE_URL, key)) for key in keys]
    return EventWrites(
        keys=pa.chunked_array([pa.array(keys, pa.string())]),
        uuids=pa.chunked_array([pa.array(uuids, pa.string())]),
        names=column("event", BOUGHT),
        object_types=pa.chunked_array([pa.nulls(count, pa.string())]),
        identifiers=pa.table(
            {
                "object_id": pa.nulls(count, pa.string()),
                "email": column("email", "a@example.com"),
                "utk": pa.nulls(count, pa.string()),
            }
        ),
        occurred_at=pa.chunked_array([pa.array(["2026-01-02T00:00:00.000Z"] * count)]),
        properties=pa.table({name: column(name) for name in names}),
        rows=writes_of({key: {} for key in keys}).rows,
    )


class Events(Portal):
    """A simulated account with a definition of its own, and a journal."""

    def send(self, *chunks: Mapping[str, Event]) -> Delivered:
        """Deliver events as one run of one partition does."""
        return asyncio.run(self._send([events_of(chunk) for chunk in chunks]))

    async def _send(self, chunks: list[EventWrites]) -> Delivered:
        async def each() -> AsyncIterator[EventWrites]:
            for chunk in chunks:
                yield chunk

        stored: list[pa.Table] = []
        with Journal(self.journal_url) as book, book.partition("shop/events/day") as journal:
            async with connect(self.connection, self.limiter) as client:
                stop_reason = await deliver(
                    each(),
                    client=client,
                    journal=journal,
                    options=self.options,
                    store=stored.append,
                    merge=merge_writes,
                )
            journal.finish()
        return Delivered(pa.concat_tables(stored), client.calls, stop_reason)

    def happened(self, definition: str = BOUGHT) -> Counter[str]:
        """How often each uuid took effect."""
        return Counter(each.id for each in self.simulator.account.events.occurrences_by(definition))


def define(simulator: SimulatorServer, name: str, *properties: str) -> None:
    definition = simulator.account.events.definitions.add(name, name, "0-1")
    for each in properties:
        definition.properties[each] = EventProperty(each, each, "number")
    definition.changed()


@pytest.fixture
def portal(portal: Portal) -> Events:
    behaviour = replace(Behaviour(), event_lag_seconds=0)
    portal.simulator.reset(SimulatorSettings(limits=None, behaviour=behaviour))
    define(portal.simulator, "bought", "amount")
    define(portal.simulator, "sold", "amount")
    return Events(portal.simulator, portal.journal_url)


def switch(portal: Events, **switches: bool) -> None:
    for name, value in switches.items():
        setattr(portal.simulator.account.settings.behaviour, name, value)


def purchases(count: int, **properties: str) -> dict[str, dict[str, str]]:
    return {f"m{at:04d}": {"amount": str(at), **properties} for at in range(count)}


class TestSending:
    def test_a_thousand_events_take_two_calls(self, portal: Events) -> None:
        delivered = portal.send(purchases(1_000))
        assert delivered.calls == {"events/send": 2}
        assert delivered.verdicts() == {"delivered": 1_000}
        assert sorted(portal.happened().values()) == [1] * 1_000

    def test_a_result_names_its_event_by_its_message_id(self, portal: Events) -> None:
        row = portal.send({"m1": {"amount": "5"}}).rows()["m1"]
        assert row["verdict"] == "delivered"
        assert row["attempts"] == 1
        assert row["correlation_id"]
        assert row["record_id"] is None

    def test_of_several_definitions_share_their_calls(self, portal: Events) -> None:
        events = purchases(10)
        events["m0003"]["event"] = "pe12345678_sold"
        assert portal.send(events).calls == {"events/send": 1}
        assert sum(portal.happened("pe12345678_sold").values()) == 1


class TestAnEventOverWhichHubSpotBreaksDown:
    def test_fails_alone_in_a_bounded_number_of_calls(self, portal: Events) -> None:
        events = purchases(500)
        events["m0123"]["amount"] = "987654"
        portal.transport = BreaksOver("987654")
        delivered = portal.send(events)
        assert delivered.verdicts() == {"delivered": 499, "failed": 1}
        assert delivered.rows()["m0123"]["category"] == "INTERNAL_ERROR"
        assert sorted(portal.happened().values()) == [1] * 499
        assert delivered.calls.total() <= 8 + 9 * 3 + 9

    def test_is_not_blamed_for_an_outage(self, portal: Events) -> None:
        portal.simulator.faults.add(Fault("status", route=SENDS, status=500))
        delivered = portal.send(purchases(500))
        assert delivered.verdicts() == {"undelivered": 500}
        assert delivered.calls.total() == 8 + 10 * 3


class TestOneBadRow:
    @pytest.mark.parametrize("bad", [0, 250, 499])
    def test_harms_only_itself(self, portal: Events, bad: int) -> None:
        events = purchases(500)
        events[f"m{bad:04d}"]["amount"] = "much"
        delivered = portal.send(events)
        assert delivered.verdicts() == {"delivered": 499, "failed": 1}
        row = delivered.rows()[f"m{bad:04d}"]
        assert "amount" in str(row["reason"])
        assert row["category"] == "VALIDATION_ERROR"
        assert delivered.calls["events/send"] <= 2 * 10

    def test_harms_only_itself_where_a_refused_call_accepts_the_others(
        self, portal: Events
    ) -> None:
        switch(portal, event_batches_atomic=False, repeated_events_refused=True)
        events = purchases(20)
        events["m0007"]["amount"] = "much"
        delivered = portal.send(events)
        assert delivered.verdicts() == {"delivered": 19, "failed": 1}
        assert sorted(portal.happened().values()) == [1] * 19

    def test_of_an_unknown_event_all_rows_stand_apart_in_one_step(self, portal: Events) -> None:
        events = purchases(100)
        for at in (3, 50):
            events[f"m{at:04d}"]["event"] = "pe12345678_unheard_of"
        delivered = portal.send(events)
        assert delivered.verdicts() == {"delivered": 98, "failed": 2}
        assert delivered.calls["events/send"] == 5  # all; the two, and each alone; the others

    def test_is_tried_again_by_a_rerun_that_sends_nothing_else(self, portal: Events) -> None:
        events = purchases(10)
        events["m0003"]["amount"] = "much"
        portal.send(events)
        events["m0003"]["amount"] = "3"
        delivered = portal.send(events)
        assert delivered.verdicts() == {"delivered": 10}
        assert delivered.calls == {"events/send": 1}
        assert len(list(portal.simulator.log)[-1].keys) == 1


class TestNothingHappensTwice:
    @pytest.mark.parametrize("refused", [False, True], ids=["dropped", "refused"])
    def test_where_an_answer_is_lost(self, portal: Events, refused: bool) -> None:
        switch(portal, repeated_events_refused=refused)
        portal.simulator.faults.add(Fault("reset", route=SENDS, after_commit=True, count=1))
        delivered = portal.send(purchases(20))
        assert delivered.verdicts() == {"delivered": 20}
        assert sorted(portal.happened().values()) == [1] * 20

    def test_where_a_run_ends_without_an_answer_and_another_resends(self, portal: Events) -> None:
        portal.simulator.faults.add(Fault("reset", route=SENDS, after_commit=True))
        first = portal.send(purchases(600))
        assert first.verdicts() == {"undelivered": 600}
        portal.simulator.faults.clear()
        second = portal.send(purchases(600))
        assert second.verdicts() == {"delivered": 600}
        assert sorted(portal.happened().values()) == [1] * 600

    def test_and_a_rerun_makes_no_call(self, portal: Events) -> None:
        portal.send(purchases(20))
        again = portal.send(purchases(20))
        assert again.calls == {}
        assert again.verdicts() == {"delivered": 20}

    def test_nor_where_the_payload_has_changed_since_it_was_accepted(self, portal: Events) -> None:
        portal.send(purchases(20))
        again = portal.send({key: {"amount": "7"} for key in purchases(20)})
        assert again.calls == {}
        assert again.verdicts() == {"delivered": 20}


class TestNoFinalAnswer:
    def test_leaves_the_rows_undelivered_and_says_why(self, portal: Events) -> None:
        portal.simulator.faults.add(Fault("status", route=SENDS, status=503))
        delivered = portal.send(purchases(10))
        assert delivered.verdicts() == {Verdict.UNDELIVERED: 10}
        assert "503" in str(delivered.rows()["m0001"]["reason"])

    def test_of_an_account_without_custom_events_stops_and_blames_no_row(
        self, portal: Events
    ) -> None:
        settings = portal.simulator.settings
        portal.simulator.reset(replace(settings, custom_events=False))
        delivered = portal.send(purchases(1_200))
        assert delivered.verdicts() == {"undelivered": 1_200}
        assert delivered.stop_reason
        assert delivered.calls["events/send"] <= portal.options.requests_in_flight
