"""Where each HubSpot endpoint is, by API version, and which rate limits a call takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote

LimitName: TypeAlias = Literal["burst", "search", "associations", "events", "token"]
BatchOperation: TypeAlias = Literal["create", "read", "update", "upsert", "archive"]

DEFAULT_VERSION = "2026-03"
_DATED = re.compile(r"20\d\d-(03|09)")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: how to reach it, and what a call to it costs.

    Attributes:
        name: what call counters and messages call it; it carries no record's id.
        method: the HTTP method.
        path: the path, every segment percent-encoded.
        limits: the rate limits in which each call needs a place (hubspot-api §8.2).
    """

    name: str
    method: str
    path: str
    limits: tuple[LimitName, ...] = ("burst",)


class Routes:
    """The endpoints of one API version (hubspot-api §1.2).

    Args:
        version: a dated version such as `2026-03`; or `v3` or `v4`, which both mean HubSpot's
            undated paths, where records are at v3 and associations at v4.

    Raises:
        ValueError: there is no such version.
    """

    def __init__(self, version: str = DEFAULT_VERSION) -> None:
        if version not in {"v3", "v4"} and not _DATED.fullmatch(version):
            raise ValueError(
                f"There is no HubSpot API version {version!r}: "
                "name a dated one such as '2026-03', or 'v3' or 'v4'."
            )
        self.version = version
        self._dated = version if version[0] != "v" else None

    def batch(self, object_type: str, operation: BatchOperation) -> Route:
        """Up to 100 records of one type in one call (hubspot-api §2.5)."""
        records = f"/crm/objects/{self._dated}" if self._dated else "/crm/v3/objects"
        return Route(
            name=f"{object_type}/batch/{operation}",
            method="POST",
            path=f"{records}/{segment(object_type)}/batch/{operation}",
        )

    def properties(self, object_type: str) -> Route:
        """The properties of one object type (hubspot-api §3.1)."""
        properties = f"/crm/properties/{self._dated}" if self._dated else "/crm/v3/properties"
        return Route(
            name=f"{object_type}/properties",
            method="GET",
            path=f"{properties}/{segment(object_type)}",
        )

    def account_details(self) -> Route:
        """The portal's id, time zone and data centre (hubspot-api §7.6)."""
        return Route(
            name="account/details",
            method="GET",
            path=f"/account-info/{self._dated or 'v3'}/details",
        )

    def oauth_token(self) -> Route:
        """Exchanges a refresh token for an access token (hubspot-api §7.2)."""
        return Route(
            name="oauth/token",
            method="POST",
            path=f"/oauth/{self._dated or 'v3'}/token",
            limits=("token",),
        )


def segment(text: str) -> str:
    """One path segment, percent-encoded so that it can be nothing but one segment.

    Raises:
        ValueError: the text is empty, or consists of the dots that a path resolves away.
    """
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} cannot be a part of a HubSpot path.")
    return quote(text, safe="")
