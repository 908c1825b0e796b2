"""Who calls: tokens of private apps, access tokens with their expiry, and the scopes of each."""

import random
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from hubspot_pipeline.simulator.account.chance import plain_state, set_state
from hubspot_pipeline.simulator.answers import Refusal
from hubspot_pipeline.simulator.calls import Caller
from hubspot_pipeline.simulator.clock import NANOSECONDS, Clock, iso
from hubspot_pipeline.simulator.settings import OAuthApp, SimulatorSettings

_CUSTOM = ".custom."
"""In every scope of custom objects: ``crm.objects.custom.read``."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the account's user allowed an app to do."""

    app: OAuthApp
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token and when it stops working (nanoseconds since 1970)."""

    caller: Caller
    app: OAuthApp
    expires: int


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code: good once, until `expires` (nanoseconds since 1970).

    Attributes:
        challenge: The code challenge that came with the consent; empty if none did (PKCE, §7.1).
        method: How the challenge is made of its verifier: ``S256`` or ``plain``.
    """

    grant: Grant
    expires: int
    challenge: str = ""
    method: str = "plain"

    def is_verified_by(self, verifier: str) -> bool:
        """Whether this verifier is the one whose challenge came with the consent."""
        if not self.challenge:
            return True
        if self.method == "S256":
            digest = sha256(verifier.encode()).digest()
            verifier = urlsafe_b64encode(digest).rstrip(b"=").decode()
        return verifier == self.challenge


