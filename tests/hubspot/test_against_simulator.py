"""The client against the simulated HubSpot, over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.authentication import OAuthApp, PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient, connect
from hubspot_pipeline.hubspot.errors import (
    AuthenticationRefused,
    ConflictRefused,
    MigrationInProgress,
    NotFound,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.hubspot.rate_limit import Limit, open_rate_limiter
from hubspot_pipeline.hubspot.records import (
    Accepted,
    RecordInput,
    Refused,
    Unanswered,
    create,
    read,
    update,
    upsert,
    verify,
)
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    PRIVATE_APP_TOKEN,
    REFRESH_TOKEN,
    SimulatorSettings,
)
from tests.hubspot.helpers import NotingLimiter, no_sleep

PRIVATE_APP = PrivateApp(PRIVATE_APP_TOKEN)
OAUTH_APP = OAuthApp(CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN)


@pytest.fixture
def simulator() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(limits=None)) as server:
        yield server


@asynccontextmanager
async def connected(
    simulator: SimulatorServer, credentials: PrivateApp | OAuthApp = PRIVATE_APP, **settings: Any
) -> AsyncIterator[HubSpotClient]:
    settings.setdefault("sleep", no_sleep)
    connection = ConnectionSettings(credentials, base_url=simulator.url, **settings)
    async with connect(connection, NotingLimiter()) as client:
        yield client


def contacts(count: int, **properties: str) -> list[RecordInput]:
    return [RecordInput(f"t{n}", f"Person{n}@Example.com", properties) for n in range(count)]


@pytest.mark.parametrize("version", ["2026-03", "2026-09", "v3"])
async def test_a_batch_is_created_then_updated_and_every_result_finds_its_input(
    simulator: SimulatorServer, version: str
) -> None:
    async with connected(simulator, version=version) as client:
        first = await upsert(client, "contacts", contacts(100, city="Bern"), id_property="email")
        again = await upsert(client, "contacts", contacts(100, city="Basel"), id_property="email")
    for number, (created, updated) in enumerate(zip(first.outcomes, again.outcomes, strict=True)):
        assert isinstance(created, Accepted)
        assert isinstance(updated, Accepted)
        assert (created.created, updated.created) == (True, False)
        assert created.record_id == updated.record_id
        assert updated.properties["email"] == f"person{number}@example.com"
        assert updated.properties["city"] == "Basel"
    assert client.calls == {"contacts/batch/upsert": 2}


@pytest.mark.parametrize("version", ["2026-03", "2026-09"])
async def test_one_bad_input_harms_only_itself(simulator: SimulatorServer, version: str) -> None:
    inputs = contacts(10, city="Bern")
    inputs[3] = RecordInput("bad", "bad@example.com", {"no_such_property": "x"})
    async with connected(simulator, version=version) as client:
        got = await upsert(client, "contacts", inputs, id_property="email")
    refused = got.outcomes[3]
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, ValidationRefused)
    assert [(each.name, each.code) for each in refused.error.problems] == [
        ("no_such_property", "PROPERTY_DOESNT_EXIST")
    ]
    assert refused.error.correlation_id
    assert [type(each) for each in got.outcomes].count(Accepted) == 9


async def test_created_records_that_exist_are_refused_with_the_id_of_the_existing_one(
    simulator: SimulatorServer,
) -> None:
    async with connected(simulator) as client:
        (known,) = (await create(client, "contacts", contacts(1), key_property="email")).outcomes
        got = await create(client, "contacts", contacts(3), key_property="email")
    refused, *created = got.outcomes
    assert isinstance(known, Accepted)
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, ConflictRefused)
    assert refused.error.existing_id == known.record_id
    assert all(isinstance(each, Accepted) and each.created for each in created)


async def test_updates_of_records_that_are_gone_are_refused_one_by_one(
    simulator: SimulatorServer,
) -> None:
    async with connected(simulator) as client:
        (known,) = (await upsert(client, "contacts", contacts(1), id_property="email")).outcomes
        assert isinstance(known, Accepted)
        inputs = [
            RecordInput("a", "99999999", {"city": "Bern"}),
            RecordInput("b", known.record_id, {"city": "Bern"}),
            RecordInput("c", "99999998", {"city": "Bern"}),
        ]
        got = await update(client, "contacts", inputs)
    first, second, third = got.outcomes
    assert isinstance(second, Accepted)
    for gone in (first, third):
        assert isinstance(gone, Refused)
        assert isinstance(gone.error, NotFound)


async def test_a_merged_record_is_unanswered_and_verified_as_not_written(
    simulator: SimulatorServer,
) -> None:
    async with connected(simulator) as client:
        got = await upsert(client, "contacts", contacts(2, city="Bern"), id_property="email")
        winner, loser = (each.record_id for each in got.outcomes if isinstance(each, Accepted))
        simulator.account.merge(winner, loser)
        inputs = [RecordInput("a", loser, {"city": "Basel"})]
        assert (await update(client, "contacts", inputs)).outcomes == (Unanswered(),)
        assert await verify(client, "contacts", inputs) == (Unanswered(),)


async def test_what_is_there_is_verified_and_what_is_not_stays_unanswered(
    simulator: SimulatorServer,
) -> None:
    async with connected(simulator) as client:
        await upsert(client, "contacts", contacts(2, city="Bern"), id_property="email")
        got = await verify(
            client,
            "contacts",
            [
                RecordInput("a", "PERSON0@example.com", {"city": "Bern", "phone": ""}),
                RecordInput("b", "person1@example.com", {"city": "Basel"}),
                RecordInput("c", "person2@example.com", {"city": "Bern"}),
            ],
            id_property="email",
        )
    assert [type(each) for each in got] == [Accepted, Unanswered, Unanswered]


async def test_contacts_are_read_by_any_of_their_addresses(simulator: SimulatorServer) -> None:
    async with connected(simulator) as client:
        got = await upsert(client, "contacts", contacts(2, city="Bern"), id_property="email")
        winner, loser = (each.record_id for each in got.outcomes if isinstance(each, Accepted))
        simulator.account.merge(winner, loser)
        answer = await read(
            client,
            "contacts",
            ["person0@example.com", "person1@example.com", "nobody@example.com"],
            id_property="email",
            properties=["city"],
        )
    assert {each.record_id for each in answer.found.values()} == {winner}
    assert set(answer.found) == {"person0@example.com", "person1@example.com"}
    assert answer.missing == {"nobody@example.com"}
    assert answer.unanswered == frozenset()


async def test_a_batch_with_two_spellings_of_one_key_is_refused_as_a_whole(
    simulator: SimulatorServer,
) -> None:
    inputs = [RecordInput("a", "a@example.com", {}), RecordInput("b", "A@example.com", {})]
    async with connected(simulator) as client:
        with pytest.raises(ValidationRefused):
            await upsert(client, "contacts", inputs, id_property="email")


@pytest.mark.parametrize(
    ("object_type", "id_property"), [("butterflies", "name"), ("contacts", "city")]
)
async def test_a_target_that_cannot_be_reached_is_a_matter_of_configuration(
    simulator: SimulatorServer, object_type: str, id_property: str
) -> None:
    async with connected(simulator) as client:
        with pytest.raises(WrongTarget):
            await upsert(client, object_type, contacts(1), id_property=id_property)


async def test_the_account_tells_its_portal_and_its_properties(simulator: SimulatorServer) -> None:
    async with connected(simulator) as client:
        details = await account.details(client)
        properties = await account.properties(client, "contacts")
    assert details.portal_id == str(simulator.settings.portal_id)
    assert str(details.time_zone) == "US/Eastern"
    assert properties["lifecyclestage"].type == "enumeration"
    assert "lead" in {each.value for each in properties["lifecyclestage"].options}
    assert properties["createdate"].read_only


class TestFaults:
    @pytest.mark.parametrize("after_commit", [False, True])
    @pytest.mark.parametrize(
        "fault",
        [
            Fault("status", status=500),
            Fault("status", status=502),
            Fault("status", status=524),
            Fault("status", status=423),
            Fault("status", status=429),
            Fault("reset"),
            Fault("truncate"),
        ],
    )
    async def test_an_upsert_survives(
        self, simulator: SimulatorServer, fault: Fault, after_commit: bool
    ) -> None:
        simulator.faults.add(replace(fault, after_commit=after_commit, count=2))
        async with connected(simulator) as client:
            got = await upsert(client, "contacts", contacts(3, city="Bern"), id_property="email")
        assert got.attempts == 3
        assert client.calls == {"contacts/batch/upsert": 3}
        assert [type(each) for each in got.outcomes] == [Accepted] * 3
        assert len(simulator.account.contacts) == 3

    async def test_a_create_whose_answer_was_lost_doubles_nothing(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("reset", after_commit=True, count=1))
        async with connected(simulator) as client:
            got = await create(client, "contacts", contacts(3), key_property="email")
        assert len(simulator.account.contacts) == 3
        for outcome in got.outcomes:
            assert isinstance(outcome, Refused)
            assert isinstance(outcome.error, ConflictRefused)
            assert outcome.error.existing_id

    async def test_an_outage_that_lasts_tells_that_the_call_may_have_been_applied(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("status", status=504, after_commit=True))
        async with connected(simulator) as client:
            with pytest.raises(Unavailable) as caught:
                await upsert(client, "contacts", contacts(1, city="Bern"), id_property="email")
            simulator.faults.clear()
            inputs = contacts(1, city="Bern")
            outcomes = await verify(client, "contacts", inputs, id_property="email")
        assert caught.value.maybe_applied
        assert isinstance(outcomes[0], Accepted)

    async def test_a_migration_is_not_waited_for(self, simulator: SimulatorServer) -> None:
        simulator.faults.add(Fault("status", status=477))
        async with connected(simulator) as client:
            with pytest.raises(MigrationInProgress) as caught:
                await account.details(client)
        assert caught.value.retry_after == 86_400

    async def test_twenty_batches_at_once_survive_a_fifth_of_all_calls_going_wrong(
        self, simulator: SimulatorServer
    ) -> None:
        for seed, fault in enumerate(
            [Fault("status", status=503), Fault("reset", after_commit=True), Fault("truncate")]
        ):
            simulator.faults.add(replace(fault, rate=0.07, seed=seed))
        inputs = contacts(400, city="Bern")
        batches = [inputs[start : start + 20] for start in range(0, 400, 20)]
        async with connected(simulator) as client:
            answers = await asyncio.gather(
                *(upsert(client, "contacts", each, id_property="email") for each in batches)
            )
        assert all(isinstance(each, Accepted) for got in answers for each in got.outcomes)
        assert len(simulator.account.contacts) == 400

    async def test_no_missing_field_makes_a_refusal_an_acceptance(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("hostile", seed=7))
        async with connected(simulator) as client:
            for attempt in range(15):
                inputs = contacts(6, city=f"city {attempt}")
                inputs[2] = RecordInput("bad", "bad@example.com", {"no_such_property": "x"})
                got = await upsert(client, "contacts", inputs, id_property="email")
                assert not isinstance(got.outcomes[2], Accepted)
                good = [*got.outcomes[:2], *got.outcomes[3:]]
                assert not any(isinstance(each, Refused) for each in good)


class TestOAuth:
    async def test_twenty_calls_at_once_renew_once(self, simulator: SimulatorServer) -> None:
        async with connected(simulator, OAUTH_APP) as client:
            await self.twenty_calls(client)
            assert client.calls == {"oauth/token": 1, "contacts/batch/upsert": 20}

    async def test_twenty_calls_at_once_survive_that_the_token_ends_early(
        self, simulator: SimulatorServer
    ) -> None:
        async with connected(simulator, OAUTH_APP) as client:
            await self.twenty_calls(client)
            simulator.simulator.authentication.expire_access_tokens(simulator.clock.now())
            await self.twenty_calls(client)
        assert client.calls["oauth/token"] == 2

    async def test_the_shared_limiter_keeps_renewals_and_calls_within_their_limits(
        self, tmp_path: Path
    ) -> None:
        limits = [Limit("burst", 100, 10.0), Limit("token", 10, 10.0)]
        with SimulatorServer(SimulatorSettings()) as simulator:
            store = f"sqlite:///{tmp_path / 'limits.db'}"
            connection = ConnectionSettings(OAUTH_APP, base_url=simulator.url)
            async with (
                open_rate_limiter(store, "portal", limits) as limiter,
                connect(connection, limiter) as client,
            ):
                await self.twenty_calls(client)
        assert client.calls == {"oauth/token": 1, "contacts/batch/upsert": 20}

    async def test_a_revoked_app_ends_all_calls_after_one_try(
        self, simulator: SimulatorServer
    ) -> None:
        simulator.simulator.authentication.revoke(REFRESH_TOKEN)
        async with connected(simulator, OAUTH_APP) as client:
            with pytest.raises(AuthenticationRefused) as caught:
                await self.twenty_calls(client)
        assert client.calls == {"oauth/token": 1}
        assert REFRESH_TOKEN not in str(caught.value)

    async def test_a_wrong_private_token_is_refused(self, simulator: SimulatorServer) -> None:
        async with connected(simulator, PrivateApp("pat-na1-wrong")) as client:
            with pytest.raises(AuthenticationRefused):
                await account.details(client)

    async def twenty_calls(self, client: HubSpotClient) -> None:
        await asyncio.gather(
            *(
                upsert(
                    client, "contacts", [RecordInput("t", f"p{n}@x.com", {})], id_property="email"
                )
                for n in range(20)
            )
        )
