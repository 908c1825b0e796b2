"""Each kind of fault that may strike a call, and that all of it repeats (hubspot-api §8.5, §12)."""

import asyncio
from typing import Any

import httpx
import pytest

from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Behaviour,
    Limits,
    SimulatorSettings,
)

from .conftest import Begin, Contacts, by_email, until_struck, without_id

DETAILS = "/account-info/v3/details"


def committed(simulator: SimulatorServer) -> bool:
    return len(simulator.account.contacts) > 0


class TestStatuses:
    @pytest.mark.parametrize("status", [502, 503, 504, 521, 522, 523, 524, 525, 526])
    def test_of_the_gateway_carry_none_of_hubspots_headers_and_may_have_no_body(
        self, contacts: Contacts, simulator: SimulatorServer, status: int
    ) -> None:
        simulator.faults.add(Fault("status", status=status, empty=True))
        answer = contacts.upsert(by_email("a@x.com"))
        assert (answer.status_code, answer.content) == (status, b"")
        assert not [name for name in answer.headers if name.startswith("x-hubspot")]

    @pytest.mark.parametrize(
        ("variant", "body"),
        [
            (
                "burst",
                {
                    "status": "error",
                    "message": "You have reached your ten_secondly_rolling limit.",
                    "errorType": "RATE_LIMIT",
                    "policyName": "TEN_SECONDLY_ROLLING",
                    "groupName": "publicapi:private_app-api-calls-ten-secondly:1512050:12345678",
                },
            ),
            (
                "daily",
                {
                    "status": "error",
                    "message": "You have reached your daily limit.",
                    "errorType": "RATE_LIMIT",
                    "policyName": "DAILY",
                },
            ),
            (
                "secondly",
                {
                    "status": "error",
                    "message": "You have reached your secondly limit.",
                    "category": "RATE_LIMITS",
                },
            ),
            ("token", {"status": "error", "message": "You have reached your rate limit."}),
        ],
    )
    def test_429_has_the_body_of_its_variant(
        self,
        contacts: Contacts,
        simulator: SimulatorServer,
        variant: Any,
        body: dict[str, str],
    ) -> None:
        simulator.faults.add(Fault("status", status=429, variant=variant, retry_after=3))
        answer = contacts.upsert(by_email("a@x.com"))
        given = without_id(answer.json())
        assert len(given.pop("requestId", "x" * 36)) == 36
        assert given == body
        assert answer.headers["Retry-After"] == "3"

    def test_401_comes_out_of_nowhere_and_the_token_stays_good(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("status", status=401, count=1))
        answer = contacts.upsert(by_email("a@x.com"))
        assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")
        assert contacts.upsert(by_email("a@x.com")).status_code == 200


class TestNoAnswer:
    @pytest.mark.parametrize("after_commit", [False, True])
    def test_ever_comes_and_the_call_has_taken_effect_or_not(
        self, contacts: Contacts, simulator: SimulatorServer, after_commit: bool
    ) -> None:
        simulator.faults.add(Fault("timeout", after_commit=after_commit, count=1))
        with pytest.raises(httpx.ReadTimeout):
            contacts.client.post(
                contacts.path, json={"properties": {"email": "a@x.com"}}, timeout=0.05
            )
        assert contacts.client.get(DETAILS).status_code == 200
        assert committed(simulator) is after_commit
        assert simulator.log.arrivals[0].status == 0

    async def test_comes_within_100_seconds_but_a_524(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("latency", seconds=150, after_commit=True))
        headers = contacts.client.headers
        async with httpx.AsyncClient(base_url=simulator.url, headers=headers) as client:
            body = {"properties": {"email": "a@x.com"}}
            call = asyncio.create_task(client.post(contacts.path, json=body))
            await until_struck(simulator)
            simulator.clock.advance(99)
            assert not call.done()
            simulator.clock.advance(1)
            assert (await call).status_code == 524
        assert committed(simulator)


