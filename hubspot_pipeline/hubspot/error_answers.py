"""HubSpot's error answers, in all the shapes they come in, read into the error tree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from hubspot_pipeline.hubspot.errors import (
    AuthenticationRefused,
    ConfigurationError,
    ConflictRefused,
    ErrorFacts,
    HubSpotError,
    MissingScopes,
    NotFound,
    PropertyProblem,
    RefusedError,
    ValidationRefused,
    WrongTarget,
)

_CONFLICT_CATEGORIES = {"CONFLICT", "OBJECT_ALREADY_EXISTS"}
_EXISTING_ID = re.compile(r"Existing ID:\s*(\d+)")
_OWNED_PROPERTY = re.compile(r"propertyName=(\w+)")
_OWNER_ID = re.compile(r"(\d+) already has that value")
_WRONG_TARGET = re.compile(
    r"Unable to infer object type from|Unable to perform update/upsert by non-unique"
)
_PERMISSION = re.compile(r"Missing '[^']+' permission")
_LONGEST_MESSAGE = 300


def error_from_answer(
    status: int, content: bytes, headers: Mapping[str, str] | None = None
) -> HubSpotError:
    """The error that a final answer outside 2xx stands for.

    Args:
        status: its HTTP status.
        content: its body: JSON as hubspot-api §9.1 describes it, or anything else.
        headers: its headers, for the correlation id where the body has none.
    """
    body = parse_object(content)
    facts = _facts(body, status, headers or {})
    message = _message(body) or _describe_body(status, content)
    if status == 401:
        return AuthenticationRefused(message, facts)
    if status == 403:
        return _forbidden(message, facts, body)
    if _PERMISSION.match(message):  # of a user's token, in a 400 (hubspot-api §1.5)
        return MissingScopes(message, facts)
    if _WRONG_TARGET.search(message):
        return WrongTarget(message, facts)
    if (body is None and status in {404, 405}) or 300 <= status < 400:
        where = (headers or {}).get("location")
        moved = f", which points to {where}" if where else ""
        return WrongTarget(
            f"The address answered HTTP {status}{moved}: it is not HubSpot's API. "
            "Check the base URL and the API version.",
            facts,
        )
    return _refusal(message, facts, body or {})


def error_from_item(item: Mapping[str, Any], correlation_id: str | None = None) -> RefusedError:
    """The error that one entry of a batch answer's `errors` stands for (hubspot-api §2.5).

    Args:
        item: the entry.
        correlation_id: that of the whole answer, as entries carry none.
    """
    facts = _facts(item, None, {"x-hubspot-correlation-id": correlation_id or ""})
    return _refusal(_message(item) or "HubSpot gave no reason.", facts, item)


def parse_object(content: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None for HTML, nothing, or anything else."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def texts(value: Any) -> tuple[str, ...]:
    """A context value as texts: HubSpot sends arrays of strings, and sometimes one bare value."""
    values = value if isinstance(value, list) else [value]
    return tuple(str(each) for each in values if each is not None)


def objects(value: Any) -> list[dict[str, Any]]:
    """The JSON objects of a list; nothing where it is no list."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _refusal(message: str, facts: ErrorFacts, body: Mapping[str, Any]) -> RefusedError:
    existing_id = _existing_id(message, facts, body)
    if existing_id or facts.status == 409 or facts.category in _CONFLICT_CATEGORIES:
        return ConflictRefused(
            message,
            facts,
            existing_id=existing_id,
            property_name=_owned_property(message, facts, body),
        )
    if any(problem.code == "CONFLICTING_UNIQUE_VALUE" for problem in facts.problems):
        return ConflictRefused(message, facts)
    if facts.status == 404 or facts.category == "OBJECT_NOT_FOUND":
        return NotFound(message, facts)
    return ValidationRefused(message, facts)


