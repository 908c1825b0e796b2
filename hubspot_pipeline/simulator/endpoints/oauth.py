"""OAuth's endpoints: tokens, introspection, revocation (hubspot-api §7.2, §7.3)."""

from typing import Any
from urllib.parse import parse_qs

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.answers import Answer, Refusal, not_found
from hubspot_pipeline.simulator.authentication import Authentication
from hubspot_pipeline.simulator.calls import Call
from hubspot_pipeline.simulator.clock import NANOSECONDS
from hubspot_pipeline.simulator.settings import OAuthApp

USER_ID = 1


class OAuthEndpoints:
    """The handlers of the OAuth routes, over the account's apps and tokens."""

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    def token(self, account: Account, call: Call) -> Answer:
        """An access token for a refresh token or an authorization code."""
        form = _form(call)
        grant = form.get("grant_type", "")
        if grant not in ("refresh_token", "authorization_code"):
            message = f"unsupported grant type: {grant}" if grant else "missing grant type"
            raise _refuse("unsupported_grant_type", "BAD_GRANT_TYPE", message)
        app = self._client(account, form)
        if grant == "refresh_token":
            refresh_token = form.get("refresh_token", "")
            if self._authentication.refresh.get(refresh_token) is not app:
                message = "refresh token is invalid, expired or revoked"
                raise _refuse("invalid_grant", "BAD_REFRESH_TOKEN", message)
        else:
            refresh_token = self._exchange(app, form)
        access_token = self._authentication.grant(app, call.now)
        body: dict[str, Any] = {
            "token_type": "bearer",
            "refresh_token": refresh_token,
            "access_token": access_token,
            "expires_in": app.access_token_seconds,
        }
        if call.version != "v1":
            body["hub_id"] = account.settings.portal_id
            body["scopes"] = sorted(app.scopes)
            body["user_id"] = USER_ID
            body["token_use"] = "access_token"  # noqa: S105 - a kind, not a token
        return Answer(200, body)

    def introspect(self, account: Account, call: Call) -> Answer:
        """What a token is, if it is good."""
        form = _form(call)
        app = self._client(account, form)
        token = form.get("token", "")
        access = self._authentication.access.get(token)
        if access is not None and call.now < access.expires:
            left = (access.expires - call.now) // NANOSECONDS
            return Answer(200, self._described(account, app, token, "access_token", left))
        if token in self._authentication.refresh:
            return Answer(200, self._described(account, app, token, "refresh_token", None))
        return Answer(200, {"active": False})

    def revoke(self, account: Account, call: Call) -> Answer:
        """Take a token out of use; unknown ones are no error."""
        form = _form(call)
        self._client(account, form)
        self._authentication.revoke(form.get("token", ""))
        return Answer(200, {})

    def access_token(self, account: Account, call: Call) -> Answer:
        """v1's description of an access token (deprecated)."""
        token = call.parameters["token"]
        access = self._authentication.access.get(token)
        if access is None or call.now >= access.expires:
            raise not_found(category=False)
        left = (access.expires - call.now) // NANOSECONDS
        described = self._described(account, access.app, token, "access", left)
        return Answer(200, described | {"token_type": "access"})

    def delete_refresh_token(self, _account: Account, call: Call) -> Answer:
        """v1's revocation of a refresh token."""
        self._authentication.revoke(call.parameters["token"])
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

    def _client(self, account: Account, form: dict[str, str]) -> OAuthApp:
        known = {app.client_id: app for app in account.settings.oauth_apps}
        app = known.get(form.get("client_id", ""))
        if app is None:
            raise _refuse("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
        if form.get("client_secret") != app.client_secret:
            message = "missing or invalid client secret"
            raise _refuse("invalid_client", "BAD_CLIENT_SECRET", message)
        return app

    def _exchange(self, app: OAuthApp, form: dict[str, str]) -> str:
        if form.get("redirect_uri") != app.redirect_uri:
            message = "missing or invalid redirect uri"
            raise _refuse("invalid_request", "BAD_REDIRECT_URI", message)
        code = form.get("code", "")
        if self._authentication.codes.get(code) is not app:
            message = "missing or unknown auth code"
            raise _refuse("invalid_grant", "BAD_AUTH_CODE", message)
        del self._authentication.codes[code]
        self._authentication.refresh[app.refresh_token] = app
        return app.refresh_token

    def _described(
        self, account: Account, app: OAuthApp, token: str, use: str, expires_in: int | None
    ) -> dict[str, Any]:
        hublet, portal_id = account.settings.hublet, account.settings.portal_id
        described: dict[str, Any] = {
            "active": True,
            "token": token,
            "token_type": "bearer",
            "token_use": use,
            "hub_id": portal_id,
            "hub_domain": f"simulated-{portal_id}.com",
            "user_id": USER_ID,
            "user": f"owner@simulated-{portal_id}.com",
            "client_id": app.client_id,
            "app_id": app.app_id,
            "scopes": sorted(app.scopes),
            "is_private_distribution": False,
            "signed_access_token": {"hublet": hublet, "hubId": portal_id, "appId": app.app_id},
        }
        return described if expires_in is None else described | {"expires_in": expires_in}


def _form(call: Call) -> dict[str, str]:
    """The form's fields; only v1 also reads them from the query (§7.2)."""
    text = ""
    if call.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        text = call.body.decode(errors="replace")
    fields = parse_qs(text)
    if call.version == "v1":
        fields = {**call.query, **fields}
    return {name: given[-1] for name, given in fields.items()}


def _refuse(error: str, status: str, message: str) -> Refusal:
    body = {
        "error": error,
        "error_description": message,
        "status": status,
        "message": message,
    }
    return Refusal(400, body)