class TestAnswers:
    def test_list_their_results_twice(self, contacts: Contacts, simulator: SimulatorServer) -> None:
        simulator.faults.add(Fault("duplicate"))
        results = contacts.upsert(by_email("a@x.com")).json()["results"]
        assert len(results) == 2
        assert results[0] == results[1]
        assert len(simulator.account.contacts) == 1

    def test_are_the_second_ones_of_a_call_that_was_carried_out_twice(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("repeat"))
        upsert = contacts.upsert(by_email("a@x.com", city="Rome"))
        assert upsert.json()["results"][0]["new"] is False
        (record,) = simulator.account.contacts
        assert record.writes == 2
        create = contacts.client.post(contacts.path, json={"properties": {"email": "b@x.com"}})
        assert create.status_code == 409

    def test_lack_headers_and_write_their_names_in_any_case_in_hostile_mode(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(Limits())
        simulator.faults.add(Fault("hostile", seed=1))
        seen = [{name.decode() for name, _ in hubspot.get(DETAILS).headers.raw} for _ in range(20)]
        assert all("content-length" in {name.lower() for name in names} for names in seen)
        spelled = {
            name for names in seen for name in names if name.lower() == "x-hubspot-ratelimit-max"
        }
        assert len(spelled) > 2
        assert any("x-hubspot-ratelimit-max" not in {n.lower() for n in names} for names in seen)

    def test_come_in_another_order_in_hostile_mode(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(shuffle_results=False)
        contacts = Contacts(hubspot)
        for letter in "abcdef":
            contacts.create(email=f"{letter}@x.com")
        simulator.faults.add(Fault("hostile"))
        orders = {
            tuple(one["id"] for one in hubspot.get(contacts.path).json()["results"])
            for _ in range(10)
        }
        assert len(orders) > 5


class TestTokens:
    def test_are_revoked_in_the_middle_of_a_run(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("revoke", skip=2, count=1))
        statuses = [contacts.upsert(by_email("a@x.com")).status_code for _ in range(4)]
        assert statuses == [200, 200, 401, 401]

    def test_of_oauth_expire_in_the_middle_of_a_run_and_private_apps_are_spared(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.faults.add(Fault("expire", skip=1, count=1))
        assert contacts.upsert(by_email("a@x.com")).status_code == 200
        app = simulator.settings.oauth_apps[0]
        token = simulator.authentication.grant(app, simulator.clock.now())
        headers = {"Authorization": f"Bearer {token}"}
        answers = [contacts.client.get(DETAILS, headers=headers) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 401, 401]
        assert answers[1].json()["category"] == "EXPIRED_AUTHENTICATION"
        assert contacts.upsert(by_email("a@x.com")).status_code == 200


class TestTime:
    def test_of_a_fault_is_told_by_the_simulators_clock(
        self, contacts: Contacts, simulator: SimulatorServer
    ) -> None:
        simulator.clock.freeze()
        simulator.faults.add(Fault("status", after_seconds=10, for_seconds=5))
        statuses = []
        for wait in (0, 9.999, 0.001, 4.999, 0.001):
            simulator.clock.advance(wait)
            statuses.append(contacts.client.get(DETAILS).status_code)
        simulator.clock.resume()
        assert statuses == [200, 200, 503, 503, 200]


class TestLocks:
    def test_an_object_type_that_takes_too_much_for_two_seconds_and_no_other(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(locked_above_writes_per_second=3)
        simulator.clock.freeze()
        contacts = Contacts(hubspot)
        statuses = []
        for wait in (0, 0.5, 0.1, 1.9, 0.1):
            simulator.clock.advance(wait)
            batch = [by_email(f"{letter}@x.com") for letter in "ab"]
            statuses.append(contacts.upsert(*batch).status_code)
            company = {"properties": {"name": "A"}}
            assert hubspot.post("/crm/v3/objects/companies", json=company).status_code == 201
        simulator.clock.resume()
        assert statuses == [200, 200, 423, 423, 200]


class TestRuns:
    def test_of_the_same_calls_are_equal_to_the_byte_and_of_another_seed_are_not(self) -> None:
        assert run(seed=1) == run(seed=1) != run(seed=2)


def run(seed: int) -> list[Any]:
    """All that a caller gets from an account on a bad day, chance and time included."""
    faults = (
        Fault("status", status=500, rate=0.2),
        Fault("status", status=502, rate=0.1, after_commit=True),
        Fault("hostile", rate=0.5),
        Fault("duplicate", rate=0.2),
        Fault("reset", rate=0.1),
        Fault("truncate", rate=0.1),
    )
    clock = Clock(start=1_800_000_000 * NANOSECONDS)
    clock.freeze()
    behaviour = Behaviour(late_uniqueness_rate=0.5)
    settings = SimulatorSettings(seed=seed, faults=faults, behaviour=behaviour)
    got: list[Any] = []
    with SimulatorServer(settings, clock=clock) as server:
        headers = {"Authorization": f"Bearer {PRIVATE_APP_TOKEN}"}
        with httpx.Client(base_url=server.url, headers=headers) as client:
            contacts = Contacts(client)
            for number in range(60):
                clock.advance(0.7)
                some = [by_email(f"{number + more}@x.com", city="Rome") for more in range(5)]
                try:
                    answer = contacts.upsert(*some) if number % 3 else create(contacts, number)
                    got.append((answer.status_code, answer.headers.raw, answer.content))
                except httpx.TransportError as error:
                    got.append(type(error))
    return got


def create(contacts: Contacts, number: int) -> httpx.Response:
    return contacts.client.post(contacts.path, json={"properties": {"email": f"{number}@x.com"}})