def _existing_id(message: str, facts: ErrorFacts, body: Mapping[str, Any]) -> str | None:
    """The record that owns the value: in the context, else only in the message.

    `Cannot set PropertyValueCoordinates{…} on 1. 2 already has that value.` names two: the first
    is the half-made record, the last is the owner (hubspot-api §2.6, §2.8).
    """
    tokens = body.get("errorTokens")
    more = texts(tokens.get("existingObjectId")) if isinstance(tokens, dict) else ()
    for known in ((facts.context or {}).get("existingId", ()), more):
        if known:
            return known[0]
    found = _OWNER_ID.findall(message) or _EXISTING_ID.findall(message)
    return found[-1] if found else None


def _owned_property(message: str, facts: ErrorFacts, body: Mapping[str, Any]) -> str | None:
    """The property whose value another record owns, from wherever it is told."""
    tokens = body.get("errorTokens")
    more = texts(tokens.get("propertyName")) if isinstance(tokens, dict) else ()
    in_message = _OWNED_PROPERTY.search(message)
    told = (*(facts.context or {}).get("propertyName", ()), *more)
    return in_message[1] if in_message else next(iter(told), None)


def _forbidden(message: str, facts: ErrorFacts, body: Mapping[str, Any] | None) -> HubSpotError:
    places = [facts.context or {}]
    places += [_context(error) for error in objects((body or {}).get("errors"))]
    scopes = [scope for place in places for scope in place.get("requiredGranularScopes", ())]
    if scopes or facts.category == "MISSING_SCOPES":
        named = f" It needs: {', '.join(dict.fromkeys(scopes))}." if scopes else ""
        return MissingScopes(message + named, facts)
    return ConfigurationError(message, facts)


def _facts(
    body: Mapping[str, Any] | None, status: int | None, headers: Mapping[str, str]
) -> ErrorFacts:
    body = body or {}
    return ErrorFacts(
        status=status,
        category=_text(body.get("category")) or _text(body.get("errorType")),
        sub_category=_text(body.get("subCategory")),
        correlation_id=_text(body.get("correlationId"))
        or _text(headers.get("x-hubspot-correlation-id")),
        context=_context(body),
        problems=_problems(body),
    )


def _context(body: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    context = body.get("context")
    if not isinstance(context, dict):
        return {}
    return {str(name): texts(value) for name, value in context.items()}


def _problems(body: Mapping[str, Any]) -> tuple[PropertyProblem, ...]:
    """The refused properties: from the list inside the message, else from `errors`.

    The list inside the message is the complete one, and in a batch answer the only one
    (hubspot-api §2.5.1).
    """
    listed = [
        PropertyProblem(
            name=_text(entry.get("name")),
            code=_text(entry.get("error")),
            message=_text(entry.get("message")) or "",
        )
        for entry in _listed_in_message(_text(body.get("message")) or "")
    ]
    separate = [
        PropertyProblem(
            name=next(iter(_context(error).get("propertyName", ())), _text(error.get("in"))),
            code=_text(error.get("code")),
            message=_text(error.get("message")) or "",
        )
        for error in objects(body.get("errors"))
    ]
    return tuple(listed if len(listed) >= len(separate) else separate)


def _listed_in_message(message: str) -> list[dict[str, Any]]:
    start = message.find("[{")
    if start < 0:
        return []
    try:
        return objects(orjson.loads(message[start : message.rfind("]") + 1]))
    except orjson.JSONDecodeError:
        return []


def _message(body: Mapping[str, Any] | None) -> str | None:
    return _text((body or {}).get("message"))


def _describe_body(status: int, content: bytes) -> str:
    """What to say of a body that is not HubSpot's JSON, such as a proxy's HTML page."""
    text = " ".join(content[:4_000].decode("utf-8", "replace").split())
    if not text:
        return f"HTTP {status} with an empty body."
    shown = text if len(text) <= _LONGEST_MESSAGE else text[:_LONGEST_MESSAGE] + "…"
    return f"HTTP {status} with a body that is not HubSpot's JSON: {shown}"


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
