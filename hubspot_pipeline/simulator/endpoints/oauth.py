"""OAuth's endpoints: consent, tokens, introspection, revocation (hubspot-api §7.1–7.3)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, Refusal, not_found
from hubspot_pipeline.simulator.authentication import AccessToken, Authentication
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import NANOSECONDS, iso
from hubspot_pipeline.simulator.settings import OAuthApp

USER_ID = 1
CHALLENGE_METHODS = ("S256", "plain")


class OAuthEndpoints:
    """The handlers of the OAuth routes, over the account's apps and tokens."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    def authorize(self, account: Account, call: Call) -> Answer:
        """The person's browser goes back to the app with a code, or with what went wrong (§7.1).

        The person agrees at once, unless the switch says otherwise. An app that is not known, or
        a place to go back to that is not the app's, gets no redirect at all.
        """
        app = self._authentication.app(call.one("client_id"))
        if app is None:
            raise _bad_client_id()
        if call.one("redirect_uri") != app.redirect_uri:
            raise _bad_redirect_uri()
        scopes = call.one("scope").split()
        method = call.one("code_challenge_method", "plain")
        state = {"state": call.one("state")} if "state" in call.query else {}
        if not scopes or not app.scopes.issuperset(scope for scope in scopes if scope != "oauth"):
            return _back(app, "invalid_scope", "scopes that the app may not have", state)
        if method not in CHALLENGE_METHODS:
            return _back(app, "invalid_request", f"unknown code challenge method {method}", state)
        if not account.settings.behaviour.consent_given:
            return _back(app, "access_denied", "the user denied access to the app", state)
        code = self._authentication.authorize(
            app,
            [*scopes, *call.one("optional_scope").split()],
            challenge=call.one("code_challenge"),
            method=method,
        )
        return _redirect(app, {"code": code} | state)

    def token(self, account: Account, call: Call) -> Answer:
        """An access token for a refresh token or an authorization code."""
        form = _form(call)
        grant = form.get("grant_type", "")
        if grant not in ("refresh_token", "authorization_code"):
            message = f"unsupported grant type: {grant}" if grant else "missing grant type"
            raise _refuse("unsupported_grant_type", "BAD_GRANT_TYPE", message)
        app = self._client(form)
        exchange = self._of_code if grant == "authorization_code" else self._of_refresh_token
        refresh_token = exchange(app, form)
        scopes = self._authentication.refresh[refresh_token].scopes
        body: dict[str, Any] = {
            "token_type": "bearer",
            "refresh_token": refresh_token,
            "access_token": self._authentication.grant(app, call.now, scopes),
            "expires_in": app.access_token_seconds,
        }
        if call.version != "v1":
            body["hub_id"] = account.settings.portal_id
            body["scopes"] = sorted(scopes)
            body["user_id"] = USER_ID
            body["token_use"] = "access_token"  # noqa: S105 - a kind, not a token
        return Answer(200, body)

    def introspect(self, account: Account, call: Call) -> Answer:
        """What a token is, if it is good, and the client's own."""
        form = _form(call)
        app, token = self._client(form), form.get("token", "")
        common = {"active": True, "client_id": app.client_id, "is_private_distribution": False}
        access = self._good(token, call.now)
        if access is not None and access.app.client_id == app.client_id:
            described = _described(account, app, token, access.caller.scopes) | {
                "token_type": "bearer",
                "token_use": "access_token",
                "expires_in": _left(access, call.now),
                "signed_access_token": _signed(account, access),
            }
            return Answer(200, described | common)
        refresh = self._authentication.refresh.get(token)
        if refresh is not None and refresh.app.client_id == app.client_id:
            described = _described(account, app, token, refresh.scopes)
            kind = {"token_type": "bearer", "token_use": "refresh_token"}
            return Answer(200, described | kind | common)
        return Answer(200, {"active": False})

    def revoke(self, _account: Account, call: Call) -> Answer:
        """Take a token of the client's out of use; others are no error and stay."""
        form = _form(call)
        app, token = self._client(form), form.get("token", "")
        access, refresh = self._good(token, call.now), self._authentication.refresh.get(token)
        owner = access.app if access is not None else refresh.app if refresh is not None else None
        if owner is not None and owner.client_id == app.client_id:
            self._authentication.revoke(token)
        return Answer(200, {})

    def access_token(self, account: Account, call: Call) -> Answer:
        """v1's description of an access token (deprecated)."""
        token = call.parameters["token"]
        access = self._good(token, call.now)
        if access is None:
            raise not_found(category=False)
        described = _described(account, access.app, token, access.caller.scopes)
        described |= {
            "expires_in": _left(access, call.now),
            "token_type": "access",
            "signed_access_token": _signed(account, access),
        }
        return Answer(200, described)

    def refresh_token(self, account: Account, call: Call) -> Answer:
        """v1's description of a refresh token (deprecated)."""
        token = call.parameters["token"]
        grant = self._authentication.refresh.get(token)
        if grant is None:
            raise not_found(category=False)
        described = _described(account, grant.app, token, grant.scopes)
        del described["app_id"]
        return Answer(200, described | {"client_id": grant.app.client_id, "token_type": "refresh"})

    def delete_refresh_token(self, _account: Account, call: Call) -> Answer:
        """v1's revocation of a refresh token."""
        token = call.parameters["token"]
        if token in self._authentication.refresh:
            self._authentication.revoke(token)
        return Answer(204)

    def private_app(self, account: Account, call: Call) -> Answer:
        """Which app a private app's token belongs to."""
        caller = self._authentication.private.get(str(call.json().get("tokenKey", "")))
        if caller is None:
            raise not_found(category=False)
        return Answer(
            200,
            {
                "userId": USER_ID,
                "hubId": account.settings.portal_id,
                "appId": caller.app_id,
                "scopes": sorted(caller.scopes),
            },
        )

    def _client(self, form: dict[str, str]) -> OAuthApp:
        app = self._authentication.app(form.get("client_id", ""))
        if app is None:
            raise _bad_client_id()
        if form.get("client_secret") != app.client_secret:
            message = "missing or invalid client secret"
            raise _refuse("invalid_client", "BAD_CLIENT_SECRET", message)
        return app

    def _of_refresh_token(self, app: OAuthApp, form: dict[str, str]) -> str:
        token = form.get("refresh_token", "")
        grant = self._authentication.refresh.get(token)
        if grant is not None and grant.app.client_id == app.client_id:
            return token
        if token in self._authentication.uninstalled:
            raise _refuse("access_denied", "BAD_HUB", "missing or unknown hub id")
        message = "refresh token is invalid, expired or revoked"
        raise _refuse("invalid_grant", "BAD_REFRESH_TOKEN", message)

    def _of_code(self, app: OAuthApp, form: dict[str, str]) -> str:
        if form.get("redirect_uri") != app.redirect_uri:
            raise _bad_redirect_uri()
        code, verifier = form.get("code", ""), form.get("code_verifier", "")
        token = self._authentication.exchange(code, app, verifier)
        if token is None:
            message = "missing or unknown auth code"
            raise _refuse("invalid_grant", "BAD_AUTH_CODE", message)
        return token

    def _good(self, token: str, now: int) -> AccessToken | None:
        access = self._authentication.access.get(token)
        return access if access is not None and now < access.expires else None


