"""A destination, read from YAML: one portal, its events, its limits and its mappings."""

from __future__ import annotations

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    WithJsonSchema,
)

from hubspot_pipeline.documents import Document, DocumentError, read_document

PACKAGE = Path(__file__).parent

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+$")]
"""A destination's or mapping's name: part of file paths, and of what Dagster calls its parts."""


class DestinationError(Exception):
    """A destination's YAML cannot be used; the message names file, line, field and remedy."""


class Model(BaseModel):
    """A part of a destination; unknown keys are errors, so that a typing slip is never ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EventsSource(Model):
    """Where the event exports are."""

    path: str = Field(
        default="data/events/{partition}/*",
        pattern=r"\{partition\}",
        description="Path, glob or object storage URL of a partition's files.",
    )


class PrivateApp(Model):
    """A private app's (or service key's) access token."""

    access_token: str = Field(
        default="HUBSPOT_ACCESS_TOKEN",
        description="Name of the environment variable that holds the access token.",
    )

    @property
    def token_variable(self) -> str:
        """The variable that decides whose account is delivered to."""
        return self.access_token


class OAuthApp(Model):
    """An OAuth app's credentials."""

    client_id: str = Field(description="Name of the environment variable with the client id.")
    client_secret: str = Field(description="Name of the environment variable with the secret.")
    refresh_token: str = Field(description="Name of the environment variable with the token.")

    @property
    def token_variable(self) -> str:
        """The variable that decides whose account is delivered to."""
        return self.refresh_token


class Api(Model):
    """Which HubSpot API to call."""

    base_url: str = Field(
        default="https://api.hubapi.com",
        description="The API's address. The environment variable HUBSPOT_BASE_URL overrides it.",
    )
    version: Literal["2026-03", "2026-09", "v3"] = Field(
        default="2026-03",
        description="Date-versioned paths, or the older v3 (with v4 associations). Of 2026-03, "
        "events go to v3's address, as HubSpot's documents spell the dated one in two ways.",
    )


class Limits(Model):
    """What the account allows, shared by every process that delivers to it; 0 lifts a limit."""

    requests_per_10_seconds: int = Field(
        default=100,
        ge=0,
        description="Calls of the app in any 10 seconds. HubSpot allows a private app 100 (190 in "
        "Professional and Enterprise accounts, 250 with a limit increase), an OAuth app 110.",
    )
    searches_per_second: int = Field(
        default=5, ge=0, description="Searches of the account in any second, all apps together."
    )
    association_requests_per_10_seconds: int = Field(
        default=100, ge=0, description="Calls to the associations API in any 10 seconds."
    )
    event_requests_per_second: int = Field(
        default=1250, ge=0, description="Calls that send event occurrences in any second."
    )
    daily_percent_for_others: int = Field(
        default=10,
        ge=0,
        lt=100,
        description="How much of the account's daily quota is kept for other apps, in percent: "
        "with so little left, runs stop, and tell when to go on. 0 keeps nothing.",
    )
    requests_in_flight: int = Field(
        default=8, ge=1, le=100, description="How many calls one run keeps under way at once."
    )
    store: str | None = Field(
        default=None,
        description="Where processes meet to share the limits: sqlite:///…, redis://… or "
        "postgresql+psycopg://…; by default a SQLite file among the project's state.",
    )


class Partitions(Model):
    """The days that have exports."""

    start: str = Field(
        default="2026-01-01",
        pattern=r"^\d{4}-\d{2}-\d{2}$",
        description="The first day with an export.",
    )
    deliver_at_hour: int = Field(
        default=2, ge=0, le=23, description="Hour (UTC) at which the previous day is delivered."
    )


class Alerts(Model):
    """What a webhook is told: runs that fail, and those that deliver less than they should."""

    webhook: str = Field(
        pattern=r"^\w+$",  # so that no URL, which is a secret, is written here by mistake
        description="Name of the environment variable with the URL to which alerts are posted.",
    )
    most_rejected_percent: float = Field(
        default=5, ge=0, le=100, description="An alert tells when more rows than this are rejected."
    )
    most_failed_percent: float = Field(
        default=5, ge=0, le=100, description="An alert tells when HubSpot refuses more than this."
    )
    dagster_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of Dagster's UI: then alerts link to their run.",
    )


def _amount(given: Any) -> int | str:
    """Take a number of things, or a share of all of them in percent, as people write it."""
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    return _share(given)


def _share(given: Any) -> str:
    if isinstance(given, str) and re.fullmatch(_SHARE, given):
        return given
    raise ValueError("name a number such as 500, or a share such as 5%")


_SHARE = r"^\d+(\.\d+)?%$"
_SHARE_SCHEMA = {"type": "string", "pattern": _SHARE}

Share = Annotated[str, BeforeValidator(_share), WithJsonSchema(_SHARE_SCHEMA)]
"""A share of something, such as ``5%``."""

Amount = Annotated[
    int | str,
    BeforeValidator(_amount),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 0}, _SHARE_SCHEMA]}),
]
"""A number of things, or a share of all of them."""


class Guards(Model):
    """What a partition may do at most, and must have at least; else nothing of it is sent."""

    most_new_records: Amount | None = Field(
        default=None, description="So many records are created at most; 5% is of the partition's."
    )
    most_values_taken_away: Amount | None = Field(
        default=None,
        description="So many values are cleared, associations removed and records taken off lists "
        "at most, all together; 5% is of the partition's records.",
    )
    most_rejected_rows: Amount | None = Field(
        default=None,
        description="So many rows are malformed, not valid or nothing that the account takes at "
        "most; 5% is of those that the trigger picks.",
    )
    least_rows: int | None = Field(
        default=None, ge=0, description="So many rows the export has at least."
    )
    least_rows_of_usual: Share | None = Field(
        default=None,
        description="So much of the usual the export has at least: of the median of the last seven "
        "days before it that have results.",
    )