class Authentication:
    """The account's apps and the tokens that are good now."""

    def __init__(self, settings: SimulatorSettings, clock: Clock) -> None:
        self._apps = {app.client_id: app for app in settings.oauth_apps}
        self._clock = clock
        self._random = random.Random(settings.seed + 1)  # noqa: S311 - repeatable, not secret
        self.private = {
            app.token: Caller(app.app_id, oauth=False, scopes=app.scopes | {"oauth"})
            for app in settings.private_apps
        }
        self.access: dict[str, AccessToken] = {}
        self.refresh = {
            app.refresh_token: Grant(app, app.scopes | {"oauth"}) for app in settings.oauth_apps
        }
        self.codes: dict[str, Code] = {}
        self.uninstalled: set[str] = set()
        self._revoked: set[str] = set()

    def identify(self, authorization: str, now: int) -> Caller:
        """The caller whose token this is.

        A revoked token is no longer known; one that never was a token expired in 1970.

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
        known = token.startswith("pat-") or token in self._revoked
        raise no_credentials() if known else _expired(0, now)

    # -- OAuth --------------------------------------------------------------------------------

    def app(self, client_id: str) -> OAuthApp | None:
        """The app of this client id."""
        return self._apps.get(client_id)

    def authorize(
        self,
        app: OAuthApp | None = None,
        scopes: Iterable[str] | None = None,
        *,
        challenge: str = "",
        method: str = "plain",
    ) -> str:
        """An authorization code, as the browser brings it back after a person agreed (§7.1).

        Of the app's scopes the person allows those named, or all of them.
        """
        app = app or next(iter(self._apps.values()))
        allowed = app.scopes if scopes is None else app.scopes.intersection(scopes)
        code = f"na1-{self._random.getrandbits(128):032x}"
        expires = self._clock.now() + app.code_seconds * NANOSECONDS
        self.codes[code] = Code(Grant(app, allowed | {"oauth"}), expires, challenge, method)
        return code

    def exchange(self, code: str, app: OAuthApp, verifier: str) -> str | None:
        """The refresh token for a code; None if the code is not this app's, or good no more.

        HubSpot gives an app that is installed the refresh token that it has. A code is spent
        however the exchange ends.
        """
        found = self.codes.pop(code, None)
        if (
            found is None
            or found.grant.app.client_id != app.client_id
            or self._clock.now() >= found.expires
            or not found.is_verified_by(verifier)
        ):
            return None
        self.refresh[app.refresh_token] = found.grant
        self.uninstalled.discard(app.refresh_token)
        return app.refresh_token

    def grant(self, app: OAuthApp, now: int, scopes: frozenset[str] | None = None) -> str:
        """A new access token for an app, with all its scopes unless others are named."""
        token = f"C{self._random.getrandbits(640):0160x}"
        self.access[token] = AccessToken(
            self._caller(app, app.scopes | {"oauth"} if scopes is None else scopes),
            app,
            now + app.access_token_seconds * NANOSECONDS,
        )
        return token

    def uninstall(self, app: OAuthApp) -> None:
        """Take an app off the account, as a person can: its tokens are good no more."""
        for token, access in tuple(self.access.items()):
            if access.app.client_id == app.client_id:
                self.revoke(token)
        for token, grant in tuple(self.refresh.items()):
            if grant.app.client_id == app.client_id:
                self.revoke(token)
                self.uninstalled.add(token)

    # -- ending -------------------------------------------------------------------------------

    def revoke(self, token: str) -> None:
        """Take a token of any kind out of use, as a person can in HubSpot's settings."""
        self._revoked.add(token)
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

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> dict[str, Any]:
        """Everything that is not in the settings, as plain data."""
        return {
            "access": [
                [token, one.app.client_id, sorted(one.caller.scopes), one.expires]
                for token, one in self.access.items()
            ],
            "refresh": [
                [token, one.app.client_id, sorted(one.scopes)]
                for token, one in self.refresh.items()
            ],
            "codes": [
                [code, one.grant.app.client_id, sorted(one.grant.scopes), one.expires,
                 one.challenge, one.method]
                for code, one in self.codes.items()
            ],
            "uninstalled": sorted(self.uninstalled),
            "revoked": sorted(self._revoked),
            "random": plain_state(self._random),
        }  # fmt: skip

    def restore(self, saved: dict[str, Any]) -> None:
        """Become what was saved; tokens of apps that the settings no longer name are gone."""
        apps = self._apps
        self.private = {
            token: caller for token, caller in self.private.items() if token not in saved["revoked"]
        }
        self.access = {
            token: AccessToken(self._caller(apps[app], frozenset(scopes)), apps[app], expires)
            for token, app, scopes, expires in saved["access"]
            if app in apps
        }
        self.refresh = {
            token: Grant(apps[app], frozenset(scopes))
            for token, app, scopes in saved["refresh"]
            if app in apps
        }
        self.codes = {
            code: Code(Grant(apps[app], frozenset(scopes)), *more)
            for code, app, scopes, *more in saved["codes"]
            if app in apps
        }
        self.uninstalled, self._revoked = set(saved["uninstalled"]), set(saved["revoked"])
        set_state(self._random, saved["random"])

    def _caller(self, app: OAuthApp, scopes: frozenset[str]) -> Caller:
        return Caller(
            app.app_id, oauth=True, scopes=scopes, edits_associations=app.edits_associations
        )


def missing_scopes(scopes: tuple[str, ...], *, in_context: bool) -> Refusal:
    """The 403 that names the scopes of which one is required, in either shape (§7.4).

    Where only scopes of custom objects will do, it is as recorded of those (§2.10).
    """
    if all(_CUSTOM in scope for scope in scopes):
        return _missing_custom_object_scope(scopes[0].rpartition(".")[2])
    link = "https://developers.hubspot.com/scopes"
    body: dict[str, Any] = {
        "status": "error",
        "message": "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {link}.",
        "category": "MISSING_SCOPES",
    }
    required = {"requiredGranularScopes": list(scopes)}
    if in_context:
        body["context"] = required | {"links": [link]}
    else:
        message = "One or more of the following scopes are required."
        body["errors"] = [{"message": message, "context": required}]
        body["links"] = {"scopes": link}
    return Refusal(403, body)


def _missing_custom_object_scope(right: str) -> Refusal:
    """The 403 recorded of a missing ``custom-object-read``; of writes it is UNCONFIRMED."""
    context = {
        "requiredGranularScopes": [f"custom-object-{right}"],
        "links": ["https://developers.hubspot.com/scopes"],
    }
    return Refusal(
        403,
        {
            "status": "error",
            "message": "One or more of the following scopes are required.",
            "context": context,
            "category": "MISSING_SCOPES",
        },
    )


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
