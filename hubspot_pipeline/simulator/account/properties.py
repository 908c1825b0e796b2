"""Property definitions of one object type: what exists, since when, and what each accepts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from hubspot_pipeline.simulator.account import values
from hubspot_pipeline.simulator.account.values import MAX_TEXT, Accept
from hubspot_pipeline.simulator.answers import PropertyProblem
from hubspot_pipeline.simulator.settings import SimulatorSettings

MAX_KNOWN_WRITES = 1_000
_Acceptors = dict[str, tuple[str, Accept]]
_Special = list[tuple[str, Accept]]


@dataclass(slots=True)
class Property:
    """One definition, as the properties API shows it (hubspot-api §3.3).

    Attributes:
        options: As given: label, value, displayOrder, hidden, description.
        hubspot_defined: Comes with HubSpot; cannot be archived.
        read_only: Its value cannot be set.
        visible_from: When other calls begin to see it (nanoseconds): the definition lag of §3.4.
        archived_at: When it was archived (nanoseconds), if it is.
    """

    name: str
    label: str
    type: str
    field_type: str
    group: str
    options: list[dict[str, Any]] = field(default_factory=list)
    description: str = ""
    display_order: int = -1
    unique: bool = False
    hidden: bool = False
    form_field: bool = False
    hubspot_defined: bool = False
    read_only: bool = False
    external_options: bool = False
    sensitivity: str = "non_sensitive"
    created: str = "2019-08-06T02:41:08.029Z"
    updated: str = "2019-08-06T02:41:08.029Z"
    visible_from: int = 0
    archived_at: int | None = None

    @property
    def option_values(self) -> list[str]:
        """The options' internal values, in their order of display."""
        ordered = sorted(self.options, key=lambda option: option["displayOrder"])
        return [option["value"] for option in ordered]

    @property
    def multiple(self) -> bool:
        """Whether it holds several members, to which a leading ``;`` appends."""
        return self.field_type == "checkbox" or self.name == "hs_additional_emails"


class Properties:
    """The properties of one object type, and what record writes make of them."""

    def __init__(self, settings: SimulatorSettings, definitions: Iterable[Property]) -> None:
        self._settings = settings
        self.defined: dict[str, Property] = {one.name: one for one in definitions}
        self.archived: dict[str, Property] = {}
        self.changed()

    def changed(self) -> None:
        """Take in that definitions were added, changed or archived."""
        self._acceptors: tuple[_Acceptors, _Acceptors] = ({}, {})
        self._specials: tuple[dict[tuple[str, ...], _Special], ...] = ({}, {})
        self.unique = [one.name for one in self.defined.values() if one.unique]
        self.unique_with_email = ["email", *self.unique]
        stage = self.defined.get("lifecyclestage")
        ordered = stage.option_values if stage else []
        self.stages = {value: at for at, value in enumerate(ordered)}
        self.multiple = tuple(one.name for one in self.defined.values() if one.multiple)

    def find(self, name: str, now: int) -> Property | None:
        """The property of this name, if calls that arrive now can see it."""
        found = self.defined.get(name)
        return found if found is not None and found.visible_from <= now else None

    def visible(self, now: int) -> list[Property]:
        """All properties that calls that arrive now can see."""
        return [one for one in self.defined.values() if one.visible_from <= now]

    def check(
        self, given: dict[str, Any], now: int, *, normalize_dates: bool
    ) -> tuple[dict[str, str], list[PropertyProblem], list[dict[str, Any]]]:
        """What a record write's properties become: the texts to keep, problems, warnings.

        Null is left out: HubSpot ignores it (§3.6). Writes come a hundred at a time with the
        same properties, most of them plain text: of properties seen before, only the others
        are looked at one by one.

        Raises:
            NotText: One of them is an array or object.
        """
        special = self._specials[normalize_dates].get(tuple(given))
        if special is not None and _all_short_texts(given):
            try:
                accepted = given.copy()
                for name, accept in special:
                    accepted[name] = accept(given[name])
            except (values.Refused, values.Normalized):
                pass  # some other value may be refused as well: look at each
            else:
                return accepted, [], []
        return self._check_each(given, now, normalize_dates)

    def _check_each(
        self, given: dict[str, Any], now: int, normalize_dates: bool
    ) -> tuple[dict[str, str], list[PropertyProblem], list[dict[str, Any]]]:
        accepted: dict[str, str] = {}
        problems: list[PropertyProblem] = []
        warnings: list[dict[str, Any]] = []
        special: list[tuple[str, Accept]] = []
        for name, value in given.items():
            known = self._acceptors[normalize_dates].get(name)
            known = known or self._learn(name, now, normalize_dates)
            if known is None:
                message = f'Property "{name}" does not exist'
                problems.append(PropertyProblem(name, "PROPERTY_DOESNT_EXIST", message))
                continue
            own_name, accept = known
            if accept is not values.accept_text:
                special.append(known)
            if value is None:
                continue
            try:
                accepted[own_name] = accept(value)
            except values.NotText:
                raise values.NotText(name) from None
            except values.Refused as refused:
                problems.append(PropertyProblem(name, refused.code, refused.message))
            except values.Normalized as normalized:
                accepted[own_name] = normalized.text
                warnings.append(_normalized(name, value, normalized.text))
        if not problems and len(self._specials[normalize_dates]) < MAX_KNOWN_WRITES:
            self._specials[normalize_dates][tuple(given)] = special
        return accepted, problems, warnings

    def _learn(self, name: str, now: int, normalize_dates: bool) -> tuple[str, Accept] | None:
        """The property's own name and acceptor, kept once calls can see the property."""
        definition = self.find(name, now)
        if definition is None:
            return None
        known = (definition.name, self._acceptor(definition, normalize_dates))
        self._acceptors[normalize_dates][definition.name] = known
        return known

    def _acceptor(self, definition: Property, normalize_dates: bool) -> Accept:
        strict = self._settings.behaviour.unknown_domains_refused
        email = values.accept_email(unknown_domains_refused=strict)
        if definition.read_only:
            return _refuse_read_only(definition.name)
        if definition.name == "email":
            return email
        if definition.name == "hs_additional_emails":
            return values.accept_emails(email)
        if definition.external_options:
            return values.accept_option(self._settings.owners)
        match definition.type:
            case "number":
                return values.accept_number(definition.name)
            case "bool":
                return values.accept_option(("true", "false"))
            case "enumeration":
                options = definition.option_values
                one_or_many = values.accept_options if definition.multiple else values.accept_option
                return one_or_many(options)
            case "date":
                return values.accept_date(normalize=normalize_dates)
            case "datetime":
                return values.accept_datetime
            case _:
                return values.accept_text


def _all_short_texts(given: dict[str, Any]) -> bool:
    """Whether all values are texts of a length that any property takes."""
    try:
        return len("".join(given.values())) <= MAX_TEXT
    except TypeError:
        return False


def _refuse_read_only(name: str) -> Accept:
    def accept(value: Any) -> str:
        values.text_of(value)
        message = f'"{name}" is a read only property; its value cannot be set.'
        raise values.Refused("READ_ONLY_VALUE", message)

    return accept


def _normalized(name: str, raw: Any, text: str) -> dict[str, Any]:
    return {
        "category": "PROPERTY_VALUE_NORMALIZED",
        "message": f"{name} was normalized",
        "context": {
            "normalizedValue": text,
            "propertyName": name,
            "rawValue": values.text_of(raw),
        },
    }
