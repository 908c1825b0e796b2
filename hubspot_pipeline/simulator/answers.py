"""Answers and refusals: HubSpot's status codes and its error envelope."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Answer:
    """What a handler answers.

    Attributes:
        status: 0 means none: the connection is cut.
        body: Becomes JSON; a text is sent as it is; None means no body at all.
        truncated: Half of the body is sent, then the connection is closed.
        from_gateway: What stands in front of HubSpot answers; none of HubSpot's headers go with it.
    """

    status: int
    body: Any = None
    headers: Headers = field(default_factory=list)
    truncated: bool = False
    from_gateway: bool = False


class Refusal(Exception):  # noqa: N818 - an answer, not a program's error
    """A whole call that HubSpot refuses, with the body it gives, correlation id apart."""

    def __init__(self, status: int, body: dict[str, Any], headers: Headers | None = None) -> None:
        super().__init__(status, body.get("message"))
        self.status = status
        self.body = body
        self.headers = headers or []


@dataclass(frozen=True, slots=True)
class PropertyProblem:
    """One value that HubSpot does not take (hubspot-api §3.6)."""

    name: str
    code: str
    message: str


MISSING_REQUIRED = "MISSING_REQUIRED_PROPERTY"
MISSING_CONDITIONAL = "MISSING_CONDITIONAL_REQUIRED_PROPERTY"
MISSING = (MISSING_REQUIRED, MISSING_CONDITIONAL)


def validation_error(message: str, **more: Any) -> Refusal:
    """A 400 with category VALIDATION_ERROR."""
    return Refusal(
        400, {"status": "error", "message": message, **more, "category": "VALIDATION_ERROR"}
    )


def bad_json(message: str, line: int, column: int) -> Refusal:
    """A body that cannot be read there: 400 without a category (§2.5.1)."""
    text = f"Invalid input JSON on line {line}, column {column}: {message}"
    return Refusal(400, {"status": "error", "message": text})


class Misread(Refusal):
    """A value that is not what was to be read, by a reader that does not know the whole body.

    The caller says where the reader began (`under`); the place in the body's text is found when
    the call is answered.

    Attributes:
        wanted: The Java class that HubSpot reads there.
        path: Keys and positions that lead to the value.
        missing: What an object lacks; empty if the value is of another type than `wanted`.
    """

    def __init__(
        self, wanted: str, path: Sequence[str | int] = (), missing: Sequence[str] = ()
    ) -> None:
        super().__init__(400, {"status": "error", "message": f"Invalid input JSON: no {wanted}"})
        self.wanted = wanted
        self.path = tuple(path)
        self.missing = tuple(missing)

    def under(self, *path: str | int) -> "Misread":
        """The same, seen from further out."""
        return Misread(self.wanted, (*path, *self.path), self.missing)


def too_many_inputs(most: int) -> Refusal:
    """The 400 of a batch that is too long (§2.5)."""
    return validation_error(
        f"The maximum number of inputs supported in a batch is {most}. "
        "Please reduce the number of items and try again"
    )


def not_found(*, category: bool) -> Refusal:
    """The 404 of a single record (§2.3)."""
    body = {"status": "error", "message": "resource not found"}
    if category:
        body["category"] = "OBJECT_NOT_FOUND"
    return Refusal(404, body)


def problems_message(problems: Sequence[PropertyProblem], portal_id: int | None) -> str:
    """The message that holds all problems as JSON; `portal_id` only in the newer shape.

    Of values that are merely missing it says no more than that (§1.5).
    """
    if all(problem.code in MISSING for problem in problems):
        return "The property values provided are invalid"
    listed = []
    for problem in problems:
        entry: dict[str, Any] = {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
        }
        if portal_id is not None:
            entry["localizedErrorMessage"] = problem.message
            entry["portalId"] = portal_id
        listed.append(entry)
    return f"Property values were not valid: {orjson.dumps(listed).decode()}"


def invalid_properties(problems: Sequence[PropertyProblem], portal_id: int | None) -> Refusal:
    """The 400 of bad property values, which tells no record from another.

    Its `errors` names each distinct problem once, so it can be shorter than the list in the
    message (§2.5.1).
    """
    message = problems_message(problems, portal_id)
    return validation_error(message, errors=property_errors(problems))


def property_errors(problems: Sequence[PropertyProblem]) -> list[dict[str, Any]]:
    """Each distinct problem as one of an answer's `errors`."""
    return [
        {
            "message": problem.message,
            "code": problem.code,
            "context": {"propertyName": [problem.name]},
        }
        for problem in dict.fromkeys(problems)
    ]