class MappingSpec(Model):
    """A trigger, an action, and where the action's fields come from."""

    action: str = Field(description="The action's key, such as upsertContact.")
    trigger: str | None = Field(
        default=None, description="FQL that picks the events; by default the action's own."
    )
    dialect: Literal["strict", "segment"] = Field(
        default="strict",
        description="How the trigger is read. strict refuses what the reference destination takes "
        "for something else than it says; segment takes it as the reference destination does.",
    )
    mapping: Literal["default"] | dict[str, Any] = Field(
        default="default",
        description="Directives per field; 'default' takes each field's default directive.",
    )
    sync_mode: Literal["add", "update", "upsert"] | None = Field(
        default=None,
        description="What an action with sync modes may do: add (create only), update (never "
        "create) or upsert (both); by default the mapping's own, else the action's.",
    )
    writes: Literal["upsert", "read_then_write"] = Field(
        default="upsert",
        description="upsert: one batch call finds and writes. read_then_write: read first, then "
        "create and update by record id, for accounts where upserts by e-mail are not trusted.",
    )
    private: list[str] = Field(
        default=[],
        description="Fields whose values are shown nowhere but in HubSpot and in the payloads, "
        "dotted: email, properties.birthday. Sensitive properties are private anyway.",
    )
    guards: Guards = Guards()


class Destination(Model):
    """A HubSpot account and what is delivered to it."""

    name: Name
    portal: str = Field(
        pattern=r"^\d+$",
        description="The account's Hub ID. With a token of another account nothing is sent.",
    )
    events: EventsSource = EventsSource()
    authentication: PrivateApp | OAuthApp = PrivateApp()
    api: Api = Api()
    limits: Limits = Limits()
    partitions: Partitions = Partitions()
    journal: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the delivery journal; by default a SQLite file among the "
        "project's state.",
    )
    alerts: Alerts | None = None
    mappings: Annotated[dict[Name, MappingSpec], Field(min_length=1)]
    _document: Document | None = PrivateAttr(default=None)

    def at(self, place: str) -> str:
        """Return ``file:line: `` of an option, to begin a message with; nothing without a file."""
        return f"{self._document.at(f'attributes.{place}')}: " if self._document else ""

    def mapping(self, name: str) -> MappingSpec:
        """Return one mapping; ``DestinationError`` names the known ones where there is none."""
        if name not in self.mappings:
            known = ", ".join(sorted(self.mappings))
            raise DestinationError(
                f"Destination '{self.name}' has no mapping '{name}'. It has: {known}."
            )
        return self.mappings[name]


def definitions_folder() -> Path:
    """Return the folder that holds the destinations, one folder each.

    The environment variable ``HUBSPOT_PIPELINE_DEFS`` overrides the package's own ``defs``.
    """
    return Path(os.environ.get("HUBSPOT_PIPELINE_DEFS") or PACKAGE / "defs")


def find_destinations() -> dict[str, Path]:
    """Return each destination's name and YAML file, sorted by name."""
    files = sorted(definitions_folder().glob("*/defs.yaml"))
    return {file.parent.name: file for file in files}


def open_destination(name: str) -> Destination:
    """Load a destination by its name; ``DestinationError`` names the known ones."""
    files = find_destinations()
    if name not in files:
        known = ", ".join(files) or f"none in {definitions_folder()}"
        raise DestinationError(f"There is no destination '{name}'. There is: {known}.")
    return load_destination(files[name])


def load_destination(file: Path) -> Destination:
    """Read a destination's ``defs.yaml``; its name is its folder's.

    Raises:
        DestinationError: Every problem at once, each with its line, its field and the reason.
    """
    try:
        document = read_document(file)
    except DocumentError as error:
        raise DestinationError(str(error)) from error
    attributes = document.value.get("attributes") if isinstance(document.value, dict) else None
    if not isinstance(attributes, dict):
        raise DestinationError(
            f"{file}: needs a mapping under 'attributes'; see docs/destination.md."
        )
    return destination_from(attributes, name=file.parent.name, where=str(file), document=document)


def destination_from(
    attributes: dict[str, Any], *, name: str, where: str, document: Document | None = None
) -> Destination:
    """Build a destination from its attributes; ``document`` is their file, for lines in errors."""
    try:
        destination = Destination.model_validate({**attributes, "name": name})
    except ValidationError as error:
        problems = []
        for problem in error.errors():
            field = ".".join(map(str, problem["loc"]))
            at = where if document is None else document.at(f"attributes.{field}")
            hint = _did_you_mean(problem["loc"]) if problem["type"] == "extra_forbidden" else ""
            problems.append(f"{at}: {field}: {problem['msg']}{hint}")
        raise DestinationError("\n".join(problems)) from error
    destination._document = document  # noqa: SLF001  # part of how it is made
    return destination


def _did_you_mean(location: tuple[int | str, ...]) -> str:
    """Return a hint at the nearest option that stands where an unknown one was found."""
    models: set[type[BaseModel]] = {Destination}
    for part in location[:-1]:
        inner = [model.model_fields[str(part)] for model in models if part in model.model_fields]
        if inner:  # else a mapping's name, or the choice of a union
            models = {model for field in inner for model in _models_in(field.annotation)}
    names = {name for model in models for name in model.model_fields} - {"name"}
    near = get_close_matches(str(location[-1]), names, n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def _models_in(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {model for part in get_args(annotation) for model in _models_in(part)}
