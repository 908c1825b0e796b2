"""What can go wrong with HubSpot, as one tree of errors grouped by what the caller should do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from hubspot_pipeline.hubspot.time_zones import tell


@dataclass(frozen=True, slots=True)
class PropertyProblem:
    """One property that HubSpot refused: its name, the code that HubSpot gives, and why."""

    name: str | None
    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class ErrorFacts:
    """What HubSpot said about a failure; every part may be missing (hubspot-api §9.1)."""

    status: int | None = None
    category: str | None = None
    sub_category: str | None = None
    correlation_id: str | None = None
    context: Mapping[str, tuple[str, ...]] | None = None
    problems: tuple[PropertyProblem, ...] = ()


_EXISTS = {"CONFLICT", "OBJECT_ALREADY_EXISTS"}


class HubSpotError(Exception):
    """A call, or one input of a batch, that HubSpot did not accept.

    ```
    HubSpotError
    ├── RefusedError              this input or batch will never pass as it is
    │   ├── ValidationRefused     a value, a property or the request itself is not valid
    │   ├── ConflictRefused       another record owns the unique value (its id: existing_id)
    │   └── NotFound              no such record
    ├── TryLaterError             no final answer now; nothing is wrong with the rows
    │   ├── Unavailable           retries used up; the call may have been applied
    │   ├── DailyLimitReached     the account's calls of today are used up, or our share is
    │   └── MigrationInProgress   the account is being moved between data centres
    └── ConfigurationError        a person must act before any call can pass
        ├── AuthenticationRefused
        ├── MissingScopes
        └── WrongTarget           no such object type, address, or unique property
    ```

    Attributes:
        message: HubSpot's own words, or ours where it gave none.
        facts: everything else that HubSpot said.
        route: the name of the route that was called; None for one input of a batch.
        attempts: how often the call was sent; 0 if it never was.
        maybe_applied: whether an attempt that got no answer may have been applied.
    """

    maybe_applied = False

    def __init__(self, message: str, facts: ErrorFacts | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts or ErrorFacts()
        self.route: str | None = None
        self.attempts = 0

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer; None if there was none."""
        return self.facts.status

    @property
    def category(self) -> str | None:
        """HubSpot's category, such as `VALIDATION_ERROR`."""
        return self.facts.category

    @property
    def sub_category(self) -> str | None:
        """HubSpot's subcategory, such as `Properties.PROPERTY_WITH_NAME_EXISTS`."""
        return self.facts.sub_category

    @property
    def correlation_id(self) -> str | None:
        """What HubSpot's support asks for."""
        return self.facts.correlation_id

    @property
    def context(self) -> Mapping[str, tuple[str, ...]]:
        """HubSpot's named details, each a tuple of texts."""
        return self.facts.context or {}

    @property
    def problems(self) -> tuple[PropertyProblem, ...]:
        """The single properties that were refused, where HubSpot names them."""
        return self.facts.problems

    def __str__(self) -> str:
        about = [
            f"HTTP {self.status}" if self.status else None,
            self.category,
            f"correlation id {self.correlation_id}" if self.correlation_id else None,
        ]
        known = ", ".join(part for part in about if part)
        where = f"{self.route}: " if self.route else ""
        return f"{where}{self.message}" + (f" ({known})" if known else "")


class RefusedError(HubSpotError):
    """This input or batch will never pass as it is."""


class ValidationRefused(RefusedError):  # noqa: N818 - named as verdicts are
    """A value, a property or the request itself is not valid."""


class ConflictRefused(RefusedError):  # noqa: N818 - named as verdicts are
    """Another record already owns the unique value.

    Attributes:
        existing_id: that record's id, where HubSpot tells it.
        property_name: the property whose value it is, where HubSpot tells it.
    """

    def __init__(
        self,
        message: str,
        facts: ErrorFacts | None = None,
        *,
        existing_id: str | None = None,
        property_name: str | None = None,
    ) -> None:
        super().__init__(message, facts)
        self.existing_id = existing_id
        self.property_name = property_name

    def is_about(self, property_name: str) -> bool:
        """Whether the value is this property's.

        Where a contact already exists HubSpot does not say so, and it is the e-mail (hubspot-api
        §2.6); of any other conflict that names no property nothing is known.
        """
        if self.property_name is None:
            return property_name == "email" and self.category in _EXISTS
        return self.property_name == property_name


class NotFound(RefusedError):  # noqa: N818 - named as verdicts are
    """There is no such record."""


class TryLaterError(HubSpotError):
    """There is no final answer now; nothing is wrong with the rows.

    Attributes:
        retry_after: seconds after which HubSpot asks to try again, if it said so.
        go_on_at: when to go on, where that is known and too far away to be waited for; in the
            account's time zone if that is known, else in UTC.
    """

    go_on_at: datetime | None = None

    def __init__(
        self, message: str, facts: ErrorFacts | None = None, *, retry_after: float | None = None
    ) -> None:
        super().__init__(message, facts)
        self.retry_after = retry_after

    def __str__(self) -> str:
        go_on = f" Go on at {tell(self.go_on_at)}." if self.go_on_at else ""
        return super().__str__() + go_on


class Unavailable(TryLaterError):  # noqa: N818 - named as verdicts are
    """HubSpot gave no usable answer, and the retries are used up."""

    def __init__(
        self,
        message: str,
        facts: ErrorFacts | None = None,
        *,
        retry_after: float | None = None,
        maybe_applied: bool = True,
    ) -> None:
        super().__init__(message, facts, retry_after=retry_after)
        self.maybe_applied = maybe_applied


class DailyLimitReached(TryLaterError):  # noqa: N818 - named as verdicts are
    """The account's calls of today are used up, or all but those that are kept for others."""


class MigrationInProgress(TryLaterError):  # noqa: N818 - named as verdicts are
    """The account is being moved between data centres; usually done within a day."""


class ConfigurationError(HubSpotError):
    """A person must act before any call can pass."""


class AuthenticationRefused(ConfigurationError):  # noqa: N818 - named as verdicts are
    """HubSpot does not accept the token, the refresh token or the app's credentials."""


class MissingScopes(ConfigurationError):  # noqa: N818 - named as verdicts are
    """The app lacks scopes that the call needs, or its user a permission; the message names it."""


class WrongTarget(ConfigurationError):  # noqa: N818 - named as verdicts are
    """The object type, the address or the unique property does not exist as such."""

    @classmethod
    def of(cls, error: NotFound) -> WrongTarget:
        """What is wrong where a call about many records finds nothing, as no record is at fault."""
        return cls(
            f"There is no such endpoint: {error.message} Check the API's address and version.",
            error.facts,
        )
