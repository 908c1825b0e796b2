"""Who calls: tokens of private apps, access tokens with their expiry, and the scopes of each."""

import random
from dataclasses import dataclass
from typing import Any

from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.settings import OAuthApp, SimulatorSettings


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token and when it stops working (nanoseconds since 1970)."""

    caller: Caller
    app: OAuthApp
    expires: int


class Authentication:
    """The account's apps and the tokens that are good now."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self._settings = settings
        self._random = random.Random(settings.seed + 1)  # noqa: S311 - repeatable, not secret
        self.private = {
            app.token: Caller(app.app_id, oauth=False, scopes=app.scopes | {"oauth"})
            for app in settings.private_apps
        }
        self.access: dict[str, AccessToken] = {}
        self.refresh = {app.refresh_token: app for app in settings.oauth_apps}
        self.codes: dict[str, OAuthApp] = {}

    def identify(self, authorization: str, now: int) -> Caller:
        """The caller whose token this is.

        Raises:
            Refusal: No token, an unknown one, or one that expired: 401 (hubspot-api §7.4).
        """
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise no_credentials()
        caller = self.private.get(token)
        if caller is not None:
            return caller
        access = self.access.get(token)
        if access is not None and now < access.expires:
            return access.caller
        if access is not None:
            raise _expired(access.expires, now)
        raise no_credentials() if token.startswith("pat-") else _expired(0, now)

    def grant(self, app: OAuthApp, now: int) -> str:
        """A new access token for an app."""
        token = f"C{self._random.getrandbits(640):0160x}"
        caller = Caller(
            app.app_id,
            oauth=True,
            scopes=app.scopes | {"oauth"},
            edits_associations=app.edits_associations,
        )
        self.access[token] = AccessToken(caller, app, now + app.access_token_seconds * NANOSECONDS)
        return token

    def authorize(self, app: OAuthApp | None = None) -> str:
        """An authorization code, as the browser brings it back after a person agreed (§7.1)."""
        code = f"na1-{self._random.getrandbits(128):032x}"
        self.codes[code] = app or self._settings.oauth_apps[0]
        return code

    def revoke(self, token: str) -> None:
        """Take a token of any kind out of use, as a person can in HubSpot's settings."""
        self.private.pop(token, None)
        self.access.pop(token, None)
        self.refresh.pop(token, None)

    def expire(self, token: str, now: int) -> None:
        """Let an access token expire now."""
        one = self.access.get(token)
        if one is not None:
            self.access[token] = AccessToken(one.caller, one.app, min(one.expires, now))

    def expire_access_tokens(self, now: int) -> None:
        """Let every access token that is out expire now."""
        for token in self.access:
            self.expire(token, now)


def missing_scopes(scopes: tuple[str, ...], *, in_context: bool) -> Refusal:
    """The 403 that names the scopes of which one is required, in either shape (§7.4)."""
    link = "https://developers.hubspot.com/scopes"
    body: dict[str, Any] = {
        "status": "error",
        "message": "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {link}.",
        "category": "MISSING_SCOPES",
    }
    required = {"requiredGranularScopes": list(scopes)}
    if in_context:
        body["context"] = required
    else:
        message = "One or more of the following scopes are required."
        body["errors"] = [{"message": message, "context": required}]
    return Refusal(403, body | {"links": {"scopes": link}})


def no_credentials() -> Refusal:
    """The 401 of a call without a good token (§7.4)."""
    message = (
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you "
        "can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    )
    return Refusal(
        401, {"status": "error", "message": message, "category": "INVALID_AUTHENTICATION"}
    )


def _expired(at: int, now: int) -> Refusal:
    seconds = (now - at) // NANOSECONDS
    message = f"The OAuth token used to make this call expired {seconds} second(s) ago."
    return Refusal(
        401,
        {
            "status": "error",
            "message": message,
            "category": "EXPIRED_AUTHENTICATION",
            "context": {"expire time": [iso(at)]},
        },
    )
