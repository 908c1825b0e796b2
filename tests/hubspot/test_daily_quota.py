"""The account's day: what is left of it for us, and when to go on, at the simulator over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from hubspot_pipeline.hubspot import daily_quota
from hubspot_pipeline.hubspot.authentication import OAuthApp, PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, HubSpotClient, connect
from hubspot_pipeline.hubspot.errors import DailyLimitReached, MigrationInProgress, TryLaterError
from hubspot_pipeline.hubspot.rate_limit import Limit, open_rate_limiter
from hubspot_pipeline.hubspot.routes import Route
from hubspot_pipeline.simulator import settings as simulated
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.faults import Fault
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import Limits, SimulatorSettings
from tests.hubspot.helpers import NotingLimiter, Script, answer, client_for

NOON = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
"""Noon where the account is, in US/Eastern."""
NEXT_DAY = datetime(2026, 3, 2, 5, 2, tzinfo=UTC)
OTHER_APP = simulated.PrivateApp(token="pat-na1-other", app_id=99)
READ = Route("owners", "GET", "/crm/v3/owners?limit=1")
LINKS = Route(
    "labels", "GET", "/crm/v4/associations/contacts/companies/labels", limits=("associations",)
)


@dataclass
class Account:
    """A simulated account whose clock can be moved, and our processes' file of limits."""

    simulator: SimulatorServer
    store: str

    @asynccontextmanager
    async def process(self, percent_for_others: int = 10) -> AsyncIterator[HubSpotClient]:
        """A client as each process has one: it shares nothing with others but the file."""
        settings = ConnectionSettings(
            PrivateApp(simulated.PRIVATE_APP_TOKEN),
            base_url=self.simulator.url,
            version="v3",
            percent_for_others=percent_for_others,
            wall_clock=lambda: datetime.fromtimestamp(self.seconds, UTC),
        )
        limits = [Limit("burst", 10_000, 10.0), Limit("associations", 100, 10.0)]
        async with (
            open_rate_limiter(self.store, "portal", limits, clock=lambda: self.seconds) as limiter,
            connect(settings, limiter) as client,
        ):
            yield client

    @property
    def seconds(self) -> float:
        return self.simulator.clock.now() / NANOSECONDS

    def move_to(self, moment: datetime) -> None:
        self.simulator.clock.advance(moment.timestamp() - self.seconds)

    def others_call(self, calls: int) -> None:
        """Another app of the account makes so many calls."""
        headers = {"Authorization": f"Bearer {OTHER_APP.token}"}
        with httpx.Client(base_url=self.simulator.url, headers=headers) as other:
            for _ in range(calls):
                other.get(READ.path)

    @property
    def calls(self) -> int:
        """How many calls arrived, whoever made them."""
        return len(self.simulator.log)


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    settings = SimulatorSettings(
        limits=Limits(burst=0, daily=100, associations_daily=3),
        private_apps=(simulated.PrivateApp(), OTHER_APP),
    )
    clock = Clock(int(NOON.timestamp()) * NANOSECONDS)
    with SimulatorServer(settings, clock=clock) as simulator:
        yield Account(simulator, f"sqlite:///{tmp_path}/limits.db")


async def call_until_stopped(client: HubSpotClient, route: Route = READ) -> TryLaterError:
    for _ in range(200):
        try:
            await client.call(route)
        except TryLaterError as error:
            return error
    raise AssertionError("nothing stopped the calls")


class TestOurShare:
    async def test_ends_where_that_of_others_begins(self, account: Account) -> None:
        async with account.process() as client:
            error = await call_until_stopped(client)
        assert isinstance(error, DailyLimitReached)
        assert account.calls == 90
        assert account.simulator.log.calls_by_status()[429] == 0
        assert error.attempts == 0
        assert "used up, but for the 10 % that are kept for other apps. Go on at" in str(error)

    async def test_tells_when_to_go_on_in_utc_and_in_the_accounts_zone(
        self, account: Account
    ) -> None:
        async with account.process() as client:
            error = await call_until_stopped(client)
            assert client.go_on_at == error.go_on_at == NEXT_DAY
        assert str(error).endswith("Go on at 2026-03-02 05:02 UTC (2026-03-02 00:02 US/Eastern).")

    async def test_is_what_others_leave_of_it(self, account: Account) -> None:
        async with account.process() as client:
            await client.call(READ)
            account.others_call(50)
            await call_until_stopped(client)
        assert account.calls == 90

    async def test_that_others_have_used_ends_with_the_first_answer(self, account: Account) -> None:
        account.others_call(95)
        async with account.process() as client:
            await client.call(READ)
            error = await call_until_stopped(client)
            assert client.calls == {"owners": 1, "account/details": 1}
        assert error.go_on_at == NEXT_DAY

    async def test_of_all_of_it_leaves_none_to_others(self, account: Account) -> None:
        async with account.process(percent_for_others=0) as client:
            error = await call_until_stopped(client)
        assert account.calls == 100
        assert account.simulator.log.calls_by_status()[429] == 0
        assert error.go_on_at == NEXT_DAY
        assert "The account's calls of today are used up." in str(error)

    async def test_is_shared_by_processes_that_call_at_the_same_time(
        self, account: Account
    ) -> None:
        async def process() -> None:
            async with account.process() as client:
                await asyncio.gather(*(call_until_stopped(client) for _ in range(8)))

        await asyncio.gather(*(process() for _ in range(3)))
        assert 86 <= account.calls <= 90, "the calls under way at the end may be counted twice"

    async def test_that_is_used_up_is_known_to_processes_that_come_later(
        self, account: Account
    ) -> None:
        async with account.process() as client:
            await call_until_stopped(client)
        before = account.calls
        async with account.process() as late:
            error = await call_until_stopped(late)
            assert late.go_on_at == NEXT_DAY
        assert account.calls == before
        assert "(2026-03-02 00:02 US/Eastern)" in str(error)

    async def test_is_whole_again_the_next_day(self, account: Account) -> None:
        async with account.process() as client:
            await call_until_stopped(client)
            account.move_to(NEXT_DAY)
            before = account.calls
            error = await call_until_stopped(client)
        assert account.calls - before == 90
        assert error.go_on_at == datetime(2026, 3, 3, 5, 2, tzinfo=UTC)

    async def test_is_asked_for_anew_every_ten_minutes_as_it_may_have_grown(
        self, account: Account
    ) -> None:
        async with account.process() as client:
            await call_until_stopped(client)
            before = account.calls
            account.simulator.clock.advance(601)
            assert isinstance(await call_until_stopped(client), DailyLimitReached)
            assert account.calls == before + 1
            account.simulator.simulator.limits.set(Limits(burst=0, daily=1_000))
            account.simulator.clock.advance(601)
            for _ in range(20):
                await client.call(READ)


