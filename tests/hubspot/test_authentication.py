"""OAuth tokens: renewed in time, once for everyone, and never in sight."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from hubspot_pipeline.hubspot.authentication import OAuthApp, PrivateApp
from hubspot_pipeline.hubspot.errors import (
    AuthenticationRefused,
    ConfigurationError,
    Unavailable,
)
from hubspot_pipeline.hubspot.routes import Routes
from tests.hubspot.helpers import NotingLimiter, answer, client_for

READ = Routes().batch("contacts", "read")
APP = OAuthApp("client-id", "client-secret-1", "refresh-token-1")
EXPIRED = {"status": "error", "message": "expired", "category": "EXPIRED_AUTHENTICATION"}


class Portal:
    """HubSpot as far as tokens go: gives out `access-1`, `access-2`, …; only the last is good."""

    def __init__(self) -> None:
        self.renewals: list[dict[str, list[str]]] = []
        self.calls: list[str] = []
        self.token_answer: httpx.Response | None = None
        self.good = ""

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth/2026-03/token":
            assert "authorization" not in request.headers
            self.renewals.append(parse_qs(request.content.decode()))
            if self.token_answer is not None:
                return self.token_answer
            self.good = f"access-{len(self.renewals)}"
            return answer(200, {"access_token": self.good, "expires_in": 1800})
        token = request.headers["authorization"].removeprefix("Bearer ")
        self.calls.append(token)
        return answer(200, {}) if token == self.good else answer(401, EXPIRED)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class TestOAuth:
    async def test_the_first_calls_share_one_renewal(self) -> None:
        portal, limiter = Portal(), NotingLimiter()
        async with client_for(portal, limiter, credentials=APP) as client:
            await asyncio.gather(*(client.call(READ, {}) for _ in range(20)))
        assert portal.calls == ["access-1"] * 20
        assert portal.renewals == [
            {
                "grant_type": ["refresh_token"],
                "client_id": ["client-id"],
                "client_secret": ["client-secret-1"],
                "refresh_token": ["refresh-token-1"],
            }
        ]
        assert limiter.taken.count(("token",)) == 1
        assert client.calls == {"oauth/token": 1, "contacts/batch/read": 20}

    async def test_a_token_is_renewed_before_it_expires(self) -> None:
        portal, clock = Portal(), Clock()
        async with client_for(portal, credentials=APP, now=clock) as client:
            await client.call(READ, {})
            clock.seconds = 1_679
            await client.call(READ, {})
            clock.seconds = 1_680
            await asyncio.gather(*(client.call(READ, {}) for _ in range(20)))
        assert portal.calls == ["access-1"] * 2 + ["access-2"] * 20, "and no call met a 401"

    async def test_a_token_that_outlives_its_wait_for_a_place_is_renewed(self) -> None:
        portal, clock = Portal(), Clock()

        class SlowLimiter(NotingLimiter):
            async def acquire(self, limits: Any) -> None:
                if "burst" in limits:
                    clock.seconds += 1_790

        async with client_for(portal, SlowLimiter(), credentials=APP, now=clock) as client:
            await client.call(READ, {})
        assert portal.calls == ["access-2"]

    async def test_twenty_calls_that_meet_an_early_end_share_one_renewal(self) -> None:
        portal = Portal()
        async with client_for(portal, credentials=APP) as client:
            await client.call(READ, {})
            portal.good = "revoked"
            got = await asyncio.gather(*(client.call(READ, {}) for _ in range(20)))
        assert len(portal.renewals) == 2
        assert {each.attempts for each in got} <= {1, 2}

    async def test_an_expired_answer_without_a_category_is_understood(self) -> None:
        portal = Portal()
        refusals = [answer(401, {"message": "The OAuth token used expired 75 second(s) ago."})]

        def hostile(request: httpx.Request) -> httpx.Response:
            if refusals and request.url.path != "/oauth/2026-03/token":
                return refusals.pop()
            return portal(request)

        async with client_for(hostile, credentials=APP) as client:
            assert (await client.call(READ, {})).attempts == 2

    async def test_a_call_is_repeated_once_after_a_renewal_and_not_again(self) -> None:
        portal = Portal()
        async with client_for(portal, credentials=APP) as client:
            await client.call(READ, {})
            portal.token_answer = answer(200, {"access_token": "bad", "expires_in": 1800})
            portal.good = "revoked"
            with pytest.raises(AuthenticationRefused):
                await client.call(READ, {})
        assert portal.calls[1:] == ["access-1", "bad"]

    @pytest.mark.parametrize(
        "body",
        [
            {
                "error": "invalid_grant",
                "status": "BAD_REFRESH_TOKEN",
                "message": "refresh token is invalid, expired or revoked: refresh-token-1",
            },
            {
                "error": "invalid_client",
                "status": "BAD_CLIENT_ID",
                "message": "bad client-secret-1",
            },
            {"error": "access_denied", "status": "BAD_HUB", "message": "unknown hub id"},
        ],
    )
    async def test_a_refused_renewal_ends_all_calls_with_one_request(
        self, body: dict[str, str]
    ) -> None:
        portal = Portal()
        portal.token_answer = answer(400, body)
        async with client_for(portal, credentials=APP) as client:
            got = await asyncio.gather(
                *(client.call(READ, {}) for _ in range(20)), return_exceptions=True
            )
            with pytest.raises(AuthenticationRefused):
                await client.call(READ, {})
        assert {type(each) for each in got} == {AuthenticationRefused}
        assert len(portal.renewals) == 1
        assert portal.calls == []
        text = " ".join(str(each) for each in got)
        assert "install the app in the portal again" in text
        assert "refresh-token-1" not in text
        assert "client-secret-1" not in text

    async def test_a_renewal_survives_a_busy_token_endpoint(self) -> None:
        portal, limiter = Portal(), NotingLimiter()
        busy = answer(429, {"message": "You have reached your rate limit."}, Retry_After="2")

        class Recovering(NotingLimiter):
            async def pause(self, limits: Any, seconds: float) -> None:
                await limiter.pause(limits, seconds)
                portal.token_answer = None

        portal.token_answer = busy
        async with client_for(portal, Recovering(), credentials=APP) as client:
            await client.call(READ, {})
        assert limiter.pauses == [(("token",), 2)]

    async def test_an_outage_of_the_token_endpoint_is_no_refusal(self) -> None:
        portal = Portal()
        portal.token_answer = httpx.Response(503)
        async with client_for(portal, credentials=APP) as client:
            with pytest.raises(Unavailable):
                await client.call(READ, {})
            portal.token_answer = None
            await client.call(READ, {})

    async def test_a_new_refresh_token_is_used_from_then_on(self) -> None:
        portal, clock = Portal(), Clock()
        async with client_for(portal, credentials=APP, now=clock) as client:
            portal.good = "a"
            portal.token_answer = answer(
                200, {"access_token": "a", "refresh_token": "refresh-token-2", "expires_in": 60}
            )
            await client.call(READ, {})
            clock.seconds = 30
            await client.call(READ, {})
        assert [each["refresh_token"] for each in portal.renewals] == [
            ["refresh-token-1"],
            ["refresh-token-2"],
        ]

    @pytest.mark.parametrize("body", [{}, {"access_token": ""}, {"access_token": 7}])
    async def test_an_answer_without_a_token_is_refused(self, body: dict[str, Any]) -> None:
        portal = Portal()
        portal.token_answer = answer(200, body)
        async with client_for(portal, credentials=APP) as client:
            with pytest.raises(AuthenticationRefused, match="without a token"):
                await client.call(READ, {})

    async def test_a_cancelled_call_leaves_the_renewal_to_the_others(self) -> None:
        started, go_on = asyncio.Event(), asyncio.Event()
        portal = Portal()

        class HeldLimiter(NotingLimiter):
            async def acquire(self, limits: Any) -> None:
                if limits == ("token",):
                    started.set()
                    await go_on.wait()

        async with client_for(portal, HeldLimiter(), credentials=APP) as client:
            first = asyncio.create_task(client.call(READ, {}))
            await started.wait()
            second = asyncio.create_task(client.call(READ, {}))
            first.cancel()
            await asyncio.wait([first])
            go_on.set()
            assert (await second).status == 200
        assert first.cancelled()
        assert len(portal.renewals) == 1


class TestPrivateApp:
    async def test_an_expired_answer_is_final_as_nothing_can_be_renewed(self) -> None:
        portal = Portal()
        async with client_for(portal) as client:
            with pytest.raises(AuthenticationRefused):
                await client.call(READ, {})
        assert len(portal.calls) == 1

    def test_a_line_break_around_a_secret_is_dropped(self) -> None:
        assert PrivateApp("pat-na1-x\n").token == "pat-na1-x"

    @pytest.mark.parametrize("secret", ["pat-na1\nx", "pat na1", "pät", "pat\x00"])
    def test_a_secret_that_no_header_can_carry_is_refused_and_not_shown(self, secret: str) -> None:
        with pytest.raises(ConfigurationError, match="copy it again") as caught:
            PrivateApp(secret)
        assert secret not in str(caught.value)

    @pytest.mark.parametrize("secret", ["", "  \n"])
    def test_an_empty_secret_is_refused(self, secret: str) -> None:
        with pytest.raises(ConfigurationError, match="is empty"):
            PrivateApp(secret)
