"""What a property's values are held to, by what the account says of it (hubspot-api §3.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from hubspot_pipeline.delivery.check.coercion import (
    LONGEST_TEXT,
    Choices,
    Coerced,
    as_number,
    as_option,
    as_options,
    as_text,
    by_distinct,
    truths,
)
from hubspot_pipeline.delivery.check.nearest import hint, listed, shown
from hubspot_pipeline.delivery.check.times import as_date, as_datetime
from hubspot_pipeline.hubspot.account import Option, Owners, Property

_MOST_HINTS = 200
"""So many distinct values of a column get a hint at what they might mean: comparing takes long."""

_TIMES = "ISO 8601, or milliseconds since 1970"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a property's values are held to.

    Attributes:
        coerce: A column of texts → the texts that HubSpot will store, and the bad rows.
        complaint: What is wrong with a bad value, after the value: ``is not a number``.
        names: What the value could have been.
        culprit: A bad value → the part of it that is at fault.
        sensitive: Whether the values must not be shown.
    """

    coerce: Callable[[pa.ChunkedArray], Coerced]
    complaint: str
    names: Sequence[str] = ()
    culprit: Callable[[str], str] = str
    sensitive: bool = False

    def reasons(self, bad: pa.ChunkedArray) -> pa.Array:
        """Return why each of some bad values is bad, in words."""
        if self.sensitive:
            return pa.repeat(f"The value {self.complaint}.", len(bad))
        encoded = bad.combine_chunks().dictionary_encode()
        distinct = encoded.dictionary.to_pylist()
        return pa.array(
            [self._reason(value, hinted=at < _MOST_HINTS) for at, value in enumerate(distinct)],
            pa.string(),
        ).take(encoded.indices)

    def _reason(self, value: str, *, hinted: bool) -> str:
        at_fault = self.culprit(value)
        end = hint(at_fault, self.names) if hinted else "."
        return f"{shown(at_fault)} {self.complaint}{end}"


def rule_of(each: Property, owners: Owners | None, now: datetime) -> Rule:
    """Return what a property's values are held to.

    Args:
        each: The property.
        owners: The account's owners; None where they are not known.
        now: From when HubSpot counts a thousand years (``times``).
    """
    return replace(_rule(each, owners, now), sensitive=each.sensitive)


def rule_of_type(type_: str, options: Sequence[Option], now: datetime) -> Rule:
    """Return what values of a type are held to, be it of records or of events.

    A type that is not known here takes any text.
    """
    match type_:
        case "number":
            return Rule(as_number, "is not a number")
        case "date":
            return Rule(partial(as_date, now=now), f"is not a day: {_TIMES}")
        case "datetime":
            return Rule(partial(as_datetime, now=now), f"is not a time: {_TIMES}")
        case "bool":
            choices = truths([(each.value, each.label) for each in options])
            return Rule(partial(as_option, choices=choices), _no_option(choices), _names(options))
        case "enumeration" if options:
            return rule_of_options(options)
        case _:
            return Rule(as_text, f"has more than {LONGEST_TEXT:,} characters")


def rule_of_options(options: Sequence[Option]) -> Rule:
    """Return what values are held to that must be one of these options."""
    choices = _choices(options)
    return Rule(partial(as_option, choices=choices), _no_option(choices), _names(options))


def _rule(each: Property, owners: Owners | None, now: datetime) -> Rule:
    several = each.field_type == "checkbox"
    if each.owner:
        return _owner(owners, several=several)
    if each.type == "enumeration" and each.open_options:
        return rule_of_type("string", (), now)
    if each.type == "enumeration" and several:
        choices = _choices(each.options)
        return Rule(
            partial(as_options, choices=choices),
            _no_option(choices),
            _names(each.options),
            choices.unknown,
        )
    return rule_of_type(each.type, each.options, now)


def _owner(owners: Owners | None, *, several: bool) -> Rule:
    """Owners' ids, or their e-mail addresses; without a list of owners, anything like an id."""
    if owners is None:
        return Rule(
            partial(_ids_only, several=several),
            "is not an owner's id, and the app lacks the scope crm.objects.owners.read to look up "
            "owners by e-mail",
        )
    choices = Choices([(id_, id_) for id_ in owners.ids], aliases=owners.by_email)
    return Rule(
        partial(as_options if several else as_option, choices=choices),
        "is neither the id nor the e-mail of an owner",
        sorted(owners.by_email),
        choices.unknown if several else str,
    )


def _ids_only(texts: pa.ChunkedArray, *, several: bool) -> Coerced:
    form = "^(;?[0-9]+(;[0-9]+)*)?$" if several else "^[0-9]*$"
    return by_distinct(texts, pc.match_substring_regex(texts, form), lambda _: None)


def _choices(options: Sequence[Option]) -> Choices:
    pairs = [(each.value, each.label) for each in options]
    return truths(pairs) if {value for value, _ in pairs} == {"true", "false"} else Choices(pairs)


def _no_option(choices: Choices) -> str:
    return f"is not one of the options {listed(choices.values)}"


def _names(options: Sequence[Option]) -> list[str]:
    return [name for each in options for name in (each.value, each.label)]
