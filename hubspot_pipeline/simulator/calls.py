"""One call as handlers see it: who calls, which route, what was sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import orjson

from hubspot_pipeline.simulator.answers import Misread, Refusal, bad_json, validation_error
from hubspot_pipeline.simulator.evidence import Arrival
from hubspot_pipeline.simulator.json_positions import Path, locate

Body = dict[str, Any]

TEXT = "java.lang.String"
MAP = "java.util.LinkedHashMap<java.lang.String,java.lang.String>"
"""What HubSpot's reader calls a text, and an object of texts."""

MOST_DIGITS = 18
"""Java's long holds every number of so many digits, and not every one of more."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The app whose token came with the call.

    Attributes:
        edits_associations: False: the token is a user's who may not (§1.5).
    """

    app_id: int
    oauth: bool
    scopes: frozenset[str]
    edits_associations: bool = True


ANYONE = Caller(0, oauth=False, scopes=frozenset())
"""Who calls an endpoint that takes no token."""


@dataclass(slots=True)
class Call:
    """One call that passed authentication and limits.

    Attributes:
        version: ``v3``, ``2026-03``, …
        parameters: The path's variable segments, decoded.
        query: The query's parameters, each with all its values.
        now: When it arrived, in nanoseconds since 1970.
        arrival: Its entry in the arrival log.
    """

    version: str
    parameters: dict[str, str]
    query_text: str
    body: bytes
    headers: dict[str, str]
    now: int
    arrival: Arrival
    caller: Caller = ANYONE
    keep_inputs: bool = True
    _query: dict[str, list[str]] | None = field(default=None, repr=False)

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters, each with all its values."""
        if self._query is None:
            self._query = parse_qs(self.query_text, keep_blank_values=True)
        return self._query

    def one(self, name: str, default: str = "") -> str:
        """The last value of a query parameter."""
        return self.query.get(name, [default])[-1]

    def is_true(self, name: str) -> bool:
        """Whether a query parameter is ``true``, in any case: HubSpot's client sends ``True``."""
        return self.one(name).lower() == "true"

    def listed(self, name: str) -> list[str]:
        """A query parameter that lists: repeated, or separated by commas."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def limit(self, usual: int, most: int) -> int:
        """How many results a page is to have.

        Raises:
            Refusal: No number from 1 to `most`.
        """
        text = self.one("limit", str(usual))
        limit = whole(text)
        if limit is None or not 1 <= limit <= most:
            raise validation_error(f"limit must be between 1 and {most}, not {text}")
        return limit

    def after(self) -> int:
        """Where a page is to begin, of those that begin at a number.

        Raises:
            Refusal: That is none.
        """
        text = self.one("after", "0")
        after = whole(text)
        if after is None:
            raise validation_error(f"after is not a known place: {text}")
        return after

    def next_page(self, limit: int, after: str) -> Body:
        """What an answer that goes on says of its next page (§2.3)."""
        return {"next": {"after": after, "link": self.link(limit, after=after)}}

    def link(self, limit: int, **place: str) -> str:
        """The same call for a page at another place: ``after=…`` or ``before=…``."""
        kept = {name: one for name, one in self.query.items() if name not in ("after", "before")}
        query = urlencode({**kept, "limit": limit, **place}, doseq=True)
        return f"https://api.hubapi.com{self.arrival.path}?{query}"

    def json(self) -> Body:
        """The body's JSON object.

        Raises:
            Refusal: It is no JSON, or not an object; the 400 has no category (§2.5.1).
        """
        body = self._loads()
        if type(body) is not dict:
            raise self.mismatch("PublicObjectInput$Json")
        return body

    def json_array(self, wanted: str = "java.util.ArrayList") -> list[Any]:
        """The body's JSON array, which HubSpot's reader calls `wanted`; refusals as of `json`."""
        body = self._loads()
        if type(body) is not list:
            raise self.mismatch(wanted)
        return body

    def _loads(self) -> Any:
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise bad_json(error.msg, error.lineno, error.colno) from None

    def placed(self, misread: Misread) -> Refusal:
        """The 400 of a value that was misread somewhere, at its place (§2.5.1)."""
        if misread.missing:
            return self.incomplete(misread.wanted, misread.missing, misread.path)
        return self.mismatch(misread.wanted, misread.path)

    def mismatch(self, wanted: str, path: Path = ()) -> Refusal:
        """The 400 of a JSON value of another type than the endpoint reads, at its place (§2.5.1).

        `path` leads to the value in the body: ``("inputs", 2, "properties")``. `wanted` is the
        Java class that HubSpot reads there; one without a package is of its public objects:
        ``SimplePublicObjectId$Json``. For a text use `TEXT`, for an object of texts `MAP`.
        """
        found = locate(self.body.decode(), path)
        shape, token = found.shape
        message = (
            f"Cannot deserialize value of type `{_java(wanted)}` from {shape} value "
            f"(token `JsonToken.{token}`)"
        )
        return bad_json(message, *found.line_and_column())

    def not_one_of(self, wanted: str, known: Sequence[str], path: Path) -> Refusal:
        """The 400 of a text where the endpoint reads one of a few words; at its place."""
        found = locate(self.body.decode(), path)
        message = (
            f"Cannot deserialize value of type `{_java(wanted)}` from String "
            f"{found.text[found.start : found.end]}: not one of the values accepted for Enum "
            f"class: [{', '.join(known)}]"
        )
        return bad_json(message, *found.line_and_column())

    def incomplete(self, what: str, missing: Sequence[str], path: Path = ()) -> Refusal:
        """The 400 of an object that lacks something it must have; no category either.

        HubSpot notices at the end of the object to which `path` leads.
        """
        place = locate(self.body.decode(), path).line_and_column(of_end=True)
        return bad_json(
            f"Cannot build {what}, some of required attributes are not set [{', '.join(missing)}]",
            *place,
        )

    def keep(self, keys: tuple[str, ...], trace_ids: tuple[str, ...] = ()) -> None:
        """Note in the arrival log which inputs came."""
        if self.keep_inputs:
            self.arrival.keys = keys
            self.arrival.trace_ids = trace_ids


def whole(text: str) -> int | None:
    """The whole number that a text of digits stands for; None if it is no such text."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def _java(wanted: str) -> str:
    return wanted if "." in wanted else f"com.hubspot.inbounddb.publicobject.core.v2.{wanted}"
