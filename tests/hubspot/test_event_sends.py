"""Event sends: 500 a call, safe to repeat, refused as a whole where one of them is bad."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hubspot_pipeline.hubspot.errors import (
    MissingScopes,
    RefusedError,
    Unavailable,
    ValidationRefused,
)
from hubspot_pipeline.hubspot.event_sends import Occurrence, send
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Behaviour, SimulatorSettings
from tests.hubspot.helpers import Script, answer, client_for
from tests.hubspot.portal import VERSIONS, by_hand, connected

DEFINITIONS = "/events/v3/event-definitions"


def begin(server: SimulatorServer, contacts: int = 0, **more: object) -> str:
    """A new account that knows an event; its fully qualified name."""
    server.reset(
        SimulatorSettings(limits=None, seed_contacts=contacts, **more)  # type: ignore[arg-type]
    )
    body = {
        "label": "Order completed",
        "name": "order_completed",
        "includeDefaultProperties": False,
        "propertyDefinitions": [
            {"name": name, "label": name, "type": "string"} for name in ("sku", "note")
        ],
    }
    return str(by_hand(server, "POST", DEFINITIONS, body)["fullyQualifiedName"])


def occurrences(name: str, count: int) -> list[Occurrence]:
    return [
        Occurrence(
            f"00000000-0000-4000-8000-{n:012}",
            name,
            {"sku": f"00{n}"},
            email=f"seed{n}@example.com",
            occurred_at="2024-05-01T10:00:00.000Z",
        )
        for n in range(count)
    ]


def happened(server: SimulatorServer, name: str) -> dict[str, dict[str, str]]:
    """What took effect: properties by uuid."""
    server.clock.advance(60)
    server.account.settle(server.clock.now())
    return {one.id: one.properties for one in server.account.events.occurrences_by(name)}


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_thousand_events_take_two_calls_which_count_as_events_only(
    account_server: SimulatorServer, version: str
) -> None:
    name = begin(account_server, contacts=1_000)
    sent = occurrences(name, 1_000)
    async with connected(account_server, version) as client:
        await send(client, sent[:500])
        await send(client, sent[500:])
    assert happened(account_server, name) == {each.uuid: dict(each.properties) for each in sent}
    assert client.calls == {"events/send": 2}
    assert set(client._limiter.taken) == {("events",)}  # type: ignore[attr-defined]


@pytest.mark.parametrize("spelling", ["custom", "plain", "both"])
async def test_sends_of_2026_03_arrive_however_hubspot_spells_their_path(
    account_server: SimulatorServer, spelling: str
) -> None:
    behaviour = Behaviour(event_paths_2026_03=spelling)  # type: ignore[arg-type]
    name = begin(account_server, contacts=1, behaviour=behaviour)
    async with connected(account_server, "2026-03") as client:
        await send(client, occurrences(name, 1))
    assert len(happened(account_server, name)) == 1


async def test_an_event_belongs_to_the_record_of_its_id_before_that_of_its_address(
    account_server: SimulatorServer,
) -> None:
    name = begin(account_server, contacts=2)
    first, second = [record.id for record in account_server.account.contacts]
    (one,) = occurrences(name, 1)
    async with connected(account_server) as client:
        await send(client, [replace(one, object_id=second)])
    happened(account_server, name)
    events = account_server.account.events
    kind = account_server.account.types.find("contacts")
    assert not events.occurrences_of(kind, first)
    (made,) = events.occurrences_of(kind, second)
    assert made.occurred == "2024-05-01T10:00:00.000Z"


@pytest.mark.parametrize("atomic", [True, False])
async def test_one_bad_event_refuses_the_batch_and_repeating_the_others_doubles_none(
    account_server: SimulatorServer,
    atomic: bool,
) -> None:
    name = begin(account_server, contacts=4, behaviour=Behaviour(event_batches_atomic=atomic))
    sent = occurrences(name, 4)
    sent[2] = replace(sent[2], properties={"sku": "x" * 257})
    async with connected(account_server) as client:
        with pytest.raises(ValidationRefused) as caught:
            await send(client, sent)
        await send(client, [*sent[:2], sent[3]])
    assert caught.value.correlation_id
    assert set(happened(account_server, name)) == {sent[n].uuid for n in (0, 1, 3)}


async def test_a_call_without_an_answer_is_repeated_and_counts_once(
    account_server: SimulatorServer,
) -> None:
    name = begin(account_server, contacts=2)
    account_server.faults.add(Fault("reset", "events.send.batch", after_commit=True, count=1))
    async with connected(account_server) as client:
        got = await send(client, occurrences(name, 2))
    assert got.attempts == 2
    assert got.maybe_applied_before
    assert len(happened(account_server, name)) == 2


async def test_an_outage_is_no_refusal(account_server: SimulatorServer) -> None:
    name = begin(account_server, contacts=1)
    account_server.faults.add(Fault("status", "events.send.batch", status=503))
    async with connected(account_server) as client:
        with pytest.raises(Unavailable):
            await send(client, occurrences(name, 1))


async def test_an_unknown_event_is_refused_in_hubspots_words(
    account_server: SimulatorServer,
) -> None:
    begin(account_server)
    async with connected(account_server) as client:
        with pytest.raises(ValidationRefused, match="pe1_nothing does not exist"):
            await send(client, occurrences("pe1_nothing", 1))


async def test_an_account_without_custom_events_is_a_persons_matter(
    account_server: SimulatorServer,
) -> None:
    account_server.reset(SimulatorSettings(limits=None, custom_events=False))
    async with connected(account_server) as client:
        with pytest.raises(MissingScopes):
            await send(client, occurrences("pe1_nothing", 1))


async def test_what_is_not_known_of_an_event_is_not_sent() -> None:
    script = Script(answer(204))
    async with client_for(script) as client:
        await send(client, [Occurrence("u", "pe1_e", {}, utk="token")])
    (sent,) = script.sent()["inputs"]
    assert sent == {"eventName": "pe1_e", "uuid": "u", "properties": {}, "utk": "token"}


async def test_errors_beside_a_success_are_not_overlooked() -> None:
    body = {"errors": [{"message": "one of them is too old"}]}
    async with client_for(Script(answer(207, body))) as client:
        with pytest.raises(RefusedError, match="too old"):
            await send(client, occurrences("pe1_e", 2))


@pytest.mark.parametrize("count", [0, 501])
async def test_what_is_no_batch_is_the_programmers_error(count: int) -> None:
    script = Script(answer(204))
    async with client_for(script) as client:
        with pytest.raises(ValueError, match="1 to 500"):
            await send(client, occurrences("pe1_e", count))
    assert not script.requests