class TestTheDaysEnd:
    async def test_that_comes_without_a_warning_is_guessed_to_be_over_in_an_hour(
        self, account: Account
    ) -> None:
        account.others_call(100)
        async with account.process() as client:
            error = await call_until_stopped(client)
        assert isinstance(error, DailyLimitReached)
        assert error.go_on_at is not None
        assert (error.go_on_at - NOON).total_seconds() == pytest.approx(3_600, abs=60)

    async def test_is_refused_once_by_hubspot_and_then_by_us(self, account: Account) -> None:
        account.others_call(100)
        async with account.process() as client:
            await call_until_stopped(client)
            await call_until_stopped(client)
        assert account.simulator.log.calls_by_status()[429] == 1

    async def test_of_associations_is_not_that_of_all_calls(self, account: Account) -> None:
        async with account.process() as client:
            error = await call_until_stopped(client, LINKS)
            assert isinstance(error, DailyLimitReached)
            await client.call(READ)

    async def test_two_minutes_after_midnight_is_that_of_the_new_day(
        self, account: Account
    ) -> None:
        account.move_to(datetime(2026, 3, 2, 5, 1, tzinfo=UTC))
        async with account.process() as client:
            error = await call_until_stopped(client)
        assert error.go_on_at == NEXT_DAY


class TestAnswersThatTellNothing:
    USAGE = answer(200, {"results": [{"usageLimit": 1_000, "currentUsage": 940}]})
    SILENT = answer(200, {})

    @pytest.fixture(autouse=True)
    def _ask_soon(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(daily_quota, "UNTOLD_CALLS", 3)

    async def test_let_a_private_app_ask_for_the_days_usage(self) -> None:
        limiter = NotingLimiter()
        script = Script(self.SILENT, self.SILENT, self.SILENT, self.USAGE, self.SILENT)
        async with client_for(script, limiter, percent_for_others=5) as client:
            for _ in range(4):
                await client.call(READ)
            assert client.calls["account/usage"] == 1
        path = "/account-info/2026-03/api-usage/daily/private-apps"
        assert script.requests[3].url.path == path
        assert [day.left for day in limiter.budgets] == [10]

    async def test_do_not_make_an_oauth_app_ask_as_it_has_no_quota(self) -> None:
        def portal(request: httpx.Request) -> httpx.Response:
            token = {"access_token": "a", "expires_in": 1_800}
            return answer(200, token if "oauth" in request.url.path else {})

        credentials = OAuthApp("id", "secret", "refresh")
        async with client_for(portal, credentials=credentials) as client:
            for _ in range(10):
                await client.call(READ)
            assert set(client.calls) == {"oauth/token", "owners"}

    @pytest.mark.parametrize(
        "usage",
        [
            answer(500, {}),
            answer(403, {"category": "MISSING_SCOPES", "message": "no"}),
            answer(200, {"results": [{"usageLimit": None}]}),
            answer(200, {"results": "none"}),
        ],
    )
    async def test_of_usage_either_are_passed_over(self, usage: httpx.Response) -> None:
        def portal(request: httpx.Request) -> httpx.Response:
            return usage if "usage" in request.url.path else self.SILENT

        limiter = NotingLimiter()
        async with client_for(portal, limiter) as client:
            for _ in range(7):
                assert (await client.call(READ)).status == 200
        assert limiter.budgets == []


class TestAMigration:
    async def test_keeps_all_processes_away_until_hubspot_says_that_it_is_over(
        self, account: Account
    ) -> None:
        account.simulator.faults.add(Fault("status", status=477, retry_after=7_200))
        async with account.process() as client:
            error = await call_until_stopped(client)
        assert isinstance(error, MigrationInProgress)
        assert error.go_on_at is not None
        assert (error.go_on_at - NOON).total_seconds() == pytest.approx(7_200, abs=60)
        assert f"Go on at {error.go_on_at:%Y-%m-%d %H:%M} UTC." in str(error)
        account.simulator.faults.clear()
        async with account.process() as another:
            assert isinstance(await call_until_stopped(another), MigrationInProgress)
            assert another.go_on_at is not None
            assert abs((another.go_on_at - error.go_on_at).total_seconds()) < 1
            assert account.calls == 1
            account.simulator.clock.advance(7_201)
            await another.call(READ)

    async def test_without_a_time_is_looked_at_again_in_an_hour(self) -> None:
        limiter = NotingLimiter()
        async with client_for(Script(answer(477, {})), limiter, wall_clock=lambda: NOON) as client:
            error = await call_until_stopped(client)
        assert error.go_on_at == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
        assert limiter.closed == [3_600]
