"""Where each HubSpot endpoint is, by API version, and which rate limits a call takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote, urlencode

LimitName: TypeAlias = Literal["burst", "search", "associations", "events", "token"]
BatchOperation: TypeAlias = Literal["create", "read", "update", "upsert", "archive"]
AssociationOperation: TypeAlias = Literal[
    "read", "create", "associate/default", "archive", "labels/archive"
]
Sensitivity: TypeAlias = Literal["non_sensitive", "sensitive", "highly_sensitive"]

DEFAULT_VERSION = "2026-03"
_DATED = re.compile(r"20\d\d-(03|09)")


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: how to reach it, and what a call to it costs.

    Attributes:
        name: what call counters and messages call it; it carries no record's id.
        method: the HTTP method.
        path: the path, every segment percent-encoded, with its query if it has one.
        limits: the rate limits in which each call needs a place (hubspot-api §8.2).
        writes: the object type whose records a call writes, many at once; HubSpot may lock it.
    """

    name: str
    method: str
    path: str
    limits: tuple[LimitName, ...] = ("burst",)
    writes: str | None = None


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
        return Route(
            name=f"{object_type}/batch/{operation}",
            method="POST",
            path=f"{self._crm('objects')}/{segment(object_type)}/batch/{operation}",
            writes=None if operation == "read" else object_type,
        )

    def properties(self, object_type: str, sensitivity: Sensitivity = "non_sensitive") -> Route:
        """The properties of one object type that are as sensitive as this (hubspot-api §3.1)."""
        asked = {} if sensitivity == "non_sensitive" else {"dataSensitivity": sensitivity}
        return Route(
            name=f"{object_type}/properties",
            method="GET",
            path=_with_query(f"{self._crm('properties')}/{segment(object_type)}", asked),
        )

    def create_properties(self, object_type: str) -> Route:
        """Up to 100 new properties of one object type in one call (hubspot-api §3.1)."""
        return Route(
            name=f"{object_type}/properties/batch/create",
            method="POST",
            path=f"{self._crm('properties')}/{segment(object_type)}/batch/create",
        )

    def schemas(self, after: str | None) -> Route:
        """The account's own object types (hubspot-api §2.10)."""
        return Route(
            name="schemas",
            method="GET",
            path=_with_query(
                f"/crm-object-schemas/{self._dated or 'v3'}/schemas", {"after": after}
            ),
        )

    def owners(self, after: str | None) -> Route:
        """A page of the users to whom records can belong, as many as a page may hold."""
        return Route(
            name="owners",
            method="GET",
            path=_with_query(self._crm("owners"), {"limit": "500", "after": after}),
        )

    def pipelines(self, object_type: str) -> Route:
        """The pipelines of one object type, with their stages."""
        return Route(
            name=f"{object_type}/pipelines",
            method="GET",
            path=f"{self._crm('pipelines')}/{segment(object_type)}",
        )

    def association_labels(self, from_type: str, to_type: str, after: str | None) -> Route:
        """The kinds of association from one object type to another (hubspot-api §4.1)."""
        pair = f"{segment(from_type)}/{segment(to_type)}"
        return Route(
            name=f"{from_type}/{to_type}/labels",
            method="GET",
            path=_with_query(f"{self._crm('associations', 'v4')}/{pair}/labels", {"after": after}),
            limits=("associations",),
        )

    def event_definitions(self, method: Literal["GET", "POST"], after: str | None = None) -> Route:
        """A page of the custom events that the account has defined, or a new definition."""
        asked = {"limit": "100", "after": after} if method == "GET" else {}
        return Route(
            name="event-definitions" if method == "GET" else "event-definitions/create",
            method=method,
            path=_with_query(self._event_definitions, asked),
        )

    def event_definition(self, name: str) -> Route:
        """One custom event with its properties, by its name or full name (hubspot-api §5.3)."""
        return Route(
            name="event-definitions/read",
            method="GET",
            path=f"{self._event_definitions}/{segment(name)}?includeProperties=true",
        )

    def create_event_property(self, name: str) -> Route:
        """A new property of a custom event (hubspot-api §5.3)."""
        return Route(
            name="event-definitions/property/create",
            method="POST",
            path=f"{self._event_definitions}/{segment(name)}/property",
        )

    def search(self, object_type: str) -> Route:
        """Records of one type by the values of any properties (hubspot-api §2.9)."""
        return Route(
            name=f"{object_type}/search",
            method="POST",
            path=f"{self._crm('objects')}/{segment(object_type)}/search",
            limits=("search",),
        )

    def associations(self, from_type: str, to_type: str, operation: AssociationOperation) -> Route:
        """Associations from one object type to another, many in one call (hubspot-api §4.1)."""
        pair = f"{segment(from_type)}/{segment(to_type)}"
        return Route(
            name=f"{from_type}/{to_type}/associations/{operation}",
            method="POST",
            path=f"{self._crm('associations', 'v4')}/{pair}/batch/{operation}",
            limits=("associations",),
        )

    def list_by_name(self, object_type_id: str, name: str) -> Route:
        """A list of records of one type, which only its id such as `0-1` names (hubspot-api §6)."""
        named = f"object-type-id/{segment(object_type_id)}/name/{segment(name)}"
        return Route(name="lists/by-name", method="GET", path=f"{self._crm('lists')}/{named}")

    def create_list(self) -> Route:
        """A new list (hubspot-api §6)."""
        return Route(name="lists/create", method="POST", path=self._crm("lists"))

    def list_members(self, list_id: str) -> Route:
        """Who joins a list and who leaves it (hubspot-api §6)."""
        members = f"{segment(list_id)}/memberships/add-and-remove"
        return Route(name="lists/members", method="PUT", path=f"{self._crm('lists')}/{members}")

    def members_of_list(self, list_id: str, after: str | None) -> Route:
        """A page of the records in a list (hubspot-api §6)."""
        members = f"{self._crm('lists')}/{segment(list_id)}/memberships"
        asked = {"limit": "250", "after": after}
        return Route(name="lists/members/read", method="GET", path=_with_query(members, asked))

    def send_events(self) -> Route:
        """Up to 500 occurrences of custom events in one call (hubspot-api §5.1).

        How 2026-03 spells this path is not known for sure, so its callers take v3's (§1.3).
        """
        version = "v3" if self._dated in {None, "2026-03"} else f"custom/{self._dated}"
        return Route(
            name="events/send",
            method="POST",
            path=f"/events/{version}/send/batch",
            limits=("events",),
        )

    def account_details(self) -> Route:
        """The portal's id, time zone and data centre (hubspot-api §7.6)."""
        return Route(
            name="account/details",
            method="GET",
            path=f"/account-info/{self._dated or 'v3'}/details",
        )

    def daily_usage(self) -> Route:
        """How many of the day's calls the account's private apps have made (hubspot-api §7.6)."""
        return Route(
            name="account/usage",
            method="GET",
            path=f"/account-info/{self._dated or 'v3'}/api-usage/daily/private-apps",
        )

    def oauth_token(self) -> Route:
        """Exchanges a refresh token for an access token (hubspot-api §7.2)."""
        return Route(
            name="oauth/token",
            method="POST",
            path=f"/oauth/{self._dated or 'v3'}/token",
            limits=("token",),
        )

    @property
    def _event_definitions(self) -> str:
        version = f"custom/{self._dated}" if self._dated else "v3"
        return f"/events/{version}/event-definitions"

    def _crm(self, area: str, undated: str = "v3") -> str:
        """Where an area of the CRM begins; `undated` is its version where paths have no date."""
        return f"/crm/{area}/{self._dated}" if self._dated else f"/crm/{undated}/{area}"


def segment(text: str) -> str:
    """One path segment, percent-encoded so that it can be nothing but one segment.

    Raises:
        ValueError: the text is empty, or consists of the dots that a path resolves away.
    """
    if text in {"", ".", ".."}:
        raise ValueError(f"{text!r} cannot be a part of a HubSpot path.")
    return quote(text, safe="")


def _with_query(path: str, parameters: Mapping[str, str | None]) -> str:
    """The path with those of the parameters that have a value."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