def _left(access: AccessToken, now: int) -> int:
    return (access.expires - now) // NANOSECONDS


def _described(
    account: Account, app: OAuthApp, token: str, scopes: Iterable[str]
) -> dict[str, Any]:
    """What all descriptions of a token have (§7.2)."""
    portal_id = account.settings.portal_id
    return {
        "token": token,
        "user": f"owner@simulated-{portal_id}.com",
        "hub_domain": f"simulated-{portal_id}.com",
        "scopes": sorted(scopes),
        "hub_id": portal_id,
        "app_id": app.app_id,
        "user_id": USER_ID,
    }


def _signed(account: Account, access: AccessToken) -> dict[str, Any]:
    """The token's own words about itself; of its fields §7.2 names the first three."""
    return {
        "hublet": account.settings.hublet,
        "expiresAt": iso(access.expires),
        "hubId": account.settings.portal_id,
        "appId": access.app.app_id,
        "userId": USER_ID,
    }


def _redirect(app: OAuthApp, query: dict[str, str]) -> Answer:
    joined = "&" if "?" in app.redirect_uri else "?"
    return Answer(302, None, [("Location", f"{app.redirect_uri}{joined}{urlencode(query)}")])


def _back(app: OAuthApp, error: str, description: str, state: dict[str, str]) -> Answer:
    return _redirect(app, {"error": error, "error_description": description} | state)


def _form(call: Call) -> dict[str, str]:
    """The form's fields; only v1 also reads them from the query (§7.2)."""
    text = ""
    if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        text = call.body.decode(errors="replace")
    fields = parse_qs(text)
    if call.version == "v1":
        fields = {**call.query, **fields}
    return {name: given[-1] for name, given in fields.items()}


def _bad_client_id() -> Refusal:
    return _refuse("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")


def _bad_redirect_uri() -> Refusal:
    return _refuse("invalid_request", "BAD_REDIRECT_URI", "missing or invalid redirect uri")


def _refuse(error: str, status: str, message: str) -> Refusal:
    body = {
        "error": error,
        "error_description": message,
        "status": status,
        "message": message,
    }
    return Refusal(400, body)
