"""Rate limits: exact windows, headers, bodies, quotas (hubspot-api §8)."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.calls import ANYONE, Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.evidence import ArrivalLog
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    Behaviour,
    Limits,
)

from .conftest import Begin, without_id

DETAILS = "/account-info/v3/details"
APP = Caller(1512050, oauth=False, scopes=frozenset())
OAUTH = Caller(7, oauth=True, scopes=frozenset())


@pytest.fixture
def frozen(server: SimulatorServer) -> Iterator[None]:
    server.clock.freeze()
    yield
    server.clock.resume()


def limits_of(limits: Limits, **behaviour: bool) -> RateLimits:
    return RateLimits(limits, Behaviour(**behaviour), 26892217, "US/Eastern")  # type: ignore[arg-type]  # switches of type bool only


@pytest.mark.usefixtures("frozen")
class TestBurst:
    def test_takes_its_limit_and_not_one_more_until_the_first_is_ten_seconds_old(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(Limits(burst=3), rejected_calls_count=False)
        statuses = []
        for wait in (0, 4, 0, 5.999, 0.001, 0):
            simulator.clock.advance(wait)
            statuses.append(hubspot.get(DETAILS).status_code)
        assert statuses == [200, 200, 200, 429, 200, 429]

    def test_counts_refused_calls_unless_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        for switch, status in ((True, 429), (False, 200)):
            simulator = begin(Limits(burst=1), rejected_calls_count=switch)
            hubspot.get(DETAILS)
            simulator.clock.advance(5)
            assert hubspot.get(DETAILS).status_code == 429
            simulator.clock.advance(5)
            assert hubspot.get(DETAILS).status_code == status

    def test_429_has_an_error_type_and_a_policy_but_no_category_and_no_retry_after(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(Limits(burst=1))
        hubspot.get(DETAILS)
        answer = hubspot.get(DETAILS)

        assert answer.status_code == 429
        assert without_id(answer.json()) == {
            "status": "error",
            "message": "You have reached your ten_secondly_rolling limit.",
            "errorType": "RATE_LIMIT",
            "policyName": "TEN_SECONDLY_ROLLING",
            "groupName": "publicapi:private_app-api-calls-ten-secondly:1512050:12345678",
        }
        assert "Retry-After" not in answer.headers

    def test_429_says_when_to_come_back_if_switched(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(Limits(burst=1), retry_after_on_429=True, rejected_calls_count=False)
        hubspot.get(DETAILS)
        simulator.clock.advance(2.5)
        assert hubspot.get(DETAILS).headers["Retry-After"] == "8"

    def test_headers_tell_what_is_left(self, begin: Begin, hubspot: httpx.Client) -> None:
        begin(Limits())
        hubspot.get(DETAILS)
        headers = hubspot.get(DETAILS).headers

        assert {name: headers[name] for name in headers if "ratelimit" in name.lower()} == {
            "x-hubspot-ratelimit-daily": "250000",
            "x-hubspot-ratelimit-daily-remaining": "249998",
            "x-hubspot-ratelimit-interval-milliseconds": "10000",
            "x-hubspot-ratelimit-max": "100",
            "x-hubspot-ratelimit-remaining": "98",
            "x-hubspot-ratelimit-secondly": "10",
            "x-hubspot-ratelimit-secondly-remaining": "9",
        }
        assert len(headers["X-HubSpot-Correlation-Id"]) == 36

    def test_errors_have_another_correlation_id_in_the_header_than_in_the_body(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(Limits())
        answer = hubspot.get("/crm/v3/objects/contacts/888")
        assert answer.headers["X-HubSpot-Correlation-Id"] != answer.json()["correlationId"]

    def test_is_lifted_by_none_and_by_zero(self, begin: Begin, hubspot: httpx.Client) -> None:
        for limits in (None, Limits(burst=0), Limits(burst=None)):
            begin(limits)
            statuses = {hubspot.get(DETAILS).status_code for _ in range(120)}
            assert statuses == {200}

    def test_of_oauth_is_110_and_tells_no_daily_quota(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        begin(Limits())
        form = {
            "grant_type": "refresh_token",
            "refresh_token": REFRESH_TOKEN,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
        token = hubspot.post("/oauth/v3/token", data=form).json()["access_token"]
        headers = hubspot.get(DETAILS, headers={"Authorization": f"Bearer {token}"}).headers
        assert headers["X-HubSpot-RateLimit-Max"] == "110"
        assert "X-HubSpot-RateLimit-Daily" not in headers


class TestTheWindow:
    async def test_is_exact_as_the_log_shows_under_concurrent_calls(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(Limits(burst=20), rejected_calls_count=False)
        headers = hubspot.headers

        async def hammer() -> None:
            async with httpx.AsyncClient(base_url=simulator.url, headers=headers) as client:
                for _ in range(15):
                    await client.get(DETAILS)
                    simulator.clock.advance(0.25)

        await asyncio.gather(*(hammer() for _ in range(8)))

        log = simulator.log
        assert log.peak_in_window(10, over_limit=False) == 20
        assert log.calls_by_status()[429] > 0
        assert list(log) == sorted(log, key=lambda arrival: arrival.at)
        taken: list[int] = []
        for arrival in log:  # every refusal was due, and no call but those due was refused
            within = [at for at in taken if at > arrival.at - 10 * NANOSECONDS]
            assert arrival.over_limit is (len(within) >= 20)
            if not arrival.over_limit:
                taken.append(arrival.at)

    @settings(deadline=None)
    @given(
        gaps=st.lists(st.integers(0, 3 * NANOSECONDS), max_size=60),
        limit=st.integers(1, 8),
        counted=st.booleans(),
    )
    def test_never_holds_more_than_its_limit_and_wastes_no_place(
        self, gaps: list[int], limit: int, counted: bool
    ) -> None:
        limits = limits_of(Limits(burst=limit), rejected_calls_count=counted)
        now, counts = 10**18, list[int]()
        for gap in gaps:
            now += gap
            within = [at for at in counts if at > now - 10 * NANOSECONDS]
            try:
                limits.admit("burst", APP, now)
                assert len(within) < limit
                counts.append(now)
            except Refusal:
                assert len(within) >= limit
                if counted:
                    counts.append(now)

    @settings(deadline=None)
    @given(
        gaps=st.lists(st.integers(0, 2 * NANOSECONDS), min_size=1, max_size=40),
        seconds=st.integers(1, 5),
    )
    def test_peak_is_that_of_the_worst_window(self, gaps: list[int], seconds: int) -> None:
        log, now, times = ArrivalLog(), 0, list[int]()
        for gap in gaps:
            now += gap
            log.add(now, "GET", "/").bucket = "burst"
            times.append(now)
        worst = max(sum(at <= t < at + seconds * NANOSECONDS for t in times) for at in times)
        assert log.peak_in_window(seconds) == worst


class TestOtherBuckets:
    def test_are_apart_from_the_burst_and_from_each_other(self) -> None:
        limits = limits_of(Limits(1, 1, 100, 1, 1, 100, 1, 1))
        for bucket in ("burst", "search", "associations", "events"):
            limits.admit(bucket, APP, 0)
            with pytest.raises(Refusal):
                limits.admit(bucket, APP, 1)
        limits.admit("token", ANYONE, 0)

    def test_search_is_five_a_second_for_all_apps_with_a_category_and_without_a_policy(
        self,
    ) -> None:
        limits = limits_of(Limits())
        for at in range(5):
            assert limits.admit("search", OAUTH if at % 2 else APP, at) == []
        with pytest.raises(Refusal) as refused:
            limits.admit("search", APP, 6)
        assert refused.value.status == 429
        assert refused.value.body == {
            "status": "error",
            "message": "You have reached your secondly limit.",
            "category": "RATE_LIMITS",
        }
        limits.admit("search", APP, 2 * NANOSECONDS)

    def test_the_token_endpoint_says_retry_after_in_seconds(self) -> None:
        limits = limits_of(Limits(token_endpoint=1))
        limits.admit("token", ANYONE, 0)
        with pytest.raises(Refusal) as refused:
            limits.admit("token", ANYONE, 1)
        assert refused.value.body["message"] == "You have reached your rate limit."
        assert refused.value.headers == [("Retry-After", "10")]

    def test_apps_have_windows_of_their_own(self) -> None:
        limits = limits_of(Limits(burst=1))
        other = Caller(2, oauth=False, scopes=frozenset())
        limits.admit("burst", APP, 0)
        limits.admit("burst", other, 0)
        with pytest.raises(Refusal):
            limits.admit("burst", other, 0)


@pytest.mark.usefixtures("frozen")
class TestDailyQuota:
    def test_is_one_for_all_private_apps_and_ends_at_the_accounts_midnight(
        self, begin: Begin, hubspot: httpx.Client
    ) -> None:
        simulator = begin(Limits(burst=0, daily=4))
        usage = "/account-info/v3/api-usage/daily/private-apps"
        (before,) = hubspot.get(usage).json()["results"]
        assert (before["usageLimit"], before["currentUsage"]) == (4, 1)
        for _ in range(3):
            assert hubspot.get(DETAILS).status_code == 200

        answer = hubspot.get(DETAILS)
        assert answer.status_code == 429
        body = without_id(answer.json())
        assert body.pop("requestId")
        assert body == {
            "status": "error",
            "message": "You have reached your daily limit.",
            "errorType": "RATE_LIMIT",
            "policyName": "DAILY",
        }
        assert answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "0"

        simulator.clock.advance(86_400)
        assert hubspot.get(DETAILS).status_code == 200

    def test_resets_at_midnight_there_not_here(self) -> None:
        limits = limits_of(Limits())
        evening = 1_704_164_400 * NANOSECONDS  # 2024-01-01 22:00 in New York
        _, _, resets_at = limits.daily_usage(evening)
        assert resets_at == 1_704_171_600 * NANOSECONDS  # two hours later
