"""No secret is to be found in what a client logs, raises or shows of itself."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator

import httpx
import pytest

from hubspot_pipeline.hubspot.authentication import OAuthApp, PrivateApp
from hubspot_pipeline.hubspot.client import ConnectionSettings
from hubspot_pipeline.hubspot.errors import HubSpotError
from hubspot_pipeline.hubspot.retries import RetrySettings
from hubspot_pipeline.hubspot.routes import Routes
from tests.hubspot.helpers import TOKEN, Script, answer, client_for

READ = Routes().batch("contacts", "read")
APP = OAuthApp("client-id", "s3cret-client", "s3cret-refresh")
SECRETS = (TOKEN, "s3cret-client", "s3cret-refresh", "s3cret-access")
ECHO = " ".join(SECRETS)

TROUBLES = [
    answer(400, {"message": f"no {ECHO}", "category": ECHO, "context": {"a": [ECHO]}}),
    answer(401, {"message": f"The token {ECHO} is not known", "category": "INVALID"}),
    answer(401, {"message": f"The token {ECHO} expired", "category": "EXPIRED_AUTHENTICATION"}),
    answer(403, {"message": ECHO, "category": "MISSING_SCOPES"}),
    answer(429, {"message": f"{ECHO}"}),
    httpx.Response(502, content=f"<html>{ECHO}</html>".encode()),
    httpx.Response(200, content=f"<html>{ECHO}</html>".encode()),
    httpx.ReadError("reset"),
]


def shown(error: BaseException | None) -> Iterator[str]:
    """Everything that a log or a traceback could show of an error and of what led to it."""
    while error is not None:
        yield from (str(error), repr(error), repr(vars(error)), *traceback.format_exception(error))
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize("credentials", [PrivateApp(TOKEN), APP])
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_no_log_error_or_repr_holds_a_secret(
    trouble: httpx.Response | Exception,
    credentials: PrivateApp | OAuthApp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script(trouble)

    def portal(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/oauth"):
            return answer(200, {"access_token": "s3cret-access", "expires_in": 1800})
        return script(request)

    async with client_for(
        portal, credentials=credentials, retries=RetrySettings(attempts=3)
    ) as client:
        with pytest.raises(HubSpotError) as caught:
            await client.call(READ, {})
        seen = [*shown(caught.value), repr(client), str(client)]
    seen += [repr(vars(record)) + record.getMessage() for record in caplog.records]
    ours = [TOKEN] if isinstance(credentials, PrivateApp) else SECRETS[1:]
    assert not [text for text in seen if any(secret in text for secret in ours)]


@pytest.mark.parametrize("status", [400, 401, 500])
async def test_the_token_endpoint_cannot_make_us_tell_either(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    script = Script(answer(status, {"message": f"bad {ECHO}", "error": ECHO}))
    async with client_for(script, credentials=APP) as client:
        with pytest.raises(HubSpotError) as caught:
            await client.call(READ, {})
    seen = [*shown(caught.value), *(repr(vars(each)) for each in caplog.records)]
    assert not [text for text in seen if "s3cret-client" in text or "s3cret-refresh" in text]


def test_settings_and_credentials_do_not_show_their_secrets() -> None:
    settings = [ConnectionSettings(PrivateApp(TOKEN)), ConnectionSettings(APP)]
    text = f"{settings} {PrivateApp(TOKEN)!s} {APP!s} {settings[0]!s}"
    assert not [secret for secret in SECRETS if secret in text]
    assert "client-id" in text
