"""One call as handlers see it: who calls, which route, what was sent."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import orjson

from hubspot_pipeline.simulator.answers import bad_json
from hubspot_pipeline.simulator.evidence import Arrival

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """The app whose token came with the call."""

    app_id: int
    oauth: bool
    scopes: frozenset[str]


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

    def listed(self, name: str) -> list[str]:
        """A query parameter that lists: repeated, or separated by commas."""
        return [part for value in self.query.get(name, []) for part in value.split(",") if part]

    def json(self) -> Body:
        """The body's JSON object.

        Raises:
            Refusal: It is no JSON, or not an object; the 400 has no category (§2.5.1).
        """
        try:
            body = orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise bad_json(error.msg, error.lineno, error.colno) from None
        if type(body) is not dict:
            raise mismatch("PublicObjectInput$Json", body)
        return body

    def keep(self, keys: tuple[str, ...], trace_ids: tuple[str, ...] = ()) -> None:
        """Note in the arrival log which inputs came."""
        if self.keep_inputs:
            self.arrival.keys = keys
            self.arrival.trace_ids = trace_ids


_SHAPES: dict[type, tuple[str, str]] = {
    dict: ("Object", "START_OBJECT"),
    list: ("Array", "START_ARRAY"),
}


def mismatch(wanted: str, value: Any) -> Exception:
    """The 400 of a JSON value of another type than the endpoint reads (§2.5.1)."""
    shape, token = _SHAPES.get(type(value), ("scalar", "VALUE_STRING"))
    return bad_json(
        f"Cannot deserialize value of type `com.hubspot.inbounddb.publicobject.core.v2.{wanted}` "
        f"from {shape} value (token `JsonToken.{token}`)"
    )
