"""Rules that people set on a property's values, which writes are held to (hubspot-api §3.6).

What each argument means follows the names of the rules; the codes of all but ``INVALID_ALPHA``
are not known, and are the rules' own names here. Rules about spans of time are kept and shown, but
hold nobody to anything.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from hubspot_pipeline.simulator.account.values import Accept, Normalized, Refused

Breaks = Callable[[str], bool]
"""Whether a text, never empty, breaks the rule."""

TYPES = {
    "string": {
        "ALPHANUMERIC", "DOMAIN", "EMAIL", "EMAIL_ALLOWED_DOMAINS", "EMAIL_BLOCKED_DOMAINS",
        "FORMAT", "MAX_LENGTH", "MIN_LENGTH", "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE", "REGEX",
        "SPECIAL_CHARACTERS", "URL", "URL_ALLOWED_DOMAINS", "URL_BLOCKED_DOMAINS", "WHITESPACE",
    },
    "phone_number": {"PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE"},
    "number": {"ALPHANUMERIC", "DECIMAL", "MAX_LENGTH", "MAX_NUMBER", "MIN_LENGTH", "MIN_NUMBER"},
    "date": {"AFTER_DURATION", "BEFORE_DURATION", "DAYS_OF_WEEK", "END_DATE", "START_DATE"},
    "datetime": {
        "AFTER_DATETIME_DURATION", "BEFORE_DATETIME_DURATION", "DAYS_OF_WEEK", "END_DATETIME",
        "START_DATETIME",
    },
}  # fmt: skip
"""Which rules the properties of each type can have."""

_ONLY = {
    "ALPHA_ONLY": re.compile(r"[^\W\d_]+"),
    "NUMERIC_ONLY": re.compile(r"[0-9]+"),
    "ALPHANUMERIC_ONLY": re.compile(r"[^\W_]+"),
}
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}", re.IGNORECASE)
_EMAIL = re.compile(rf"[^@\s]+@{_HOST.pattern}", re.IGNORECASE)
_URL = re.compile(r"(?:https?://)?([^/:?#]+)(?:[:/?#].*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ValidationRule:
    """One rule of a property.

    Attributes:
        type: ``MIN_LENGTH``, ``REGEX``, …; a property has at most one of each.
        arguments: What it is measured by, as texts.
        normalize: Whether HubSpot is asked to put values right first; only shown.
    """

    type: str
    arguments: tuple[str, ...]
    normalize: bool | None = None


class ValidationRules:
    """The rules of one object type's properties."""

    def __init__(self) -> None:
        self.by_property: dict[str, dict[str, ValidationRule]] = {}

    def put(self, name: str, rule: ValidationRule) -> None:
        """Set a rule of a property; one of the same type is overwritten.

        Raises:
            ValueError: Its arguments do not fit it; the message says why.
        """
        _compiled(rule)
        self.by_property.setdefault(name, {})[rule.type] = rule

    def applied_to(self, name: str, type_: str, accept: Accept) -> Accept:
        """What takes a property's values: its type's acceptor itself if it has no rules.

        A rule from when the property was of another type holds nobody to anything.
        """
        known = TYPES.get(type_, set())
        rules = [one for one in self.by_property.get(name, {}).values() if one.type in known]
        checks = [(rule, breaks) for rule in rules if (breaks := _compiled(rule))]
        if not checks:
            return accept

        def accept_and_check(value: Any) -> str:
            try:
                text = accept(value)
            except Normalized as normalized:
                _check(normalized.text, checks)
                raise
            _check(text, checks)
            return text

        return accept_and_check

    def saved(self) -> Any:
        """All rules as plain data, by property."""
        return {
            name: [[rule.type, list(rule.arguments), rule.normalize] for rule in rules.values()]
            for name, rules in self.by_property.items()
        }

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self.by_property.clear()
        for name, rules in saved.items():
            for type_, arguments, normalize in rules:
                self.put(name, ValidationRule(type_, tuple(arguments), normalize))


def _check(text: str, checks: list[tuple[ValidationRule, Breaks]]) -> None:
    """Nothing is asked of ``""``, which clears."""
    for rule, breaks in checks:
        if text and breaks(text):
            raise _broken(rule)


def _broken(rule: ValidationRule) -> Refused:
    if rule.type == "ALPHANUMERIC" and rule.arguments[0] == "ALPHA_ONLY":
        return Refused("INVALID_ALPHA", "Enter only letters")
    return Refused(
        rule.type,
        f"The value does not satisfy the rule {rule.type} [{', '.join(rule.arguments)}]",
    )


