"""Who we are to HubSpot: a private app's fixed token, or an OAuth app that renews its own."""

from __future__ import annotations

import hmac
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from hubspot_pipeline.hubspot.errors import (
    AuthenticationRefused,
    ConfigurationError,
    RefusedError,
)
from hubspot_pipeline.hubspot.single_flight import SingleFlight

Exchange: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""Sends a form to HubSpot's token endpoint and gives back the JSON of its answer."""

_RENEW_SECONDS_BEFORE_EXPIRY = 120.0
_USUAL_LIFE_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True)
class PrivateApp:
    """A private app or service key: one token that does not expire (hubspot-api §7.3)."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", _usable_secret(self.token, "access token"))

    def fingerprint(self, account: str) -> str:
        """What tells whether this token was seen before with an account, and not what it is."""
        return _fingerprint(self.token, account)


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An OAuth app installed in the portal (hubspot-api §7.2)."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "client_id", _usable_secret(self.client_id, "client id"))
        object.__setattr__(
            self, "client_secret", _usable_secret(self.client_secret, "client secret")
        )
        object.__setattr__(
            self, "refresh_token", _usable_secret(self.refresh_token, "refresh token")
        )

    def fingerprint(self, account: str) -> str:
        """What tells whether this installation was seen before with an account.

        Of the refresh token, as access tokens last half an hour; it cannot be told from it.
        """
        return _fingerprint(self.refresh_token, account)


Credentials: TypeAlias = PrivateApp | OAuthApp


class TokenSource(ABC):
    """Gives the bearer token of each attempt, and knows what must never be shown."""

    @abstractmethod
    async def token(self) -> str:
        """A token that is good for the next attempt."""

    @abstractmethod
    async def renew(self, refused: str) -> bool:
        """Replaces a token that HubSpot says has expired; False if this kind cannot."""

    @abstractmethod
    def secrets(self) -> tuple[str, ...]:
        """Every text that must appear in no message, the tokens in use included."""

    @abstractmethod
    async def close(self) -> None:
        """Ends whatever it has under way."""


def token_source(
    credentials: Credentials, exchange: Exchange, now: Callable[[], float]
) -> TokenSource:
    """The token source for these credentials.

    Args:
        credentials: who we are.
        exchange: how to reach the token endpoint.
        now: a clock in seconds that never goes back.
    """
    if isinstance(credentials, PrivateApp):
        return _FixedToken(credentials)
    return _RenewedToken(credentials, exchange, now)


class _FixedToken(TokenSource):
    def __init__(self, app: PrivateApp) -> None:
        self._app = app

    async def token(self) -> str:
        return self._app.token

    async def renew(self, refused: str) -> bool:  # noqa: ARG002 - nothing here to renew
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._app.token,)

    async def close(self) -> None:
        return None


class _RenewedToken(TokenSource):
    """Renews the access token shortly before it expires, once for all tasks that need it.

    HubSpot asks to go by `expires_in`, not by a 401; a 401 that says "expired" is still believed
    once, as tokens are also revoked early (hubspot-api §7.4).
    """

    def __init__(self, app: OAuthApp, exchange: Exchange, now: Callable[[], float]) -> None:
        self._app = app
        self._refresh_token = app.refresh_token
        self._exchange = exchange
        self._now = now
        self._access_token = ""
        self._renew_at = float("-inf")
        self._refusal: str | None = None
        self._renewals = SingleFlight()

    async def token(self) -> str:
        if self._now() >= self._renew_at:
            await self._renewals.do("token", self._renew)
        return self._access_token

    async def renew(self, refused: str) -> bool:
        if refused == self._access_token:
            await self._renewals.do("token", self._renew)
        return True

    def secrets(self) -> tuple[str, ...]:
        return tuple(
            secret
            for secret in (
                self._app.client_secret,
                self._app.refresh_token,
                self._refresh_token,
                self._access_token,
            )
            if secret
        )

    async def close(self) -> None:
        await self._renewals.close()

    async def _renew(self) -> None:
        if self._refusal:
            raise AuthenticationRefused(self._refusal)
        asked_at = self._now()
        try:
            answer = await self._exchange(
                {
                    "grant_type": "refresh_token",
                    "client_id": self._app.client_id,
                    "client_secret": self._app.client_secret,
                    "refresh_token": self._refresh_token,
                }
            )
        except (RefusedError, ConfigurationError) as error:
            self._refusal = (
                f"HubSpot does not renew the OAuth token: {error.message} "
                "Check the client id and secret, or install the app in the portal again "
                "and store its new refresh token."
            )
            raise AuthenticationRefused(self._refusal, error.facts) from None
        self._keep(answer, asked_at)

    def _keep(self, answer: Mapping[str, Any], asked_at: float) -> None:
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise AuthenticationRefused("HubSpot's token endpoint answered without a token.")
        life = answer.get("expires_in")
        seconds = float(life) if isinstance(life, int | float) else _USUAL_LIFE_SECONDS
        self._access_token = token
        self._refresh_token = str(answer.get("refresh_token") or self._refresh_token)
        self._renew_at = asked_at + seconds - min(_RENEW_SECONDS_BEFORE_EXPIRY, seconds / 2)


def _fingerprint(secret: str, account: str) -> str:
    return hmac.digest(secret.encode(), account.encode(), "sha256").hex()


def _usable_secret(text: str, what: str) -> str:
    """The text without surrounding space, as environment variables often end in a newline.

    Raises:
        ConfigurationError: it cannot be sent in a header; the message does not show it.
    """
    stripped = text.strip()
    if not stripped:
        raise ConfigurationError(f"The HubSpot {what} is empty: set it in the environment.")
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise ConfigurationError(
            f"The HubSpot {what} has a character that no HubSpot {what} has "
            "(a space, a line break or a non-ASCII letter): copy it again."
        )
    return stripped
