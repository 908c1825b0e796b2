"""One call: its places in the limits, its attempts, and what it ends with."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

import httpx
import pytest

from hubspot_pipeline.hubspot.authentication import PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings, connect
from hubspot_pipeline.hubspot.errors import (
    ConfigurationError,
    DailyLimitReached,
    Unavailable,
    ValidationRefused,
    WrongTarget,
)
from hubspot_pipeline.hubspot.limit_headers import DailyQuota
from hubspot_pipeline.hubspot.retries import RetrySettings
from hubspot_pipeline.hubspot.routes import Routes
from tests.hubspot.helpers import TOKEN, NotingLimiter, Script, answer, client_for
from tests.hubspot.test_retries import BURST, DAILY, SECONDLY

READ = Routes().batch("contacts", "read")
OK = answer(200, {"results": []}, X_HubSpot_Correlation_Id="c-1")


class TestOneCall:
    async def test_sends_the_token_and_json_and_gives_back_the_answer(self) -> None:
        script = Script(OK)
        async with client_for(script) as client:
            got = await client.call(READ, {"inputs": []})
        (request,) = script.requests
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["content-type"] == "application/json"
        assert request.content == b'{"inputs":[]}'
        assert (got.status, got.body, got.correlation_id, got.attempts) == (
            200,
            {"results": []},
            "c-1",
            1,
        )

    async def test_keeps_a_path_of_the_base_url_and_every_encoded_segment(self) -> None:
        script = Script(OK)
        async with client_for(script, base_url="https://proxy.example/hubspot/") as client:
            await client.call(Routes().batch("p1_a/b", "read"), {})
        assert script.requests[0].url.raw_path == (
            b"/hubspot/crm/objects/2026-03/p1_a%2Fb/batch/read"
        )

    async def test_has_a_timeout_for_every_part(self) -> None:
        script = Script(OK)
        async with client_for(script) as client:
            await client.call(READ, {})
        timeout = script.requests[0].extensions["timeout"]
        assert timeout == {"connect": 10, "read": 110, "write": 30, "pool": 120}

    async def test_an_empty_204_has_an_empty_body(self) -> None:
        async with client_for(Script(httpx.Response(204))) as client:
            assert (await client.call(READ, {})).body == {}

    async def test_a_redirect_is_not_followed(self) -> None:
        script = Script(httpx.Response(302, headers={"location": "https://elsewhere.example"}))
        async with client_for(script) as client:
            with pytest.raises(WrongTarget):
                await client.call(READ, {})
        assert len(script.requests) == 1

    @pytest.mark.parametrize(
        "base_url",
        [
            "",
            "api.hubapi.com",
            "ftp://x.example",
            "https://u:p@x.example",
            "http://x:port",
        ],
    )
    async def test_an_unusable_base_url_is_a_matter_of_configuration(self, base_url: str) -> None:
        with pytest.raises(ConfigurationError, match="base URL"):
            async with connect(
                ConnectionSettings(PrivateApp(TOKEN), base_url=base_url), NotingLimiter()
            ):
                pass


class TestAttempts:
    @pytest.mark.parametrize(
        "trouble",
        [
            httpx.Response(503, content=b"<html>"),
            httpx.Response(500),
            answer(423, {"message": "locked"}),
            httpx.Response(200, content=b"<html>not HubSpot"),
            httpx.ConnectError("refused"),
            httpx.ReadTimeout("slow"),
            httpx.RemoteProtocolError("Server disconnected without sending a response."),
        ],
    )
    async def test_trouble_that_passes_is_survived(
        self, trouble: httpx.Response | Exception
    ) -> None:
        limiter = NotingLimiter()
        async with client_for(Script(trouble, trouble, OK), limiter) as client:
            got = await client.call(READ, {})
        assert got.attempts == 3
        assert client.calls == {"contacts/batch/read": 3}
        assert limiter.taken == [("burst",)] * 3, "each attempt takes a place of its own"

    async def test_a_refusal_is_not_tried_again(self) -> None:
        script = Script(answer(400, {"message": "no", "category": "VALIDATION_ERROR"}))
        async with client_for(script) as client:
            with pytest.raises(ValidationRefused, match="contacts/batch/read: no") as caught:
                await client.call(READ, {})
        assert len(script.requests) == caught.value.attempts == 1

    async def test_the_number_of_attempts_is_bounded(self) -> None:
        script = Script(httpx.Response(503))
        async with client_for(script, retries=RetrySettings(attempts=4)) as client:
            with pytest.raises(Unavailable, match="gave up after 4 attempts") as caught:
                await client.call(READ, {})
        assert len(script.requests) == caught.value.attempts == 4
        assert caught.value.status == 503

    async def test_the_time_for_attempts_is_bounded(self) -> None:
        clock = iter(range(0, 10_000, 100))
        script = Script(httpx.Response(503))
        async with client_for(script, now=lambda: next(clock)) as client:
            with pytest.raises(Unavailable):
                await client.call(READ, {})
        assert len(script.requests) == 3, "failed at 0, 100 and 200 s of 180 s"

    @pytest.mark.parametrize(
        ("trouble", "maybe_applied"),
        [
            ([httpx.ConnectError("refused")], False),
            ([answer(429, SECONDLY)], False),
            ([answer(423, {})], False),
            ([httpx.Response(502)], True),
            ([httpx.ReadError("reset")], True),
            ([httpx.Response(200, content=b"<html>")], True),
            ([httpx.Response(504), httpx.ConnectError("refused")], True),
        ],
    )
    async def test_giving_up_tells_whether_any_attempt_may_have_been_applied(
        self, trouble: list[httpx.Response | Exception], maybe_applied: bool
    ) -> None:
        async with client_for(Script(*trouble)) as client:
            with pytest.raises(Unavailable) as caught:
                await client.call(READ, {})
        assert caught.value.maybe_applied is maybe_applied


class TestLimits:
    @pytest.mark.parametrize(("body", "seconds"), [(BURST, 10), (SECONDLY, 1)])
    async def test_a_429_pauses_everyone(self, body: dict[str, str], seconds: float) -> None:
        limiter = NotingLimiter()
        async with client_for(Script(answer(429, body), OK), limiter) as client:
            await client.call(READ, {})
        assert limiter.pauses == [(("burst",), seconds)]

    async def test_a_429_that_asks_for_hours_pauses_nobody_and_ends_the_call(self) -> None:
        limiter = NotingLimiter()
        script = Script(answer(429, BURST, Retry_After="7200"))
        async with client_for(script, limiter) as client:
            with pytest.raises(Unavailable) as caught:
                await client.call(READ, {})
        assert caught.value.retry_after == 7200
        assert not caught.value.maybe_applied
        assert limiter.pauses == []
        assert len(script.requests) == 1

    async def test_the_daily_limit_ends_the_call_and_tells_the_accounts_midnight(self) -> None:
        script = Script(answer(429, DAILY))
        now = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
        async with client_for(script, wall_clock=lambda: now) as client:
            client.today.zone = ZoneInfo("US/Eastern")
            with pytest.raises(DailyLimitReached) as caught:
                await client.call(READ, {})
        assert caught.value.go_on_at == datetime(2026, 3, 2, 5, 2, tzinfo=UTC)
        assert "Go on at 2026-03-02 05:02 UTC (2026-03-02 00:02 US/Eastern)." in str(caught.value)
        assert len(script.requests) == 1

    async def test_headers_tell_the_limiter_and_the_reports(self) -> None:
        limiter = NotingLimiter()
        headers = {
            "X_HubSpot_RateLimit_Max": "50",
            "X_HubSpot_RateLimit_Remaining": "47",
            "X_HubSpot_RateLimit_Interval_Milliseconds": "5000",
            "X_HubSpot_RateLimit_Daily": "250000",
            "X_HubSpot_RateLimit_Daily_Remaining": "248904",
        }
        async with client_for(Script(answer(200, {}, **headers)), limiter) as client:
            await client.call(READ, {})
            assert client.today.quota == DailyQuota(250_000, 248_904)
        assert limiter.lowered == [("burst", 100)], "50 in 5 s are 100 in the window of 10 s"
        assert limiter.counted == [], "3 in 5 s may be more in the window of 10 s"

    async def test_headers_tell_the_limiter_how_many_calls_hubspot_counts(self) -> None:
        limiter = NotingLimiter()
        headers = {
            "X_HubSpot_RateLimit_Max": "100",
            "X_HubSpot_RateLimit_Remaining": "68",
            "X_HubSpot_RateLimit_Interval_Milliseconds": "10000",
        }
        async with client_for(Script(answer(200, {}, **headers)), limiter) as client:
            await client.call(READ, {})
        assert limiter.counted == [("burst", 32)]

    async def test_missing_or_broken_headers_tell_nothing(self) -> None:
        limiter = NotingLimiter()
        headers = {"X_HubSpot_RateLimit_Max": "many", "X_HubSpot_RateLimit_Daily_Remaining": "-1"}
        async with client_for(Script(answer(200, {}, **headers)), limiter) as client:
            await client.call(READ, {})
            assert client.today.quota is None
        assert limiter.lowered == []


class TestManyTasks:
    async def test_each_gets_its_own_answer(self) -> None:
        def echo(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=request.content)

        async with client_for(echo) as client:
            got = await asyncio.gather(*(client.call(READ, {"n": n}) for n in range(50)))
        assert [each.body["n"] for each in got] == list(range(50))
        assert client.calls["contacts/batch/read"] == 50

    async def test_what_is_remembered_is_asked_once(self) -> None:
        async with client_for(Script(OK)) as client:

            async def ask() -> int:
                return (await client.call(READ, {})).attempts

            got = await asyncio.gather(*(client.remember("key", ask) for _ in range(20)))
            assert got == [await client.remember("key", ask)] * 20
        assert client.calls["contacts/batch/read"] == 1

    async def test_a_failed_question_is_asked_again(self) -> None:
        async with client_for(Script(answer(400, {"message": "no"}), OK)) as client:

            async def ask() -> int:
                return (await client.call(READ, {})).attempts

            with pytest.raises(ValidationRefused):
                await client.remember("key", ask)
            assert await client.remember("key", ask) == 1

    async def test_what_is_forgotten_is_asked_again_and_nothing_else(self) -> None:
        asked: list[str] = []

        async def ask(key: str) -> int:
            asked.append(key)
            return len(asked)

        async with client_for(Script(OK)) as client:
            for key in ("one", "two"):
                await client.remember(key, partial(ask, key))
            client.forget("one")
            client.forget("never asked")
            assert await client.remember("two", partial(ask, "two")) == 2
            assert await client.remember("one", partial(ask, "one")) == 3
            assert await client.remember("one", partial(ask, "one")) == 3
        assert asked == ["one", "two", "one"]

    async def test_an_answer_that_was_under_way_when_it_was_forgotten_is_not_kept(self) -> None:
        may_answer = asyncio.Event()

        async def ask_slowly() -> str:
            await may_answer.wait()
            return "old"

        async def ask() -> str:
            return "new"

        async with client_for(Script(OK)) as client:
            under_way = asyncio.create_task(client.remember("key", ask_slowly))
            await asyncio.sleep(0)
            client.forget("key")
            assert await client.remember("key", ask) == "new"
            may_answer.set()
            assert await under_way == "old"
            assert await client.remember("key", ask) == "new"