def _compiled(rule: ValidationRule) -> Breaks | None:
    """The rule as a function; None for those that hold nobody to anything."""
    make = _MAKERS.get(rule.type)
    if make is None:
        return None
    try:
        return make(rule.arguments)
    except (IndexError, KeyError, ValueError, re.error) as error:
        raise ValueError(f"{list(rule.arguments)} is not valid for {rule.type}") from error


def _only(arguments: tuple[str, ...]) -> Breaks:
    pattern = _ONLY[arguments[0]]
    return lambda text: not pattern.fullmatch(text)


def _regex(arguments: tuple[str, ...]) -> Breaks:
    pattern = re.compile(arguments[0])
    return lambda text: not pattern.fullmatch(text)


def _length(*, most: bool) -> Callable[[tuple[str, ...]], Breaks]:
    def make(arguments: tuple[str, ...]) -> Breaks:
        bound = int(arguments[0])
        return (lambda text: len(text) > bound) if most else (lambda text: len(text) < bound)

    return make


def _number(*, most: bool) -> Callable[[tuple[str, ...]], Breaks]:
    def make(arguments: tuple[str, ...]) -> Breaks:
        bound = float(arguments[0])
        return (lambda text: float(text) > bound) if most else (lambda text: float(text) < bound)

    return make


def _decimals(arguments: tuple[str, ...]) -> Breaks:
    bound = int(arguments[0])
    return lambda text: len(text.partition(".")[2]) > bound


def _edge(*, last: bool) -> Callable[[tuple[str, ...]], Breaks]:
    """Days and instants compare as the texts that are kept of them."""

    def make(arguments: tuple[str, ...]) -> Breaks:
        bound = arguments[0]
        return (lambda text: text > bound) if last else (lambda text: text < bound)

    return make


def _days_of_week(arguments: tuple[str, ...]) -> Breaks:
    days = {_DAYS.index(day) for day in arguments if day in _DAYS}
    return lambda text: date.fromisoformat(text[:10]).weekday() not in days


def _domains(find: Callable[[str], str], *, allowed: bool) -> Callable[[tuple[str, ...]], Breaks]:
    def make(arguments: tuple[str, ...]) -> Breaks:
        domains = {one.lower() for one in arguments}
        return lambda text: (find(text).lower() in domains) is not allowed

    return make


def _domain_of_email(text: str) -> str:
    return text.rpartition("@")[2]


def _domain_of_url(text: str) -> str:
    match = _URL.fullmatch(text)
    return match[1] if match else ""


_MAKERS: dict[str, Callable[[tuple[str, ...]], Breaks]] = {
    "ALPHANUMERIC": _only,
    "REGEX": _regex,
    "MIN_LENGTH": _length(most=False),
    "MAX_LENGTH": _length(most=True),
    "MIN_NUMBER": _number(most=False),
    "MAX_NUMBER": _number(most=True),
    "DECIMAL": _decimals,
    "START_DATE": _edge(last=False),
    "END_DATE": _edge(last=True),
    "START_DATETIME": _edge(last=False),
    "END_DATETIME": _edge(last=True),
    "DAYS_OF_WEEK": _days_of_week,
    "WHITESPACE": lambda _: lambda text: any(one.isspace() for one in text),
    "SPECIAL_CHARACTERS": lambda _: lambda text: not re.fullmatch(r"[\w\s]*", text),
    "EMAIL": lambda _: (
        lambda text: not re.fullmatch(rf"[^@\s]+@{_HOST.pattern}", text, re.IGNORECASE)
    ),
    "EMAIL_ALLOWED_DOMAINS": _domains(_domain_of_email, allowed=True),
    "EMAIL_BLOCKED_DOMAINS": _domains(_domain_of_email, allowed=False),
    "DOMAIN": lambda _: lambda text: not _HOST.fullmatch(text),
    "URL": lambda _: lambda text: not _HOST.fullmatch(_domain_of_url(text)),
    "URL_ALLOWED_DOMAINS": _domains(_domain_of_url, allowed=True),
    "URL_BLOCKED_DOMAINS": _domains(_domain_of_url, allowed=False),
    "PHONE_NUMBER_WITH_EXPLICIT_COUNTRY_CODE": lambda _: (
        lambda text: not re.fullmatch(r"\+[0-9][0-9 ()./-]*", text)
    ),
}
