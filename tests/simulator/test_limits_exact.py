"""That the limits are exact: a plain count over the recorded arrivals gives every decision."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.limits import RateLimits
from hubspot_pipeline.simulator.server import SimulatorServer
from hubspot_pipeline.simulator.settings import (
    PRIVATE_APP_TOKEN,
    Behaviour,
    Limits,
    PrivateApp,
    SimulatorSettings,
)

SECOND_TOKEN = "pat-na1-00000000-0000-4000-8000-000000000002"
APPS = (PrivateApp(), PrivateApp(SECOND_TOKEN, 2))
LIMITS = Limits(
    burst=3, oauth_burst=4, daily=12, search_per_second=2, associations=2, associations_daily=5,
    events_per_second=2, token_endpoint=2,
)  # fmt: skip
CALLS = {
    "burst": ("GET", "/account-info/v3/details"),
    "search": ("POST", "/crm/v3/objects/contacts/search"),
    "associations": ("POST", "/crm/v4/associations/contacts/companies/batch/read"),
    "events": ("POST", "/events/v3/send/batch"),
    "token": ("POST", "/oauth/v1/token"),
}
WINDOWS = {"burst": 10, "search": 1, "associations": 10, "events": 1, "token": 10}
OF_THE_ACCOUNT = ("search", "events", "token")
MIDNIGHTS = ZoneInfo("US/Eastern")

gaps = st.one_of(
    st.integers(0, 3 * NANOSECONDS),
    st.sampled_from([0, 1, NANOSECONDS - 1, NANOSECONDS, 10 * NANOSECONDS - 1, 10 * NANOSECONDS]),
    st.just(9 * 3_600 * NANOSECONDS),
)
arrivals = st.lists(
    st.tuples(gaps, st.sampled_from(["first", "second", "oauth"]), st.sampled_from(sorted(CALLS))),
    min_size=5,
    max_size=40,
)


@pytest.fixture(scope="module")
def limited() -> Iterator[SimulatorServer]:
    with SimulatorServer(clock=Clock()) as server:
        server.clock.freeze()
        yield server


def decided_by_counting(log: list[Arrival], *, refused_count: bool) -> list[bool]:
    """Whether each call was over a limit, told from nothing but when which app called what."""
    counted: dict[object, list[int]] = defaultdict(list)
    over = []
    for call in log:
        oauth = call.app == str(SimulatorSettings().oauth_apps[0].app_id)
        most = {
            "burst": LIMITS.oauth_burst if oauth else LIMITS.burst,
            "search": LIMITS.search_per_second,
            "associations": LIMITS.associations,
            "events": LIMITS.events_per_second,
            "token": LIMITS.token_endpoint,
        }[call.bucket]
        since = call.at - WINDOWS[call.bucket] * NANOSECONDS
        places = [(call.bucket, "" if call.bucket in OF_THE_ACCOUNT else call.app)]
        full = [sum(at > since for at in counted[places[0]]) >= (most or 0)]
        if not oauth and call.bucket not in ("events", "token"):
            of_associations = call.bucket == "associations"
            day = datetime.fromtimestamp(call.at // NANOSECONDS, MIDNIGHTS).date()
            places.append((day, of_associations))
            quota = LIMITS.associations_daily if of_associations else LIMITS.daily
            full.append(len(counted[places[1]]) >= (quota or 0))
        over.append(any(full))
        if refused_count or not over[-1]:
            for place in places:
                counted[place].append(call.at)
    return over


class TestEveryDecision:
    @settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
    @given(made=arrivals, refused_count=st.booleans())
    def test_follows_from_the_log_of_arrivals_alone_to_the_nanosecond(
        self,
        limited: SimulatorServer,
        hubspot: httpx.Client,
        made: list[tuple[int, str, str]],
        refused_count: bool,
    ) -> None:
        limited.reset(
            SimulatorSettings(
                limits=LIMITS,
                private_apps=APPS,
                behaviour=Behaviour(rejected_calls_count=refused_count),
            )
        )
        app = limited.settings.oauth_apps[0]
        statuses = []
        for gap, who, bucket in made:
            limited.clock.advance(gap / NANOSECONDS)
            granted = limited.authentication.grant(app, limited.clock.now())
            token = {"first": PRIVATE_APP_TOKEN, "second": SECOND_TOKEN, "oauth": granted}[who]
            method, path = CALLS[bucket]
            answer = hubspot.request(
                method, limited.url + path, headers={"Authorization": f"Bearer {token}"}, json={}
            )
            statuses.append(answer.status_code)

        log = list(limited.log)
        due = decided_by_counting(log, refused_count=refused_count)
        assert [status == 429 for status in statuses] == due
        assert [arrival.over_limit for arrival in log] == due
        assert [arrival.at for arrival in log] == sorted(arrival.at for arrival in log)


class TestTheDay:
    @pytest.mark.parametrize(
        ("day", "hours"), [("2024-03-10", 23), ("2024-11-03", 25), ("2024-07-04", 24)]
    )
    def test_is_as_long_as_the_clocks_of_its_zone_make_it(self, day: str, hours: int) -> None:
        limits = RateLimits(Limits(daily=1), Behaviour(), 1, "US/Eastern")
        begins = datetime.fromisoformat(day).replace(tzinfo=MIDNIGHTS)
        start = int(begins.timestamp()) * NANOSECONDS
        _, _, resets_at = limits.daily_usage(start)
        assert resets_at - start == hours * 3_600 * NANOSECONDS
        assert begins.date() + timedelta(days=1) == (
            datetime.fromtimestamp(resets_at // NANOSECONDS, MIDNIGHTS).date()
        )

    @pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Havana", "Asia/Kathmandu"])
    def test_begins_at_its_first_instant_also_where_midnight_is_skipped_or_comes_twice(
        self, zone: str
    ) -> None:
        limits = RateLimits(Limits(), Behaviour(), 1, zone)
        now = 1_700_000_000 * NANOSECONDS
        for _ in range(400):
            _, _, resets_at = limits.daily_usage(now)
            before, after = (
                datetime.fromtimestamp(seconds, ZoneInfo(zone)).date()
                for seconds in (resets_at // NANOSECONDS - 1, resets_at // NANOSECONDS)
            )
            assert after == before + timedelta(days=1)
            now = resets_at

    def test_of_searches_is_that_of_all_calls_and_events_have_none(self) -> None:
        limits = RateLimits(Limits(daily=9), Behaviour(), 1, "UTC")
        caller = Caller(1, oauth=False, scopes=frozenset())
        for bucket in ("burst", "search", "events", "associations"):
            limits.admit(bucket, caller, 0)
        assert limits.daily_usage(0)[1] == 2


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/account-info/v3/details", 200),
            ("DELETE", "/crm/v3/objects/contacts/1", 204),
            ("GET", "/crm/v3/objects/contacts/1", 404),
            ("POST", "/crm/v3/objects/contacts", 400),
            ("GET", "/crm/v3/objects/butterflies", 400),
        ],
    )
    def test_of_limits_are_on_errors_as_on_all_else(
        self, limited: SimulatorServer, hubspot: httpx.Client, method: str, path: str, status: int
    ) -> None:
        limited.reset(SimulatorSettings())
        body = b"[]" if method == "POST" else b""
        answer = hubspot.request(method, limited.url + path, content=body)
        assert answer.status_code == status
        assert answer.headers["X-HubSpot-RateLimit-Remaining"] == "99"
        assert answer.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "249999"

    def test_of_limits_are_on_a_403_and_count_down_on_429s(
        self, limited: SimulatorServer, hubspot: httpx.Client
    ) -> None:
        powerless = PrivateApp(scopes=frozenset())
        limited.reset(SimulatorSettings(limits=Limits(burst=2), private_apps=(powerless,)))
        answers = [hubspot.get(f"{limited.url}/crm/v3/objects/contacts") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [403, 403, 429]
        left = [answer.headers["X-HubSpot-RateLimit-Remaining"] for answer in answers]
        assert left == ["1", "0", "0"]
